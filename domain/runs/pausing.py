"""Stopping a run from here on: what is with the bank goes its way, nothing more leaves until somebody resumes it."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from domain import audit
from domain.banking.states import UNSENT_STATES
from domain.banking.tables import BankMessage
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.runs import queries
from domain.runs.errors import NothingToPause
from domain.runs.states import TO_PAUSE
from domain.runs.tables import Run
from domain.values.actor import Actor


def pause_run(session: TenantSession, run_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Run:
    """Let nothing more of a run leave; twice is once. Raises NothingToPause, NotFound."""
    run = queries.lock_run(session, run_id)
    if run.state not in TO_PAUSE:
        raise NothingToPause(run=run.public_id, state=run.state.value)
    if not run.is_paused:
        run.paused_at, run.paused_by = clock.now(), str(actor)
        _mark_messages(session, run_id, paused=True)
        _record(session, run, "run.paused", reason, actor=actor, clock=clock)
    return run


def resume_run(session: TenantSession, run_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Run:
    """Let a paused run go on, when it is executed next; twice is once. Raises NotFound."""
    run = queries.lock_run(session, run_id)
    if run.is_paused:
        run.paused_at = run.paused_by = None
        _mark_messages(session, run_id, paused=False)
        _record(session, run, "run.resumed", reason, actor=actor, clock=clock)
    return run


def _mark_messages(session: TenantSession, run_id: UUID, *, paused: bool) -> None:
    session.execute(
        update(BankMessage)
        .where(
            col(BankMessage.tenant_id) == session.tenant_id,
            col(BankMessage.run_id) == run_id,
            col(BankMessage.state).in_(UNSENT_STATES),
        )
        .values(paused=paused)
        .execution_options(synchronize_session="fetch")
    )


def _record(session: TenantSession, run: Run, action: str, reason: str, *, actor: Actor, clock: Clock) -> None:
    facts: dict[str, object] = {"reason": reason, "state": run.state.value}
    audit.record(session, actor=actor, action=action, subject=run.public_id, facts=facts, clock=clock)
    session.flush()
