"""Whatever happens in whatever order, books, limits and the replay agree, and nobody pays more than is owed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.banking.answers import Outcome
from domain.banking.states import Verdict
from domain.financing.sales.ageing import mark_behind
from domain.financing.sales.arrears import approve_write_off, propose_write_off
from domain.financing.sales.payoffs import quote_payoff
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SalesRepayment
from domain.values.money import Money
from tests.domain.financing.conftest import CHECKER, MAKER, cny
from tests.domain.financing.sales.conftest import COLLECTION, TERMS, Till

# 1,000,000.00 × 18 % / 360 = 500.00 a day: twenty days, so that a story comes to its end and beyond.
SHORT = replace(TERMS, volume=cny("1000000.00"), early_rebate=Decimal("0.5"), penalty_rate=Decimal("0.18"))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(-50_000, 500_000)),
        st.tuples(st.just("collect"), st.integers(0, 3)),
        st.tuples(st.just("return"), st.integers(0, 5)),
        st.tuples(st.just("refuse"), st.just(0)),
        st.tuples(st.just("night"), st.integers(1, 3)),
        st.tuples(st.just("pay"), st.integers(1, 1_200_000)),
        st.tuples(st.just("settle"), st.integers(0, 3)),
        st.tuples(st.just("undo"), st.integers(0, 5)),
        st.tuples(st.just("leap"), st.integers(8, 25)),
        st.tuples(st.just("give_up"), st.just(0)),
    ),
    max_size=14,
)


class Story:
    """An advance under way, and the debits that may still come back."""

    def __init__(self, till: Till) -> None:
        self.till, self.settled, self.lines = till, list[Outcome](), 0
        self.paid = list[SalesRepayment]()
        self.advance = till.funded(final_on=till.world.today + timedelta(days=20), grace_days=1, terms=SHORT)

    def sell(self, minor: int) -> None:
        self.lines += 1
        if minor:
            self.till.sold(
                str(Money.from_minor(minor, "CNY").amount), reference=f"{self.advance.hex[-12:]}-{self.lines}"
            )

    def collect(self, days_late: int) -> None:
        """What is due, valued today or some days ago: a bank may be late to say so."""
        behind = self.till.stand(self.advance).behind
        if behind:
            row = self.till.row(self.advance)
            assert row.funded_on is not None
            on = max(row.funded_on, self.till.world.today - timedelta(days=days_late))
            self.settled.append(self.till.bank(COLLECTION, self.advance, str(behind.amount), on=on))

    def give_back(self, place: int) -> None:
        if self.settled:
            word = self.settled.pop(place % len(self.settled))
            told = {"instruction": word.instruction_id, "obligation": word.obligation_key}
            amount = str(word.amount.amount)
            self.till.bank(COLLECTION, self.advance, amount, Verdict.RETURNED, **told)  # type: ignore[arg-type]

    def refuse(self, _: int) -> None:
        behind = self.till.stand(self.advance).behind
        if behind:
            self.till.bank(COLLECTION, self.advance, str(behind.amount), Verdict.REJECTED)

    def pay(self, minor: int) -> None:
        """The merchant's own transfer of today."""
        self.paid.append(self.till.pay(self.advance, str(Money.from_minor(minor, "CNY").amount)))

    def settle(self, days_late: int) -> None:
        """A transfer of just what settles it, for today or some days ago."""
        row = self.till.row(self.advance)
        assert row.funded_on is not None
        on = max(row.funded_on, self.till.world.today - timedelta(days=days_late))
        amount = quote_payoff(self.till.session, row, on).amount
        if amount:
            self.paid.append(self.till.pay(self.advance, str(amount.amount), on))

    def undo(self, place: int) -> None:
        if self.paid:
            self.till.undo(self.paid.pop(place % len(self.paid)))

    def leap(self, days: int) -> None:
        self.till.live_until(self.till.world.today + timedelta(days=days))

    def give_up(self, _: int) -> None:
        """Given up where that may be."""
        row, today = self.till.row(self.advance), self.till.world.today
        if row.state is SalesAdvanceState.OVERDUE and today >= row.final_on:
            session, clock = self.till.session, self.till.world.clock
            found = propose_write_off(session, row.id, reason="x", actor=MAKER, clock=clock)
            approve_write_off(session, found.id, actor=CHECKER, clock=clock)
            session.commit()

    def night(self, days: int) -> None:
        for _ in range(days):
            self.till.night()
        mark_behind(self.till.session, self.till.world.today, clock=self.till.world.clock)


@given(story=steps)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_advance_holds_together_whatever_happens(till: Till, story: list[tuple[str, int]]) -> None:
    told = Story(till)
    acts = {
        "sell": told.sell,
        "collect": told.collect,
        "return": told.give_back,
        "refuse": told.refuse,
        "night": told.night,
        "pay": told.pay,
        "settle": told.settle,
        "undo": told.undo,
        "leap": told.leap,
        "give_up": told.give_up,
    }
    for name, figure in story:
        acts[name](figure)
        till.holds()
        till.replays(told.advance)
        figures = till.row(told.advance).figures
        parts = (figures.repaid, figures.penalty_paid, figures.recovered, figures.overpaid)
        assert sum(part.minor for part in parts) == figures.collected.minor
    _finish(told)


def _finish(told: Story) -> None:
    """What is left is settled, or recovered; the next story begins on another day, with the till free."""
    told.till.night()
    told.settle(0)
    row = told.till.row(told.advance)
    assert row.figures.payoff.minor == 0
    assert row.income_minor == row.fee_minor - row.rebated_minor or row.figures.lost
    told.till.night()
