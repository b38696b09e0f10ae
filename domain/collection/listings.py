"""What mandates, clients, plans, dues and payouts can be listed by."""

from domain.collection.states import (
    ClientState,
    DueState,
    MandatePurpose,
    MandateState,
    PayoutState,
    PlanKind,
    PlanState,
)
from domain.collection.tables import Client, ClientClaim, ClientPayout, Due, Mandate, Plan
from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, money_field, text_field

MANDATES = Listing(
    "mandates",
    Mandate,
    fields={
        "state": choice_field(MandateState),
        "purpose": choice_field(MandatePurpose),
        "debtor": id_field("pty"),
        "account": id_field("acc"),
        "reference": text_field("M-2026-0042"),
        "signed_on": date_field(),
        "ends_on": date_field(),
    },
    columns={
        "state": Mandate.state,
        "purpose": Mandate.purpose,
        "debtor": Mandate.party_id,
        "account": Mandate.account_id,
        "reference": Mandate.reference,
        "signed_on": Mandate.signed_on,
        "ends_on": Mandate.ends_on,
    },
    owners=(Mandate.party_id,),
)

CLIENTS = Listing(
    "collection_clients",
    Client,
    fields={"state": choice_field(ClientState), "party": id_field("pty"), "purpose": choice_field(MandatePurpose)},
    columns={"state": Client.state, "party": Client.party_id, "purpose": Client.purpose},
    owners=(Client.party_id,),
)

PLANS = Listing(
    "collection_plans",
    Plan,
    fields={
        "state": choice_field(PlanState),
        "kind": choice_field(PlanKind),
        "client": id_field("cli"),
        "payer": id_field("pty"),
        "mandate": id_field("mnd"),
        "reference": text_field("POLICY-2026-0042"),
        "first_on": date_field(),
    },
    columns={
        "state": Plan.state,
        "kind": Plan.kind,
        "client": Plan.client_id,
        "payer": Plan.payer_id,
        "mandate": Plan.mandate_id,
        "reference": Plan.reference,
        "first_on": Plan.first_on,
    },
    owners=(Plan.payer_id,),
)

DUES = Listing(
    "dues",
    Due,
    fields={
        "state": choice_field(DueState),
        "client": id_field("cli"),
        "plan": id_field("pln"),
        "payer": id_field("pty"),
        "payout": id_field("cpo"),
        "due_on": date_field(),
        "collected_on": date_field(),
        "amount": money_field(),
    },
    columns={
        "state": Due.state,
        "client": Due.client_id,
        "plan": Due.plan_id,
        "payer": Due.payer_id,
        "payout": Due.payout_id,
        "due_on": Due.due_on,
        "collected_on": Due.collected_on,
        "amount": MoneyColumns(Due.amount_minor, Due.currency),
    },
    owners=(Due.payer_id,),
)

PAYOUTS = Listing(
    "client_payouts",
    ClientPayout,
    fields={"state": choice_field(PayoutState), "client": id_field("cli"), "planned_on": date_field()},
    columns={
        "state": ClientPayout.state,
        "client": ClientPayout.client_id,
        "planned_on": ClientPayout.planned_on,
    },
)

CLAIMS = Listing(
    "client_claims",
    ClientClaim,
    fields={
        "client": id_field("cli"),
        "due": id_field("due"),
        "arose_on": date_field(),
        "recovered_by": id_field("cpo"),
    },
    columns={
        "client": ClientClaim.client_id,
        "due": ClientClaim.due_id,
        "arose_on": ClientClaim.arose_on,
        "recovered_by": ClientClaim.recovered_by,
    },
)
