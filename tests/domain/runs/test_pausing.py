"""A run paused from here on: nothing more leaves, what is with the bank goes its way."""

import pytest

from app.bank_simulator.structs import AccountIn
from domain.banking.channels.port import Reply
from domain.banking.profiles import BankProfile
from domain.banking.states import Direction
from domain.banking.submission import Sending
from domain.runs import service as runs
from domain.runs.errors import NothingToPause, RetryPending
from domain.runs.states import RunKind, RunState
from domain.runs.tables import Run
from domain.values.errors import NotFound

from .conftest import Bank
from .test_faults import TUESDAY, Wire
from .world import CHECKER, MAKER, MONDAY, World

ONE_BY_ONE = BankProfile(max_items=1)


def pause(world: World, run: Run) -> None:
    with world.session() as session:
        runs.pause_run(session, run.id, reason="wrong day", actor=CHECKER, clock=world.clock)


def resume(world: World, run: Run) -> None:
    with world.session() as session:
        runs.resume_run(session, run.id, reason="right after all", actor=CHECKER, clock=world.clock)


def execute(world: World, run: Run, wire: Wire) -> runs.Execution:
    """A file for each item."""
    return runs.execute_run(
        world.database, wire, world.tenant_id, run.id, keys=world.keys, clock=world.clock, profile=ONE_BY_ONE
    )


class PausedAtTheSecond(Wire):
    """Somebody pauses the run while the first file is on its way."""

    world: World
    run: Run

    def submit(self, message_id: str, content: bytes) -> Reply:
        reply = super().submit(message_id, content)
        if len(self.sent) == 1:
            pause(self.world, self.run)
        return reply


class TestPausing:
    def test_what_left_goes_its_way_and_nothing_more_leaves_until_it_is_resumed(self, world: World, bank: Bank) -> None:
        for place in range(3):
            world.owe(f"o{place}", "10.00", who=place)
        run, wire = world.plan(), PausedAtTheSecond(bank.channel)
        wire.world, wire.run = world, run
        assert execute(world, run, wire).uncovered == 2
        assert execute(world, run, wire).sendings == {}
        world.resume(wire)
        bank.hand.set_day(world.today)
        assert world.record(wire).settled == 1
        assert world.states() == ["settled", "locked", "locked"]
        resume(world, run)
        execute(world, run, wire)
        bank.hand.set_day(world.today)
        assert world.record(wire).settled == 2
        assert (len(set(wire.sent)), len(wire.sent), world.cash()) == (3, 3, "30.00")

    def test_a_file_that_is_written_and_not_sent_stays(self, world: World, bank: Bank) -> None:
        world.owe("a", "10.00")
        run, wire = world.plan(), Wire(bank.channel)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("domain.runs.execution.submit_message", lambda *_, **__: Sending.BUSY)
            execute(world, run, wire)
        pause(world, run)
        sendings = runs.resolve_unknown(world.database, wire, world.tenant_id, keys=world.keys, clock=world.clock)
        assert (list(sendings.values()), wire.sent) == ([Sending.PAUSED], [])
        resume(world, run)
        runs.resolve_unknown(world.database, wire, world.tenant_id, keys=world.keys, clock=world.clock)
        assert len(wire.sent) == 1

    def test_what_it_could_not_cover_goes_into_no_later_run(self, world: World, bank: Bank) -> None:
        world.owe("pay", "500.00", direction=Direction.CREDIT)
        run = world.plan(RunKind.RELEASE)
        assert world.execute(run, bank.channel).uncovered == 1
        pause(world, run)
        world.fund("500.00")
        assert world.plan(RunKind.RELEASE, slot="1400").item_count == 0
        assert world.items()[0].run_id == run.id
        assert world.execute(run, bank.channel).sendings == {}
        resume(world, run)
        assert list(world.execute(run, bank.channel).sendings.values()) == [Sending.ACKNOWLEDGED]

    def test_twice_is_once_and_what_is_over_cannot_be_paused(self, world: World, bank: Bank) -> None:
        empty = world.plan(RunKind.RELEASE)
        with pytest.raises(NothingToPause):
            pause(world, empty)
        world.owe("a", "10.00")
        run = world.plan()
        pause(world, run)
        pause(world, run)
        assert world.run(run).paused_by == str(CHECKER)
        resume(world, run)
        resume(world, run)
        assert world.execute(run, bank.channel).state is RunState.ACKNOWLEDGED


class TestRetryingChosenItems:
    def test_all_of_them_or_none_and_never_while_one_is_pending(self, world: World, bank: Bank) -> None:
        closed = [world.numbers[world.others[place]] for place in (0, 1)]
        bank.hand.open_accounts([AccountIn(number=each, name="x", currency="CNY", closed_on=MONDAY) for each in closed])
        for place, key in enumerate(["a", "b", "c"]):
            world.owe(key, "10.00", who=place)
        run = world.plan()
        world.execute(run, bank.channel)
        bank.hand.set_day(world.today)
        assert world.record(bank.channel).rejected == 2
        assert world.planned() == []  # a closed account is not tried again by itself
        a, b, c = (row.id for row in world.items())
        with pytest.raises(RetryPending):  # c has paid
            self._retry(world, run, a, c)
        with pytest.raises(NotFound):
            self._retry(world, run, a, 999)
        assert world.planned() == []
        self._retry(world, run, a, b)
        assert world.planned() == [("a", 2, TUESDAY), ("b", 2, TUESDAY)]
        with pytest.raises(RetryPending):
            self._retry(world, run, b)

    def _retry(self, world: World, run: Run, *items: int) -> None:
        with world.session() as session:
            runs.retry_items(session, run.id, items, due_on=TUESDAY, actor=MAKER, clock=world.clock)
