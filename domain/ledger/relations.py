"""Accounts as relations: for whoever builds the rows of a batch, or reads very many balances, by SELECTs of its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, Subquery, exists, func, insert, literal, literal_column, select, union_all
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
    session: TenantSession, owners: Mapping[AccountKind, Select[UUID]], currency: str, *, clock: Clock
) -> None:
    """Open the accounts that owners lack who have none of a kind yet; one statement where nobody lacks any."""
    if not _count_missing(session, owners, currency):
        return
    lock_ledger(session)  # as `open_accounts`: under the lock, what is missing is opened by nobody else
    for kind, count in _count_missing(session, owners, currency).items():
        _open(session, kind, currency, _missing(session, kind, currency, owners[kind]), count, clock=clock)


_EMPTY = ("floor_minor", "debits_posted", "credits_posted", "debits_pending", "credits_pending")


def _open(
    session: TenantSession, kind: AccountKind, currency: str, owners: Select[UUID], count: int, *, clock: Clock
) -> None:
    missing, line = owners.subquery("missing"), CHART[kind]
    first = numbers.reserve(session, SERIES, count).start
    values: dict[str, Any] = {
        "tenant_id": literal(session.tenant_id, BigInteger),
        "id": literal(first, BigInteger) + func.row_number().over(order_by=missing.c.owner) - 1,
        "kind": literal(kind.value),
        "owner": missing.c.owner,
        "currency": literal(currency),
        "normal_side": literal(line.normal_side.value),
        "may_go_negative": literal(line.may_go_negative),
        **{name: literal_column("0") for name in _EMPTY},
        "opened_at": literal(clock.now()),
    }
    session.execute(insert(Account).from_select(list(values), select(*values.values()), include_defaults=False))


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


def _count_missing(
    session: TenantSession, owners: Mapping[AccountKind, Select[UUID]], currency: str
) -> dict[AccountKind, int]:
    """How many owners have no account of a kind, by kind; kinds that nobody lacks are left out."""
    counts = [
        select(literal(kind.value).label("kind"), func.count().label("missing")).select_from(
            _missing(session, kind, currency, wanted).subquery("missing")
        )
        for kind, wanted in owners.items()
    ]
    found = session.execute(union_all(*counts)).all()
    return {AccountKind(kind): count for kind, count in found if count}
