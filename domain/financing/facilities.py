"""Facilities: proposed, approved, amended, resumed and closed by two people of a lender; suspended by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.bidding import GRADES_BY_DEFAULT, BiddingRule, check_rules, grades_of, keep_bids, rules_of
from domain.financing.contracts import check_price, contract_columns, within
from domain.financing.errors import FacilityChangedSince, FacilityNotActive
from domain.financing.queries import lock_facilities
from domain.financing.quotes import Price
from domain.financing.references import reference_rate
from domain.financing.states import FacilityState, OfferState
from domain.financing.tables import Facility, FacilityDebtor, Offer
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move, move_all
from domain.receivables.states import ConfirmationGrade
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "facility"
MAX_TENOR_DAYS = 180  # six months: the term of payment certificates in principle (notice 77 of 2025, art. 11)
OFFER_VALID_DAYS = 5  # a price stands a working week


@dataclass(frozen=True, slots=True)
class NewFacility:
    """A line as its maker proposes it; `seller_id` None lends to every seller, `debtor_limit` holds for each debtor.

    Without `grades`, what is signed, or better, is financed at the price's advance rate. The first of `rules` that
    fits a request decides what an automatic offer asks. `registration_first`: money waits for the registration of its
    assignment where the law asks for one; `release_by_rule`: reserves leave by themselves.
    """

    lender_id: UUID
    limit: Money
    price: Price
    seller_id: UUID | None = None
    debtor_limit: Money | None = None
    debtor_limits: Mapping[UUID, Money] = field(default_factory=dict)
    auto_offer: bool = False
    max_tenor_days: int = MAX_TENOR_DAYS
    offer_valid_days: int = OFFER_VALID_DAYS
    registration_first: bool = True
    release_by_rule: bool = True
    grades: Mapping[ConfirmationGrade, Decimal] = field(default_factory=dict)
    rules: Sequence[BiddingRule] = ()


def propose_facility(session: TenantSession, new: NewFacility, *, actor: Actor, clock: Clock) -> Facility:
    """The lender's maker proposes a line. Raises RateOutOfRange, NoReferenceRate, WaterfallIncomplete."""
    check_new(session, new, clock)
    facility = Facility(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        lender_id=new.lender_id,
        seller_id=new.seller_id,
        currency=new.limit.currency,
        state=FacilityState.PROPOSED,
        made_by=str(actor),
        **_columns(new, price_on(session, new.price, clock)),
    )
    session.add(facility)
    session.flush()
    _keep_parts(session, facility, new)
    # As the database keeps it: the checker's digest is made of what was read, where 0.055 has nine decimals.
    session.refresh(facility)
    digest = _digest(session, facility)
    approvals.propose(session, kind=APPROVAL, subject_id=facility.id, digest=digest, actor=actor, clock=clock)
    return facility


def check_new(session: TenantSession, new: NewFacility, clock: Clock) -> None:
    """Refuse a line no contract has. Raises RateOutOfRange, WaterfallIncomplete, SurplusIsTheSellers."""
    check_price(price_on(session, new.price, clock))
    check_rules(new.rules)
    for rate in new.grades.values():
        within("advance_rate", rate, Decimal("0.01"), Decimal(1))


def price_on(session: TenantSession, price: Price, clock: Clock) -> Price:
    """The price with its rate fixed at what its reference stands at today. Raises NoReferenceRate."""
    if price.reference is None:
        return price
    quoted = reference_rate(session, price.reference.name, clock.today())
    return price.fixed(quoted.rate, quoted.effective_on)


def _columns(new: NewFacility, price: Price) -> dict[str, Any]:
    return {
        "limit_minor": new.limit.minor,
        "debtor_limit_minor": new.debtor_limit.minor if new.debtor_limit else None,
        "advance_rate": price.advance_rate,
        "fee_bp": price.fee_bp,
        "auto_offer": new.auto_offer,
        "max_tenor_days": new.max_tenor_days,
        "offer_valid_days": new.offer_valid_days,
        "registration_first": new.registration_first,
        "release_by_rule": new.release_by_rule,
        **contract_columns(price),
    }


def _keep_parts(session: TenantSession, facility: Facility, new: NewFacility) -> None:
    """The debtors' own limits, the grades and the bidding rules. A debtor no longer named falls back to the line's."""
    lines = session.exec(
        select(FacilityDebtor).where(
            FacilityDebtor.tenant_id == session.tenant_id, FacilityDebtor.facility_id == facility.id
        )
    ).all()
    for line in lines:
        limit = new.debtor_limits.get(line.debtor_id)
        line.limit_minor = None if limit is None else limit.minor
        line.see_over()
    known = {line.debtor_id for line in lines}
    own: dict[str, Any] = {"tenant_id": session.tenant_id, "facility_id": facility.id}
    session.add_all(
        FacilityDebtor(**own, debtor_id=debtor_id, limit_minor=limit.minor)
        for debtor_id, limit in new.debtor_limits.items()
        if debtor_id not in known
    )
    grades = new.grades or dict.fromkeys(GRADES_BY_DEFAULT, new.price.advance_rate)
    keep_bids(session, facility.id, grades, new.rules)


def approve_facility(session: TenantSession, facility_id: UUID, *, actor: Actor, clock: Clock) -> Facility:
    """The lender's checker puts the line in force, as it was proposed. Raises SamePerson, DigestChanged, NotFound."""
    facility = find_facility(session, facility_id)
    digest = _digest(session, facility)
    approvals.approve(session, kind=APPROVAL, subject_id=facility_id, digest=digest, actor=actor, clock=clock)
    move(session, facility, FacilityState.ACTIVE, actor=actor, clock=clock)
    return facility


def suspend_facility(session: TenantSession, facility_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Facility:
    """Stop new lending at once, by one person: what it has lent runs on. Raises NotFound, IllegalTransition."""
    facility = lock_facility(session, facility_id)
    move(session, facility, FacilityState.SUSPENDED, actor=actor, clock=clock, reason=reason)
    return facility


def resume_facility(session: TenantSession, facility_id: UUID, version: int, *, actor: Actor, clock: Clock) -> None:
    """Let a suspended line lend again. Two people have agreed to it before. Raises FacilityChangedSince."""
    facility = _lock_version(session, facility_id, version)
    if facility.state is not FacilityState.SUSPENDED:
        raise FacilityNotActive(facility=facility.public_id, state=facility.state.value)
    move(session, facility, FacilityState.ACTIVE, actor=actor, clock=clock)


def close_facility(session: TenantSession, facility_id: UUID, version: int, *, actor: Actor, clock: Clock) -> None:
    """End a line for good and take its offers back; what it has lent runs on. Two people have agreed to it before."""
    facility = _lock_version(session, facility_id, version)
    move(session, facility, FacilityState.CLOSED, actor=actor, clock=clock)
    standing = select(Offer.id).where(Offer.tenant_id == session.tenant_id, Offer.facility_id == facility_id)
    for state in (OfferState.WITHDRAWN, OfferState.DECLINED):
        move_all(session, Offer, standing, state, actor=actor, clock=clock, reason="facility closed")


@dataclass(frozen=True, slots=True)
class Amendment:
    """A facility as it shall be, and the version it was drawn up against."""

    version: int
    facility: NewFacility


def amend_facility(
    session: TenantSession, facility_id: UUID, amendment: Amendment, *, actor: Actor, clock: Clock
) -> None:
    """The line in its next version; what was offered or lent before keeps its contract. Two people have agreed.

    Raises FacilityChangedSince when it was amended meanwhile.
    """
    facility = _lock_version(session, facility_id, amendment.version)
    new = amendment.facility
    check_new(session, new, clock)
    for name, value in _columns(new, price_on(session, new.price, clock)).items():
        setattr(facility, name, value)
    facility.see_over()
    facility.version += 1
    facility.made_by = str(actor)
    session.flush()
    _keep_parts(session, facility, new)


def lock_facility(session: TenantSession, facility_id: UUID) -> Facility:
    """The facility, locked until commit. Raises NotFound."""
    found = lock_facilities(session, [facility_id]).get(facility_id)
    if found is None:
        raise NotFound(kind="facility", reference=public_id("fac", facility_id))
    return found


def _lock_version(session: TenantSession, facility_id: UUID, version: int) -> Facility:
    facility = lock_facility(session, facility_id)
    if facility.version != version:
        raise FacilityChangedSince(facility=facility.public_id, current=facility.version, proposed=version)
    return facility


def find_facility(session: TenantSession, facility_id: UUID) -> Facility:
    """The facility. Raises NotFound."""
    found = session.get(Facility, (session.tenant_id, facility_id))
    if found is None:
        raise NotFound(kind="facility", reference=facility_id)
    return found


def debtor_lines(session: TenantSession, facility_id: UUID) -> list[FacilityDebtor]:
    """What stands on each debtor under a facility, and its own limit there."""
    wanted = select(FacilityDebtor).where(
        FacilityDebtor.tenant_id == session.tenant_id, FacilityDebtor.facility_id == facility_id
    )
    return list(session.exec(wanted.order_by(col(FacilityDebtor.debtor_id))))


_UNDECIDED = {"state", "used_minor", "over_minor", "created_at", "made_by"}


def _digest(session: TenantSession, facility: Facility) -> str:
    limits = [(line.debtor_id, line.limit_minor) for line in debtor_lines(session, facility.id)]
    grades = sorted(grades_of(session, facility.id).items())
    rules = [sorted(rule.model_dump(mode="json").items()) for rule in rules_of(session, facility.id)]
    decided = facility.model_dump(mode="json", exclude=_UNDECIDED)
    return sha256(repr((sorted(decided.items()), limits, grades, rules)).encode()).hexdigest()
