"""Golden week, month-ends and leap days as dues meet them: each by its client's convention, by either way."""

from datetime import date

import pytest

from domain.collection import dues, layout, plans
from domain.collection.plans import NewPlan
from domain.collection.states import Frequency, PlanKind
from domain.collection.tables import Client
from domain.platform.calendar import load_calendar
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.values.business_days import Roll
from tests.domain.runs.world import MAKER, cny

from .entrusted import Entrusted

CHINA = load_calendar("CN", [2026, 2027, 2028])
KEYS = KeyRing.generate()
CASES = [
    # golden week: 1 to 7 October 2026 are holidays
    (date(2026, 10, 1), Roll.FOLLOWING, date(2026, 10, 8)),
    (date(2026, 10, 1), Roll.PRECEDING, date(2026, 9, 30)),
    (date(2026, 10, 1), Roll.MODIFIED_FOLLOWING, date(2026, 10, 8)),
    (date(2026, 10, 1), Roll.NONE, date(2026, 10, 1)),
    # a month that ends on a Saturday
    (date(2026, 10, 31), Roll.FOLLOWING, date(2026, 11, 2)),
    (date(2026, 10, 31), Roll.PRECEDING, date(2026, 10, 30)),
    (date(2026, 10, 31), Roll.MODIFIED_FOLLOWING, date(2026, 10, 30)),
    # Saturdays that are worked, because the Fridays before and after a feast are off
    (date(2026, 2, 14), Roll.FOLLOWING, date(2026, 2, 14)),
    (date(2026, 10, 10), Roll.PRECEDING, date(2026, 10, 10)),
    # 29 February 2028 is a Tuesday: the last day of its month
    (date(2028, 2, 29), Roll.FOLLOWING, date(2028, 2, 29)),
]


@pytest.fixture
def house(database: Database, tenant_id: int) -> Entrusted:
    return Entrusted(database, tenant_id, KEYS).entrust()


def rolled(house: Entrusted, due_on: date, roll: Roll, kind: PlanKind) -> list[tuple[date, date]]:
    """Each due of a plan that begins on that day, and where it goes."""
    is_monthly = kind is PlanKind.SUBSCRIPTION
    new = NewPlan(
        reference=f"{uuid7()}"[:35],
        payer_id=house.parties[0],
        mandate_id=house.insured[0],
        kind=kind,
        amount=cny("50.00"),
        first_on=due_on,
        frequency=Frequency.MONTHLY if is_monthly else None,
        day=(31 if due_on.day > 28 else due_on.day) if is_monthly else None,
        ends_on=due_on if is_monthly else None,
    )
    house.today = due_on.replace(day=1)
    with house.session() as session:
        session.get_one(Client, (house.tenant_id, house.client_id)).roll = roll
        session.flush()
        _, refused = plans.register_plans(
            session, house.client_id, [new], calendar=CHINA, actor=MAKER, clock=house.clock
        )
        assert refused == []
        layout.lay_out(session, house.today, calendar=CHINA, clock=house.clock)
        return [(due.due_on, due.rolled_due_on) for due in dues.dues_of_plan(session, new.id)]


@pytest.mark.parametrize(("due_on", "roll", "goes"), CASES)
def test_a_due_goes_where_its_clients_convention_puts_it(
    house: Entrusted, due_on: date, roll: Roll, goes: date
) -> None:
    assert rolled(house, due_on, roll, PlanKind.SUBSCRIPTION) == [(due_on, goes)]
    assert rolled(house, due_on, roll, PlanKind.ONE_OFF) == [(due_on, goes)]
