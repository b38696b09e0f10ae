"""Closing a run: every item has its answer, every settled one is on a statement, and a certificate says so."""

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
    follow_runs(session, queries.lock_runs_in(session, UNDER_WAY), clock=clock)
    closed = 0
    for run in queries.lock_runs_in(session, [RunState.APPROVED, RunState.ANSWERED]):
        if run.state is RunState.APPROVED:
            closed += _close_unsent(session, run, actor=actor, clock=clock)
        elif not _is_unproved(session, run.id):
            _close(session, run, actor=actor, clock=clock)
            closed += 1
    return closed


def _close_unsent(session: TenantSession, run: Run, *, actor: Actor, clock: Clock) -> int:
    """A run all of whose items went on to a later one for want of cover has nothing to send any more."""
    if run.left_count < run.item_count:
        return 0
    _certify(session, run, actor=actor, clock=clock, reason="nothing had cover")
    return 1


def _is_unproved(session: TenantSession, run_id: UUID) -> bool:
    """Whether an item settled that no statement shows yet."""
    shown = exists().where(
        col(StatementEntry.tenant_id) == session.tenant_id,
        col(StatementEntry.instruction_id) == col(Instruction.id),
        # Not by equality: entries of today have no statistics, and an account index might be walked for each item.
        col(StatementEntry.account_id).is_not_distinct_from(col(Instruction.own_account_id)),
        col(StatementEntry.state) == EntryState.MATCHED,
    )
    unproved = select(col(Instruction.id)).where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == run_id,
        col(Instruction.state).in_(_SETTLED_ONCE),
        ~shown,
    )
    return session.execute(unproved.limit(1)).first() is not None


def _close(session: TenantSession, run: Run, *, actor: Actor, clock: Clock) -> None:
    move(session, run, RunState.RECONCILED, actor=actor, clock=clock)
    _certify(session, run, actor=actor, clock=clock, reason="")


def _certify(session: TenantSession, run: Run, *, actor: Actor, clock: Clock, reason: str) -> None:
    run.closed_at = clock.now()
    move(session, run, RunState.CLOSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    balances.note_after(session, run.id)
    digest = store_certificate(session, run, clock=clock)
    announce(session, "run.closed", run.public_id, {"certificate": digest.hex()}, clock=clock)
