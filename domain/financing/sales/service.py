"""An advance out of sales agreed: proposed by the lender's maker, approved by its checker, taken back before it leaves.

Of a facility count its state, currency, limits, seller and longest term; its advance rate, price, grades and bidding
are of invoices and say nothing here: the price is the fee agreed with the merchant.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from domain.approvals import service as approvals
from domain.banking.states import Purpose
from domain.financing import queries as financing
from domain.financing.agents.queries import debtor_party
from domain.financing.capacities import free_capacity_scopes
from domain.financing.errors import AvailabilityExceeded, FacilityNotActive, LenderWithoutLicence, RateOverLine
from domain.financing.exposure_rules import Scope, availability
from domain.financing.facilities import find_facility, lock_facility
from domain.financing.headrooms import Others, lock_headrooms
from domain.financing.law import percent, rate_findings
from domain.financing.lenders import lending_law, licences
from domain.financing.limits import free_scopes
from domain.financing.rules import DAYS_OF_DISCLOSURE_YEAR
from domain.financing.sales import queries
from domain.financing.sales.errors import (
    FinalDayTooEarly,
    FundingDayPassed,
    MerchantHasAdvance,
    NoAccountToPay,
    NotAMerchant,
    NotTheLinesMerchant,
    PayoutUnderWay,
    TermBeyondFacility,
)
from domain.financing.sales.exposure import sales_scope
from domain.financing.sales.quotes import SalesQuote, SalesTerms, quote_sales
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SUB_LEDGER, SalesAdvance
from domain.financing.states import FacilityState, Licence
from domain.financing.tables import Facility
from domain.parties.queries import own_accounts, party, payable_accounts
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.money import CurrencyMismatch

APPROVAL = "sales_advance"
GRACE_DAYS = 5  # a share that came late over a weekend or a bank holiday is not arrears
MERCHANTS = frozenset({PartyKind.BRANCH, PartyKind.SUPPLIER, PartyKind.AGENT})


@dataclass(frozen=True, slots=True)
class NewSalesAdvance:
    """An advance as the lender's maker proposes it; `contract_reference` is what the merchant has signed.

    On `final_on` everything unpaid falls due, whatever was sold. A share that is `grace_days` late makes it overdue.
    """

    facility_id: UUID
    merchant_id: UUID
    terms: SalesTerms
    contract_reference: str
    funding_on: date
    final_on: date
    grace_days: int = GRACE_DAYS


def propose_sales_advance(session: TenantSession, new: NewSalesAdvance, *, actor: Actor, clock: Clock) -> SalesAdvance:
    """The lender's maker proposes an advance with everything that will be signed and paid.

    Raises FacilityNotActive, NotAMerchant, NotTheLinesMerchant, MerchantHasAdvance, FundingDayPassed, FinalDayTooEarly,
    TermBeyondFacility, NoAccountToPay, LenderWithoutLicence, RateOverLine, and what `quote_sales` raises.
    """
    facility, merchant = find_facility(session, new.facility_id), party(session, new.merchant_id)
    figures = quote_sales(new.terms)
    _check_terms(new, facility, merchant, figures, clock)
    _check_free(session, merchant, facility.currency)
    findings = _check_law(session, facility.lender_id, figures.daily_rate, new.terms.penalty_rate, clock.today())
    own = _account(session, own_accounts(session.tenant_id), facility.lender_id, facility.currency, new.funding_on)
    payable = payable_accounts(session.tenant_id, new.funding_on)
    payee = _account(session, payable, merchant.id, facility.currency, new.funding_on)
    row = SalesAdvance(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        facility_id=facility.id,
        lender_id=facility.lender_id,
        merchant_id=merchant.id,
        debtor_id=debtor_party(session, merchant.id),
        state=SalesAdvanceState.PROPOSED,
        currency=facility.currency,
        contract_reference=new.contract_reference,
        funding_on=new.funding_on,
        final_on=new.final_on,
        grace_days=new.grace_days,
        own_account_id=own,
        payee_account_id=payee,
        findings=findings,
        made_by=str(actor),
        **_columns(new.terms, figures),
    )
    session.add(row)
    session.flush()
    # As the database keeps it: the checker's digest is made of what was read, where 0.18 has nine decimals.
    session.refresh(row)
    approvals.propose(session, kind=APPROVAL, subject_id=row.id, digest=digest_of(row), actor=actor, clock=clock)
    return row


def approve_sales_advance(
    session: TenantSession,
    advance_id: UUID,
    *,
    digest: str,
    actor: Actor,
    clock: Clock,
    others: Others | None = None,
) -> SalesAdvance:
    """The lender's checker lets exactly that contract be paid out with the next run; limits count it from now on.

    `others` is what another module lets through: an agent's capacity (R21, R26). Raises SamePerson, DigestChanged,
    AlreadyDecided, AvailabilityExceeded, MerchantHasAdvance, FacilityNotActive, FinalDayTooEarly, LenderWithoutLicence,
    RateOverLine, NotFound.
    """
    found = queries.find_sales_advance(session, advance_id)
    # Merchant before facility before advance: two lenders could each find its sales free.
    merchant = _lock_merchant(session, found.merchant_id)
    facility = lock_facility(session, found.facility_id)
    row = queries.lock_sales_advances(session, [advance_id])[advance_id]
    _require_active(facility)
    _check_free(session, merchant, row.currency)
    _check_final(row.final_on, max(row.funding_on, clock.today()), row.payments)
    _check_law(session, row.lender_id, row.daily_rate, row.penalty_rate, clock.today())
    approvals.approve(session, kind=APPROVAL, subject_id=row.id, digest=digest, actor=actor, clock=clock)
    _take(session, row, facility, others, clock)
    move(session, row, SalesAdvanceState.APPROVED, actor=actor, clock=clock)
    session.flush()
    facts = {"net": str(row.money(row.net_minor)), "fee": str(row.money(row.fee_minor))}
    announce(session, "sales_advance.approved", row.public_id, facts, clock=clock)
    return row


def refuse_sales_advance(
    session: TenantSession, advance_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> SalesAdvance:
    """The lender's checker will not lend so, having seen exactly that. Raises DigestChanged, AlreadyDecided."""
    row = queries.lock_sales_advances(session, [advance_id])[advance_id]
    approvals.reject(session, kind=APPROVAL, subject_id=row.id, digest=digest, reason=reason, actor=actor, clock=clock)
    move(session, row, SalesAdvanceState.LAPSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return row


def withdraw_sales_advance(
    session: TenantSession, advance_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> SalesAdvance:
    """Take back what the bank has not been told. Raises PayoutUnderWay, IllegalTransition, NotFound."""
    found = queries.find_sales_advance(session, advance_id)
    facility = lock_facility(session, found.facility_id)
    row = queries.lock_sales_advances(session, [advance_id])[advance_id]
    if financing.under_way(session, [row.id], Purpose.SALES_DISBURSEMENT):
        raise PayoutUnderWay(advance=row.public_id)
    was = row.state
    move(session, row, SalesAdvanceState.LAPSED, actor=actor, clock=clock, reason=reason)
    if was is SalesAdvanceState.PROPOSED:
        digest = digest_of(row)
        approvals.reject(
            session, kind=APPROVAL, subject_id=row.id, digest=digest, reason=reason, actor=actor, clock=clock
        )
    else:
        give_back(session, [(row, facility, row.net_minor)])
    session.flush()
    return row


def give_back(session: TenantSession, freed: Collection[tuple[SalesAdvance, Facility, int]]) -> None:
    """Principal back to lines and limits; below zero, what a payment that came back has reopened."""
    lines = financing.lines_of_debtors(session, {(facility.id, row.debtor_id) for row, facility, _ in freed})
    by_scope: Counter[Scope] = Counter()
    for row, facility, minor in freed:
        facility.free(minor)
        lines[facility.id, row.debtor_id].free(minor)
        by_scope[sales_scope(row)] += minor
    session.flush()
    free_scopes(session, by_scope)
    free_capacity_scopes(session, by_scope)


# Beside the columns of the sub-ledger, which a replay fills.
_UNDECIDED = {"state", "created_at", "made_by", "collection_round", "failure_reason", "findings", "debtor_id"}
# A term that is not agreed stands for nothing, and what was proposed before there was one keeps its digest.
_LATER_TERMS = ("early_rebate", "penalty_rate")


def digest_of(row: SalesAdvance) -> str:
    """What the checker decides on: the whole contract, and from which account to which the money goes."""
    unagreed = {name for name in _LATER_TERMS if not getattr(row, name)}
    decided = row.model_dump(mode="json", exclude=_UNDECIDED | SUB_LEDGER | unagreed)
    return sha256(repr(sorted(decided.items())).encode()).hexdigest()


def _columns(terms: SalesTerms, figures: SalesQuote) -> dict[str, Any]:
    return {
        "volume_minor": terms.volume.minor,
        "share": terms.share,
        "year_days": terms.year_days,
        "net_minor": terms.net.minor,
        "fee_minor": terms.fee.minor,
        "early_rebate": terms.early_rebate,
        "penalty_rate": terms.penalty_rate,
        "daily_minor": figures.plan.daily.minor,
        "payments": figures.payments,
        "daily_rate": figures.daily_rate,
        "annual_effective": figures.annual_effective,
        "quoted_simple": figures.all_in.simple,
        "quoted_effective": figures.all_in.effective,
    }


def _check_terms(new: NewSalesAdvance, facility: Facility, merchant: Party, figures: SalesQuote, clock: Clock) -> None:
    _require_active(facility)
    if new.terms.net.currency != facility.currency:
        raise CurrencyMismatch(left=facility.currency, right=new.terms.net.currency)
    if merchant.kind not in MERCHANTS:
        raise NotAMerchant(party=public_id("pty", merchant.id), kind=merchant.kind.value)
    if facility.seller_id not in {None, merchant.id}:
        raise NotTheLinesMerchant(facility=facility.public_id, merchant=public_id("pty", merchant.id))
    if new.funding_on < clock.today():
        raise FundingDayPassed(funding_on=new.funding_on, today=clock.today())
    _check_final(new.final_on, new.funding_on, figures.payments)
    if (new.final_on - new.funding_on).days > facility.max_tenor_days:
        raise TermBeyondFacility(
            funding_on=new.funding_on,
            final_on=new.final_on,
            facility=facility.public_id,
            limit=facility.max_tenor_days,
        )


def _check_final(final_on: date, paid_on: date, payments: int) -> None:
    """The safeguard never cuts short what the sales are expected to repay."""
    expected_on = paid_on + timedelta(days=payments)
    if final_on < expected_on:
        raise FinalDayTooEarly(final_on=final_on, expected_on=expected_on)


def _require_active(facility: Facility) -> None:
    if facility.state is not FacilityState.ACTIVE:
        raise FacilityNotActive(facility=facility.public_id, state=facility.state.value)


def _check_free(session: TenantSession, merchant: Party, currency: str) -> None:
    live = queries.live_advance_of(session, merchant.id, currency)
    if live is not None:
        open_amount = live.figures.open if live.funded_on else live.contract.owed
        raise MerchantHasAdvance(
            merchant=public_id("pty", merchant.id), advance=live.public_id, open_amount=str(open_amount)
        )


def _check_law(
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


def _account(
    session: TenantSession, accounts: Select[UUID, str, UUID], party_id: UUID, currency: str, on: date
) -> UUID:
    usable = accounts.subquery("usable")
    found = session.execute(
        select(usable.c.account_id).where(usable.c.party_id == party_id, usable.c.currency == currency)
    ).scalar_one_or_none()
    if found is None:
        raise NoAccountToPay(party=public_id("pty", party_id), currency=currency, on=on)
    assert isinstance(found, UUID)
    return found


def _lock_merchant(session: TenantSession, merchant_id: UUID) -> Party:
    # Without blocking what only refers to it: accounts, invoices and mandates of the firm go on.
    key = (session.tenant_id, merchant_id)
    return session.get_one(Party, key, with_for_update={"key_share": True}, populate_existing=True)


def _take(session: TenantSession, row: SalesAdvance, facility: Facility, others: Others | None, clock: Clock) -> None:
    """Lock every limit over the merchant and count the advance under each. Raises AvailabilityExceeded."""
    scope = sales_scope(row)
    line = financing.lines_of_debtors(session, {(facility.id, row.debtor_id)})[facility.id, row.debtor_id]
    headrooms = lock_headrooms(session, [scope], on=clock.today(), others=others)
    net = row.money(row.net_minor)
    most = availability(net, Decimal(1), headrooms.over(facility, line, scope))
    if most.amount < net:
        raise AvailabilityExceeded(
            principal=str(net),
            available=str(most.amount),
            bound_by=most.bound_by,
            headrooms={name: str(headroom) for name, headroom in most.headrooms.items()},
        )
    headrooms.take(facility, line, scope, row.net_minor)
