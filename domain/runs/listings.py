"""What runs can be listed by."""

from domain.platform.listing import Listing
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
