"""Lenders as institutions: by what right they lend, and what the law says of their prices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, select
from sqlmodel import col

from domain.financing.concentration import lent_by
from domain.financing.errors import LenderWithoutLicence, RateOverLine
from domain.financing.law import Finding, RateLine, percent, rate_findings, rate_line
from domain.financing.quotes import Price
from domain.financing.references import LPR_1Y, reference_rate
from domain.financing.states import Licence
from domain.financing.tables import LenderProfile
from domain.law.limits import Limit, limit_on
from domain.law.rows import legal_limits
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.binds import TENANT, any_id, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class NewProfile:
    """What is to be known of a lender; its risk assets as it states them, on a day, or not at all."""

    lender_id: UUID
    licence: Licence
    licence_number: str = ""
    risk_assets: Money | None = None
    risk_assets_on: date | None = None


def keep_profile(session: TenantSession, new: NewProfile, *, actor: Actor, clock: Clock) -> None:
    """Put a lender's profile in force. Two people have agreed to it before."""
    row = session.get(LenderProfile, (session.tenant_id, new.lender_id), with_for_update=True)
    if row is None:
        row = LenderProfile(
            tenant_id=session.tenant_id,
            lender_id=new.lender_id,
            licence=new.licence,
            set_by=str(actor),
            set_at=clock.now(),
        )
    assets = new.risk_assets
    row.licence, row.licence_number = new.licence, new.licence_number
    row.currency = None if assets is None else assets.currency
    row.risk_assets_minor = None if assets is None else assets.minor
    row.risk_assets_on = None if assets is None else new.risk_assets_on or clock.today()
    row.lent_then_minor = None if assets is None else lent_by(session, new.lender_id, assets.currency)
    row.set_by, row.set_at = str(actor), clock.now()
    session.add(row)
    session.flush()


def licences(session: TenantSession, lender_ids: Collection[UUID]) -> dict[UUID, Licence]:
    """By what right each of them lends: as its profile says, else a registered lender as a factor, others by none."""
    rows = session.execute(_LICENCES, of(session, lender_ids))
    return {party: said or (Licence.FACTOR if kind is PartyKind.LENDER else Licence.NONE) for party, kind, said in rows}


_LICENCES = (
    select(col(Party.id), col(Party.kind), col(LenderProfile.licence))
    .join(
        LenderProfile,
        and_(col(LenderProfile.tenant_id) == col(Party.tenant_id), col(LenderProfile.lender_id) == col(Party.id)),
        isouter=True,
    )
    .where(col(Party.tenant_id) == TENANT, col(Party.id) == any_id())
)


@dataclass(frozen=True, slots=True)
class LendingLaw:
    """What the law of one day says to lenders."""

    licence_needed: str | None
    line: RateLine | None

    def check(self, lender_id: UUID, licence: Licence, price: Price) -> list[Finding]:
        """What to know of a lender's price. Raises LenderWithoutLicence; RateOverLine to who lends without one."""
        terms = price.terms
        found = list(rate_findings(self.line, terms.annual_rate, terms.penalty_rate))
        if licence is not Licence.NONE:
            return found
        if self.licence_needed is not None:
            raise LenderWithoutLicence(lender=public_id("pty", lender_id), citation=self.licence_needed)
        if self.line is not None and terms.annual_rate > self.line.line:
            rate, line = percent(terms.annual_rate), percent(self.line.line)
            raise RateOverLine(rate=rate, line=line, citation=self.line.citation)
        return found


def lending_law(session: TenantSession, on: date) -> LendingLaw:
    """The law of lending on a day: whether a licence is needed, and four times the one-year LPR."""
    rows = legal_limits(session)
    needed = limit_on(rows, Limit.LICENCE, on)
    line = None
    if limit_on(rows, Limit.PRIVATE_LENDING, on) is not None:
        line = rate_line(rows, _one_year_lpr(session, on), on)
    return LendingLaw(None if needed is None else needed.citation, line)


def _one_year_lpr(session: TenantSession, on: date) -> Decimal:
    return reference_rate(session, LPR_1Y, on).rate
