"""What a large buyer owes a small seller for paying late (R28), from the dated law and rates; and the seller's demand.

It stands in financing because the one-year LPR does: the asset itself knows no rates.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import col, select

from domain import audit
from domain.financing.contracts import within
from domain.financing.errors import AlreadyDemanded, NoLateInterest, NothingLate, ValueDateAhead
from domain.financing.references import LPR_1Y, reference_rate
from domain.law.limits import Limit, limit_on
from domain.law.rows import legal_limits
from domain.parties.queries import party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.receivables import queries
from domain.receivables.eligibility import days_late
from domain.receivables.rules import late_interest
from domain.receivables.tables import LateInterestDemand, Receivable
from domain.values.actor import Actor
from domain.values.day_count import DatesReversed
from domain.values.money import Money

HIGHEST_AGREED = Decimal(1)  # a hundred per cent a year: beyond, it is a slip of the keyboard


@dataclass(frozen=True, slots=True)
class Lateness:
    """What is asked: interest as of a day, under a contract signed on a day, at the rate agreed there if there is one.

    An invoice does not say when its contract was signed: without `signed_on` its own date stands for it.
    """

    as_of: date
    signed_on: date | None = None
    agreed_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LateInterest:
    """Late interest with everything it follows from; `floor` is what it comes to at the least rate one may agree."""

    unpaid: Money
    due_on: date
    as_of: date
    late_days: int
    signed_on: date
    lpr_at_signing: Decimal
    agreed_rate: Decimal | None
    rate_a_day: Decimal
    amount: Money
    floor: Money
    citation: str


def late_interest_on(session: TenantSession, invoice: Receivable, asked: Lateness) -> LateInterest:
    """What the debtor owes for paying late, on what is unpaid of the invoice now (R28), by the law of its due date.

    Raises NoLateInterest, NoReferenceRate, RateOutOfRange, DatesReversed.
    """
    if asked.agreed_rate is not None:
        within("agreed_rate", asked.agreed_rate, Decimal(0), HIGHEST_AGREED)
    signed_on = asked.signed_on or invoice.issued_on
    if asked.as_of < signed_on:
        raise DatesReversed(start=signed_on, end=asked.as_of)
    law = limit_on(legal_limits(session), Limit.LATE_INTEREST, invoice.due_on)
    seller, debtor = party(session, invoice.seller_id), party(session, invoice.debtor_id)
    if law is None or not seller.is_small or debtor.is_small:
        raise NoLateInterest(
            receivable=invoice.public_id,
            seller_is_small=seller.is_small,
            debtor_is_small=debtor.is_small,
            due_on=invoice.due_on,
        )
    lpr = reference_rate(session, LPR_1Y, signed_on).rate
    unpaid, late_days = invoice.unpaid, days_late(invoice.due_on, asked.as_of)

    def at(agreed: Decimal | None) -> Money:
        return late_interest(unpaid, late_days, rate_a_day=law.value, lpr_at_signing=lpr, agreed_rate=agreed)

    return LateInterest(
        unpaid=unpaid,
        due_on=invoice.due_on,
        as_of=asked.as_of,
        late_days=late_days,
        signed_on=signed_on,
        lpr_at_signing=lpr,
        agreed_rate=asked.agreed_rate,
        rate_a_day=law.value,
        amount=at(asked.agreed_rate),
        floor=at(lpr),
        citation=law.citation,
    )


def demand_late_interest(
    session: TenantSession, invoice: Receivable, asked: Lateness, *, note: str, actor: Actor, clock: Clock
) -> LateInterestDemand:
    """Put on record that the seller demands its late interest; nothing is booked until the debtor pays.

    Raises NothingLate, AlreadyDemanded, ValueDateAhead, and what `late_interest_on` raises.
    """
    if asked.as_of > clock.today():
        raise ValueDateAhead(value_date=asked.as_of, today=clock.today())
    # Locked, so that what is unpaid stands still and one day has one demand.
    locked = queries.lock(session, invoice.id)
    found = late_interest_on(session, locked, asked)
    if not found.amount:
        raise NothingLate(receivable=locked.public_id, unpaid=str(found.unpaid), late_days=found.late_days)
    if _demanded(session, locked, asked.as_of):
        raise AlreadyDemanded(receivable=locked.public_id, as_of=asked.as_of)
    demand = LateInterestDemand(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        receivable_id=locked.id,
        seller_id=locked.seller_id,
        debtor_id=locked.debtor_id,
        as_of=found.as_of,
        signed_on=found.signed_on,
        late_days=found.late_days,
        currency=found.amount.currency,
        unpaid_minor=found.unpaid.minor,
        amount_minor=found.amount.minor,
        agreed_rate=found.agreed_rate,
        lpr_at_signing=found.lpr_at_signing,
        rate_a_day=found.rate_a_day,
        citation=found.citation,
        note=note,
        made_by=str(actor),
    )
    session.add(demand)
    session.flush()
    facts: dict[str, object] = {"amount": str(demand.amount), "as_of": demand.as_of.isoformat()}
    subject = locked.public_id
    announce(session, "late_interest.demanded", demand.public_id, {"receivable": subject, **facts}, clock=clock)
    audit.record(session, actor=actor, action="late_interest.demanded", subject=subject, facts=facts, clock=clock)
    return demand


def _demanded(session: TenantSession, invoice: Receivable, as_of: date) -> bool:
    found = select(LateInterestDemand.id).where(
        LateInterestDemand.tenant_id == session.tenant_id,
        col(LateInterestDemand.receivable_id) == invoice.id,
        col(LateInterestDemand.as_of) == as_of,
    )
    return session.exec(found).first() is not None
