"""Undoing a posting: never by changing it, always by an opposite one that names it."""

from datetime import date

from sqlalchemy import Row, text

from domain.ledger import queries, steps
from domain.ledger.errors import CannotReverse
from domain.ledger.heads import Head
from domain.ledger.posting import Posted, digest_of
from domain.ledger.settling import settle
from domain.ledger.steps import Legs
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.errors import NotFound

# Modes: 0 posted, 1 pending, 2 post, 3 void, 4 imposed. What moved money moves it back; an open hold is let go.
_OPPOSITE = """
    SELECT id - :first AS ordinal, 0 AS place,
           CASE mode WHEN 1 THEN debit_account_id ELSE credit_account_id END AS debit_account_id,
           CASE mode WHEN 1 THEN credit_account_id ELSE debit_account_id END AS credit_account_id,
           amount, NULL::bigint AS reference, CASE mode WHEN 1 THEN id END AS pending_id,
           CAST(:value_date AS date) AS value_date, CASE mode WHEN 1 THEN 3 ELSE 0 END AS mode
    FROM ledger_transfer WHERE tenant_id = :tenant AND id >= :first AND id < :first + :count
"""

_ORIGINAL = text("""
    SELECT first_transfer_id, transfer_count, total_minor, event, source,
           EXISTS (SELECT FROM ledger_posting AS later
                   WHERE later.tenant_id = :tenant AND later.reverses = :posting) AS reversed,
           EXISTS (SELECT FROM ledger_transfer AS leg
                   WHERE leg.tenant_id = :tenant AND leg.id >= first_transfer_id
                     AND leg.id < first_transfer_id + transfer_count
                     AND (leg.mode = 3 OR leg.mode = 1 AND EXISTS (
                       SELECT FROM ledger_transfer AS ended
                       WHERE ended.tenant_id = :tenant AND ended.pending_id = leg.id))) AS hold_ended
    FROM ledger_posting WHERE tenant_id = :tenant AND id = :posting
""")


def reverse(
    session: TenantSession, posting_id: int, *, key: str, reason: str, value_date: date, actor: Actor, clock: Clock
) -> Posted:
    """Book the opposite of a posting, once. Raises NotFound, CannotReverse, InsufficientFunds, PostingKeyReused."""
    explanation = {"reverses": posting_id, "reason": reason}
    digest = digest_of(["reversal", value_date, explanation])
    steps.lock_ledger(session)
    if stored := queries.stored_results(session, {key: digest}):
        return stored[key]
    original = _original(session, posting_id)
    legs = _opposite(session, original, value_date)
    settle(session, legs)
    head = Head(
        key,
        digest,
        f"{original.event}.reversed",
        original.source,
        value_date,
        explanation,
        original.transfer_count,
        reverses=posting_id,
        total_minor=original.total_minor,
    )
    posting_ids, transfer_ids = steps.book(session, [head], legs, actor=actor, clock=clock)
    return Posted(posting_ids.start, tuple(transfer_ids), repeated=False)


def _original(session: TenantSession, posting_id: int) -> Row[tuple[object, ...]]:
    original = session.execute(_ORIGINAL, {"tenant": session.tenant_id, "posting": posting_id}).one_or_none()
    if original is None:
        raise NotFound(kind="posting", reference=posting_id)
    if original.reversed:
        raise CannotReverse(posting_id=posting_id, reason="it was reversed before", reason_zh="已被冲正")
    if original.hold_ended:
        reason, reason_zh = (
            "a hold of it has ended; reverse the posting that ended it",
            "其预留已处理,请冲正处理该预留的入账",
        )
        raise CannotReverse(posting_id=posting_id, reason=reason, reason_zh=reason_zh)
    return original


def _opposite(session: TenantSession, original: Row[tuple[object, ...]], value_date: date) -> Legs:
    span = {"first": original.first_transfer_id, "count": original.transfer_count}
    return Legs(_OPPOSITE, {"tenant": session.tenant_id, "value_date": value_date, **span})
