"""What pools, their proposals and sweeps, and files of takings can be listed by."""

from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.pooling.rules import SkipReason, SweepDirection
from domain.pooling.states import ProposalState, SweepState
from domain.pooling.tables import LoanSlip, PoolStructure, Sweep, SweepProposal, TakingsImport
from domain.values.filters import choice_field, date_field, moment_field, money_field, text_field

POOLS = Listing(
    "pools",
    PoolStructure,
    fields={"name": text_field("华东"), "currency": text_field("CNY")},
    columns={"name": PoolStructure.name, "currency": PoolStructure.currency},
)

PROPOSALS = Listing(
    "sweep_proposals",
    SweepProposal,
    fields={
        "state": choice_field(ProposalState),
        "pool": id_field("str"),
        "business_date": date_field(),
        "slot": text_field("1830"),
    },
    columns={
        "state": SweepProposal.state,
        "pool": SweepProposal.structure_id,
        "business_date": SweepProposal.business_date,
        "slot": SweepProposal.slot,
    },
)

SWEEPS = Listing(
    "sweeps",
    Sweep,
    fields={
        "state": choice_field(SweepState),
        "proposal": id_field("prp"),
        "account": id_field("acc"),
        "branch": id_field("pty"),
        "direction": choice_field(SweepDirection),
        "amount": money_field(),
        "value_date": date_field(),
        "skip_reason": choice_field(SkipReason),
    },
    columns={
        "state": Sweep.state,
        "proposal": Sweep.proposal_id,
        "account": Sweep.account_id,
        "branch": Sweep.party_id,
        "direction": Sweep.direction,
        "amount": MoneyColumns(Sweep.amount_minor, Sweep.currency),
        "value_date": Sweep.value_date,
        "skip_reason": Sweep.skip_reason,
    },
    owners=(Sweep.party_id,),
)

TAKINGS_IMPORTS = Listing(
    "takings_imports",
    TakingsImport,
    fields={"created_at": moment_field(), "file_name": text_field("week-10.csv")},
    columns={"created_at": TakingsImport.created_at, "file_name": TakingsImport.file_name},
)

SLIPS = Listing(
    "loan_slips",
    LoanSlip,
    fields={
        "reference": text_field("EL20260302-1"),
        "pool": id_field("str"),
        "lender": id_field("pty"),
        "borrower": id_field("pty"),
        "principal": money_field(),
        "lent_on": date_field(),
    },
    columns={
        "reference": LoanSlip.reference,
        "pool": LoanSlip.structure_id,
        "lender": LoanSlip.lender_id,
        "borrower": LoanSlip.borrower_id,
        "principal": MoneyColumns(LoanSlip.principal_minor, LoanSlip.currency),
        "lent_on": LoanSlip.lent_on,
    },
    owners=(LoanSlip.lender_id, LoanSlip.borrower_id),
)
