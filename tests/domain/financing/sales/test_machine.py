"""Whatever happens in whatever order, books, limits and the replay agree, and nobody pays more than is owed."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.banking.answers import Outcome
from domain.banking.states import Verdict
from domain.financing.sales.ageing import mark_behind
from domain.values.money import Money
from tests.domain.financing.sales.conftest import COLLECTION, Till

steps = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(-50_000, 500_000)),
        st.tuples(st.just("collect"), st.integers(0, 3)),
        st.tuples(st.just("return"), st.integers(0, 5)),
        st.tuples(st.just("refuse"), st.just(0)),
        st.tuples(st.just("night"), st.integers(1, 3)),
    ),
    max_size=14,
)


class Story:
    """An advance under way, and the debits that may still come back."""

    def __init__(self, till: Till) -> None:
        self.till, self.settled, self.lines = till, list[Outcome](), 0
        self.advance = till.funded(final_on=till.world.today + timedelta(days=300))

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
    }
    for name, figure in story:
        acts[name](figure)
        till.holds()
        till.replays(told.advance)
        row = till.row(told.advance)
        assert row.collected_minor <= row.net_minor + row.fee_minor
    _finish(told)


def _finish(told: Story) -> None:
    """A large day's sales repays the rest; the next story begins on another day, with the till free."""
    told.sell(100_000_00)
    told.collect(0)
    row = told.till.row(told.advance)
    assert (row.state.value, row.income_minor) == ("repaid", 1_000_00)
    told.till.night()
