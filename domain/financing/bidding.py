"""Automatic bids: rules a lender's two people agreed on, evaluated by the database over all requests at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, and_, cast, delete, literal, or_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.selectable import LateralFromClause
from sqlmodel import col, select

from domain.financing.contracts import within
from domain.financing.quotes import Price
from domain.financing.rules import BASIS_POINT
from domain.financing.tables import BidRule, Facility, FacilityGrade, Request, RequestDecline
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.queries import unpaid_minor
from domain.receivables.states import ConfirmationGrade
from domain.receivables.tables import Receivable
from domain.values.actor import Actor

# Signed and better is financed unless the lender says otherwise: silence binds a debtor to little.
GRADES_BY_DEFAULT = (ConfirmationGrade.SIGNED, ConfirmationGrade.SIGNED_WITH_WAIVER)
DECLINED_BY_RULE = "bidding rule"


@dataclass(frozen=True, slots=True)
class BiddingRule:
    """What a facility bids on the requests it fits: rate and fee move by basis points, the advance rate has a cap.

    What is None fits everything; tenors in days and amounts in minor units are inclusive.
    """

    seller_id: UUID | None = None
    debtor_id: UUID | None = None
    grade: ConfirmationGrade | None = None
    min_days: int | None = None
    max_days: int | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    declines: bool = False
    rate_bp: Decimal = Decimal(0)
    fee_bp: Decimal = Decimal(0)
    advance_rate: Decimal | None = None


def check_rules(rules: Iterable[BiddingRule]) -> None:
    """Refuse ranges the wrong way round and figures no contract has. Raises RateOutOfRange."""
    for rule in rules:
        within("rate_bp", rule.rate_bp, Decimal(-3600), Decimal(3600))
        within("fee_bp", rule.fee_bp, Decimal(-1000), Decimal(1000))
        if rule.advance_rate is not None:
            within("advance_rate", rule.advance_rate, Decimal("0.01"), Decimal(1))
        for name, low, high in (("days", rule.min_days, rule.max_days), ("amount", rule.min_minor, rule.max_minor)):
            if low is not None and high is not None:
                within(f"max_{name}", Decimal(high), Decimal(low), Decimal("Infinity"))


def keep_bids(
    session: TenantSession,
    facility_id: UUID,
    grades: Mapping[ConfirmationGrade, Decimal],
    rules: Iterable[BiddingRule],
) -> None:
    """Put a facility's grades and rules in the place of those it had."""
    own: dict[str, Any] = {"tenant_id": session.tenant_id, "facility_id": facility_id}
    for table in (FacilityGrade, BidRule):
        session.execute(
            delete(table).where(col(table.tenant_id) == session.tenant_id, col(table.facility_id) == facility_id)
        )
    rows: list[FacilityGrade | BidRule] = [
        *(FacilityGrade(**own, grade=grade, advance_rate=rate) for grade, rate in grades.items()),
        *(BidRule(**own, position=place, **asdict(rule)) for place, rule in enumerate(rules, 1)),
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        session.expire(row)  # whoever makes a digest of them reads 0.9 with the nine decimals the database keeps


def grades_of(session: TenantSession, facility_id: UUID) -> dict[ConfirmationGrade, Decimal]:
    """What a facility advances by grade."""
    rows = session.exec(
        select(FacilityGrade).where(
            FacilityGrade.tenant_id == session.tenant_id, FacilityGrade.facility_id == facility_id
        )
    )
    return {row.grade: row.advance_rate for row in rows}


def rules_of(session: TenantSession, facility_id: UUID) -> list[BidRule]:
    """A facility's rules, in their order."""
    wanted = select(BidRule).where(BidRule.tenant_id == session.tenant_id, BidRule.facility_id == facility_id)
    return list(session.exec(wanted.order_by(col(BidRule.position))))


def first_rule(facility: Facility, today: date) -> LateralFromClause:
    """For each request of the surrounding SELECT, the first of the facility's rules that fits it."""
    days = cast(col(Receivable.due_on) - cast(literal(today), Date), Integer)
    unpaid = unpaid_minor()
    fits = [
        or_(column.is_(None), condition)
        for column, condition in (
            (col(BidRule.seller_id), col(BidRule.seller_id) == Request.seller_id),
            (col(BidRule.debtor_id), col(BidRule.debtor_id) == Receivable.debtor_id),
            (col(BidRule.grade), col(BidRule.grade) == Receivable.confirmation_grade),
            (col(BidRule.min_days), col(BidRule.min_days) <= days),
            (col(BidRule.max_days), col(BidRule.max_days) >= days),
            (col(BidRule.min_minor), col(BidRule.min_minor) <= unpaid),
            (col(BidRule.max_minor), col(BidRule.max_minor) >= unpaid),
        )
    ]
    return (
        select_columns(
            col(BidRule.position).label("rule"),
            col(BidRule.declines),
            col(BidRule.rate_bp),
            col(BidRule.fee_bp),
            col(BidRule.advance_rate).label("rate_cap"),
        )
        .where(and_(col(BidRule.tenant_id) == facility.tenant_id, col(BidRule.facility_id) == facility.id), *fits)
        .order_by(col(BidRule.position))
        .limit(1)
        .correlate(Request, Receivable)
        .lateral("fitting")
    )


def adjusted(price: Price, request: Any) -> Price:  # noqa: ANN401 - a row with the columns of `first_rule`
    """The facility's price as its rule moves it, at the advance rate of the receivable's grade."""
    caps = [price.advance_rate, request.grade_rate, *([request.rate_cap] if request.rate_cap is not None else [])]
    if request.rule is None:
        return replace(price, advance_rate=min(caps))
    terms = replace(price.terms, annual_rate=price.terms.annual_rate + request.rate_bp * BASIS_POINT)
    reference = price.reference
    if reference is not None:
        reference = replace(reference, margin_bp=reference.margin_bp + request.rate_bp)
    return Price(min(caps), price.fee_bp + request.fee_bp, terms, reference)


def decline_requests(
    session: TenantSession, facility: Facility, reasons: Mapping[UUID, str], *, actor: Actor, clock: Clock
) -> Collection[UUID]:
    """Keep that a facility does not answer requests, and why; returns those it had not declined before.

    Nobody but its lender ever learns of it.
    """
    rows = [
        {
            "tenant_id": session.tenant_id,
            "request_id": request_id,
            "facility_id": facility.id,
            "reason": reason,
            "made_by": str(actor),
            "declined_at": clock.now(),
        }
        for request_id, reason in reasons.items()
    ]
    if not rows:
        return ()
    kept = insert(RequestDecline).on_conflict_do_nothing().returning(col(RequestDecline.request_id))
    return session.scalars(kept, rows).all()
