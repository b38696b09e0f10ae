"""An account's statement, page by page, and the trace from a figure to the rule that made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from domain.ledger.accounts import find_accounts
from domain.ledger.balances import balance
from domain.ledger.chart import CHART, AccountKind, AccountRef, Side
from domain.ledger.posting import Mode
from domain.platform.database import TenantSession
from domain.values.errors import NotFound
from domain.values.money import Money

MAX_LINES = 1_000  # a page a person or a client still reads at once

# Modes 0 posted, 2 post, 4 imposed move money. Either arm walks its index from the cursor and stops after a page.
_ARM = """
    SELECT id, posting_id, value_date, {sign} * amount AS change, {counter}_account_id AS counter_id
    FROM ledger_transfer
    WHERE tenant_id = :tenant AND {own}_account_id = :account AND mode IN (0, 2, 4)
      AND value_date <= :until AND (value_date, id) > (:after_date, :after_id)
    ORDER BY value_date, id LIMIT :limit
"""
_LINES = text(f"""
    WITH line AS (
      ({_ARM.format(sign="+1", own="debit", counter="credit")})
      UNION ALL
      ({_ARM.format(sign="-1", own="credit", counter="debit")})
      ORDER BY value_date, id LIMIT :limit)
    SELECT line.id, line.posting_id, line.value_date, line.change, posting.event, posting.source, posting.booked_at,
           counter.kind, counter.owner, counter.currency
    FROM line
    JOIN ledger_posting AS posting ON posting.tenant_id = :tenant AND posting.id = line.posting_id
    JOIN ledger_account AS counter ON counter.tenant_id = :tenant AND counter.id = line.counter_id
    ORDER BY line.value_date, line.id
""")

_POSTING = text("""
    SELECT id, key, event, source, value_date, booked_at, actor, explanation, reverses,
           first_transfer_id, transfer_count,
           (SELECT later.id FROM ledger_posting AS later
            WHERE later.tenant_id = :tenant AND later.reverses = posting.id) AS reversed_by
    FROM ledger_posting AS posting WHERE tenant_id = :tenant AND id = :posting
""")

_LEGS = text("""
    SELECT leg.id, leg.amount, leg.mode, leg.reference, leg.pending_id, debit.kind AS debit_kind,
           debit.owner AS debit_owner, credit.kind AS credit_kind, credit.owner AS credit_owner, debit.currency
    FROM ledger_transfer AS leg
    JOIN ledger_account AS debit ON debit.tenant_id = :tenant AND debit.id = leg.debit_account_id
    JOIN ledger_account AS credit ON credit.tenant_id = :tenant AND credit.id = leg.credit_account_id
    WHERE leg.tenant_id = :tenant AND leg.id >= :first AND leg.id < :first + :count ORDER BY leg.id
""")

_POSTING_OF = text("SELECT posting_id FROM ledger_transfer WHERE tenant_id = :tenant AND id = :transfer")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended, and the balance there, so that the next page need not add up the ones before."""

    value_date: date
    transfer_id: int
    balance: Money


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer, seen from the account; `change` and `balance` are on its normal side."""

    transfer_id: int
    posting_id: int
    value_date: date
    booked_at: datetime
    event: str
    source: str
    counter: AccountRef
    change: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A page: opening is the balance before its first line, closing the one at the end of the whole period."""

    account: AccountRef
    opening: Money
    lines: tuple[StatementLine, ...]
    closing: Money
    after: Cursor | None  # None on the last page


def account_statement(
    session: TenantSession, ref: AccountRef, *, since: date, until: date, after: Cursor | None = None, limit: int = 100
) -> AccountStatement:
    """What moved on the account from `since` to `until`, both counted, by value date. Raises NotFound."""
    assert 0 < limit <= MAX_LINES, "a page has a size"
    account_id = find_accounts(session, [ref]).get(ref)
    if account_id is None:
        raise NotFound(kind="account", reference=ref)
    start = after or Cursor(since, 0, _before(session, ref, since))
    span = {"after_date": start.value_date, "after_id": start.transfer_id, "until": until, "limit": limit + 1}
    rows = session.execute(_LINES, {"tenant": session.tenant_id, "account": account_id, **span}).all()
    lines = _with_balances(ref, start.balance, rows[:limit])
    last = lines[-1] if len(rows) > limit else None
    cursor = Cursor(last.value_date, last.transfer_id, last.balance) if last else None
    closing = balance(session, ref, as_of=until).posted
    return AccountStatement(ref, start.balance, tuple(lines), closing, cursor)


def _before(session: TenantSession, ref: AccountRef, since: date) -> Money:
    return balance(session, ref, as_of=date.fromordinal(since.toordinal() - 1)).posted


def _with_balances(ref: AccountRef, opening: Money, rows: Sequence[Row[Any]]) -> list[StatementLine]:
    sign = 1 if CHART[ref.kind].normal_side is Side.DEBIT else -1
    lines = []
    for row in rows:
        change = Money.from_minor(sign * row.change, ref.currency)
        opening += change
        counter = AccountRef(AccountKind(row.kind), row.currency, row.owner)
        lines.append(
            StatementLine(
                row.id, row.posting_id, row.value_date, row.booked_at, row.event, row.source, counter, change, opening
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class BookedLeg:
    """A transfer as it was booked."""

    transfer_id: int
    debit: AccountRef
    credit: AccountRef
    amount: Money
    mode: Mode
    reference: int | None
    pending_id: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A posting with its reasons: the rule numbers and inputs it was made from, and who booked it."""

    posting_id: int
    key: str
    event: str
    source: str
    value_date: date
    booked_at: datetime
    actor: str
    explanation: dict[str, object]
    reverses: int | None
    reversed_by: int | None
    legs: tuple[BookedLeg, ...]


def explain(session: TenantSession, posting_id: int) -> Explanation:
    """Why a posting moved what it moved; of a large batch the first MAX_LINES legs. Raises NotFound."""
    row = session.execute(_POSTING, {"tenant": session.tenant_id, "posting": posting_id}).one_or_none()
    if row is None:
        raise NotFound(kind="posting", reference=posting_id)
    span = {"first": row.first_transfer_id, "count": min(row.transfer_count, MAX_LINES)}
    legs = session.execute(_LEGS, {"tenant": session.tenant_id, **span})
    return Explanation(
        row.id,
        row.key,
        row.event,
        row.source,
        row.value_date,
        row.booked_at,
        row.actor,
        row.explanation,
        row.reverses,
        row.reversed_by,
        tuple(_booked_leg(leg) for leg in legs),
    )


def explain_transfer(session: TenantSession, transfer_id: int) -> Explanation:
    """The same, from one line of a statement. Raises NotFound."""
    binds = {"tenant": session.tenant_id, "transfer": transfer_id}
    posting_id = session.execute(_POSTING_OF, binds).scalar_one_or_none()
    if posting_id is None:
        raise NotFound(kind="transfer", reference=transfer_id)
    return explain(session, posting_id)


def _booked_leg(row: Row[tuple[object, ...]]) -> BookedLeg:
    return BookedLeg(
        row.id,
        AccountRef(AccountKind(row.debit_kind), row.currency, row.debit_owner),
        AccountRef(AccountKind(row.credit_kind), row.currency, row.credit_owner),
        Money.from_minor(row.amount, row.currency),
        Mode.of_number(row.mode),
        row.reference,
        row.pending_id,
    )
