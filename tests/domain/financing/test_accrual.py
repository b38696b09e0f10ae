"""Close of business: set-based, once per date, catching up, and equal to the replay whatever the contract says."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from domain.banking.states import Purpose
from domain.financing.accrual import accrue, booked_figures, closed_until
from domain.financing.ageing import mark_overdue
from domain.financing.contracts import contract_columns
from domain.financing.exposure_rules import availability
from domain.financing.quotes import Price
from domain.financing.service import figures_as_of
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance, Facility, FacilityDebtor
from domain.financing.terms import Component, DueDates, PenaltyBase, Terms
from domain.ledger.chart import AccountKind
from domain.platform.ids import uuid7
from domain.receivables.tables import Receivable
from domain.values.business_days import Roll
from domain.values.day_count import DayCount
from domain.values.money import Money
from domain.values.rounding import Rounding
from tests.domain.financing.conftest import CALENDAR, World, cny


class TestCloseOfBusiness:
    def test_adds_a_day_to_every_advance_and_one_posting_to_the_books(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        world.funded(world.invoice("INV-2"))
        closed = accrue(world.session, world.today, clock=world.clock)
        assert (closed.dates, closed.advances) == ([world.today], 2)
        # 2 x 900,000 x 5.5 % / 360 = 2 x 137.50   (R16)
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("275.00")
        world.nothing_in_transit()

    def test_changes_nothing_the_second_time(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        accrue(world.session, world.today, clock=world.clock)
        assert accrue(world.session, world.today, clock=world.clock).dates == []
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("137.50")

    def test_catches_up_dates_it_missed_each_with_its_own_posting(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        accrue(world.session, world.today, clock=world.clock)
        closed = accrue(world.session, date(2026, 3, 5), clock=world.clock)
        assert closed.dates == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("550.00")  # 4 x 137.50

    def test_catches_up_an_advance_that_was_booked_after_its_date_was_closed(self, world: World) -> None:
        world.facility()
        (advance_id,) = world.instructed(world.invoice("INV-1"))
        accrue(world.session, world.today, clock=world.clock)
        world.bank(Purpose.ADVANCE_DISBURSEMENT, advance_id, cny("898000.00"))
        accrue(world.session, date(2026, 3, 3), clock=world.clock)
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("275.00")

    def test_never_drifts(self, world: World) -> None:
        world.facility(price=Price(Decimal(1), Decimal(20), Terms(annual_rate=Decimal("0.055"))))
        world.funded(world.invoice("INV-1", "333333.33"))
        for day in range(25):
            accrue(world.session, world.today + timedelta(days=day), clock=world.clock)
        # 333,333.33 x 5.5 % x 25 / 360 = 1,273.15; 25 x 50.93 would be 1,273.25   (R16)
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("1273.15")

    def test_turns_to_penalty_after_the_due_date_even_if_nobody_marked_it_overdue(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        accrue(world.session, date(2026, 4, 5), clock=world.clock)
        assert world.balance(AccountKind.INTEREST_INCOME) == cny("3437.50")
        assert world.balance(AccountKind.PENALTY_INCOME) == cny("2062.50")  # R6
        assert mark_overdue(world.session, date(2026, 4, 6), clock=world.clock) == 1

    def test_marks_overdue_on_the_day_after_the_due_date_and_not_on_it(self, world: World) -> None:
        world.facility()
        world.funded(world.invoice("INV-1"))
        assert mark_overdue(world.session, date(2026, 3, 27), clock=world.clock) == 0
        assert mark_overdue(world.session, date(2026, 3, 28), clock=world.clock) == 1

    def test_waits_for_the_grace_days(self, world: World) -> None:
        gracious = Terms(annual_rate=Decimal("0.055"), grace_days=3)
        world.facility(price=Price(Decimal("0.9"), Decimal(20), gracious))
        world.funded(world.invoice("INV-1"))
        assert mark_overdue(world.session, date(2026, 3, 30), clock=world.clock) == 0
        assert mark_overdue(world.session, date(2026, 3, 31), clock=world.clock) == 1


TERMS = st.builds(
    Terms,
    annual_rate=st.decimals(Decimal(0), Decimal("0.3"), places=4),
    overdue_multiplier=st.sampled_from([Decimal(1), Decimal("1.5")]),
    day_count=st.sampled_from(DayCount),
    rounding=st.sampled_from(Rounding),
    roll=st.sampled_from(Roll),
    roll_accrues=st.booleans(),
    grace_days=st.integers(0, 5),
    min_interest_days=st.sampled_from([0, 15, 60]),
    early_settlement_bp=st.sampled_from([Decimal(0), Decimal(50)]),
    penalty_on=st.sampled_from(PenaltyBase),
    waterfall=st.permutations(list(Component)).map(tuple),
)


# Not shrunk: every example works in the database, and what differs is named by the assertion.
@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    terms=TERMS,
    face=st.integers(1_000_00, 100_000_000),
    due_in=st.integers(3, 90),
    gaps=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    payment=st.integers(1, 60_000_000),
)
def test_the_set_based_accrual_equals_the_replay(  # noqa: PLR0917 - one argument for each thing that varies
    world: World, terms: Terms, face: int, due_in: int, gaps: list[int], payment: int
) -> None:
    advance_id = ordered_under(world, terms, Money.from_minor(face, "CNY"), world.today + timedelta(days=due_in))
    world.pay_out(advance_id)
    for position, gap in enumerate(gaps):
        world.on(world.today + timedelta(days=gap))
        if position == 1:
            world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, Money.from_minor(payment, "CNY"))
        accrue(world.session, world.today, clock=world.clock)
        kept = booked_figures(world.advance(advance_id), closed_until(world.session))
        assert kept == figures_as_of(world.session, advance_id, world.today + timedelta(days=1))
    # And the nights, which SQL added up, have entered in the books what the replay says.
    world.nothing_in_transit()


def ordered_under(world: World, terms: Terms, face: Money, due_on: date, advance_rate: Decimal = Decimal(1)) -> UUID:
    """An advance under these very terms that waits for the bank; copied, because agreeing each takes its time."""
    session = world.session
    found = session.exec(
        select(Advance).where(Advance.tenant_id == session.tenant_id, Advance.state == AdvanceState.INSTRUCTED)
    ).first()
    if found is None:
        world.facility(limit="900000000.00")
        (pattern_id,) = world.instructed(world.invoice("PATTERN", due_on=world.today + timedelta(days=150)))
        found = world.advance(pattern_id)
    advance_id, receivable_id = uuid7(), uuid7()
    dates = DueDates.under(due_on, terms, CALENDAR)
    principal = availability(face, advance_rate, {}).amount
    receivable = session.get_one(Receivable, (session.tenant_id, found.receivable_id)).model_dump()
    amounts = {"face_minor": face.minor, "confirmed_minor": face.minor, "exposure_minor": principal.minor}
    own = {"id": receivable_id, "fingerprint": receivable_id.bytes, "issued_on": world.today, "due_on": due_on}
    session.add(Receivable(**receivable | own | amounts))
    session.flush()
    agreed = {
        "face_minor": face.minor,
        "principal_minor": principal.minor,
        "advance_rate": advance_rate,
        "financed_minor": face.minor,
        "fee_minor": 0,
        "due_on": dates.due_on,
        "rolled_due_on": dates.rolled_due_on,
        "interest_until": dates.interest_until,
        "penalty_from": dates.penalty_from,
    }
    price = contract_columns(Price(Decimal(1), Decimal(0), terms))
    session.add(Advance(**found.model_dump() | price | agreed | {"id": advance_id, "receivable_id": receivable_id}))
    facility = session.get_one(Facility, (session.tenant_id, found.facility_id))
    line = session.get_one(FacilityDebtor, (session.tenant_id, found.facility_id, found.debtor_id))
    facility.used_minor += principal.minor
    line.used_minor += principal.minor
    session.flush()
    return advance_id
