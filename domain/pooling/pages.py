"""Pages of a pool's rows for people: its members, takings and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlmodel import col

from domain.platform.database import TenantSession
from domain.pooling.states import TakingStanding
from domain.pooling.tables import PoolLeg, PoolMember, PoolVersion, PoolVersionMember, Taking
from domain.values.money import Money

_BOOKED, _EXPECTED = col(Taking.booked_minor), col(Taking.amount_minor)
_STANDINGS = {
    TakingStanding.EXPECTED: _BOOKED.is_(None),
    TakingStanding.BOOKED: _BOOKED == _EXPECTED,
    TakingStanding.DIFFERS: _BOOKED != _EXPECTED,
}


def member_page(session: TenantSession, structure_id: UUID, *, after: int, limit: int) -> Sequence[PoolMember]:
    """Members from behind the place `after`, upper accounts first."""
    members = select(PoolMember).where(
        col(PoolMember.tenant_id) == session.tenant_id,
        col(PoolMember.structure_id) == structure_id,
        col(PoolMember.place) > after,
    )
    return session.scalars(members.order_by(col(PoolMember.place)).limit(limit)).all()


def version_page(session: TenantSession, structure_id: UUID, *, below: int | None, limit: int) -> Sequence[PoolVersion]:
    """A pool's versions from below the number `below`, newest first."""
    versions = select(PoolVersion).where(
        col(PoolVersion.tenant_id) == session.tenant_id, col(PoolVersion.structure_id) == structure_id
    )
    if below is not None:
        versions = versions.where(col(PoolVersion.version) < below)
    return session.scalars(versions.order_by(col(PoolVersion.version).desc()).limit(limit)).all()


def version_member_page(
    session: TenantSession, version_id: UUID, *, after: int, limit: int
) -> Sequence[PoolVersionMember]:
    """Members of a version from behind the place `after`, upper accounts first."""
    members = select(PoolVersionMember).where(
        col(PoolVersionMember.tenant_id) == session.tenant_id,
        col(PoolVersionMember.version_id) == version_id,
        col(PoolVersionMember.place) > after,
    )
    return session.scalars(members.order_by(col(PoolVersionMember.place)).limit(limit)).all()


def leg_page(
    session: TenantSession, structure_id: UUID, *, after: tuple[UUID, UUID] | None, limit: int
) -> Sequence[PoolLeg]:
    """What stands between a pool's accounts, from behind the pair of accounts `after`."""
    legs = select(PoolLeg).where(col(PoolLeg.tenant_id) == session.tenant_id, col(PoolLeg.structure_id) == structure_id)
    if after is not None:
        legs = legs.where(tuple_(col(PoolLeg.account_id), col(PoolLeg.parent_account_id)) > after)
    return session.scalars(legs.order_by(col(PoolLeg.account_id), col(PoolLeg.parent_account_id)).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class TakingsAsked:
    """Which takings: of the days from `since` to `until`, both included."""

    since: date
    until: date
    branch_id: UUID | None = None
    standing: TakingStanding | None = None


def _asked(session: TenantSession, asked: TakingsAsked) -> list[Any]:
    conditions: list[Any] = [
        col(Taking.tenant_id) == session.tenant_id,
        col(Taking.taken_on).between(asked.since, asked.until),
    ]
    if asked.branch_id is not None:
        conditions.append(col(Taking.branch_id) == asked.branch_id)
    if asked.standing is not None:
        conditions.append(_STANDINGS[asked.standing])
    return conditions


def taking_page(
    session: TenantSession, asked: TakingsAsked, *, after: tuple[date, str] | None, limit: int
) -> Sequence[Taking]:
    """Takings by day and reference, from behind the pair `after`."""
    takings = select(Taking).where(*_asked(session, asked))
    if after is not None:
        takings = takings.where(tuple_(col(Taking.taken_on), col(Taking.reference)) > after)
    return session.scalars(takings.order_by(col(Taking.taken_on), col(Taking.reference)).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class TakingDay:
    """What branches should see of one day, what the bank said of it, and what is still to come."""

    on: date
    takings: int
    expected: Money
    booked: Money
    outstanding: Money
    differing: int

    @property
    def difference(self) -> Money:
        """What the bank said beyond what was expected of the same takings."""
        return self.booked - (self.expected - self.outstanding)


def taking_days(session: TenantSession, asked: TakingsAsked) -> list[TakingDay]:
    """The days with takings, in order, one line per day and currency."""
    unseen = _BOOKED.is_(None)
    days = (
        select(
            col(Taking.taken_on),
            col(Taking.currency),
            func.count(),
            func.sum(_EXPECTED),
            func.coalesce(func.sum(_BOOKED), 0),
            func.coalesce(func.sum(_EXPECTED).filter(unseen), 0),
            func.count().filter(_BOOKED != _EXPECTED),
        )
        .where(*_asked(session, asked))
        .group_by(col(Taking.taken_on), col(Taking.currency))
        .order_by(col(Taking.taken_on), col(Taking.currency))
    )
    return [
        TakingDay(
            on=on,
            takings=count,
            expected=Money.from_minor(int(expected), currency),
            booked=Money.from_minor(int(booked), currency),
            outstanding=Money.from_minor(int(outstanding), currency),
            differing=differing,
        )
        for on, currency, count, expected, booked, outstanding, differing in session.execute(days)
    ]
