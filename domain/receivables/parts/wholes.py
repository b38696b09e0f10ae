"""A whole and its parts: who they are, and the whole kept as the sum of what becomes of them.

The CHECK that bounds what is lent on one receivable so bounds what is lent on all parts of an invoice together.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import Text, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.receivables.exposure import lock_receivables
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable

# Σ of the parts' unpaid is the whole's, whatever happened to one of them: overpaid, or credited beyond what a dispute
# left of it.
_ROLL_UP = text("""
    UPDATE receivable AS whole
    SET confirmed_minor = split.paid_before_minor + split.diluted_before_minor + parts.confirmed,
        diluted_minor = split.diluted_before_minor + parts.diluted,
        paid_minor = split.paid_before_minor + parts.paid,
        exposure_minor = parts.exposure
    FROM receivable_split AS split, (
      SELECT parent_id, sum(greatest(coalesce(confirmed_minor, 0), diluted_minor))::bigint AS confirmed,
             sum(diluted_minor)::bigint AS diluted, sum(exposure_minor)::bigint AS exposure,
             sum(least(paid_minor, greatest(coalesce(confirmed_minor, 0) - diluted_minor, 0)))::bigint AS paid
      FROM receivable WHERE tenant_id = :tenant AND parent_id = ANY(CAST(:ids AS uuid[])) AND state <> 'merged'
      GROUP BY parent_id) AS parts
    WHERE whole.tenant_id = :tenant AND whole.id = parts.parent_id
      AND split.tenant_id = :tenant AND split.receivable_id = whole.id AND split.state = 'in_force'
""")

_BELOW = text("""
    WITH RECURSIVE below AS (
      SELECT id, state, id AS whole_id, 0 AS depth FROM receivable
      WHERE tenant_id = :tenant AND id = ANY(CAST(:ids AS uuid[]))
      UNION ALL
      SELECT part.id, part.state, below.whole_id, below.depth + 1 FROM below
      JOIN receivable AS part ON part.tenant_id = :tenant AND part.parent_id = below.id
      WHERE below.state = 'split' AND part.state <> 'merged')
    SELECT whole_id, id, state, depth FROM below ORDER BY whole_id, id
""")

_UNTOLD = text("""
    WITH RECURSIVE above AS (
      SELECT id AS part_id, seller_id, id, parent_id FROM receivable
      WHERE tenant_id = :tenant AND id = ANY(CAST(:ids AS uuid[])) AND parent_id IS NOT NULL
      UNION ALL
      SELECT above.part_id, above.seller_id, whole.id, whole.parent_id FROM above
      JOIN receivable AS whole ON whole.tenant_id = :tenant AND whole.id = above.parent_id)
    SELECT DISTINCT part_id FROM above JOIN receivable_transfer AS transfer
      ON transfer.tenant_id = :tenant AND transfer.receivable_id = above.id AND transfer.to_id = above.seller_id
    WHERE transfer.state = 'accepted' AND transfer.notice_served_at IS NULL
""")


def held_untold(session: TenantSession, receivable_ids: Collection[UUID]) -> set[UUID]:
    """Parts whose debtor was not told who holds them, of themselves or of what they were split from."""
    session.flush()
    return set(session.scalars(_UNTOLD, {"tenant": session.tenant_id, "ids": list(receivable_ids)}))


def roll_up(session: TenantSession, changed: Iterable[Receivable]) -> None:
    """Add up what became of parts in their wholes, level by level; whoever changes receivables ends with this.

    Parts are locked before their wholes, and the sums taken in a later statement: two that change sisters see each
    other's.
    """
    wholes = {each.parent_id for each in changed if each.parent_id is not None}
    while wholes:
        session.flush()
        locked = list(lock_receivables(session, wholes).values())
        session.execute(_ROLL_UP, {"tenant": session.tenant_id, "ids": list(wholes)})
        wholes = {each.parent_id for each in locked if each.parent_id is not None}
        for whole in locked:
            session.expire(whole)


def parts_of(session: TenantSession, receivable_id: UUID) -> list[Receivable]:
    """The parts a receivable stands in, in their order; those of an earlier split that were merged are not among them.

    None where it is not split.
    """
    found = select(Receivable).where(
        Receivable.tenant_id == session.tenant_id,
        Receivable.parent_id == receivable_id,
        Receivable.state != ReceivableState.MERGED,
    )
    return list(session.exec(found.order_by(col(Receivable.id))))


def live_parts(session: TenantSession, whole_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """What stands in the place of each receivable, parts of parts too; one that is not split stands for itself."""
    session.flush()
    found: dict[UUID, list[UUID]] = {whole_id: [] for whole_id in whole_ids}
    for row in session.execute(_BELOW, {"tenant": session.tenant_id, "ids": list(whole_ids)}):
        if row.state != ReceivableState.SPLIT:
            found[row.whole_id].append(row.id)
    return found


def lock_parts(session: TenantSession, whole_id: UUID) -> list[Receivable]:
    """What stands in the place of a receivable, locked in id order; what was split while it waited, by its parts."""
    ids = live_parts(session, [whole_id])[whole_id]
    while True:
        locked = lock_receivables(session, ids)
        now = live_parts(session, [whole_id])[whole_id]
        if set(now) <= locked.keys():
            return [locked[each] for each in now]
        ids = now


def lock_invoice(session: TenantSession, row: Receivable) -> list[Receivable]:
    """An invoice with all its parts and theirs, whichever of them is given, locked: parts before their wholes."""
    top = [row, *wholes_above(session, row)][-1]
    levels = _levels(session, top.id)
    while True:
        locked = [part for ids in levels for part in lock_receivables(session, ids).values()]
        now = _levels(session, top.id)
        if now == levels:
            return locked
        levels = now  # one of them was split while it was waited for


def _levels(session: TenantSession, top_id: UUID) -> list[list[UUID]]:
    """What was split off an invoice, level by level, the smallest parts first and the invoice last."""
    session.flush()
    levels: dict[int, list[UUID]] = {}
    for each in session.execute(_BELOW, {"tenant": session.tenant_id, "ids": [top_id]}):
        levels.setdefault(each.depth, []).append(each.id)
    return [levels[depth] for depth in sorted(levels, reverse=True)]


def passed_on(session: TenantSession, row: Receivable) -> bool:
    """Whether another than its holder holds one of its parts."""
    ids = live_parts(session, [row.id])[row.id]
    others = select(Receivable.id).where(
        Receivable.tenant_id == session.tenant_id,
        col(Receivable.id) == any_of(ids),
        Receivable.seller_id != row.seller_id,
    )
    return session.exec(others.limit(1)).first() is not None


def wholes_above(session: TenantSession, row: Receivable) -> list[Receivable]:
    """What a part was split from, and that from, up to the invoice."""
    above: list[Receivable] = []
    while row.parent_id is not None:
        row = session.get_one(Receivable, (session.tenant_id, row.parent_id))
        above.append(row)
    return above


def split_under(session: TenantSession, numbers: Collection[str]) -> dict[str, list[UUID]]:
    """Receivables of these numbers that are split: who pays one by its number pays its parts."""
    found: dict[str, list[UUID]] = {}
    rows = session.exec(
        select(Receivable.invoice_number, Receivable.id).where(
            Receivable.tenant_id == session.tenant_id,
            Receivable.state == ReceivableState.SPLIT,
            col(Receivable.invoice_number) == any_(literal(sorted(numbers), ARRAY(Text))),
        )
    )
    for number, receivable_id in rows:
        found.setdefault(number, []).append(receivable_id)
    return found


def unpaid_parts(session: TenantSession, whole_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Of each receivable the parts on which its debtor still owes something."""
    parts = live_parts(session, whole_ids)
    rows = session.exec(
        select(Receivable).where(
            Receivable.tenant_id == session.tenant_id,
            col(Receivable.id) == any_of([each for ids in parts.values() for each in ids]),
        )
    )
    owed = {row.id for row in rows if row.unpaid}
    return {whole_id: [each for each in ids if each in owed] for whole_id, ids in parts.items()}
