"""Reading parties and accounts: pages in Chinese order, locks, and the SELECTs that bulk paths join."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, Uuid, and_, any_, bindparam, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.parties.names import has_han, key_pattern, typed_initials
from domain.parties.states import AccountState, PartyKind
from domain.parties.tables import BankAccount, Party
from domain.platform.database import TenantSession
from domain.values.errors import NotFound

Tenant = int | BindParameter[int]
PartyCursor = tuple[str, UUID]  # the name key and id of the last party of a page
MAX_PAGE = 500  # more is an export
_UUIDS: ARRAY[UUID] = ARRAY(Uuid)  # once: half the cost of a parameter is its type


def any_of(ids: Collection[UUID]) -> Any:  # noqa: ANN401 - the right side of a comparison
    """The ids as one array parameter: the statement stays the same, whatever their number."""
    return any_(bindparam("ids", list(ids), type_=_UUIDS, unique=True))


def party(session: TenantSession, party_id: UUID) -> Party:
    """The party. Raises NotFound."""
    found = session.get(Party, (session.tenant_id, party_id))
    if found is None:
        raise NotFound(kind="party", reference=party_id)
    return found


def require_parties(session: TenantSession, ids: Collection[UUID]) -> None:
    """Raise NotFound for the first of `ids` that is no party of this tenant."""
    wanted = set(ids)
    known = set(
        session.scalars(
            select(col(Party.id)).where(col(Party.tenant_id) == session.tenant_id, col(Party.id) == any_of(wanted))
        )
    )
    if wanted - known:
        raise NotFound(kind="party", reference=min(wanted - known))


def parties_by_code(session: TenantSession, kind: PartyKind, codes: Sequence[str]) -> dict[str, Party]:
    """Those of `codes` that are registered, by code."""
    found = session.exec(
        select_rows(Party).where(
            Party.tenant_id == session.tenant_id, Party.kind == kind, col(Party.code).in_(list(codes))
        )
    ).all()
    return {party.code: party for party in found}


def parties_by_id(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Party]:
    """Those of `ids` that are registered."""
    found = session.exec(select_rows(Party).where(Party.tenant_id == session.tenant_id, col(Party.id) == any_of(ids)))
    return {party.id: party for party in found}


def search_parties(
    session: TenantSession,
    *,
    text: str = "",
    kind: PartyKind | None = None,
    cursor: PartyCursor | None = None,
    limit: int = 50,
) -> list[Party]:
    """One page in Chinese order, of the parties whose name, pinyin, initials or code fit `text`.

    The next page's cursor is `(last.name_key, last.id)`.
    """
    query = select_rows(Party).where(Party.tenant_id == session.tenant_id)
    if kind is not None:
        query = query.where(Party.kind == kind)
    if text.strip():
        query = query.where(_fits(text.strip()))
    if cursor is not None:
        query = query.where(tuple_(col(Party.name_key), col(Party.id)) > tuple_(*cursor))
    return list(session.exec(query.order_by(col(Party.name_key), col(Party.id)).limit(min(limit, MAX_PAGE))).all())


def _fits(typed: str) -> Any:  # noqa: ANN401 - a condition
    conditions = [
        col(Party.name).icontains(typed, autoescape=True),
        col(Party.code).istartswith(typed, autoescape=True),
    ]
    if not has_han(typed):
        if pattern := key_pattern(typed):
            conditions.append(col(Party.name_key).regexp_match(pattern))
        if letters := typed_initials(typed):
            conditions.append(col(Party.initials).startswith(letters))
    return or_(*conditions)


def account(session: TenantSession, account_id: UUID) -> BankAccount:
    """The bank account. Raises NotFound."""
    found = session.get(BankAccount, (session.tenant_id, account_id))
    if found is None:
        raise NotFound(kind="bank account", reference=account_id)
    return found


def lock_accounts(session: TenantSession, ids: Sequence[UUID]) -> list[BankAccount]:
    """The accounts as they are now, locked in id order until commit. Raises NotFound for the first one missing."""
    chosen = sorted(set(ids))
    found = list(
        session.exec(
            select_rows(BankAccount)
            .where(BankAccount.tenant_id == session.tenant_id, col(BankAccount.id) == any_of(chosen))
            .order_by(col(BankAccount.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
    )
    missing = set(chosen) - {row.id for row in found}
    if missing:
        raise NotFound(kind="bank account", reference=min(missing))
    return found


def accounts_of(session: TenantSession, party_id: UUID) -> list[BankAccount]:
    """All accounts of a party, newest first, closed ones too."""
    return list(
        session.exec(
            select_rows(BankAccount)
            .where(BankAccount.tenant_id == session.tenant_id, BankAccount.party_id == party_id)
            .order_by(col(BankAccount.id).desc())
        ).all()
    )


@lru_cache  # several owners of dues join it on the same day
def payable_accounts(tenant_id: Tenant, on: date | BindParameter[date]) -> Select[UUID, str, UUID]:
    """(party_id, currency, account_id): the one account each party is paid to on `on`, for bulk paths to join.

    The account that became usable last; while it cools off the party has none: paying the replaced account would pay
    whoever made the party change it.
    """
    newest = (
        select(col(BankAccount.party_id), col(BankAccount.currency), col(BankAccount.id), col(BankAccount.usable_from))
        .where(col(BankAccount.tenant_id) == tenant_id, col(BankAccount.state) == AccountState.VERIFIED)
        .ext(distinct_on(col(BankAccount.party_id), col(BankAccount.currency)))
        .order_by(
            col(BankAccount.party_id),
            col(BankAccount.currency),
            col(BankAccount.usable_from).desc(),
            col(BankAccount.id).desc(),
        )
        .subquery("newest_account")
    )
    return select(newest.c.party_id, newest.c.currency, newest.c.id.label("account_id")).where(
        newest.c.usable_from <= on
    )


@lru_cache
def own_accounts(tenant_id: Tenant) -> Select[UUID, str, UUID]:
    """(party_id, currency, account_id): the account we operate for each party, the oldest if there are several."""
    return (
        select(col(BankAccount.party_id), col(BankAccount.currency), col(BankAccount.id).label("account_id"))
        .where(
            and_(
                col(BankAccount.tenant_id) == tenant_id,
                col(BankAccount.own).is_(True),
                col(BankAccount.state) == AccountState.VERIFIED,
            )
        )
        .ext(distinct_on(col(BankAccount.party_id), col(BankAccount.currency)))
        .order_by(col(BankAccount.party_id), col(BankAccount.currency), col(BankAccount.id))
    )


def count_accounts_under(session: TenantSession, key_id: str) -> int:
    """How many numbers are still sealed under a key: at 0 it may leave the ring."""
    counted = select(func.count()).where(
        col(BankAccount.tenant_id) == session.tenant_id, col(BankAccount.key_id) == key_id
    )
    return int(session.execute(counted).scalar_one())
