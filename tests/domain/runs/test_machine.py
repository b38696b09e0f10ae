"""Any order of days, runs, deaths, retries and returns: both books agree, nobody pays twice, certificates hold."""

from contextlib import ExitStack, suppress
from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.bank_simulator.faults import MANY_FAULTS
from app.bank_simulator.structs import DepositIn
from domain.banking import checks
from domain.banking.states import Direction, InstructionState
from domain.ledger import service as ledger
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key, uuid7
from domain.runs import service as runs
from domain.runs.errors import NothingToPause, RetryPending
from domain.runs.states import RunKind, RunState

from .conftest import Bank
from .test_faults import Killed, Wire, bank_cash, bank_with
from .world import CHECKER, World

DEBTORS = 4
DAYS_TO_THE_END = 12  # later than the last return


class Nights(RuleBasedStateMachine):
    """A house and its bank, day after day; the bank loses, repeats, delays and takes back."""

    database: Database
    keys: KeyRing

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World
        self.bank: Bank
        self.wire: Wire
        self.owed = 0

    @initialize(seed=st.integers(0, 2**16))
    def open(self, seed: int) -> None:
        self.world = World(self.database, tenant_key(f"nights-{uuid7()}"), self.keys).furnish(DEBTORS)
        self.bank = self.stack.enter_context(bank_with(self.world, MANY_FAULTS, seed, others="300.00"))
        self.wire = Wire(self.bank.channel, Random(seed))  # noqa: S311 - a reproducible sequence

    @rule(dues=st.lists(st.tuples(st.integers(0, DEBTORS - 1), st.integers(1, 25_000)), min_size=1, max_size=4))
    def debit(self, dues: list[tuple[int, int]]) -> None:
        self._run(RunKind.DEBIT, dues, Direction.DEBIT)

    @rule(dues=st.lists(st.tuples(st.integers(0, DEBTORS - 1), st.integers(1, 9_000)), min_size=1, max_size=2))
    def pay(self, dues: list[tuple[int, int]]) -> None:
        self._run(RunKind.RELEASE, dues, Direction.CREDIT)

    def _run(self, kind: RunKind, dues: list[tuple[int, int]], direction: Direction) -> None:
        """Something new is owed, and a run takes it, with the retries of the day and what had no cover."""
        for who, minor in dues:
            self.owed += 1
            self.world.owe(f"{direction}-{self.owed}", str(Decimal(minor) / 100), who=who, direction=direction)
        run = self.world.plan(kind, slot=f"{self.owed:04d}")
        with suppress(Killed):
            self.world.execute(run, self.wire)

    @rule()
    def resume(self) -> None:
        with suppress(Killed):
            self.world.resume(self.wire)

    @rule()
    def record(self) -> None:
        self.world.record(self.wire)

    @rule(place=st.integers(0, 50))
    def retry(self, place: int) -> None:
        debits = [row for row in self.world.items() if row.direction is Direction.DEBIT]
        failed = [row.id for row in debits if row.state in {InstructionState.REJECTED, InstructionState.RETURNED}]
        if failed:
            day, number = self.world.today + timedelta(days=1), failed[place % len(failed)]
            with suppress(RetryPending), self.world.session() as session:
                runs.retry_by_hand(session, number, due_on=day, actor=CHECKER, clock=self.world.clock)

    @rule(place=st.integers(0, 50), pausing=st.booleans())
    def pause(self, place: int, pausing: bool) -> None:
        with self.world.session() as session:
            found = [run.id for run in runs.list_runs(session)]
            if found:
                act = runs.pause_run if pausing else runs.resume_run
                with suppress(NothingToPause):
                    act(session, found[place % len(found)], reason="x", actor=CHECKER, clock=self.world.clock)

    @rule(who=st.integers(0, DEBTORS - 1))
    def earn(self, who: int) -> None:
        account = self.world.numbers[self.world.others[who]]
        day = self.world.today
        self.bank.hand.deposit([DepositIn(reference=f"G{uuid7().hex[:20]}", account=account, amount="50.00", on=day)])

    @rule()
    def sleep(self) -> None:
        self._next_day()

    def _next_day(self) -> None:
        self.world.today += timedelta(days=1)
        self.bank.hand.set_day(self.world.today)
        self.world.record(self.wire)
        self.world.reconcile(self.wire)

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def nothing_is_held_or_in_transit_that_should_not_be(self) -> None:
        with self.world.session() as session:
            assert checks.check_holds(session) == []
            assert checks.check_transit(session) == []
            assert checks.blocks_miscounted(session) == []
            assert checks.obligations_held_twice(session) == []

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self._come_to_an_end()
        finally:
            self.stack.close()

    def _come_to_an_end(self) -> None:
        """Nobody dies, nothing new is owed: what is on its way arrives, and what was taken back has come back."""
        self.wire.luck = None
        with self.world.session() as session:
            for run in runs.list_runs(session):
                runs.resume_run(session, run.id, reason="the end", actor=CHECKER, clock=self.world.clock)
        for _ in range(DAYS_TO_THE_END):
            self.world.resume(self.wire)
            self._next_day()
        assert Decimal(self.world.cash()) == bank_cash(self.world, self.bank)
        debits = self.bank.hand.debits_by_remittance().debits
        assert [debit.key for debit in debits if debit.settled - debit.returned > 1] == []
        with self.world.session() as session:
            assert checks.orphans(session) == []
            assert ledger.check(session) == []
            closed = [run for run in runs.list_runs(session) if run.state is RunState.CLOSED]
            assert [run.public_id for run in closed if runs.verify_certificate(session, run.id)] == []


def test_whatever_happens_at_night_the_books_agree_in_the_morning(database: Database, keys: KeyRing) -> None:
    machine = type("TheseNights", (Nights,), {"database": database, "keys": keys})
    few = settings(
        max_examples=10,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=few)
