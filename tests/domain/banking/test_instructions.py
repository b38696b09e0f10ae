"""Instructions: one per obligation, whatever tries; frozen, cancelled, gathered by set operations."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import ARRAY, Select, String, cast, func, literal, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from domain.banking import instructions as banking
from domain.banking.errors import InstructionsMoved, ObligationTaken
from domain.banking.instructions import NewInstruction
from domain.banking.states import Direction, InstructionState, Purpose
from domain.banking.tables import Instruction, InstructionEvent
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import uuid7
from domain.values.actor import Actor

from .conftest import Group

Order = Callable[..., NewInstruction]
ON = date(2026, 3, 2)


def due(group: Group, keys: Sequence[str], amount_minor: int = 10_000) -> Select[Any]:
    """What a module that owns dues would select: one collection per key."""
    keyed = func.unnest(cast(list(keys), ARRAY(String))).table_valued("key").render_derived()
    return select(
        literal(Direction.DEBIT.value).label("direction"),
        literal(Purpose.RECEIVABLE_COLLECTION.value).label("purpose"),
        keyed.c.key.label("obligation_key"),
        literal(amount_minor).label("amount_minor"),
        literal("CNY").label("currency"),
        literal(group.own).label("own_account_id"),
        literal(group.others[0]).label("counter_account_id"),
        literal(uuid7()).label("mandate_id"),
        literal(uuid7()).label("subject_id"),
        literal(ON).label("due_on"),
        literal("invoice").label("remittance"),
    )


def all_instructions(session: TenantSession) -> list[Instruction]:
    found = select(Instruction).where(col(Instruction.tenant_id) == session.tenant_id).order_by(col(Instruction.id))
    return list(session.execute(found.execution_options(populate_existing=True)).scalars())


class TestInsertDue:
    def test_makes_one_instruction_per_due_row_numbered_in_order_of_its_key(
        self, session: TenantSession, group: Group, clock: FixedClock
    ) -> None:
        run_id = uuid7()
        assert banking.insert_due(session, due(group, ["b", "a", "c"]), run_id=run_id, clock=clock) == 3
        made = all_instructions(session)
        assert [(row.id, row.obligation_key) for row in made] == [(1, "a"), (2, "b"), (3, "c")]
        assert {row.run_id for row in made} == {run_id}
        assert {(row.state, row.attempt, row.amount_minor) for row in made} == {(InstructionState.CREATED, 1, 10_000)}

    def test_twice_is_once(self, session: TenantSession, group: Group, clock: FixedClock) -> None:
        assert banking.insert_due(session, due(group, ["a", "b"]), run_id=uuid7(), clock=clock) == 2
        assert banking.insert_due(session, due(group, ["a", "b", "c"]), run_id=uuid7(), clock=clock) == 1
        assert [row.obligation_key for row in all_instructions(session)] == ["a", "b", "c"]

    def test_numbers_go_on_behind_those_of_other_instructions(
        self, session: TenantSession, group: Group, clock: FixedClock, order: Order
    ) -> None:
        assert banking.create_instructions(session, [order("x"), order("y")], clock=clock) == [1, 2]
        banking.insert_due(session, due(group, ["a"]), run_id=uuid7(), clock=clock)
        assert banking.create_instructions(session, [order("z")], clock=clock) == [4]

    def test_nothing_due_makes_nothing(self, session: TenantSession, group: Group, clock: FixedClock) -> None:
        assert banking.insert_due(session, due(group, []), run_id=uuid7(), clock=clock) == 0
        assert banking.insert_due(session, due(group, ["a"]), run_id=uuid7(), clock=clock) == 1

    def test_a_cancelled_one_is_due_again_as_the_next_attempt(
        self, session: TenantSession, group: Group, clock: FixedClock, actor: Actor
    ) -> None:
        banking.insert_due(session, due(group, ["a"]), run_id=uuid7(), clock=clock)
        banking.cancel_instructions(session, [1], reason="reopened", actor=actor, clock=clock)
        assert banking.insert_due(session, due(group, ["a"]), run_id=uuid7(), clock=clock) == 1
        assert [(row.id, row.attempt) for row in all_instructions(session)] == [(1, 1), (2, 2)]

    def test_an_amount_of_nothing_is_refused_by_the_database(
        self, session: TenantSession, group: Group, clock: FixedClock
    ) -> None:
        with pytest.raises(IntegrityError, match="amount_positive"):
            banking.insert_due(session, due(group, ["a"], amount_minor=0), run_id=uuid7(), clock=clock)


class TestObligation:
    def test_cannot_have_two_live_instructions(self, session: TenantSession, clock: FixedClock, order: Order) -> None:
        banking.create_instructions(session, [order("loan-1")], clock=clock)
        with pytest.raises(ObligationTaken) as refused:
            banking.create_instructions(session, [order("loan-2"), order("loan-1", attempt=2)], clock=clock)
        assert refused.value.facts == {"count": 1, "first": "loan-1"}

    def test_twenty_workers_at_once_make_one_instruction(
        self, database: Database, tenant_id: int, group: Group, clock: FixedClock, order: Order
    ) -> None:
        def attempt(number: int) -> int:
            with database.session(Role.WORKER, tenant_id) as session:
                if number % 2:
                    return banking.insert_due(session, due(group, ["loan-1"]), run_id=uuid7(), clock=clock)
                try:
                    return len(banking.create_instructions(session, [order("loan-1", attempt=number + 2)], clock=clock))
                except ObligationTaken:
                    return 0

        with ThreadPoolExecutor(20) as workers:
            assert sum(workers.map(attempt, range(20))) == 1


class TestRun:
    def test_locks_its_instructions_and_says_what_they_come_to(
        self, session: TenantSession, clock: FixedClock, order: Order, actor: Actor
    ) -> None:
        run_id = uuid7()
        banking.create_instructions(session, [order("a", "100.00"), order("b", "250.50")], clock=clock)
        assert banking.gather_waiting(session, run_id=run_id, purposes=[Purpose.RECEIVABLE_COLLECTION], on=ON) == 2
        totals = banking.lock_run(session, run_id, actor=actor, clock=clock)
        # 100.00 + 250.50 = 350.50
        assert (totals.item_count, totals.total_minor) == (2, {"CNY": 35_050})
        first, second = all_instructions(session)
        lines = [
            f"{row.id}|debit|receivable_collection|{row.obligation_key}|1|{row.amount_minor}|CNY|{row.own_account_id}"
            f"|{row.counter_account_id}|{row.mandate_id}|2026-03-02\n"
            for row in (first, second)
        ]
        assert totals.digest == sha256("".join(lines).encode()).digest()
        assert (first.state, second.state) == (InstructionState.LOCKED, InstructionState.LOCKED)

    @pytest.mark.parametrize("at_once", [1, 2, 3, 4])
    def test_has_the_same_digest_however_many_lines_are_read_at_once(
        self, session: TenantSession, group: Group, clock: FixedClock, at_once: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_id = uuid7()
        banking.insert_due(session, due(group, ["a", "b", "c"]), run_id=run_id, clock=clock)
        digest = banking.run_totals(session, run_id).digest
        monkeypatch.setattr(banking, "LINES_PER_ROW", at_once)
        monkeypatch.setattr(banking, "_lines", banking._lines.__wrapped__)  # built anew, with the other limit
        assert banking.run_totals(session, run_id).digest == digest

    def test_leaves_what_is_due_later_or_for_something_else(
        self, session: TenantSession, clock: FixedClock, order: Order
    ) -> None:
        later = order("later", due_on=date(2026, 3, 3))
        other = order("other", direction=Direction.CREDIT)
        banking.create_instructions(session, [later, other], clock=clock)
        assert banking.gather_waiting(session, run_id=uuid7(), purposes=[Purpose.RECEIVABLE_COLLECTION], on=ON) == 0

    def test_changes_its_digest_when_an_item_is_cancelled(
        self, session: TenantSession, group: Group, clock: FixedClock, actor: Actor
    ) -> None:
        run_id = uuid7()
        banking.insert_due(session, due(group, ["a", "b"]), run_id=run_id, clock=clock)
        before = banking.lock_run(session, run_id, actor=actor, clock=clock)
        banking.cancel_instructions(session, [2], reason="paid by hand", actor=actor, clock=clock)
        after = banking.run_totals(session, run_id)
        assert (before.item_count, after.item_count) == (2, 1)
        assert before.digest != after.digest

    def test_records_every_state_its_instructions_come_to(
        self, session: TenantSession, group: Group, clock: FixedClock, actor: Actor
    ) -> None:
        run_id = uuid7()
        banking.insert_due(session, due(group, ["a"]), run_id=run_id, clock=clock)
        banking.lock_run(session, run_id, actor=actor, clock=clock)
        assert banking.leave_run(session, run_id, actor=actor, clock=clock) == 1
        events = session.execute(
            select(col(InstructionEvent.state)).where(col(InstructionEvent.tenant_id) == session.tenant_id)
        ).scalars()
        assert sorted(events) == ["created", "locked"]
        assert all_instructions(session)[0].run_id is None

    def test_cannot_cancel_what_is_cancelled(
        self, session: TenantSession, clock: FixedClock, order: Order, actor: Actor
    ) -> None:
        banking.create_instructions(session, [order("a")], clock=clock)
        banking.cancel_instructions(session, [1], reason="wrong", actor=actor, clock=clock)
        with pytest.raises(InstructionsMoved):
            banking.cancel_instructions(session, [1], reason="wrong", actor=actor, clock=clock)
