"""What must hold of an advance out of sales when it is proposed, and again when it is approved."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, select

from domain.financing.errors import FacilityNotActive, LenderWithoutLicence, RateOverLine
from domain.financing.law import percent, rate_findings
from domain.financing.lenders import lending_law, licences
from domain.financing.rules import DAYS_OF_DISCLOSURE_YEAR
from domain.financing.sales import queries
from domain.financing.sales.errors import (
    FinalDayTooEarly,
    FundingDayPassed,
    MerchantHasAdvance,
    NoAccountToPay,
    NotAMerchant,
    NotTheLinesMerchant,
    TermBeyondFacility,
)
from domain.financing.sales.proposals import NewSalesAdvance
from domain.financing.sales.quotes import SalesQuote
from domain.financing.states import FacilityState, Licence
from domain.financing.tables import Facility
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.money import CurrencyMismatch

MERCHANTS = frozenset({PartyKind.BRANCH, PartyKind.SUPPLIER, PartyKind.AGENT})


def check_terms(new: NewSalesAdvance, facility: Facility, merchant: Party, figures: SalesQuote, clock: Clock) -> None:
    """The terms are those of its line, and the days in their order. Raises what the house refuses of a proposal."""
    require_active(facility)
    if new.terms.net.currency != facility.currency:
        raise CurrencyMismatch(left=facility.currency, right=new.terms.net.currency)
    if merchant.kind not in MERCHANTS:
        raise NotAMerchant(party=public_id("pty", merchant.id), kind=merchant.kind.value)
    if facility.seller_id not in {None, merchant.id}:
        raise NotTheLinesMerchant(facility=facility.public_id, merchant=public_id("pty", merchant.id))
    if new.funding_on < clock.today():
        raise FundingDayPassed(funding_on=new.funding_on, today=clock.today())
    check_final(new.final_on, new.funding_on, figures.payments)
    if (new.final_on - new.funding_on).days > facility.max_tenor_days:
        raise TermBeyondFacility(
            funding_on=new.funding_on,
            final_on=new.final_on,
            facility=facility.public_id,
            limit=facility.max_tenor_days,
        )


def check_final(final_on: date, paid_on: date, payments: int) -> None:
    """The safeguard never cuts short what the sales are expected to repay."""
    expected_on = paid_on + timedelta(days=payments)
    if final_on < expected_on:
        raise FinalDayTooEarly(final_on=final_on, expected_on=expected_on)


def require_active(facility: Facility) -> None:
    """Raise FacilityNotActive where the line does not lend."""
    if facility.state is not FacilityState.ACTIVE:
        raise FacilityNotActive(facility=facility.public_id, state=facility.state.value)


def check_free(session: TenantSession, merchant: Party, currency: str) -> None:
    """Raise MerchantHasAdvance where its till repays one already."""
    live = queries.live_advance_of(session, merchant.id, currency)
    if live is not None:
        open_amount = live.figures.open if live.funded_on else live.contract.owed
        raise MerchantHasAdvance(
            merchant=public_id("pty", merchant.id), advance=live.public_id, open_amount=str(open_amount)
        )


def check_law(
    session: TenantSession, lender_id: UUID, daily_rate: Decimal, penalty_rate: Decimal, on: date
) -> list[dict[str, object]]:
    """What to know of the price, as a yearly rate on what is really out; a lender without licence may not pass it."""
    law, annual = lending_law(session, on), daily_rate * DAYS_OF_DISCLOSURE_YEAR
    if licences(session, [lender_id])[lender_id] is Licence.NONE:
        if law.licence_needed is not None:
            raise LenderWithoutLicence(lender=public_id("pty", lender_id), citation=law.licence_needed)
        dearer = max(annual, penalty_rate)
        if law.line is not None and dearer > law.line.line:
            raise RateOverLine(rate=percent(dearer), line=percent(law.line.line), citation=law.line.citation)
    return [finding.as_json() for finding in rate_findings(law.line, annual, penalty_rate)]


def usable_account(
    session: TenantSession, accounts: Select[UUID, str, UUID], party_id: UUID, currency: str, on: date
) -> UUID:
    """The party's one of these accounts. Raises NoAccountToPay."""
    usable = accounts.subquery("usable")
    found = session.execute(
        select(usable.c.account_id).where(usable.c.party_id == party_id, usable.c.currency == currency)
    ).scalar_one_or_none()
    if found is None:
        raise NoAccountToPay(party=public_id("pty", party_id), currency=currency, on=on)
    assert isinstance(found, UUID)
    return found
