"""Cash agreed: the books against the bank's closing balance, per own account and day, to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

from domain.banking.cash import cash_at_bank
from domain.ledger.balances import balances
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.reconciliation.states import Basis
from domain.reconciliation.tables import CashAgreed
from domain.values.money import Money

DAYS_LOOKED_BACK = 31  # no bank values an entry more than a month behind its booking

# The last statement of each own account by that day.
_STATED = text("""
    SELECT DISTINCT ON (statement.account_id)
           statement.account_id, statement.id AS statement_id, statement.currency, statement.closed_on,
           statement.closing_minor, account.masked
    FROM statement JOIN bank_account AS account ON account.tenant_id = :tenant AND account.id = statement.account_id
    WHERE statement.tenant_id = :tenant AND account.own AND statement.closing_minor IS NOT NULL
      AND statement.closed_on <= :on
    ORDER BY statement.account_id, statement.closed_on DESC, statement.opened_on DESC, statement.stated_at DESC,
             statement.id DESC
""")

_OPEN = text("""
    SELECT account_id, count(*) FILTER (WHERE state = 'imported') AS unmatched,
           count(*) FILTER (WHERE state = 'suspense') AS in_suspense,
           coalesce(sum(CASE direction WHEN 'credit' THEN amount_minor ELSE -amount_minor END)
                    FILTER (WHERE state = 'imported'), 0)::bigint AS minor
    FROM statement_entry
    WHERE tenant_id = :tenant AND state IN ('imported', 'suspense') AND booked_on <= :on
    GROUP BY account_id
""")

# Settled or returned by the bank's report, and not on a statement yet. Asked only of accounts that differ.
_UNSTATED = text("""
    WITH side AS (
      SELECT id, state, value_date, own_account_id AS account_id, amount_minor,
             CASE direction WHEN 'debit' THEN 1 ELSE -1 END AS sign
      FROM instruction
      WHERE tenant_id = :tenant AND own_account_id = ANY(:accounts) AND state IN ('settled', 'final', 'returned')
      UNION ALL
      SELECT id, state, value_date, counter_account_id, amount_minor,
             CASE direction WHEN 'debit' THEN -1 ELSE 1 END
      FROM instruction
      WHERE tenant_id = :tenant AND counter_account_id = ANY(:accounts) AND state IN ('settled', 'final', 'returned')),
    shown AS (
      SELECT side.*,
             EXISTS (SELECT FROM statement_entry AS entry
                     WHERE entry.tenant_id = :tenant AND entry.instruction_id = side.id AND entry.state = 'matched'
                       AND entry.account_id = side.account_id
                       AND (entry.direction = 'credit') = (side.sign = 1)) AS settlement_shown,
             EXISTS (SELECT FROM statement_entry AS entry
                     WHERE entry.tenant_id = :tenant AND entry.instruction_id = side.id AND entry.state = 'matched'
                       AND entry.account_id = side.account_id
                       AND (entry.direction = 'credit') = (side.sign = -1)) AS return_shown
      FROM side WHERE value_date <= :on)
    SELECT account_id,
           sum(CASE WHEN settlement_shown THEN 0 ELSE sign * amount_minor END
               - CASE WHEN state = 'returned' AND NOT return_shown THEN sign * amount_minor ELSE 0 END)::bigint
             AS minor
    FROM shown GROUP BY account_id
""").bindparams(bindparam("accounts", type_=ARRAY(Uuid)))

# Booked by that day and valued behind it. Asked only of accounts that differ.
_VALUED_LATER = text(f"""
    SELECT account_id, sum(CASE direction WHEN 'credit' THEN amount_minor ELSE -amount_minor END)::bigint AS minor
    FROM statement_entry
    WHERE tenant_id = :tenant AND account_id = ANY(:accounts) AND state NOT IN ('pending', 'imported')
      AND booked_on > CAST(:on AS date) - {DAYS_LOOKED_BACK} AND booked_on <= :on AND value_date > :on
    GROUP BY account_id
""").bindparams(bindparam("accounts", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class CashAgreement:
    """One own account on one day; `difference` is bank less books, and zero is the promise.

    `on_statement_only` the bank has booked and has not reported yet; `in_books_only` it has reported and not stated.
    """

    account_id: UUID
    masked: str
    on: date
    stated_on: date
    statement_id: UUID
    basis: Basis
    ledger: Money
    bank: Money
    on_statement_only: Money
    in_books_only: Money
    unmatched: int
    in_suspense: int

    @property
    def difference(self) -> Money:
        """Bank less books."""
        return self.bank - self.ledger

    @property
    def agrees(self) -> bool:
        """Equal to the cent."""
        return not self.difference

    @property
    def unexplained(self) -> Money:
        """What of the difference no entry and no report accounts for: somebody has to look."""
        if self.agrees:
            return self.difference
        return self.difference - self.on_statement_only + self.in_books_only


def agree_cash(session: TenantSession, *, on: date, clock: Clock) -> list[CashAgreement]:
    """Compare every own account that has a statement by `on`, keep the result, and return it by account.

    The books are taken by value dates; where that does not agree, by what the bank had booked: of a day that is not
    over all that is booked now, of an earlier one also what it had booked by then and valued later.
    """
    stated = session.execute(_STATED, {"tenant": session.tenant_id, "on": on}).all()
    if not stated:
        return []
    books = _books(session, stated, on, clock.today())
    open_now = {row.account_id: row for row in session.execute(_OPEN, {"tenant": session.tenant_id, "on": on})}
    differing = [row.account_id for row in stated if books[row.account_id][1].minor != row.closing_minor]
    unstated = _unstated(session, differing, on)
    agreements = [_agreement(row, on, books, open_now, unstated) for row in stated]
    _keep(session, agreements, clock)
    return agreements


_Books = Mapping[UUID, tuple[Basis, Money]]


def _books(session: TenantSession, stated: Sequence[Row[Any]], on: date, today: date) -> _Books:
    refs = {row.account_id: cash_at_bank(row.account_id, row.currency) for row in stated}
    held = balances(session, refs.values(), as_of=on)
    by_value = {account: held[ref].posted for account, ref in refs.items()}
    differing = [row.account_id for row in stated if by_value[row.account_id].minor != row.closing_minor]
    if on >= today:
        now = balances(session, [refs[account] for account in differing])
        booked = {account: now[refs[account]].posted for account in differing}
    else:
        later = _valued_later(session, differing, on)
        booked = {
            each: by_value[each] + Money.from_minor(later.get(each, 0), refs[each].currency) for each in differing
        }
    return {row.account_id: _basis(row, by_value, booked) for row in stated}


def _valued_later(session: TenantSession, accounts: Sequence[UUID], on: date) -> dict[UUID, int]:
    if not accounts:
        return {}
    found = session.execute(_VALUED_LATER, {"tenant": session.tenant_id, "accounts": list(accounts), "on": on})
    return {row.account_id: row.minor for row in found}


def _basis(row: Row[Any], by_value: Mapping[UUID, Money], booked: Mapping[UUID, Money]) -> tuple[Basis, Money]:
    if row.account_id in booked and booked[row.account_id].minor == row.closing_minor:
        return Basis.BOOKING, booked[row.account_id]
    return Basis.VALUE, by_value[row.account_id]


def _unstated(session: TenantSession, accounts: Sequence[UUID], on: date) -> dict[UUID, int]:
    if not accounts:
        return {}
    found = session.execute(_UNSTATED, {"tenant": session.tenant_id, "accounts": list(accounts), "on": on})
    return {row.account_id: row.minor for row in found}


def _agreement(
    row: Row[Any], on: date, books: _Books, open_now: Mapping[UUID, Row[Any]], unstated: Mapping[UUID, int]
) -> CashAgreement:
    basis, held = books[row.account_id]
    waiting = open_now.get(row.account_id)
    return CashAgreement(
        account_id=row.account_id,
        masked=row.masked,
        on=on,
        stated_on=row.closed_on,
        statement_id=row.statement_id,
        basis=basis,
        ledger=held,
        bank=Money.from_minor(row.closing_minor, row.currency),
        on_statement_only=Money.from_minor(waiting.minor if waiting else 0, row.currency),
        in_books_only=Money.from_minor(unstated.get(row.account_id, 0), row.currency),
        unmatched=waiting.unmatched if waiting else 0,
        in_suspense=waiting.in_suspense if waiting else 0,
    )


def _keep(session: TenantSession, agreements: Sequence[CashAgreement], clock: Clock) -> None:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "on": agreement.on,
            "account_id": agreement.account_id,
            "currency": agreement.bank.currency,
            "statement_id": agreement.statement_id,
            "stated_on": agreement.stated_on,
            "basis": agreement.basis,
            "ledger_minor": agreement.ledger.minor,
            "bank_minor": agreement.bank.minor,
            "difference_minor": agreement.difference.minor,
            "on_statement_only_minor": agreement.on_statement_only.minor,
            "in_books_only_minor": agreement.in_books_only.minor,
            "unmatched": agreement.unmatched,
            "in_suspense": agreement.in_suspense,
            "agreed_at": clock.now(),
        }
        for agreement in agreements
    ]
    session.execute(_KEEP, rows)


_KEPT = insert(CashAgreed.__table__)  # type: ignore[attr-defined]
_BY = ("tenant_id", "on", "account_id")
_KEEP = _KEPT.on_conflict_do_update(
    index_elements=_BY, set_={column.name: column for column in _KEPT.excluded if column.name not in _BY}
)


def kept_agreements(
    session: TenantSession, *, on: date, after: UUID | None = None, limit: int = 50
) -> list[CashAgreement]:
    """What was found when that day was last looked at, by account, from behind the account `after`."""
    found = (
        select(CashAgreed, col(BankAccount.masked))
        .join(
            BankAccount,
            (col(BankAccount.tenant_id) == col(CashAgreed.tenant_id))
            & (col(BankAccount.id) == col(CashAgreed.account_id)),
        )
        .where(col(CashAgreed.tenant_id) == session.tenant_id, col(CashAgreed.on) == on)
    )
    if after is not None:
        found = found.where(col(CashAgreed.account_id) > after)
    rows = session.execute(found.order_by(col(CashAgreed.account_id)).limit(limit))
    return [_as_kept(kept, masked) for kept, masked in rows]


def _as_kept(kept: CashAgreed, masked: str) -> CashAgreement:
    return CashAgreement(
        account_id=kept.account_id,
        masked=masked,
        on=kept.on,
        stated_on=kept.stated_on,
        statement_id=kept.statement_id,
        basis=kept.basis,
        ledger=Money.from_minor(kept.ledger_minor, kept.currency),
        bank=Money.from_minor(kept.bank_minor, kept.currency),
        on_statement_only=Money.from_minor(kept.on_statement_only_minor, kept.currency),
        in_books_only=Money.from_minor(kept.in_books_only_minor, kept.currency),
        unmatched=kept.unmatched,
        in_suspense=kept.in_suspense,
    )
