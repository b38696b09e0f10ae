"""How much of a lender's risk assets may stand on one debtor, and on its own affiliates (R22, notice 205 of 2019)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, func
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from domain.financing.exposure_rules import concentration_headroom
from domain.financing.tables import Facility, FacilityDebtor, LenderProfile
from domain.law.limits import Limit, limit_on
from domain.law.rows import legal_limits
from domain.parties.queries import any_of
from domain.parties.relations import related
from domain.parties.states import RelationKind
from domain.platform.database import TenantSession
from domain.values.money import Money


@dataclass
class Book:
    """What one lender has lent, by debtor, against its risk assets; it goes along while it is held."""

    currency: str
    risk_assets_minor: int
    by_debtor: Counter[UUID]
    affiliates: Collection[UUID]
    one_debtor: Decimal | None
    related_debtors: Decimal | None

    def headrooms(self, debtor_id: UUID) -> dict[str, Money]:
        """What may still be lent on a debtor, by each cap that applies to it."""
        found = {}
        if self.one_debtor is not None:
            found["concentration"] = self._room(self.by_debtor[debtor_id], self.one_debtor)
        if self.related_debtors is not None and debtor_id in self.affiliates:
            on_affiliates = sum(self.by_debtor[affiliate] for affiliate in self.affiliates)
            found["related_debtors"] = self._room(on_affiliates, self.related_debtors)
        return found

    def take(self, debtor_id: UUID, minor: int) -> None:
        """Lend on a debtor: both sides of the fraction move."""
        self.by_debtor[debtor_id] += minor
        self.risk_assets_minor += minor

    def _room(self, on_debtor: int, cap: Decimal) -> Money:
        assets = Money.from_minor(self.risk_assets_minor, self.currency)
        return concentration_headroom(assets, Money.from_minor(on_debtor, self.currency), cap)


def lock_books(session: TenantSession, lender_ids: Collection[UUID], on: date) -> dict[UUID, Book]:
    """The books of those lenders that stated their risk assets; their profiles stay locked until commit.

    Locked, because two lines of one lender could each see the last of the cap free.
    """
    profiles = session.exec(
        select(LenderProfile)
        .where(
            LenderProfile.tenant_id == session.tenant_id,
            col(LenderProfile.lender_id) == any_of(lender_ids),
            col(LenderProfile.risk_assets_minor).is_not(None),
        )
        .order_by(col(LenderProfile.lender_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not profiles:
        return {}
    law = legal_limits(session)
    one, kin = limit_on(law, Limit.ONE_DEBTOR, on), limit_on(law, Limit.RELATED_DEBTORS, on)
    lent = _lent_by_debtor(session, [profile.lender_id for profile in profiles])
    affiliates = related(session, [profile.lender_id for profile in profiles], RelationKind.AFFILIATE)
    return {
        profile.lender_id: Book(
            currency=profile.currency,
            risk_assets_minor=profile.risk_assets_minor + _since(profile, lent[profile.lender_id, profile.currency]),
            by_debtor=lent[profile.lender_id, profile.currency],
            affiliates=affiliates.get(profile.lender_id, set()),
            one_debtor=None if one is None else one.value,
            related_debtors=None if kin is None else kin.value,
        )
        for profile in profiles
        if profile.risk_assets_minor is not None and profile.currency is not None
    }


def _since(profile: LenderProfile, lent: Counter[UUID]) -> int:
    """By how much the book has grown, or shrunk, since the risk assets were stated."""
    return lent.total() - (profile.lent_then_minor or 0)


def lent_by(session: TenantSession, lender_id: UUID, currency: str) -> int:
    """What a lender has lent over all its lines, in minor units."""
    return _lent_by_debtor(session, [lender_id])[lender_id, currency].total()


def _lent_by_debtor(session: TenantSession, lender_ids: Collection[UUID]) -> Mapping[tuple[UUID, str], Counter[UUID]]:
    columns = (col(Facility.lender_id), col(Facility.currency), col(FacilityDebtor.debtor_id))
    rows = session.execute(
        select_columns(*columns, func.sum(FacilityDebtor.used_minor))
        .join(
            FacilityDebtor,
            and_(col(FacilityDebtor.tenant_id) == Facility.tenant_id, col(FacilityDebtor.facility_id) == Facility.id),
        )
        .where(col(Facility.tenant_id) == session.tenant_id, col(Facility.lender_id) == any_of(lender_ids))
        .group_by(*columns)
    )
    lent: defaultdict[tuple[UUID, str], Counter[UUID]] = defaultdict(Counter)
    for lender_id, currency, debtor_id, minor in rows:
        lent[lender_id, currency][debtor_id] += int(minor)
    return lent
