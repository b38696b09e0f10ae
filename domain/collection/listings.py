"""What mandates can be listed by."""

from domain.collection.states import MandatePurpose, MandateState
from domain.collection.tables import Mandate
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, text_field

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
