"""What accounts held before our books began: taken over from each account's first statement, once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert

from domain.banking.cash import cash_at_bank
from domain.ledger import service as ledger
from domain.ledger.balances import Balance, balances
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.reconciliation.tables import OpeningBalance
from domain.values.actor import system
from domain.values.money import Money

STATEMENT_PREFIX = "stm"
OPENING = system("reconciliation")

_FIRST = text("""
    SELECT DISTINCT ON (statement.account_id)
           statement.id, statement.account_id, statement.currency, statement.opened_on, statement.opening_minor,
           account.party_id
    FROM statement JOIN bank_account AS account ON account.tenant_id = :tenant AND account.id = statement.account_id
    WHERE statement.tenant_id = :tenant AND statement.opening_minor IS NOT NULL
      AND NOT EXISTS (SELECT FROM opening_balance AS known
                      WHERE known.tenant_id = :tenant AND known.account_id = statement.account_id)
    ORDER BY statement.account_id, statement.closed_on, statement.opened_on, statement.id
""")


def take_over_openings(session: TenantSession, *, clock: Clock) -> int:
    """Book the opening balance of accounts whose first statement has come; returns how many accounts."""
    first = session.execute(_FIRST, {"tenant": session.tenant_id}).all()
    if not first:
        return 0
    taken = {row.account_id: row for row in first if _claim(session, row, clock)}
    # What the books have from before that day is no news: only the rest was there before us.
    held = _held_before(session, list(taken.values()))
    postings = [
        _posting(row, unknown)
        for row in taken.values()
        if (unknown := row.opening_minor - held[_cash(row)].posted.minor)
    ]
    if postings:
        ledger.post_all(session, postings, actor=OPENING, clock=clock)
    return len(taken)


def _held_before(session: TenantSession, rows: Sequence[Row[Any]]) -> dict[AccountRef, Balance]:
    held: dict[AccountRef, Balance] = {}
    for day in {row.opened_on for row in rows}:
        refs = [_cash(row) for row in rows if row.opened_on == day]
        held |= balances(session, refs, as_of=day - timedelta(days=1))
    return held


def _claim(session: TenantSession, row: Row[Any], clock: Clock) -> bool:
    claimed = insert(OpeningBalance).values(
        tenant_id=session.tenant_id,
        account_id=row.account_id,
        statement_id=row.id,
        amount_minor=row.opening_minor,
        currency=row.currency,
        recorded_at=clock.now(),
    )
    made: Sequence[Any] = session.execute(
        claimed.on_conflict_do_nothing().returning(OpeningBalance.__table__.c.account_id)  # type: ignore[attr-defined]
    ).all()
    return bool(made)


def _cash(row: Row[Any]) -> AccountRef:
    return cash_at_bank(row.account_id, row.currency)


def _posting(row: Row[Any], unknown_minor: int) -> Posting:
    """Against the capital of whoever owns the account: what a party brought in when the books began is its equity."""
    equity = AccountRef(AccountKind.FUNDING_CAPITAL, row.currency, row.party_id)
    debit, credit = (_cash(row), equity) if unknown_minor > 0 else (equity, _cash(row))
    amount = Money.from_minor(abs(unknown_minor), row.currency)
    return Posting(
        key=f"opening:{row.account_id}",
        event="account.opened",
        source=public_id(STATEMENT_PREFIX, row.id),
        value_date=row.opened_on,
        legs=(Leg(debit, credit, amount, Mode.IMPOSED),),
        explanation={"opening": str(Money.from_minor(row.opening_minor, row.currency).amount)},
    )
