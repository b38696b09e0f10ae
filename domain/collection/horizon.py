"""How dues that may still be open are found, without an index that a million of them leave on the day they are paid.

A due is ordinary from its notice on, and most are collected before anybody looks at them again: they are found by
their day, in an index that no change of theirs touches. What is still open when its day is left behind, what came
back, and what nobody has been told of is not ordinary, and stands in an index of its own.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlmodel import col

from domain.collection.states import OVER
from domain.collection.tables import CollectionHorizon, Due
from domain.platform.database import TenantSession

BEGINNING = date(1, 1, 1)  # no day has been left behind yet
DAYS_KEPT = timedelta(days=1)  # answers come in the evening, or by the next morning

_BEGIN = text("""
    INSERT INTO collection_horizon (tenant_id, open_from) VALUES (:tenant, :on) ON CONFLICT DO NOTHING
""")
_ADVANCE = text("UPDATE collection_horizon SET open_from = :on WHERE tenant_id = :tenant")
# In the order of their ids, as answers move them: two that meet wait for each other.
_SET = """
    WITH chosen AS (SELECT id FROM collection_due WHERE tenant_id = :tenant AND {chosen} ORDER BY id FOR UPDATE)
    UPDATE collection_due AS due SET ordinary = {ordinary}
    FROM chosen WHERE due.tenant_id = :tenant AND due.id = chosen.id
"""
_LEFT = "ordinary AND rolled_due_on >= :since AND rolled_due_on < :on AND state <> ALL(:over)"
_LEAVE_BEHIND = text(_SET.format(ordinary="false", chosen=_LEFT))
# What is over is looked for no more: the index of the others stays small.
_OVER = "NOT ordinary AND rolled_due_on < :on AND state = ANY(:over)"
_PUT_AWAY = text(_SET.format(ordinary="true", chosen=_OVER))
_ORDINARY = text("""
    UPDATE collection_due SET ordinary = true WHERE tenant_id = :tenant AND id = ANY(:ids) AND rolled_due_on >= :since
""")


def open_from(session: TenantSession) -> date:
    """Ordinary dues of earlier days are over."""
    found = select(col(CollectionHorizon.open_from)).where(col(CollectionHorizon.tenant_id) == session.tenant_id)
    return session.execute(found).scalar_one_or_none() or BEGINNING


def may_be_open(session: TenantSession) -> ColumnElement[bool]:
    """The condition under which a due is found that may be open; its state says whether it is."""
    return or_(col(Due.ordinary).is_(False), col(Due.rolled_due_on) >= open_from(session))


def take_notified(session: TenantSession, ids: Sequence[UUID]) -> None:
    """Dues whose payers have just been told are ordinary, unless their day was left behind meanwhile."""
    binds = {"tenant": session.tenant_id, "ids": list(ids), "since": _locked(session)}
    session.execute(_ORDINARY, binds)


def leave_days_behind(session: TenantSession, on: date) -> None:
    """Before the dues of a day are gathered: of the days before, what is still open is found by itself from now on."""
    since, until = _locked(session), on - DAYS_KEPT
    if until <= since:
        return
    binds = {"tenant": session.tenant_id, "since": since, "on": until, "over": [state.value for state in OVER]}
    session.execute(_LEAVE_BEHIND, binds)
    session.execute(_PUT_AWAY, binds)
    session.execute(_ADVANCE, binds)
    session.expire_all()


def _locked(session: TenantSession) -> date:
    """`open_from`, unchanged until commit: a due must not become ordinary on a day that is just being left behind."""
    begun = {"tenant": session.tenant_id, "on": BEGINNING}
    session.execute(_BEGIN, begun)
    found = select(col(CollectionHorizon.open_from)).where(col(CollectionHorizon.tenant_id) == session.tenant_id)
    since: date = session.execute(found.with_for_update()).scalar_one()
    return since
