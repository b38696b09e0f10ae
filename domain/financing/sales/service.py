"""An advance out of sales agreed: proposed by the lender's maker, approved by its checker, taken back before it leaves.

Of a facility count its state, currency, limits, seller and longest term; its advance rate, price, grades and bidding
are of invoices and say nothing here: the price is the fee agreed with the merchant.
"""

from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from domain.approvals import service as approvals
from domain.banking.states import Purpose
from domain.financing import queries as financing
from domain.financing.agents.queries import debtor_party
from domain.financing.capacities import free_capacity_scopes
from domain.financing.errors import AvailabilityExceeded
from domain.financing.exposure_rules import Scope, availability
from domain.financing.facilities import find_facility, lock_facility
from domain.financing.headrooms import Others, lock_headrooms
from domain.financing.limits import free_scopes
from domain.financing.sales import queries
from domain.financing.sales.conditions import (
    check_final,
    check_free,
    check_law,
    check_terms,
    require_active,
    usable_account,
)
from domain.financing.sales.errors import PayoutUnderWay
from domain.financing.sales.exposure import sales_scope
from domain.financing.sales.proposals import NewSalesAdvance, columns_of, digest_of
from domain.financing.sales.quotes import quote_sales
from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import SalesAdvance
from domain.financing.tables import Facility
from domain.parties.queries import own_accounts, party, payable_accounts
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import Actor

APPROVAL = "sales_advance"


def propose_sales_advance(session: TenantSession, new: NewSalesAdvance, *, actor: Actor, clock: Clock) -> SalesAdvance:
    """The lender's maker proposes an advance with everything that will be signed and paid.

    Raises FacilityNotActive, NotAMerchant, NotTheLinesMerchant, MerchantHasAdvance, FundingDayPassed, FinalDayTooEarly,
    TermBeyondFacility, NoAccountToPay, LenderWithoutLicence, RateOverLine, and what `quote_sales` raises.
    """
    facility, merchant = find_facility(session, new.facility_id), party(session, new.merchant_id)
    figures = quote_sales(new.terms)
    check_terms(new, facility, merchant, figures, clock)
    check_free(session, merchant, facility.currency)
    findings = check_law(session, facility.lender_id, figures.daily_rate, new.terms.penalty_rate, clock.today())
    own = usable_account(
        session, own_accounts(session.tenant_id), facility.lender_id, facility.currency, new.funding_on
    )
    payable = payable_accounts(session.tenant_id, new.funding_on)
    payee = usable_account(session, payable, merchant.id, facility.currency, new.funding_on)
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
        **columns_of(new.terms, figures),
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
    require_active(facility)
    check_free(session, merchant, row.currency)
    check_final(row.final_on, max(row.funding_on, clock.today()), row.payments)
    check_law(session, row.lender_id, row.daily_rate, row.penalty_rate, clock.today())
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


def represent_collections(session: TenantSession, advance_ids: Collection[UUID]) -> list[UUID]:
    """Let merchants be debited anew whose debit failed for good; returns those it holds for.

    The next run finds a new obligation for all that is due by then. One whose debit is on its way is left alone.
    """
    advances = queries.lock_sales_advances(session, advance_ids)
    under_way = financing.under_way(session, advance_ids, Purpose.SALES_COLLECTION)
    presented = [advance for advance in advances.values() if advance.id not in under_way]
    for advance in presented:
        advance.collection_round += 1
    session.flush()
    return [advance.id for advance in presented]


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
