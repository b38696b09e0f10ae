"""Members of a pool's version: checked against their accounts, written once, copied when they come into force."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, insert, text
from sqlmodel import col, select

from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.pooling.errors import AccountAlreadyPooled, NotOurAccount, ParentNotInPool, TransferBetweenBanks
from domain.pooling.queries import as_array
from domain.pooling.rules import SweepMeans, SweepTerms
from domain.pooling.tables import PoolMember, PoolStructure, PoolVersion, PoolVersionMember
from domain.values.money import CurrencyMismatch, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """An account to sweep; without a parent it hangs below the header. `floor` counts when others hang below it."""

    account_id: UUID
    terms: SweepTerms
    parent_account_id: UUID | None = None
    priority: int = 0
    floor: Money | None = None
    means: SweepMeans = SweepMeans.CREDIT_TRANSFER


@dataclass(frozen=True, slots=True)
class OurAccount:
    """An account that we operate: whose it is, and with which bank."""

    party_id: UUID
    bank_id: str


def check_members(
    session: TenantSession, header: UUID, currency: str, members: Sequence[NewMember]
) -> dict[UUID, OurAccount]:
    """The accounts of a pool, the header's included.

    Raises ParentNotInPool, AccountAlreadyPooled, NotOurAccount, CurrencyMismatch, TransferBetweenBanks.
    """
    _check_order(header, members)
    accounts = _our_accounts(session, [header, *(member.account_id for member in members)], currency)
    for member in members:
        parent = member.parent_account_id or header
        one_bank = accounts[member.account_id].bank_id == accounts[parent].bank_id
        if member.means is SweepMeans.INTERNAL_TRANSFER and not one_bank:
            raise TransferBetweenBanks(account=member.account_id, parent=parent)
    return accounts


def _check_order(header: UUID, members: Sequence[NewMember]) -> None:
    above = {header}
    for member in members:
        parent = member.parent_account_id or header
        if parent not in above:
            raise ParentNotInPool(account=member.account_id, parent=parent)
        if member.account_id in above:
            raise AccountAlreadyPooled(account=member.account_id)
        above.add(member.account_id)


def _our_accounts(session: TenantSession, ids: Sequence[UUID], currency: str) -> dict[UUID, OurAccount]:
    rows = session.execute(
        select(BankAccount.id, BankAccount.party_id, BankAccount.currency, BankAccount.bank_id).where(
            BankAccount.tenant_id == session.tenant_id, col(BankAccount.own), col(BankAccount.id) == any_(as_array(ids))
        )
    ).all()
    for row in rows:
        if row.currency != currency:
            raise CurrencyMismatch(left=currency, right=row.currency)
    accounts = {row.id: OurAccount(row.party_id, row.bank_id) for row in rows}
    for account_id in ids:
        if account_id not in accounts:
            raise NotOurAccount(account=account_id)
    return accounts


def check_free(session: TenantSession, structure: PoolStructure, ids: Sequence[UUID]) -> None:
    """Raise AccountAlreadyPooled for an account that another pool has, as header or member."""
    heads = select(PoolStructure.header_account_id).where(
        PoolStructure.tenant_id == session.tenant_id,
        PoolStructure.id != structure.id,
        col(PoolStructure.header_account_id) == any_(as_array(ids)),
    )
    swept = select(PoolMember.account_id).where(
        PoolMember.tenant_id == session.tenant_id,
        PoolMember.structure_id != structure.id,
        col(PoolMember.account_id) == any_(as_array(ids)),
    )
    taken = session.scalars(heads.union_all(swept)).first()
    if taken is not None:
        raise AccountAlreadyPooled(account=taken)


def insert_members(
    session: TenantSession,
    structure: PoolStructure,
    version: PoolVersion,
    members: Sequence[NewMember],
    accounts: dict[UUID, OurAccount],
) -> None:
    """Write the members of a version, in their order."""
    rows = [
        _row(structure, version, place, member, accounts[member.account_id].party_id)
        for place, member in enumerate(members, start=1)
    ]
    if rows:
        session.execute(insert(PoolVersionMember), rows)


def _row(
    structure: PoolStructure, version: PoolVersion, place: int, member: NewMember, party_id: UUID
) -> dict[str, Any]:
    terms = member.terms
    return {
        "tenant_id": structure.tenant_id,
        "version_id": version.id,
        "place": place,
        "account_id": member.account_id,
        "party_id": party_id,
        "parent_account_id": member.parent_account_id or structure.header_account_id,
        "priority": member.priority,
        "floor_minor": member.floor.minor if member.floor else 0,
        "method": terms.method,
        "target_minor": terms.target_minor,
        "target_mode": terms.target_mode,
        "threshold_minor": terms.threshold_minor,
        "keep_minor": terms.keep_minor,
        "percent": terms.percent,
        "fixed_minor": terms.fixed_minor,
        "lower_minor": terms.lower_minor,
        "upper_minor": terms.upper_minor,
        "two_way": terms.two_way,
        "partial_fill": terms.partial_fill,
        "lot_minor": terms.lot_minor,
        "minimum_minor": terms.minimum_minor,
        "maximum_minor": terms.maximum_minor,
        "means": member.means,
    }


def terms_of(member: Row[Any], currency: str) -> SweepTerms:
    """The sweep terms a member's row stands for."""
    return SweepTerms(
        method=member.method,
        currency=currency,
        target_minor=member.target_minor,
        target_mode=member.target_mode,
        threshold_minor=member.threshold_minor,
        keep_minor=member.keep_minor,
        percent=member.percent,
        fixed_minor=member.fixed_minor,
        lower_minor=member.lower_minor,
        upper_minor=member.upper_minor,
        two_way=member.two_way,
        partial_fill=member.partial_fill,
        lot_minor=member.lot_minor,
        minimum_minor=member.minimum_minor,
        maximum_minor=member.maximum_minor,
    )


_COLUMNS = ", ".join(
    column.name
    for column in PoolVersionMember.__table__.columns  # type: ignore[attr-defined]
    if column.name not in {"tenant_id", "version_id"}
)
_CLEAR = text("DELETE FROM pool_member WHERE tenant_id = :tenant AND structure_id = :structure")
_COPY = text(f"""
    INSERT INTO pool_member (tenant_id, id, created_at, structure_id, {_COLUMNS})
    SELECT tenant_id, {SQL_UUID7}, :now, :structure, {_COLUMNS}
    FROM pool_version_member WHERE tenant_id = :tenant AND version_id = :version
    ON CONFLICT DO NOTHING RETURNING account_id
""")


def put_in_force(session: TenantSession, structure: PoolStructure, version: PoolVersion, *, clock: Clock) -> None:
    """Let the version's members be the pool's. Raises AccountAlreadyPooled when another pool took one meanwhile."""
    binds = {"tenant": session.tenant_id, "structure": structure.id}
    session.execute(_CLEAR, binds)
    copied = set(session.scalars(_COPY, {**binds, "version": version.id, "now": clock.now()}))
    if len(copied) == version.member_count:
        return
    wanted = select(PoolVersionMember.account_id).where(
        PoolVersionMember.tenant_id == session.tenant_id, PoolVersionMember.version_id == version.id
    )
    for account_id in session.scalars(wanted.order_by(col(PoolVersionMember.place))):
        if account_id not in copied:
            raise AccountAlreadyPooled(account=account_id)
