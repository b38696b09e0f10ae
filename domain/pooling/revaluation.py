"""Back-value: the bank values a sweep on another date than the books had; the interest difference is posted, no more.

The sweep and what was accrued on it stay as they were. Two movements take the amount from the old date to the new one,
and the days between bear the difference, at the rates of the versions in force on them: 200,000 found to be five days
older at 1.35 % bears 37.50.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlmodel import col, select

from domain import approvals, audit
from domain.approvals.tables import Approval
from domain.ledger import steps
from domain.ledger.posting import digest_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.listing import lock_row
from domain.platform.transitions import move
from domain.pooling.accrual import OneLeg, accrue_legs, post_accrued
from domain.pooling.errors import NotYetMoved, SameValueDate
from domain.pooling.states import MOVED, MovementKind, SweepState
from domain.pooling.structures import version_on
from domain.pooling.tables import PoolAccrual, PoolLeg, PoolMovement, Sweep, ValueCorrection
from domain.values.actor import Actor

SWEEP = "swp"
SUBJECT = "value_date"

# What the books have now: the date of the last correction, or of the bank's first word.
_VALUED = text("""
    SELECT movement.structure_id, movement.account_id, movement.parent_account_id, movement.party_id,
           movement.currency, movement.amount_minor,
           coalesce((SELECT valued_on FROM value_correction AS last
                     WHERE last.tenant_id = :tenant AND last.sweep_id = :sweep ORDER BY last.id DESC LIMIT 1),
                    movement.value_date) AS value_date
    FROM pool_movement AS movement
    WHERE movement.tenant_id = :tenant AND movement.source_id = :sweep AND movement.kind = 'executed'
""")


def propose_correction(
    session: TenantSession, *, sweep_id: UUID, value_date: date, reason: str, actor: Actor, clock: Clock
) -> str:
    """Put another value date before a second person; returns its digest.

    Raises NotFound, NotYetMoved, SameValueDate, AlreadyDecided.
    """
    _lock_sweep(session, sweep_id)
    digest = _digest(sweep_id, _valued(session, sweep_id, value_date), value_date, reason)
    approvals.propose(session, kind=SUBJECT, subject_id=sweep_id, digest=digest, actor=actor, clock=clock)
    return digest


def refuse_correction(
    session: TenantSession, *, sweep_id: UUID, digest: str, reason: str, actor: Actor, clock: Clock
) -> Approval:
    """Leave the value date as it is; whoever proposed another takes it back in the same way.

    Raises NotFound, NotYetMoved, NothingProposed, DigestChanged, AlreadyDecided.
    """
    _lock_sweep(session, sweep_id)
    return approvals.reject(
        session, kind=SUBJECT, subject_id=sweep_id, digest=digest, reason=reason, actor=actor, clock=clock
    )


def _valued(session: TenantSession, sweep_id: UUID, value_date: date) -> Row[Any]:
    """What the books have. Raises SameValueDate."""
    valued = session.execute(_VALUED, {"tenant": session.tenant_id, "sweep": sweep_id}).one()
    if valued.value_date == value_date:
        raise SameValueDate(value_date=value_date)
    return valued


def _digest(sweep_id: UUID, valued: Row[Any], value_date: date, reason: str) -> str:
    return digest_of([sweep_id, valued.amount_minor, valued.value_date, value_date, reason]).hex()


def correct_value_date(
    session: TenantSession, *, sweep_id: UUID, value_date: date, reason: str, actor: Actor, clock: Clock
) -> ValueCorrection:
    """Value a sweep on the date the bank says, as somebody else proposed it; the interest difference is posted today.

    Raises NotFound, NotYetMoved, SameValueDate, NothingProposed, DigestChanged, AlreadyDecided, SamePerson.
    """
    steps.lock_ledger(session)
    sweep = _lock_sweep(session, sweep_id)
    valued = _valued(session, sweep_id, value_date)
    digest = _digest(sweep_id, valued, value_date, reason)
    approvals.approve(session, kind=SUBJECT, subject_id=sweep_id, digest=digest, actor=actor, clock=clock)
    correction_id = uuid7()
    _move(session, correction_id, valued, value_date)
    accrued = _accrue(session, correction_id, valued, clock)
    correction = ValueCorrection(
        tenant_id=session.tenant_id,
        id=correction_id,
        created_at=clock.now(),
        sweep_id=sweep_id,
        was_valued_on=valued.value_date,
        valued_on=value_date,
        structure_version=version_on(session, valued.structure_id, value_date).version,
        currency=valued.currency,
        earned_minor=accrued[0],
        owed_minor=accrued[1],
        made_by=str(actor),
        reason=reason,
    )
    session.add(correction)
    if sweep.state is not SweepState.VALUE_CORRECTED:
        move(session, sweep, SweepState.VALUE_CORRECTED, actor=actor, clock=clock, reason=reason)
    session.flush()
    facts: dict[str, object] = {"was": valued.value_date.isoformat(), "is": value_date.isoformat(), "reason": reason}
    subject = public_id(SWEEP, sweep_id)
    audit.record(session, actor=actor, action="sweep.value_corrected", subject=subject, facts=facts, clock=clock)
    return correction


def _lock_sweep(session: TenantSession, sweep_id: UUID) -> Sweep:
    sweep = lock_row(session, Sweep, sweep_id, kind="sweep", reference=public_id(SWEEP, sweep_id))
    if sweep.state not in MOVED:
        raise NotYetMoved(sweep=public_id(SWEEP, sweep_id), state=sweep.state.value)
    return sweep


def _move(session: TenantSession, correction_id: UUID, valued: Row[Any], value_date: date) -> None:
    shared = {
        "tenant_id": session.tenant_id,
        "source_id": correction_id,
        "structure_id": valued.structure_id,
        "account_id": valued.account_id,
        "parent_account_id": valued.parent_account_id,
        "party_id": valued.party_id,
        "currency": valued.currency,
    }
    out = {"kind": MovementKind.REVALUED_FROM, "value_date": valued.value_date, "amount_minor": -valued.amount_minor}
    into = {"kind": MovementKind.REVALUED_TO, "value_date": value_date, "amount_minor": valued.amount_minor}
    session.execute(insert(PoolMovement), [shared | out, shared | into])


def _accrue(session: TenantSession, correction_id: UUID, valued: Row[Any], clock: Clock) -> tuple[int, int]:
    """Accrue and post what the days that are closed should have borne; returns earned and owed, in minor units."""
    only = OneLeg(valued.account_id, valued.parent_account_id, valued.structure_id)
    leg = session.get_one(
        PoolLeg, (session.tenant_id, only.account_id, only.parent_account_id, only.structure_id), with_for_update=True
    )
    found_on, reason = min(clock.today(), leg.accrued_until - timedelta(days=1)), f"correction:{correction_id}"
    accrue_legs(session, found_on, reason=reason, only=only)
    post_accrued(session, found_on, reason=reason, value_date=clock.today(), clock=clock)
    row = session.exec(
        select(PoolAccrual).where(
            PoolAccrual.tenant_id == session.tenant_id,
            col(PoolAccrual.account_id) == only.account_id,
            PoolAccrual.reason == reason,
        )
    ).one_or_none()
    return (row.earned_minor, row.owed_minor) if row else (0, 0)
