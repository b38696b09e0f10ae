"""What moved a programme's payables: its own doings as they happen, the rest as receivables and advances say it.

A receivable does not know of programmes, so a payment to a lender and a claim restated after a dispute are found by
looking, and noted once, by the word they are known by.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from domain.financing.payables.postings import Moved, movement_leg
from domain.financing.payables.states import MovementKind
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id, uuid7
from domain.values.actor import Actor, system
from domain.values.money import Money

NOTING = system("payables")

# What debtors paid on advances (and what of it came back), and receivables that stand at another amount than was
# confirmed: a dispute was settled for less. `ordinal` makes each restatement a word of its own.
UNNOTED = """
    SELECT payable.programme_id, payable.receivable_id, 'lender' AS kind,
           CASE event.kind WHEN 'returned' THEN event.amount_minor ELSE - event.amount_minor END AS amount_minor,
           event.value_date, concat('advance_event:', event.id) AS source
    FROM payable
    JOIN advance ON advance.tenant_id = :tenant AND advance.receivable_id = payable.receivable_id
    JOIN advance_event AS event ON event.tenant_id = :tenant AND event.advance_id = advance.id
    LEFT JOIN advance_event AS undone ON undone.tenant_id = :tenant AND undone.id = event.reverses_id
    WHERE payable.tenant_id = :tenant AND coalesce(undone.kind, event.kind) IN ('collected', 'received')
      AND NOT EXISTS (SELECT FROM payable_movement AS noted
                      WHERE noted.tenant_id = :tenant AND noted.source = concat('advance_event:', event.id))
    UNION ALL
    SELECT payable.programme_id, payable.receivable_id, 'diluted',
           coalesce(receivable.confirmed_minor, 0) - receivable.diluted_minor - noted.amount, CAST(:today AS date),
           concat('restated:', payable.receivable_id, ':', noted.ordinal)
    FROM payable
    JOIN receivable ON receivable.tenant_id = :tenant AND receivable.id = payable.receivable_id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(amount_minor), 0)::bigint AS amount, count(*) AS ordinal FROM payable_movement
      WHERE tenant_id = :tenant AND receivable_id = payable.receivable_id AND kind IN ('confirmed', 'diluted')) AS noted
    WHERE payable.tenant_id = :tenant
      AND coalesce(receivable.confirmed_minor, 0) - receivable.diluted_minor <> noted.amount
"""

_INSERT = """
    INSERT INTO payable_movement (tenant_id, id, programme_id, receivable_id, kind, amount_minor, value_date, source,
                                  recorded_at)
    SELECT :tenant, {uuid}, programme_id, receivable_id, kind, amount_minor, value_date, source, :now
    FROM ({found}) AS found
"""
_SUMS = """
    SELECT buyer_id, currency, kind, value_date, sum(amount_minor)::bigint AS amount_minor
    FROM made JOIN payables_programme AS programme ON programme.tenant_id = :tenant AND programme.id = programme_id
    GROUP BY buyer_id, currency, kind, value_date ORDER BY buyer_id, currency, kind, value_date
"""
_CONFIRMED = """
    SELECT payable.programme_id, payable.receivable_id, 'confirmed' AS kind, confirmed_minor AS amount_minor,
           CAST(:today AS date) AS value_date, concat('confirmed:', payable.receivable_id) AS source
    FROM payable JOIN receivable ON receivable.tenant_id = :tenant AND receivable.id = payable.receivable_id
    WHERE payable.tenant_id = :tenant AND payable.receivable_id = ANY(CAST(:ids AS uuid[]))
"""


def note_movements(session: TenantSession, *, clock: Clock) -> int:
    """Note and book what moved payables elsewhere, by two statements whatever its number; returns how many postings.

    The ledger is locked first: two callers would note the same.
    """
    ledger.lock_ledger(session)
    return _note(session, UNNOTED, {}, actor=NOTING, clock=clock)


def note_confirmed(session: TenantSession, receivable_ids: Sequence[UUID], *, actor: Actor, clock: Clock) -> None:
    """Note and book payables that have just become binding."""
    ledger.lock_ledger(session)
    _note(session, _CONFIRMED, {"ids": list(receivable_ids)}, actor=actor, clock=clock)


def _note(session: TenantSession, found: str, binds: dict[str, object], *, actor: Actor, clock: Clock) -> int:
    session.flush()
    insert = _INSERT.format(uuid=SQL_UUID7, found=found)
    made = session.execute(
        text(f"WITH made AS ({insert} RETURNING programme_id, kind, value_date, amount_minor) {_SUMS}"),
        {"tenant": session.tenant_id, "now": clock.now(), "today": clock.today(), **binds},
    )
    batch = uuid7()
    postings = [
        _posting(
            batch,
            Moved(
                row.buyer_id,
                MovementKind(row.kind),
                row.value_date,
                Money.from_minor(row.amount_minor, row.currency),
            ),
        )
        for row in made
        if row.amount_minor
    ]
    ledger.post_all(session, postings, actor=actor, clock=clock)
    return len(postings)


def _posting(batch: UUID, moved: Moved) -> Posting:
    return Posting(
        key=f"payables:{batch}:{moved.buyer_id}:{moved.amount.currency}:{moved.kind.value}:{moved.value_date}",
        event=f"payables.{moved.kind.value}",
        source=public_id("pty", moved.buyer_id),
        value_date=moved.value_date,
        legs=(movement_leg(moved),),
        explanation={"amount": str(moved.amount.amount), "way": moved.kind.value},
    )
