"""Facilities: a lender's maker proposes price, limits and contract; its checker puts them in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.errors import RateOutOfRange
from domain.financing.quotes import Price
from domain.financing.states import FacilityState
from domain.financing.tables import Facility, FacilityDebtor
from domain.financing.terms import waterfall_text
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "facility"
MAX_TENOR_DAYS = 180  # six months: the term of payment certificates in principle (notice 77 of 2025, art. 11)
OFFER_VALID_DAYS = 5  # a price stands a working week


@dataclass(frozen=True, slots=True)
class NewFacility:
    """A line as its maker proposes it; `seller_id` None lends to every seller, `debtor_limit` holds for each debtor."""

    lender_id: UUID
    limit: Money
    price: Price
    seller_id: UUID | None = None
    debtor_limit: Money | None = None
    debtor_limits: Mapping[UUID, Money] = field(default_factory=dict)
    auto_offer: bool = False
    max_tenor_days: int = MAX_TENOR_DAYS
    offer_valid_days: int = OFFER_VALID_DAYS


def propose_facility(session: TenantSession, new: NewFacility, *, actor: Actor, clock: Clock) -> Facility:
    """The lender's maker proposes a line. Raises RateOutOfRange."""
    check_price(new.price)
    facility = Facility(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        lender_id=new.lender_id,
        seller_id=new.seller_id,
        currency=new.limit.currency,
        limit_minor=new.limit.minor,
        debtor_limit_minor=new.debtor_limit.minor if new.debtor_limit else None,
        advance_rate=new.price.advance_rate,
        fee_bp=new.price.fee_bp,
        auto_offer=new.auto_offer,
        max_tenor_days=new.max_tenor_days,
        offer_valid_days=new.offer_valid_days,
        state=FacilityState.PROPOSED,
        made_by=str(actor),
        **contract_columns(new.price),
    )
    session.add(facility)
    session.flush()
    for debtor_id, limit in new.debtor_limits.items():
        session.add(
            FacilityDebtor(
                tenant_id=session.tenant_id, facility_id=facility.id, debtor_id=debtor_id, limit_minor=limit.minor
            )
        )
    session.flush()
    # As the database keeps it: the checker's digest is made of what was read, where 0.055 has nine decimals.
    session.refresh(facility)
    digest = _digest(session, facility)
    approvals.propose(session, kind=APPROVAL, subject_id=facility.id, digest=digest, actor=actor, clock=clock)
    return facility


def approve_facility(session: TenantSession, facility_id: UUID, *, actor: Actor, clock: Clock) -> Facility:
    """The lender's checker puts the line in force, as it was proposed. Raises SamePerson, DigestChanged, NotFound."""
    facility = find_facility(session, facility_id)
    digest = _digest(session, facility)
    approvals.approve(session, kind=APPROVAL, subject_id=facility_id, digest=digest, actor=actor, clock=clock)
    move(session, facility, FacilityState.ACTIVE, actor=actor, clock=clock)
    return facility


def find_facility(session: TenantSession, facility_id: UUID) -> Facility:
    """The facility. Raises NotFound."""
    found = session.get(Facility, (session.tenant_id, facility_id))
    if found is None:
        raise NotFound(kind="facility", reference=facility_id)
    return found


def contract_columns(price: Price) -> dict[str, Any]:
    """The contract fields of a price, as facility, offer and advance keep them."""
    terms = price.terms
    return {
        "annual_rate": terms.annual_rate,
        "overdue_multiplier": terms.overdue_multiplier,
        "day_count": terms.day_count,
        "interest_timing": terms.interest_timing,
        "rounding": terms.rounding,
        "roll": terms.roll,
        "roll_accrues": terms.roll_accrues,
        "grace_days": terms.grace_days,
        "waterfall": waterfall_text(terms.waterfall),
        "recourse": terms.recourse,
        "surplus_to_seller": terms.surplus_to_seller,
    }


def check_price(price: Price) -> None:
    """Refuse what is a slip of the keyboard: 90 % written as 90, or 5.5 % as 5.5. Raises RateOutOfRange."""
    one = Decimal(1)
    _within("advance_rate", price.advance_rate, Decimal("0.01"), one)
    _within("annual_rate", price.terms.annual_rate, Decimal(0), Decimal("0.36"))
    _within("fee_bp", price.fee_bp, Decimal(0), Decimal(1000))
    _within("overdue_multiplier", price.terms.overdue_multiplier, one, Decimal(3))
    _within("grace_days", Decimal(price.terms.grace_days), Decimal(0), Decimal(90))


def _within(name: str, value: Decimal, low: Decimal, high: Decimal) -> None:
    if not low <= value <= high:
        raise RateOutOfRange(field=name, value=value, low=low, high=high)


def _digest(session: TenantSession, facility: Facility) -> str:
    limits = session.exec(
        select(FacilityDebtor.debtor_id, FacilityDebtor.limit_minor)
        .where(FacilityDebtor.tenant_id == session.tenant_id, FacilityDebtor.facility_id == facility.id)
        .order_by(col(FacilityDebtor.debtor_id))
    ).all()
    decided = facility.model_dump(mode="json", exclude={"state", "used_minor", "created_at", "made_by"})
    return sha256(repr((sorted(decided.items()), [tuple(limit) for limit in limits])).encode()).hexdigest()
