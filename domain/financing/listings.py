"""What facilities, requests and advances can be listed by. Sealed offers are read by request, never listed."""

from domain.financing.states import (
    AdvanceState,
    ChangeKind,
    ChangeState,
    FacilityState,
    Payer,
    ProvisionKind,
    RepaymentState,
    RequestState,
    WriteOffState,
)
from domain.financing.tables import (
    Advance,
    Facility,
    FinancingChange,
    ProvisionMovement,
    Repayment,
    Request,
    WriteOff,
)
from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, flag_field, money_field

FACILITIES = Listing(
    "facilities",
    Facility,
    fields={
        "state": choice_field(FacilityState),
        "lender": id_field("pty"),
        "seller": id_field("pty"),
        "limit": money_field(),
        "auto_offer": flag_field(),
    },
    columns={
        "state": Facility.state,
        "lender": Facility.lender_id,
        "seller": Facility.seller_id,
        "limit": MoneyColumns(Facility.limit_minor, Facility.currency),
        "auto_offer": Facility.auto_offer,
    },
    owners=(Facility.lender_id, Facility.seller_id),
)

CHANGES = Listing(
    "changes",
    FinancingChange,
    fields={
        "kind": choice_field(ChangeKind),
        "state": choice_field(ChangeState),
        "lender": id_field("pty"),
        "facility": id_field("fac"),
    },
    columns={
        "kind": FinancingChange.kind,
        "state": FinancingChange.state,
        "lender": FinancingChange.lender_id,
        "facility": FinancingChange.facility_id,
    },
    owners=(FinancingChange.lender_id,),
)

REQUESTS = Listing(
    "requests",
    Request,
    fields={
        "state": choice_field(RequestState),
        "batch": id_field("bat"),
        "receivable": id_field("rcv"),
        "seller": id_field("pty"),
        "valid_until": date_field(),
    },
    columns={
        "state": Request.state,
        "batch": Request.batch_id,
        "receivable": Request.receivable_id,
        "seller": Request.seller_id,
        "valid_until": Request.valid_until,
    },
    owners=(Request.seller_id,),
)

ADVANCES = Listing(
    "advances",
    Advance,
    fields={
        "state": choice_field(AdvanceState),
        "lender": id_field("pty"),
        "seller": id_field("pty"),
        "debtor": id_field("pty"),
        "facility": id_field("fac"),
        "receivable": id_field("rcv"),
        "due_on": date_field(),
        "funded_on": date_field(),
        "principal": money_field(),
        "release_held": flag_field(),
        "nonperforming_on": date_field(),
        "called": money_field(),
    },
    columns={
        "state": Advance.state,
        "lender": Advance.lender_id,
        "seller": Advance.seller_id,
        "debtor": Advance.debtor_id,
        "facility": Advance.facility_id,
        "receivable": Advance.receivable_id,
        "due_on": Advance.due_on,
        "funded_on": Advance.funded_on,
        "principal": MoneyColumns(Advance.principal_minor, Advance.currency),
        "release_held": Advance.release_held,
        "nonperforming_on": Advance.nonperforming_on,
        "called": MoneyColumns(Advance.called_minor, Advance.currency),
    },
    owners=(Advance.lender_id, Advance.seller_id),
)

REPAYMENTS = Listing(
    "repayments",
    Repayment,
    fields={
        "state": choice_field(RepaymentState),
        "lender": id_field("pty"),
        "payer": id_field("pty"),
        "kind": choice_field(Payer),
        "value_date": date_field(),
        "amount": money_field(),
    },
    columns={
        "state": Repayment.state,
        "lender": Repayment.lender_id,
        "payer": Repayment.payer_id,
        "kind": Repayment.payer,
        "value_date": Repayment.value_date,
        "amount": MoneyColumns(Repayment.amount_minor, Repayment.currency),
    },
    owners=(Repayment.lender_id, Repayment.payer_id),
)

WRITE_OFFS = Listing(
    "write_offs",
    WriteOff,
    fields={"state": choice_field(WriteOffState), "advance": id_field("adv"), "value_date": date_field()},
    columns={"state": WriteOff.state, "advance": WriteOff.advance_id, "value_date": WriteOff.value_date},
)

PROVISIONS = Listing(
    "provisions",
    ProvisionMovement,
    fields={"lender": id_field("pty"), "kind": choice_field(ProvisionKind), "business_date": date_field()},
    columns={
        "lender": ProvisionMovement.lender_id,
        "kind": ProvisionMovement.kind,
        "business_date": ProvisionMovement.business_date,
    },
    owners=(ProvisionMovement.lender_id,),
)
