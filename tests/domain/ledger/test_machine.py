"""Any sequence of operations: the ledger and the oracle agree after each, and what is refused changes nothing."""

from collections.abc import Callable
from uuid import UUID, uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from domain.ledger import service as ledger
from domain.ledger.batch import Batch
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.errors import BatchRefused, CannotReverse, InsufficientFunds, NotPending, PostingKeyReused
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.ledger.books import MONDAY
from tests.domain.ledger.oracle import Oracle, Refused

# Shrinking a failure takes minutes against a real database: it is left to whoever has one, by removing this.
PHASES = [phase for phase in Phase if phase is not Phase.shrink]
REFUSALS = (InsufficientFunds, NotPending, PostingKeyReused, CannotReverse, BatchRefused)
KINDS = (AccountKind.WALLET, AccountKind.CASH_AT_BANK, AccountKind.SUSPENSE)
ACCOUNTS = {
    currency: [AccountRef(kind, currency, UUID(int=number)) for kind in KINDS for number in (1, 2)]
    for currency in ("CNY", "JPY")
}


@st.composite
def legs(draw: st.DrawFn, *, currency: str | None = None) -> Leg:
    in_currency = currency or draw(st.sampled_from(["CNY", "CNY", "JPY"]))
    debit, credit = draw(st.permutations(ACCOUNTS[in_currency]))[:2]
    amount = Money.from_minor(draw(st.integers(1, 500)), in_currency)
    mode = draw(st.sampled_from([Mode.POSTED, Mode.POSTED, Mode.POSTED, Mode.PENDING, Mode.IMPOSED]))
    return Leg(debit, credit, amount, mode)


class LedgerMachine(RuleBasedStateMachine):
    """Every rule does the same to both; transactions go on after refusals, and are committed."""

    database: Database
    actor: Actor
    clock: FixedClock

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.session = TenantSession(self.database.engines[Role.WORKER], tenant_key(f"machine-{uuid4().hex}"))

    def teardown(self) -> None:
        self.session.close()

    def both(self, ours: Callable[[], tuple[int, ...]], theirs: Callable[[], range]) -> None:
        """Both book the same transfers, or both refuse."""
        try:
            expected = tuple(theirs())
        except Refused:
            expected = None
        try:
            booked = ours()
        except REFUSALS:
            booked = None
        self.session.commit()
        assert booked == expected

    def singles(self) -> list[str]:
        return [key for key in self.oracle.postings if key.startswith("k")]

    def post(self, posting: Posting) -> None:
        self.both(
            lambda: ledger.post(self.session, posting, actor=self.actor, clock=self.clock).transfer_ids,
            lambda: self.oracle.post(posting),
        )

    @rule(moved=st.lists(legs(), min_size=1, max_size=3))
    def move(self, moved: list[Leg]) -> None:
        self.post(Posting(f"k{len(self.oracle.postings)}", "moved", "machine", MONDAY, tuple(moved)))

    @rule(amount=st.integers(100, 1_000), owner=st.sampled_from([1, 2]))
    def fund(self, amount: int, owner: int) -> None:
        leg = Leg(
            AccountRef(AccountKind.SUSPENSE, "CNY", UUID(int=1)),
            AccountRef(AccountKind.WALLET, "CNY", UUID(int=owner)),
            Money.from_minor(amount, "CNY"),
        )
        self.post(Posting(f"k{len(self.oracle.postings)}", "funded", "machine", MONDAY, (leg,)))

    @precondition(lambda self: self.oracle.transfers)
    @rule(data=st.data(), mode=st.sampled_from([Mode.POST, Mode.VOID]))
    def end_hold(self, data: st.DataObject, mode: Mode) -> None:
        number = data.draw(st.integers(1, len(self.oracle.transfers)))
        leg = Leg.resolving(data.draw(st.sampled_from(self.oracle.open_holds() or [number])), mode)
        self.post(Posting(f"k{len(self.oracle.postings)}", "ended", "machine", MONDAY, (leg,)))

    @precondition(lambda self: self.singles())
    @rule(data=st.data(), changed=st.booleans())
    def replay(self, data: st.DataObject, changed: bool) -> None:
        posting, _ = self.oracle.postings[data.draw(st.sampled_from(self.singles()))]
        event = "something else" if changed else posting.event
        self.post(Posting(posting.key, event, posting.source, posting.value_date, posting.legs))

    @precondition(lambda self: self.oracle.postings)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.oracle.postings) - 1))
        key, (_, numbers) = list(self.oracle.postings.items())[place]
        posting_id = ledger.explain_transfer(self.session, numbers[0]).posting_id
        self.both(
            lambda: (
                ledger.reverse(
                    self.session,
                    posting_id,
                    key=f"reverse {uuid4()}",
                    reason="machine",
                    value_date=MONDAY,
                    actor=self.actor,
                    clock=self.clock,
                ).transfer_ids
            ),
            lambda: self.oracle.reverse(key),
        )

    @rule(moved=st.lists(legs(currency="CNY"), min_size=1, max_size=6))
    def move_in_bulk(self, moved: list[Leg]) -> None:
        """A strict batch, in the order in which batches are booked: by account."""
        refs = {ref for leg in moved for ref in (leg.debit, leg.credit)}
        ids = ledger.open_accounts(self.session, refs, clock=self.clock)
        own = [Leg(leg.debit, leg.credit, leg.amount) for leg in moved]
        own.sort(key=lambda leg: (ids[leg.debit], ids[leg.credit], leg.amount.minor))
        rows = [(ids[leg.debit], ids[leg.credit], leg.amount.minor, None) for leg in own]
        posting = Posting(f"b{len(self.oracle.postings)}", "bulk", "machine", MONDAY, tuple(own))
        batch = Batch(f"batch {uuid4()}", "bulk", "machine", MONDAY, "CNY", rows)
        first = len(self.oracle.transfers) + 1

        def ours() -> tuple[int, ...]:
            done = ledger.post_rows(self.session, batch, actor=self.actor, clock=self.clock)
            return tuple(range(first, first + done.accepted))

        self.both(ours, lambda: self.oracle.post(posting))

    @invariant()
    def balances_are_the_oracles(self) -> None:
        refs = [ref for refs in ACCOUNTS.values() for ref in refs]
        for ref, balance in ledger.balances(self.session, refs).items():
            counters = self.oracle.accounts.get(ref)
            assert balance.available.minor == (counters.available(ref) if counters else 0), ref

    @invariant()
    def the_books_add_up(self) -> None:
        assert ledger.check(self.session) == []
        sums: dict[str, int] = {}
        for line in ledger.trial_balance(self.session):
            sums[line.account.currency] = sums.get(line.account.currency, 0) + line.debit.minor - line.credit.minor
        assert set(sums.values()) <= {0}


def test_the_ledger_agrees_with_the_oracle(database: Database, actor: Actor, clock: FixedClock) -> None:
    machine = type("Machine", (LedgerMachine,), {"database": database, "actor": actor, "clock": clock})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=PHASES,
        ),
    )
