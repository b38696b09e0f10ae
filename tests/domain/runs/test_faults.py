"""Whatever goes wrong between us and the bank: nobody is debited twice, and our cash is the bank's to the cent."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pkgutil import resolve_name
from random import Random
from threading import Lock
from typing import BinaryIO

import pytest
from sqlalchemy import text

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import MANY_FAULTS, FaultPlan
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import DepositIn
from domain.banking import checks
from domain.banking.answers import Outcome
from domain.banking.channels.http import HttpChannel
from domain.banking.channels.port import Answer, Reply
from domain.banking.messages.pain002 import read_status_report
from domain.banking.profiles import BankProfile
from domain.banking.states import Direction
from domain.platform.clock import Clock
from domain.platform.database import Database, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.runs import recording
from domain.runs import service as runs
from domain.runs.retries import plan_retries
from domain.runs.states import RunKind, RunState

from .conftest import Bank
from .world import MONDAY, World

TUESDAY = date(2026, 3, 3)


class Killed(BaseException):
    """A worker that dies where it stands: nothing in our code catches it."""


@dataclass
class Wire:
    """The way to the bank: counts what was sent, and loses, repeats or shuffles what it is told to."""

    channel: HttpChannel
    luck: Random | None = None
    sent: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    name: str = "wire"

    def submit(self, message_id: str, content: bytes) -> Reply:
        with self.lock:
            self.sent.append(message_id)
        self._maybe_die(0.1)
        reply = self.channel.submit(message_id, content)
        self._maybe_die(0.2)
        return reply

    def inquire(self, message_id: str) -> Reply | None:
        return self.channel.inquire(message_id)

    def answers(self, after: str) -> list[Answer]:
        page = self.channel.answers(after)
        contents = [answer.content for answer in page]
        if self.luck is not None:
            self.luck.shuffle(contents)
        return [Answer(answer.cursor, content) for answer, content in zip(page, contents, strict=True)]

    def statements(self, on: date) -> Iterator[BinaryIO]:
        return self.channel.statements(on)

    def _maybe_die(self, chance: float) -> None:
        if self.luck is not None and self.luck.random() < chance:
            raise Killed


@contextmanager
def bank_with(world: World, faults: FaultPlan, seed: int = 1, others: str = "1000.00") -> Iterator[Bank]:
    with running_bank(seed=seed, faults=faults) as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        world.open_at(hand, others=others)
        yield Bank(channel, hand)


def bank_cash(world: World, bank: Bank) -> Decimal:
    (mine,) = [each for each in bank.hand.balances().balances if each.account == world.numbers[world.own]]
    return Decimal(mine.balance)


class TestSubmission:
    def test_three_workers_at_once_send_each_message_once(self, world: World, bank: Bank) -> None:
        for place in range(3):
            world.owe(f"o{place}", "10.00", who=place)
        run, wire = world.plan(), Wire(bank.channel)
        with ThreadPoolExecutor(3) as workers:
            done = [workers.submit(world.execute, run, wire) for _ in range(3)]
        assert all(each.exception() is None for each in done)
        assert len(wire.sent) == 1
        bank.hand.set_day(world.today)
        assert world.record(wire).settled == 3
        assert world.cash() == "30.00"

    def test_workers_write_the_files_of_one_run_side_by_side_and_each_item_stands_in_one(
        self, world: World, bank: Bank
    ) -> None:
        for place in range(6):
            world.owe(f"o{place}", "10.00", who=place % 3)
        run, wire = world.plan(), Wire(bank.channel)

        def work() -> None:
            profile = BankProfile(max_items=1)
            runs.execute_run(
                world.database, wire, world.tenant_id, run.id, keys=world.keys, clock=world.clock, profile=profile
            )

        with ThreadPoolExecutor(3) as workers:
            done = [workers.submit(work) for _ in range(3)]
        assert all(each.exception() is None for each in done)
        assert len(wire.sent) == 6
        assert len(set(wire.sent)) == 6
        bank.hand.set_day(world.today)
        assert world.record(wire).settled == 6
        assert world.cash() == "60.00"

    def test_three_workers_record_the_same_answers_once(self, world: World, bank: Bank) -> None:
        for place in range(3):
            world.owe(f"o{place}", "10.00", who=place)
        run, wire = world.plan(), Wire(bank.channel)
        runs.execute_run(
            world.database,
            wire,
            world.tenant_id,
            run.id,
            keys=world.keys,
            clock=world.clock,
            profile=BankProfile(max_items=1),
        )
        bank.hand.set_day(world.today)
        with ThreadPoolExecutor(3) as workers:
            done = [workers.submit(world.record, wire) for _ in range(3)]
        assert sum(each.result().settled for each in done) == 3
        assert (world.states(), world.cash(), world.transit()) == (["settled"] * 3, "30.00", [])

    def test_a_reply_lost_after_acceptance_is_asked_for_and_nothing_is_sent_again(self, world: World) -> None:
        world.owe("a", "100.00")
        with bank_with(world, FaultPlan(reply_lost_bp=10_000)) as bank:
            run, wire = world.plan(), Wire(bank.channel)
            first = world.execute(run, wire)
            assert (first.state, first.unfinished) == (RunState.UNKNOWN, True)
            runs.resolve_unknown(world.database, wire, world.tenant_id, keys=world.keys, clock=world.clock)
            assert world.run(run).state is RunState.ACKNOWLEDGED
            assert len(wire.sent) == 1
            bank.hand.set_day(world.today)
            world.record(wire)
            assert (world.cash(), bank_cash(world, bank)) == ("100.00", Decimal("100.00"))

    def test_a_message_that_never_arrived_is_sent_again_with_the_same_bytes(self, world: World, bank: Bank) -> None:
        world.owe("a", "100.00")
        run = world.plan()
        contents: list[bytes] = []

        class Swallowing(Wire):
            def submit(self, message_id: str, content: bytes) -> Reply:
                contents.append(content)
                if len(contents) == 1:
                    raise Killed
                return super().submit(message_id, content)

        wire = Swallowing(bank.channel)
        with pytest.raises(Killed):
            world.execute(run, wire)
        assert world.execute(run, wire).state is RunState.ACKNOWLEDGED
        assert contents[0] == contents[1]


STEPS = [
    *(f"runs.execution.{step}" for step in ("_begin", "_draft", "_unsent", "submit_message", "follow_runs")),
    *(f"banking.submission.{step}" for step in ("write_message", "queries.lock_message", "inbox.store_answer")),
]


@contextmanager
def killed_at(step: str, *, after: bool = True) -> Iterator[None]:
    """The worker dies before or after that function of `domain`, whatever is done in the block."""
    target = f"domain.{step}"
    real = resolve_name(target)

    def dying(*args: object, **given: object) -> None:
        if after:
            real(*args, **given)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(target, dying)
        with pytest.raises(Killed):
            yield


class TestKilled:
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", STEPS)
    def test_a_worker_killed_at_any_step_is_resumed_and_sends_once(
        self, world: World, bank: Bank, step: str, *, after: bool
    ) -> None:
        for place in range(3):
            world.owe(f"o{place}", "10.00", who=place)
        run, wire = world.plan(), Wire(bank.channel)
        with killed_at(step, after=after):
            world.execute(run, wire)
        world.execute(run, wire)
        bank.hand.set_day(world.today)
        world.record(wire)
        assert len(set(wire.sent)) == 1
        assert (world.states(), world.cash()) == (["settled"] * 3, "30.00")

    @pytest.mark.parametrize("step", ["runs.queries.open_run", "runs.planning._gather", "runs.planning._freeze"])
    def test_a_worker_killed_while_planning_leaves_nothing_behind(self, world: World, step: str) -> None:
        world.owe("a")
        with killed_at(step):
            world.plan()
        assert world.items() == []
        assert world.plan().item_count == 1

    @pytest.mark.parametrize(
        "step",
        ["dispatch_answers", "apply_answers", "follow_outcomes", "plan_retries", "_announce_failures", "_suspend"],
    )
    def test_a_worker_killed_while_recording_books_all_or_nothing(self, world: World, bank: Bank, step: str) -> None:
        world.owe("a", "100.00")
        world.owe("b", "1500.00", who=1)
        world.execute(world.plan(), bank.channel)
        bank.hand.set_day(world.today)
        with killed_at(f"runs.recording.{step}"):
            world.record(bank.channel)
        assert world.states() == ["submitted", "submitted"]
        assert world.transit() == []
        recorded = world.record(bank.channel)
        assert (recorded.settled, recorded.rejected, recorded.retries_planned) == (1, 1, 1)
        assert world.cash() == "100.00"


class TestAnswers:
    def test_a_deadlock_with_somebody_who_locks_the_other_way_round_is_overcome(self, world: World, bank: Bank) -> None:
        world.owe("a", "100.00")
        world.execute(world.plan(), bank.channel)
        bank.hand.set_day(world.today)
        picked = iter([True])
        with pytest.MonkeyPatch.context() as patched:

            def unlucky(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> dict[int, date]:
                if next(picked, False):
                    session.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"))
                return plan_retries(session, outcomes, clock=clock)

            patched.setattr(recording, "plan_retries", unlucky)
            assert world.record(bank.channel).settled == 1
        assert world.cash() == "100.00"

    def test_twice_the_same_answer_books_once(self, world: World) -> None:
        world.owe("a", "100.00")
        with bank_with(world, FaultPlan(duplicate_answer_bp=10_000)) as bank:
            world.execute(world.plan(), bank.channel)
            bank.hand.set_day(world.today)
            assert world.record(bank.channel).settled == 1
            assert world.record(bank.channel).settled == 0
            assert world.cash() == "100.00"

    def test_a_partial_answer_leaves_the_run_part_answered_until_the_rest_comes(self, world: World) -> None:
        for place in range(3):
            world.owe(f"o{place}", "10.00", who=place)
        with bank_with(world, FaultPlan(partial_answer_bp=10_000)) as bank:
            run = world.plan()
            world.execute(run, bank.channel)
            bank.hand.set_day(world.today)
            assert world.record(bank.channel).settled == 2  # of three, the second half tomorrow
            assert world.run(run).state is RunState.PART_ANSWERED
            (agreement,) = world.reconcile(bank.channel)
            # The bank has booked 30.00 and told of 20.00: explained, to the cent.
            assert [str(each.amount) for each in (agreement.difference, agreement.on_statement_only)] == ["10.00"] * 2
            assert not agreement.unexplained
            world.today = TUESDAY
            bank.hand.set_day(TUESDAY)
            assert world.record(bank.channel).settled == 1
            (agreement,) = world.reconcile(bank.channel)
            assert agreement.agrees
            assert world.run(run).state is RunState.CLOSED

    def test_a_return_that_is_told_before_its_settlement_waits_for_it(self, world: World) -> None:
        world.owe("a", "100.00")
        with bank_with(world, FaultPlan(late_return_bp=10_000)) as bank:
            world.execute(world.plan(), bank.channel)
            for offset in range(6):
                bank.hand.set_day(MONDAY + timedelta(days=offset))
            world.today = MONDAY + timedelta(days=5)
            told = bank.channel.answers("")

            def is_report(content: bytes) -> bool:
                with suppress(Exception):
                    return bool(read_status_report(BytesIO(content)))
                return False

            backwards = sorted((answer.content for answer in told), key=is_report)
            assert not is_report(backwards[0])

            class Backwards(Wire):
                def answers(self, after: str) -> list[Answer]:
                    place = int(after or "0")
                    return [Answer(str(place + 1), content) for content in backwards[place : place + 1]]

            recorded = world.record(Backwards(bank.channel))
            assert (recorded.settled, recorded.returned) == (1, 1)
            assert world.states() == ["returned"]
            assert (world.cash(), bank_cash(world, bank)) == ("0.00", Decimal("0.00"))
            assert world.transit() == []


@pytest.mark.parametrize("seed", [7, 23, 61])
def test_after_any_sequence_of_faults_both_books_agree_and_nobody_paid_twice(
    database: Database, keys: KeyRing, seed: int
) -> None:
    """Twelve days of debits and payments with every fault the bank has, and workers that die while sending."""
    luck = Random(seed)  # noqa: S311 - a reproducible sequence
    world = World(database, tenant_key(f"faults-{seed}-{luck.random()}"), keys).furnish(debtors=6)
    with bank_with(world, MANY_FAULTS, seed, others="300.00") as bank:
        wire = Wire(bank.channel, luck)
        for offset in range(12):
            world.today = MONDAY + timedelta(days=offset)
            _live_a_day(world, bank, wire, luck)
            assert world.transit() == []
        # Everything that is still on its way comes to its end, without new debits and without killing.
        wire.luck = None
        for offset in range(12, 20):
            world.today = MONDAY + timedelta(days=offset)
            bank.hand.set_day(world.today)
            world.resume(wire)
            bank.hand.set_day(world.today)
            world.record(wire)
            agreed = world.reconcile(wire)
        assert all(each.agrees for each in agreed)
        assert Decimal(world.cash()) == bank_cash(world, bank)
        assert world.transit() == []
        with world.session() as session:
            assert checks.check_holds(session) == []
            assert checks.obligations_held_twice(session) == []
            closed = [run for run in runs.list_runs(session) if run.item_count and run.state is RunState.CLOSED]
            assert closed
            assert [run.public_id for run in closed if runs.verify_certificate(session, run.id)] == []
        paid = Counter({debit.key: debit.settled - debit.returned for debit in bank.hand.debits_by_remittance().debits})
        assert max(paid.values()) == 1


def _live_a_day(world: World, bank: Bank, wire: Wire, luck: Random) -> None:
    bank.hand.set_day(world.today)
    for who in range(6):
        account = world.numbers[world.others[who]]
        reference = f"W{world.today:%m%d}{who}"
        bank.hand.deposit([DepositIn(reference=reference, account=account, amount="80.00", on=world.today)])
        amount = f"{luck.randrange(1, 20_000) / 100:.2f}"
        world.owe(f"{world.today:%m%d}-{who}", amount, who)
    world.owe(f"pay-{world.today:%m%d}", f"{luck.randrange(1, 9_000) / 100:.2f}", 0, direction=Direction.CREDIT)
    for kind in (RunKind.DEBIT, RunKind.RELEASE):
        run = world.plan(kind)
        for _ in range(luck.randrange(1, 4)):
            with suppress(Killed):
                world.execute(run, wire)
    with suppress(Killed):
        world.resume(wire)
    bank.hand.set_day(world.today)
    for _ in range(luck.randrange(1, 3)):
        world.record(wire)
    if luck.random() < 0.7:
        world.reconcile(wire)
    with world.session() as session:
        runs.close_runs(session, clock=world.clock)
