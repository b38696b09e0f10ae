"""Settling a period's interest: added to the positions, or paid in cash by the next sweep run."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from domain import approvals, audit
from domain.approvals.errors import DigestChanged
from domain.approvals.tables import Approval
from domain.ledger import service as ledger
from domain.ledger import steps
from domain.ledger.posting import Leg, Posting, digest_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id
from domain.pooling.interest_postings import capitalised_legs
from domain.pooling.states import SettlementMode
from domain.pooling.structures import PREFIX, lock_structure
from domain.values.actor import Actor
from domain.values.money import Money

SUBJECT = "pool_interest"

# What has accrued and is neither settled nor about to be paid. Where both ways are equal nothing is to be paid.
_SETTLE = text(f"""
    INSERT INTO interest_settlement (tenant_id, id, created_at, structure_id, account_id, parent_account_id, party_id,
                                     parent_party_id, until, state, mode, currency, earned_minor, owed_minor)
    SELECT :tenant, {SQL_UUID7}, :now, structure_id, account_id, parent_account_id, party_id, parent_party_id, :until,
           CASE WHEN :mode = 'paid' AND earned <> owed THEN 'due' ELSE 'settled' END, :mode, currency, earned, owed
    FROM (SELECT *, earned_minor - earned_settled_minor AS earned, owed_minor - owed_settled_minor AS owed
          FROM pool_leg WHERE tenant_id = :tenant AND structure_id = :structure
          ORDER BY account_id, parent_account_id FOR UPDATE) AS leg
    WHERE (earned <> 0 OR owed <> 0)
      AND NOT EXISTS (SELECT FROM interest_settlement AS waiting
                      WHERE waiting.tenant_id = :tenant AND waiting.structure_id = leg.structure_id
                        AND waiting.account_id = leg.account_id AND waiting.parent_account_id = leg.parent_account_id
                        AND waiting.state = 'due')
    ON CONFLICT DO NOTHING
    RETURNING id, account_id, parent_account_id, party_id, parent_party_id, currency, earned_minor, owed_minor, state
""")
MARK_SETTLED = text("""
    UPDATE pool_leg AS leg SET earned_settled_minor = leg.earned_settled_minor + :sign * settled.earned_minor,
                               owed_settled_minor = leg.owed_settled_minor + :sign * settled.owed_minor
    FROM interest_settlement AS settled
    WHERE settled.tenant_id = :tenant AND settled.id = ANY(CAST(:ids AS uuid[])) AND leg.tenant_id = :tenant
      AND leg.account_id = settled.account_id AND leg.parent_account_id = settled.parent_account_id
      AND leg.structure_id = settled.structure_id
""")
_CAPITALISE = text("""
    INSERT INTO pool_movement (tenant_id, source_id, kind, structure_id, account_id, parent_account_id, party_id,
                               currency, value_date, amount_minor)
    SELECT :tenant, id, 'capitalised', structure_id, account_id, parent_account_id, party_id, currency, :on,
           earned_minor - owed_minor
    FROM interest_settlement
    WHERE tenant_id = :tenant AND id = ANY(CAST(:ids AS uuid[])) AND earned_minor <> owed_minor
""")


_UNSETTLED = text("""
    SELECT account_id, parent_account_id, earned_minor - earned_settled_minor, owed_minor - owed_settled_minor
    FROM pool_leg WHERE tenant_id = :tenant AND structure_id = :structure ORDER BY account_id, parent_account_id
""")


def propose_settlement(
    session: TenantSession, *, structure_id: UUID, mode: SettlementMode, actor: Actor, clock: Clock
) -> str:
    """Put what has accrued until today before a second person; returns its digest. Raises NotFound, AlreadyDecided."""
    lock_structure(session, structure_id)
    digest = _digest(session, structure_id, mode, clock)
    approvals.propose(session, kind=SUBJECT, subject_id=structure_id, digest=digest, actor=actor, clock=clock)
    return digest


def refuse_settlement(
    session: TenantSession, *, structure_id: UUID, digest: str, reason: str, actor: Actor, clock: Clock
) -> Approval:
    """Let proposed interest go on accruing; whoever proposed it takes it back in the same way.

    Raises NotFound, NothingProposed, DigestChanged, AlreadyDecided.
    """
    lock_structure(session, structure_id)
    return approvals.reject(
        session, kind=SUBJECT, subject_id=structure_id, digest=digest, reason=reason, actor=actor, clock=clock
    )


def _digest(session: TenantSession, structure_id: UUID, mode: SettlementMode, clock: Clock) -> str:
    legs = session.execute(_UNSETTLED, {"tenant": session.tenant_id, "structure": structure_id})
    return digest_of([mode.value, clock.today(), [list(leg) for leg in legs]]).hex()


def settle_interest(
    session: TenantSession, *, structure_id: UUID, mode: SettlementMode, digest: str, actor: Actor, clock: Clock
) -> int:
    """Settle what somebody else proposed, while it is still what has accrued; returns how many legs.

    Capitalised interest bears interest from today. A payment that is under way keeps its leg out. Raises NotFound,
    NothingProposed, DigestChanged, AlreadyDecided, SamePerson.
    """
    structure = lock_structure(session, structure_id)
    steps.lock_ledger(session)
    current = _digest(session, structure_id, mode, clock)
    if current != digest:
        raise DigestChanged(kind=SUBJECT, proposed=digest, current=current)
    approvals.approve(session, kind=SUBJECT, subject_id=structure_id, digest=digest, actor=actor, clock=clock)
    today = clock.today()
    binds = {"tenant": session.tenant_id, "structure": structure_id, "until": today, "now": clock.now()}
    rows = session.execute(_SETTLE, {**binds, "mode": mode.value}).all()
    settled = [row for row in rows if row.state == "settled"]
    ids = [row.id for row in settled]
    session.execute(MARK_SETTLED, {"tenant": session.tenant_id, "ids": ids, "sign": 1})
    if mode is SettlementMode.CAPITALISED:
        session.execute(_CAPITALISE, {"tenant": session.tenant_id, "ids": ids, "on": today})
    # Without a payment, equal sums both ways are settled by the positions as well: their net is nothing.
    _post(session, structure_id, settled, mode, today, actor=actor, clock=clock)
    facts: dict[str, object] = {"mode": mode.value, "legs": len(rows), "until": today.isoformat()}
    subject = public_id(PREFIX, structure.id)
    audit.record(session, actor=actor, action="pool.interest_settled", subject=subject, facts=facts, clock=clock)
    return len(rows)


def _post(
    session: TenantSession,
    structure_id: UUID,
    rows: list[Row[Any]],
    mode: SettlementMode,
    on: date,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    legs: list[Leg] = []
    for row in rows:
        earned, owed = (Money.from_minor(minor, row.currency) for minor in (row.earned_minor, row.owed_minor))
        legs += capitalised_legs(row.party_id, row.parent_party_id, earned=earned, owed=owed)
    if legs:
        posting = Posting(
            key=f"pool_interest_settled:{structure_id}:{mode.value}:{on.isoformat()}:{rows[0].id}",
            event="pool.interest_settled",
            source=public_id(PREFIX, structure_id),
            value_date=on,
            legs=tuple(legs),
            explanation={"mode": mode.value, "legs": len(rows)},
        )
        ledger.post(session, posting, actor=actor, clock=clock)
