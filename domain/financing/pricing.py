"""Pricing offers: which requests a facility may answer, at what figures, and what the law says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, and_, or_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.financing.contracts import contract_columns
from domain.financing.law import front_ended_finding
from domain.financing.lenders import LendingLaw, lending_law, licences
from domain.financing.payables.tables import Payable, ProgrammeFacility
from domain.financing.queries import invited
from domain.financing.quotes import Claim, Price, Quote, quote
from domain.financing.rules import restated_as_loan
from domain.financing.states import Licence, OfferState, RequestState
from domain.financing.tables import Facility, FacilityGrade, Offer, Request
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

MAX_OFFERS = 10_000  # priced in one call, each in Python: a few seconds; the next call takes the next ones

OpenRequests = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What the offers of one call have in common."""

    id: UUID
    facility: Facility
    price: Price
    law: LendingLaw
    licence: Licence
    state: OfferState
    actor: Actor
    clock: Clock
    calendar: BusinessCalendar


def price_at_grade(price: Price, grade_rate: Decimal) -> Price:
    """The price with no higher an advance rate than the grade of confirmation is given."""
    return replace(price, advance_rate=min(price.advance_rate, grade_rate))


def new_batch(
    session: TenantSession,
    facility: Facility,
    price: Price,
    state: OfferState,
    *,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
) -> Batch:
    """What a facility's offers of today have in common, with the law its lender lends under."""
    licence = licences(session, [facility.lender_id])[facility.lender_id]
    law = lending_law(session, clock.today())
    return Batch(uuid7(), facility, price, law, licence, state, actor, clock, calendar)


def offerable(facility: Facility, clock: Clock) -> OpenRequests:
    """The requests this facility may answer, with what their price depends on."""
    today = clock.today()
    answered = select(Offer.request_id).where(
        Offer.tenant_id == facility.tenant_id, Offer.facility_id == facility.id, Offer.state != OfferState.EXPIRED
    )
    # A deadline that was set is kept: an offer after the unsealing could know what the others offered.
    still_sealed = or_(col(Request.sealed_until) <= col(Request.created_at), col(Request.sealed_until) > clock.now())
    wanted: OpenRequests = (
        select_columns(
            col(Request.id),
            col(Request.receivable_id),
            col(Receivable.face_minor),
            col(Receivable.confirmed_minor),
            col(Receivable.diluted_minor),
            col(Receivable.paid_minor),
            col(Receivable.due_on),
            col(FacilityGrade.grade),
            col(FacilityGrade.advance_rate).label("grade_rate"),
            col(ProgrammeFacility.recourse).label("recourse_agreed"),
        )
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == Request.tenant_id, col(Receivable.id) == Request.receivable_id),
        )
        .join(
            FacilityGrade,
            and_(
                col(FacilityGrade.tenant_id) == facility.tenant_id,
                col(FacilityGrade.facility_id) == facility.id,
                col(FacilityGrade.grade) == Receivable.confirmation_grade,
            ),
        )
        # What a buyer's programme confirmed is bought by the programme's own lines, with recourse or without.
        .outerjoin(
            Payable, and_(col(Payable.tenant_id) == Request.tenant_id, col(Payable.receivable_id) == Receivable.id)
        )
        .outerjoin(
            ProgrammeFacility,
            and_(
                col(ProgrammeFacility.tenant_id) == facility.tenant_id,
                col(ProgrammeFacility.programme_id) == Payable.programme_id,
                col(ProgrammeFacility.facility_id) == facility.id,
            ),
        )
        .where(
            col(Request.tenant_id) == facility.tenant_id,
            or_(col(Payable.receivable_id).is_(None), col(ProgrammeFacility.facility_id).is_not(None)),
            col(Request.state) == RequestState.OPEN,
            col(Receivable.state) == ReceivableState.LISTED,
            col(Receivable.currency) == facility.currency,
            col(Receivable.due_on) > today,
            col(Receivable.due_on) <= today + timedelta(days=facility.max_tenor_days),
            col(Request.id).not_in(answered),
            still_sealed,
            invited(facility.tenant_id, facility.lender_id),
        )
        .order_by(col(Request.id))
        .limit(MAX_OFFERS)
    )
    return wanted if facility.seller_id is None else wanted.where(col(Request.seller_id) == facility.seller_id)


def insert_offers(session: TenantSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Keep the offers; returns the requests that now have one of theirs."""
    if not rows:
        return set()
    # Somebody of the same lender may be offering at this moment: one live offer of a facility on a request.
    return set(session.scalars(_MAKE, rows))


_OFFERS: Table = Offer.__table__  # type: ignore[attr-defined]
_MAKE = insert(_OFFERS).on_conflict_do_nothing().returning(_OFFERS.c.request_id)


def offer_row(batch: Batch, request: Row[Any], price: Price, contra: Money | None = None) -> dict[str, Any]:
    """An offer on one of the requests, on what is left of it without `contra` (R1).

    Raises FeesExceedAdvance, NoTermLeft, LenderWithoutLicence, RateOverLine.
    """
    facility, today = batch.facility, batch.clock.today()
    price = _as_programmed(price, request)
    claim = claim_of(request, facility.currency)
    figures = quote(claim.unpaid, claim.due_on, price, today, batch.calendar, face=claim.face, contra=contra)
    return {
        "tenant_id": facility.tenant_id,
        "id": uuid7(),
        "created_at": batch.clock.now(),
        "batch_id": batch.id,
        "request_id": request.id,
        "facility_id": facility.id,
        "facility_version": facility.version,
        "lender_id": facility.lender_id,
        "currency": facility.currency,
        "advance_rate": price.advance_rate,
        "fee_bp": price.fee_bp,
        "principal_minor": figures.principal.minor,
        "fee_minor": figures.fee.minor,
        "debtor_fee_minor": figures.debtor_fee.minor,
        "interest_minor": figures.interest.minor,
        "net_minor": figures.net.minor,
        "all_in_simple": figures.rate.simple,
        "all_in_effective": figures.rate.effective,
        "expires_on": today + timedelta(days=facility.offer_valid_days),
        "state": batch.state,
        "made_by": str(batch.actor),
        "warnings": list(_warnings(batch, price, figures)),
        **contract_columns(price),
    }


def _as_programmed(price: Price, request: Row[Any]) -> Price:
    """The price as a buyer's programme has it: a purchase without recourse is one, whatever the line does else."""
    if request.recourse_agreed is not False:
        return price
    return replace(price, terms=replace(price.terms, recourse=False))


def claim_of(receivable: Any, currency: str) -> Claim:  # noqa: ANN401 - a receivable, or a row with its columns
    """What a receivable offers to a quote."""
    unpaid = (receivable.confirmed_minor or 0) - receivable.diluted_minor - receivable.paid_minor
    return Claim(
        Money.from_minor(receivable.face_minor, currency), Money.from_minor(unpaid, currency), receivable.due_on
    )


def _warnings(batch: Batch, price: Price, figures: Quote) -> Iterator[dict[str, object]]:
    """What the law says of an offer. Raises LenderWithoutLicence, RateOverLine."""
    for finding in batch.law.check(batch.facility.lender_id, batch.licence, price):
        yield finding.as_json()
    restated = restated_as_loan(figures.principal, figures.prepaid, price.terms, figures.days)
    in_front = front_ended_finding(figures.principal, figures.prepaid, restated)
    if in_front is not None:
        yield in_front.as_json()
