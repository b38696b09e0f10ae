"""What runs can be listed by."""

from domain.banking.states import Purpose
from domain.platform.listing import Listing
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction, OverDebit
from domain.runs.states import RunKind, RunState
from domain.runs.tables import Run
from domain.values.filters import choice_field, date_field, text_field

RUNS = Listing(
    "runs",
    Run,
    fields={
        "kind": choice_field(RunKind),
        "state": choice_field(RunState),
        "business_date": date_field(),
        "slot": text_field("0800"),
    },
    columns={"kind": Run.kind, "state": Run.state, "business_date": Run.business_date, "slot": Run.slot},
)

CORRECTIONS = Listing(
    "corrections",
    Correction,
    fields={"state": choice_field(CorrectionState), "method": choice_field(Method), "not_before": date_field()},
    columns={"state": Correction.state, "method": Correction.method, "not_before": Correction.not_before},
)

OVER_DEBITS = Listing(
    "over_debits",
    OverDebit,
    fields={
        "purpose": choice_field(Purpose),
        "obligation": text_field("INV-2026-0042"),
        "found_on": date_field(),
    },
    columns={
        "purpose": OverDebit.purpose,
        "obligation": OverDebit.obligation_key,
        "found_on": OverDebit.found_on,
    },
)
