"""What plans on provisional days can be listed by."""

from domain.calendars.states import PlanKind
from domain.calendars.tables import ProvisionalPlan
from domain.platform.listing import Listing
from domain.values.filters import choice_field, date_field, text_field

PLANS = Listing(
    "provisional_plans",
    ProvisionalPlan,
    fields={
        "country": text_field("CN"),
        "kind": choice_field(PlanKind),
        "subject": text_field("run_01j5n0vb5cex5vsjsk664a00cz"),
        "planned_on": date_field(),
    },
    columns={
        "country": ProvisionalPlan.country,
        "kind": ProvisionalPlan.kind,
        "subject": ProvisionalPlan.subject,
        "planned_on": ProvisionalPlan.planned_on,
    },
)
