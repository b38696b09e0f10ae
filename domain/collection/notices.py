"""Telling payers beforehand what will be debited, with proof; and reminding those whose debit failed for good."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.collection.horizon import open_from, take_notified
from domain.collection.states import DueState
from domain.collection.tables import Due, NoticeProof
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.platform.transitions import move_all
from domain.values.actor import Actor, system
from domain.values.errors import NotFound

NOTIFYING = system("dues")

# A notice sent later than agreed moves the debit: the payer has its days all the same.
_NOTIFY = text(f"""
    WITH told AS (
      SELECT due.id, due.round, due.amount_minor, due.currency, due.payer_id, client.notice_days,
             greatest(due.rolled_due_on, CAST(:on AS date) + client.notice_days) AS debit_on
      FROM collection_due AS due
      JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = due.client_id
      WHERE due.tenant_id = :tenant AND due.state = 'planned' AND NOT due.ordinary AND client.state = 'active'
        AND due.rolled_due_on - client.notice_days <= :on
    ), kept AS (
      INSERT INTO prenotice (tenant_id, due_id, round, sent_on, debit_on, amount_minor, at)
      SELECT :tenant, id, round, :on, debit_on, amount_minor, :now FROM told
      ON CONFLICT (tenant_id, due_id, round) DO NOTHING
    ), moved AS (
      UPDATE collection_due AS due SET earliest_on = told.debit_on FROM told
      WHERE due.tenant_id = :tenant AND due.id = told.id AND told.debit_on > due.rolled_due_on
    ), announced AS (
      INSERT INTO outbox_event (tenant_id, id, created_at, kind, subject, payload)
      SELECT :tenant, {SQL_UUID7}, :now, 'due.prenotified', id::text,
             jsonb_build_object('debit_on', debit_on, 'amount_minor', amount_minor::text, 'currency', currency,
                                'payer', payer_id)
      FROM told
    )
    SELECT id FROM told
""")


def prenotify(session: TenantSession, on: date, *, clock: Clock) -> int:
    """Tell the payers of everything that falls due within their client's notice; returns how many dues."""
    session.flush()
    told = list(session.scalars(_NOTIFY, {"tenant": session.tenant_id, "on": on, "now": clock.now()}))
    if not told:
        return 0
    take_notified(session, told)
    return move_all(session, Due, told, DueState.NOTIFIED, actor=NOTIFYING, clock=clock, reason="payer told")


@dataclass(frozen=True, slots=True)
class Proof:
    """That a notice (`prenotice:<round>`, `dunning:<level>`) reached its payer; `digest` is the SHA-256 of its text."""

    due_id: UUID
    notice: str
    means: str
    carrier_reference: str
    digest: bytes
    delivered_at: datetime


def prove_notices(session: TenantSession, proofs: Collection[Proof], *, actor: Actor, clock: Clock) -> int:
    """Keep proofs of delivery, each once; returns how many are new. Raises NotFound for a due that is not there."""
    ids = {proof.due_id for proof in proofs}
    known = set(session.exec(select(Due.id).where(Due.tenant_id == session.tenant_id, col(Due.id) == any_of(ids))))
    if ids - known:
        raise NotFound(kind="due", reference=min(ids - known))
    rows = [
        {
            "tenant_id": session.tenant_id,
            "due_id": proof.due_id,
            "notice": proof.notice,
            "means": proof.means,
            "carrier_reference": proof.carrier_reference,
            "digest": proof.digest,
            "delivered_at": proof.delivered_at,
            "noted_by": str(actor),
            "noted_at": clock.now(),
        }
        for proof in proofs
    ]
    kept = insert(NoticeProof).on_conflict_do_nothing().returning(col(NoticeProof.due_id))
    return len(session.scalars(kept, rows).all()) if rows else 0


_SOUGHT = "due.rolled_due_on <= :on AND (NOT due.ordinary OR due.rolled_due_on >= :open_from)"

# The next reminder of each failed due whose day has come; at most one a day.
_REMIND = text(f"""
    WITH late AS (
      SELECT due.id, due.round, due.dunning_level + 1 AS level, due.payer_id, due.amount_minor, due.currency
      FROM collection_due AS due
      JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = due.client_id
      WHERE due.tenant_id = :tenant AND due.state = 'failed' AND {_SOUGHT}
        AND due.failed_on + client.dunning_days[due.dunning_level + 1] <= :on
    ), raised AS (
      UPDATE collection_due AS due SET dunning_level = late.level FROM late
      WHERE due.tenant_id = :tenant AND due.id = late.id
    ), kept AS (
      INSERT INTO dunning_notice (tenant_id, due_id, round, level, sent_on, at)
      SELECT :tenant, id, round, level, :on, :now FROM late
      ON CONFLICT (tenant_id, due_id, round, level) DO NOTHING
    )
    INSERT INTO outbox_event (tenant_id, id, created_at, kind, subject, payload)
    SELECT :tenant, {SQL_UUID7}, :now, 'due.reminded', id::text,
           jsonb_build_object('level', level, 'amount_minor', amount_minor::text, 'currency', currency,
                              'payer', payer_id)
    FROM late RETURNING id
""")

_DONE_WITH = text(f"""
    SELECT due.id FROM collection_due AS due
    JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = due.client_id
    WHERE due.tenant_id = :tenant AND due.state = 'failed' AND {_SOUGHT}
      AND due.dunning_level >= coalesce(cardinality(client.dunning_days), 0)
      AND due.failed_on + coalesce(client.dunning_days[cardinality(client.dunning_days)], 0) < :on
    ORDER BY due.id
""")


@dataclass(frozen=True, slots=True)
class Dunned:
    """What dunning did on a day."""

    reminded: int
    handed_back: int


def dun(session: TenantSession, on: date, *, clock: Clock) -> Dunned:
    """Remind payers whose due failed, step by step; what no reminder brought in is the client's own affair again."""
    session.flush()
    binds = {"tenant": session.tenant_id, "on": on, "open_from": open_from(session)}
    reminded = len(session.execute(_REMIND, binds | {"now": clock.now()}).all())
    session.expire_all()
    over = list(session.scalars(_DONE_WITH, binds))
    reason = "no reminder brought it in"
    moved = move_all(session, Due, over, DueState.HANDED_BACK, actor=NOTIFYING, clock=clock, reason=reason)
    return Dunned(reminded, moved if over else 0)
