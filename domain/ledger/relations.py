"""Accounts as relations: for whoever builds the rows of a batch, or reads very many balances, by SELECTs of its own."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, Subquery, exists, func, insert, literal, literal_column, select
from sqlmodel import col

from domain.ledger.accounts import SERIES
from domain.ledger.chart import CHART, AccountKind, Side
from domain.ledger.steps import lock_ledger
from domain.ledger.tables import Account
from domain.platform import numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession


def accounts_of(tenant_id: int, kind: AccountKind, currency: str) -> Subquery:
    """The open accounts of a kind: owner, account_id, posted and held to go out, in minor units on the normal side."""
    on_debit = CHART[kind].normal_side is Side.DEBIT
    debits, credits_ = col(Account.debits_posted), col(Account.credits_posted)
    held = col(Account.credits_pending if on_debit else Account.debits_pending)
    return (
        select(
            col(Account.owner),
            col(Account.id).label("account_id"),
            (debits - credits_ if on_debit else credits_ - debits).label("posted"),
            held.label("held"),
        )
        .where(col(Account.tenant_id) == tenant_id, col(Account.kind) == kind, col(Account.currency) == currency)
        .subquery(kind.value)
    )


def balances_sql(kind: AccountKind) -> str:
    """The same as SQL text, of the currency and the tenant that the statement binds as :currency and :tenant."""
    inward, outward = ("debits", "credits") if CHART[kind].normal_side is Side.DEBIT else ("credits", "debits")
    return (
        f"SELECT owner, {inward}_posted - {outward}_posted AS posted, {outward}_pending AS held FROM ledger_account "
        f"WHERE tenant_id = :tenant AND kind = '{kind.value}' AND currency = :currency"
    )


def open_for_owners(
    session: TenantSession, kind: AccountKind, currency: str, owners: Select[UUID], *, clock: Clock
) -> None:
    """Open the accounts of a kind that those of the owners lack who have none yet, whatever their number."""
    if not _count_missing(session, kind, currency, owners):
        return
    lock_ledger(session)  # as `open_accounts`: under the lock, what is missing is opened by nobody else
    missing = _missing(session, kind, currency, owners).subquery("missing")
    ids = numbers.reserve(session, SERIES, _count_missing(session, kind, currency, owners))
    line = CHART[kind]
    values: dict[str, Any] = {
        "tenant_id": literal(session.tenant_id, BigInteger),
        "id": literal(ids.start, BigInteger) + func.row_number().over(order_by=missing.c.owner) - 1,
        "kind": literal(kind.value),
        "owner": missing.c.owner,
        "currency": literal(currency),
        "normal_side": literal(line.normal_side.value),
        "may_go_negative": literal(line.may_go_negative),
        **{name: literal_column("0") for name in _EMPTY},
        "opened_at": literal(clock.now()),
    }
    session.execute(insert(Account).from_select(list(values), select(*values.values()), include_defaults=False))


_EMPTY = ("floor_minor", "debits_posted", "credits_posted", "debits_pending", "credits_pending")


def _missing(session: TenantSession, kind: AccountKind, currency: str, owners: Select[UUID]) -> Select[UUID]:
    wanted = owners.subquery("wanted")
    (owner,) = wanted.c
    known = exists().where(
        col(Account.tenant_id) == session.tenant_id,
        col(Account.kind) == kind,
        col(Account.currency) == currency,
        col(Account.owner) == owner,
    )
    return select(owner.label("owner")).where(~known).distinct()


def _count_missing(session: TenantSession, kind: AccountKind, currency: str, owners: Select[UUID]) -> int:
    missing = _missing(session, kind, currency, owners).subquery("missing")
    count: int = session.execute(select(func.count()).select_from(missing)).scalar_one()
    return count
