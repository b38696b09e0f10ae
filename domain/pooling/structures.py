"""Building pools: a header account, and the accounts that are swept into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import any_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain import audit
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.pooling.errors import AccountAlreadyPooled, NotOurAccount, ParentNotInPool
from domain.pooling.evaluation import SweepOrder
from domain.pooling.queries import as_array
from domain.pooling.rules import SweepTerms
from domain.pooling.tables import PoolMember, PoolStructure
from domain.values.actor import Actor
from domain.values.money import CurrencyMismatch, Money

PREFIX = "str"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """An account to sweep; without a parent it hangs below the header. `floor` counts when others hang below it."""

    account_id: UUID
    terms: SweepTerms
    parent_account_id: UUID | None = None
    priority: int = 0
    floor: Money | None = None


def create_structure(
    session: TenantSession,
    *,
    name: str,
    header_account_id: UUID,
    floor: Money,
    members: Sequence[NewMember],
    actor: Actor,
    clock: Clock,
    sweep_order: SweepOrder = SweepOrder.CREDIT_FIRST,
    auto_approve: bool = False,
) -> PoolStructure:
    """Build a pool; `members` name upper accounts before those below them.

    Raises AccountAlreadyPooled, NotOurAccount, ParentNotInPool, CurrencyMismatch.
    """
    structure = PoolStructure(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        name=name,
        currency=floor.currency,
        header_account_id=header_account_id,
        floor_minor=floor.minor,
        sweep_order=sweep_order,
        auto_approve=auto_approve,
        version=1,
    )
    _check_order(header_account_id, members)
    parties = _our_accounts(session, [header_account_id, *(member.account_id for member in members)], floor.currency)
    _check_free(session, header_account_id, list(parties))
    session.add(structure)
    session.flush()
    _insert_members(session, structure, members, parties, clock)
    facts: dict[str, object] = {"name": name, "members": len(members), "auto_approve": auto_approve}
    subject = public_id(PREFIX, structure.id)
    audit.record(session, actor=actor, action="pool.created", subject=subject, facts=facts, clock=clock)
    return structure


def _check_order(header: UUID, members: Sequence[NewMember]) -> None:
    above = {header}
    for member in members:
        parent = member.parent_account_id or header
        if parent not in above:
            raise ParentNotInPool(account=member.account_id, parent=parent)
        if member.account_id in above:
            raise AccountAlreadyPooled(account=member.account_id)
        above.add(member.account_id)


def _our_accounts(session: TenantSession, ids: Sequence[UUID], currency: str) -> dict[UUID, UUID]:
    """The party of each account. Raises NotOurAccount for one we do not operate, CurrencyMismatch."""
    rows = session.execute(
        select(BankAccount.id, BankAccount.party_id, BankAccount.currency).where(
            BankAccount.tenant_id == session.tenant_id, col(BankAccount.own), col(BankAccount.id) == any_(as_array(ids))
        )
    ).all()
    for row in rows:
        if row.currency != currency:
            raise CurrencyMismatch(left=currency, right=row.currency)
    parties = {row.id: row.party_id for row in rows}
    for account_id in ids:
        if account_id not in parties:
            raise NotOurAccount(account=account_id)
    return parties


def _check_free(session: TenantSession, header: UUID, ids: Sequence[UUID]) -> None:
    heads = select(PoolStructure.header_account_id).where(
        PoolStructure.tenant_id == session.tenant_id, col(PoolStructure.header_account_id) == any_(as_array(ids))
    )
    swept = select(PoolMember.account_id).where(
        PoolMember.tenant_id == session.tenant_id, PoolMember.account_id == header
    )
    taken = session.scalars(heads.union_all(swept)).first()
    if taken is not None:
        raise AccountAlreadyPooled(account=taken)


def _insert_members(
    session: TenantSession,
    structure: PoolStructure,
    members: Sequence[NewMember],
    parties: dict[UUID, UUID],
    clock: Clock,
) -> None:
    if not members:
        return
    rows = [
        _member_row(structure, place, member, parties[member.account_id], clock)
        for place, member in enumerate(members, start=1)
    ]
    made = insert(PoolMember).on_conflict_do_nothing().returning(col(PoolMember.account_id))
    inserted = set(session.scalars(made, rows))
    for member in members:
        if member.account_id not in inserted:
            raise AccountAlreadyPooled(account=member.account_id)


def _member_row(
    structure: PoolStructure, place: int, member: NewMember, party_id: UUID, clock: Clock
) -> dict[str, object]:
    terms = member.terms
    return {
        "tenant_id": structure.tenant_id,
        "id": uuid7(),
        "created_at": clock.now(),
        "structure_id": structure.id,
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
    }


def list_structures(session: TenantSession) -> Sequence[PoolStructure]:
    """The tenant's pools, oldest first."""
    query = select(PoolStructure).where(PoolStructure.tenant_id == session.tenant_id).order_by(col(PoolStructure.id))
    return session.exec(query).all()
