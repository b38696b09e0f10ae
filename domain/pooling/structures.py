"""Building pools, and changing them: every change is a version of its own, in force from a date, approved by another.

What is in force today stands in `pool_structure` and `pool_member`; what was, and what will be, in `pool_version`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func
from sqlmodel import col, select

from domain import approvals, audit
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.listing import lock_row
from domain.platform.transitions import move
from domain.pooling import queries
from domain.pooling.errors import ChangeInThePast, ChangeWaiting, VersionAltered
from domain.pooling.evaluation import SweepOrder
from domain.pooling.members import NewMember, check_free, check_members, insert_members, put_in_force
from domain.pooling.states import VersionState
from domain.pooling.tables import PoolStructure, PoolVersion, PoolVersionMember
from domain.values.actor import Actor, system
from domain.values.errors import NotFound
from domain.values.money import CurrencyMismatch, Money

__all__ = ["PREFIX", "VERSION", "NewMember", "PoolTerms", "create_structure", "list_structures", "propose_version"]

PREFIX = "str"
VERSION = "psv"
SUBJECT = "pool_version"
ADOPTING = system("pools")
NO_RATE = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTerms:
    """What a version says of the pool as a whole. Rates are fractions a year, of 360 days."""

    floor: Money
    sweep_order: SweepOrder = SweepOrder.CREDIT_FIRST
    auto_approve: bool = False
    up_rate: Decimal = NO_RATE
    down_rate: Decimal = NO_RATE


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
    up_rate: Decimal = NO_RATE,
    down_rate: Decimal = NO_RATE,
) -> PoolStructure:
    """Build a pool, in force from today; `members` name upper accounts before those below them.

    Raises AccountAlreadyPooled, NotOurAccount, ParentNotInPool, CurrencyMismatch, TransferBetweenBanks.
    """
    terms = PoolTerms(
        floor=floor, sweep_order=sweep_order, auto_approve=auto_approve, up_rate=up_rate, down_rate=down_rate
    )
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
    accounts = check_members(session, header_account_id, floor.currency, members)
    check_free(session, structure, list(accounts))
    session.add(structure)
    session.flush()
    version = _version(structure, terms, len(members), clock.today(), actor=actor, clock=clock, reason="built")
    version.version, version.state = 1, VersionState.IN_FORCE
    session.add(version)
    session.flush()
    insert_members(session, structure, version, members, accounts)
    version.digest = version_digest(session, version)
    put_in_force(session, structure, version, clock=clock)
    facts: dict[str, object] = {"name": name, "members": len(members), "auto_approve": auto_approve}
    subject = public_id(PREFIX, structure.id)
    audit.record(session, actor=actor, action="pool.created", subject=subject, facts=facts, clock=clock)
    return structure


def propose_version(
    session: TenantSession,
    *,
    structure_id: UUID,
    effective_on: date,
    terms: PoolTerms,
    members: Sequence[NewMember],
    reason: str,
    actor: Actor,
    clock: Clock,
) -> PoolVersion:
    """Put a change of a pool before a second person; in force from `effective_on`, at the earliest today.

    Raises NotFound, ChangeInThePast, ChangeWaiting, and as `create_structure`.
    """
    structure = lock_structure(session, structure_id)
    if effective_on < clock.today():
        raise ChangeInThePast(effective_on=effective_on, today=clock.today())
    waiting = _waiting(session, structure_id)
    if waiting is not None:
        raise ChangeWaiting(version=public_id(VERSION, waiting.id))
    if terms.floor.currency != structure.currency:
        raise CurrencyMismatch(left=structure.currency, right=terms.floor.currency)
    accounts = check_members(session, structure.header_account_id, structure.currency, members)
    check_free(session, structure, list(accounts))
    version = _version(structure, terms, len(members), effective_on, actor=actor, clock=clock, reason=reason)
    version.version = _last_version(session, structure_id) + 1
    session.add(version)
    session.flush()
    insert_members(session, structure, version, members, accounts)
    version.digest = version_digest(session, version)
    approvals.propose(session, kind=SUBJECT, subject_id=version.id, digest=version.digest, actor=actor, clock=clock)
    return version


def approve_version(
    session: TenantSession, *, version_id: UUID, digest: str, actor: Actor, clock: Clock
) -> PoolVersion:
    """Approve exactly the change whose digest was seen; one that is due comes into force at once.

    Raises NotFound, SamePerson, DigestChanged, IllegalTransition, AccountAlreadyPooled.
    """
    version = _lock_version(session, version_id)
    current = version_digest(session, version)
    if current != version.digest:
        raise VersionAltered(version=public_id(VERSION, version_id))
    approvals.approve(session, kind=SUBJECT, subject_id=version_id, digest=digest, actor=actor, clock=clock)
    move(session, version, VersionState.APPROVED, actor=actor, clock=clock)
    session.flush()
    bring_into_force(session, lock_structure(session, version.structure_id), clock.today(), clock=clock)
    return version


def reject_version(
    session: TenantSession, *, version_id: UUID, digest: str, reason: str, actor: Actor, clock: Clock
) -> PoolVersion:
    """Refuse a change that waits for its approval. Raises NotFound, DigestChanged, IllegalTransition."""
    version = _lock_version(session, version_id)
    approvals.reject(
        session, kind=SUBJECT, subject_id=version_id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, version, VersionState.REJECTED, actor=actor, clock=clock, reason=reason)
    return version


def bring_into_force(session: TenantSession, structure: PoolStructure, on: date, *, clock: Clock) -> bool:
    """Let an approved version whose date has come be the pool; the structure is locked. Raises AccountAlreadyPooled."""
    version = _waiting(session, structure.id)
    if version is None or version.state is not VersionState.APPROVED or version.effective_on > on:
        return False
    approvals.require_approved(session, SUBJECT, version.id, version.digest)
    before = session.exec(
        select(PoolVersion).where(
            PoolVersion.tenant_id == session.tenant_id,
            PoolVersion.structure_id == structure.id,
            PoolVersion.state == VersionState.IN_FORCE,
        )
    ).one()
    put_in_force(session, structure, version, clock=clock)
    structure.floor_minor, structure.sweep_order = version.floor_minor, version.sweep_order
    structure.auto_approve, structure.version = version.auto_approve, version.version
    reason = f"version {version.version} from {version.effective_on.isoformat()}"
    move(session, before, VersionState.REPLACED, actor=ADOPTING, clock=clock, reason=reason)
    move(session, version, VersionState.IN_FORCE, actor=ADOPTING, clock=clock, reason=reason)
    session.flush()
    return True


def lock_structure(session: TenantSession, structure_id: UUID) -> PoolStructure:
    """The pool, locked until commit. Raises NotFound."""
    structure = queries.lock_structure(session, structure_id)
    if structure is None:
        raise NotFound(kind="pool", reference=public_id(PREFIX, structure_id))
    return structure


def version_on(session: TenantSession, structure_id: UUID, on: date) -> PoolVersion:
    """The version in force on a date; before the first one, the first.

    An approved one counts from its date, whether or not an evaluation has taken its members up yet.
    """
    versions = select(PoolVersion).where(
        PoolVersion.tenant_id == session.tenant_id,
        PoolVersion.structure_id == structure_id,
        col(PoolVersion.state).in_([VersionState.APPROVED, VersionState.IN_FORCE, VersionState.REPLACED]),
    )
    found = session.exec(
        versions.order_by(
            (col(PoolVersion.effective_on) <= on).desc(),
            # Of two that began on one day the later; before the first, the first.
            func.abs(col(PoolVersion.effective_on) - on),
            col(PoolVersion.version).desc(),
        )
    ).first()
    assert found is not None, "a pool has a first version"
    return found


def currency_of(session: TenantSession, structure_id: UUID) -> str:
    """The currency of a pool."""
    return session.get_one(PoolStructure, (session.tenant_id, structure_id)).currency


def members_in(session: TenantSession, version_id: UUID) -> Sequence[Row[Any]]:
    """The members of a version as plain rows, upper accounts first."""
    columns = [
        column
        for column in PoolVersionMember.__table__.columns  # type: ignore[attr-defined]
        if column.name not in {"tenant_id", "version_id"}
    ]
    rows = select(*columns).where(
        PoolVersionMember.tenant_id == session.tenant_id, PoolVersionMember.version_id == version_id
    )
    return session.execute(rows.order_by(col(PoolVersionMember.place))).all()


def version_digest(session: TenantSession, version: PoolVersion) -> str:
    """SHA-256 over everything that a version decides, one line per member, as the rows have it."""
    heading = (version.structure_id, version.version, version.effective_on, version.floor_minor, version.sweep_order)
    rates = (version.auto_approve, f"{version.up_rate:.9f}", f"{version.down_rate:.9f}")
    digest = sha256("\t".join(map(str, (*heading, *rates))).encode())
    for row in members_in(session, version.id):
        digest.update(("\n" + "\t".join(map(str, row))).encode())
    return digest.hexdigest()


def _version(
    structure: PoolStructure,
    terms: PoolTerms,
    member_count: int,
    effective_on: date,
    *,
    actor: Actor,
    clock: Clock,
    reason: str,
) -> PoolVersion:
    return PoolVersion(
        tenant_id=structure.tenant_id,
        created_at=clock.now(),
        structure_id=structure.id,
        version=0,
        effective_on=effective_on,
        floor_minor=terms.floor.minor,
        sweep_order=terms.sweep_order,
        auto_approve=terms.auto_approve,
        up_rate=terms.up_rate,
        down_rate=terms.down_rate,
        member_count=member_count,
        state=VersionState.PROPOSED,
        digest="",
        made_by=str(actor),
        reason=reason,
    )


def _waiting(session: TenantSession, structure_id: UUID) -> PoolVersion | None:
    return session.exec(
        select(PoolVersion).where(
            PoolVersion.tenant_id == session.tenant_id,
            PoolVersion.structure_id == structure_id,
            col(PoolVersion.state).in_([VersionState.PROPOSED, VersionState.APPROVED]),
        )
    ).one_or_none()


def _last_version(session: TenantSession, structure_id: UUID) -> int:
    highest = select(func.max(PoolVersion.version)).where(
        PoolVersion.tenant_id == session.tenant_id, PoolVersion.structure_id == structure_id
    )
    return session.exec(highest).one() or 0


def _lock_version(session: TenantSession, version_id: UUID) -> PoolVersion:
    return lock_row(session, PoolVersion, version_id, kind="pool version", reference=public_id(VERSION, version_id))


def list_structures(session: TenantSession) -> Sequence[PoolStructure]:
    """The tenant's pools, oldest first."""
    query = select(PoolStructure).where(PoolStructure.tenant_id == session.tenant_id).order_by(col(PoolStructure.id))
    return session.exec(query).all()
