"""Closing a run: every item has its answer, every settled one is on a statement, and a certificate says so."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import col

from domain.banking.states import EntryState, InstructionState
from domain.banking.tables import Instruction, StatementEntry
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.runs import balances, queries
from domain.runs.certificates import store_certificate
from domain.runs.execution import follow_runs
from domain.runs.states import UNDER_WAY, RunState
from domain.runs.tables import Run
from domain.values.actor import Actor, system

CLOSING = system("runs")
_SETTLED_ONCE = (InstructionState.SETTLED, InstructionState.FINAL, InstructionState.RETURNED)


def close_runs(session: TenantSession, *, clock: Clock, actor: Actor = CLOSING) -> int:
    """Close the runs that are answered and proved by statements; returns how many.

    Call it after answers were recorded and after statements were matched: whichever comes last closes the run.
    """
    runs = queries.lock_runs_in(session, [*UNDER_WAY, RunState.ANSWERED])
    follow_runs(session, runs, clock=clock)
    answered = [run for run in runs if run.state is RunState.ANSWERED]
    unproved = _unproved(session, [run.id for run in answered])
    proved = [run for run in answered if run.id not in unproved]
    for run in proved:
        _close(session, run, actor=actor, clock=clock)
    unsent = [run for run in runs if run.state is RunState.APPROVED]
    return len(proved) + sum(_close_unsent(session, run, actor=actor, clock=clock) for run in unsent)


def _close_unsent(session: TenantSession, run: Run, *, actor: Actor, clock: Clock) -> int:
    """A run all of whose items went on to a later one for want of cover has nothing to send any more."""
    if run.left_count < run.item_count:
        return 0
    _certify(session, run, actor=actor, clock=clock, reason="nothing had cover")
    return 1


def _unproved(session: TenantSession, run_ids: Sequence[UUID]) -> set[UUID]:
    """The runs of which an item settled that no statement shows yet."""
    if not run_ids:
        return set()
    shown = exists().where(
        col(StatementEntry.tenant_id) == session.tenant_id,
        col(StatementEntry.instruction_id) == col(Instruction.id),
        # Not by equality: entries of today have no statistics, and an account index might be walked for each item.
        col(StatementEntry.account_id).is_not_distinct_from(col(Instruction.own_account_id)),
        col(StatementEntry.state) == EntryState.MATCHED,
    )
    unproved = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == col(Run.id),
        col(Instruction.state).in_(_SETTLED_ONCE),
        ~shown,
    )
    chosen = col(Run.tenant_id) == session.tenant_id, col(Run.id).in_(run_ids)
    return set(session.scalars(select(col(Run.id)).where(*chosen, unproved)))


def _close(session: TenantSession, run: Run, *, actor: Actor, clock: Clock) -> None:
    move(session, run, RunState.RECONCILED, actor=actor, clock=clock)
    _certify(session, run, actor=actor, clock=clock, reason="")


def _certify(session: TenantSession, run: Run, *, actor: Actor, clock: Clock, reason: str) -> None:
    run.closed_at = clock.now()
    move(session, run, RunState.CLOSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    balances.note_after(session, run)
    digest = store_certificate(session, run, clock=clock)
    announce(session, "run.closed", run.public_id, {"certificate": digest.hex()}, clock=clock)
