"""An advance out of sales that is not repaid by its last day: demanded whole, and in the end given up (R6, R23)."""

from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.banking.cash import in_transit
from domain.financing import queries as financing
from domain.financing.errors import NotOverdue
from domain.financing.provision import use_provision
from domain.financing.sales import queries
from domain.financing.sales.booking import book_facts
from domain.financing.sales.errors import FinalDayAhead, SalesAlreadyDemanded
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.payoffs import payoff
from domain.financing.sales.replay import SalesFigures, carrying
from domain.financing.sales.states import SalesAdvanceState, SalesEventKind
from domain.financing.sales.tables import SalesAdvance, SalesDemand, SalesWriteOff
from domain.financing.states import WriteOffState
from domain.ledger import steps
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "sales_write_off"


def demand_repayment(
    session: TenantSession, advance_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> SalesDemand:
    """The lender's checker asks the merchant for everything that is unpaid after the last day, penalty and all.

    It is debited under the merchant's mandate for repayments where there is one, and paid by transfer otherwise. Raises
    NotOverdue, FinalDayAhead, SalesAlreadyDemanded, NotFound.
    """
    advance, today = queries.lock_sales_advances(session, [advance_id])[advance_id], clock.today()
    _require_late(advance, today)
    if session.get(SalesDemand, (session.tenant_id, advance_id, today)) is not None:
        raise SalesAlreadyDemanded(advance=advance.public_id, on=today)
    figures, amount = payoff(session, advance, today)
    demand = SalesDemand(
        tenant_id=session.tenant_id,
        advance_id=advance_id,
        demanded_on=today,
        amount_minor=amount.minor,
        penalty_minor=figures.penalty_open.minor,
        currency=advance.currency,
        reason=reason,
        made_by=str(actor),
    )
    session.add(demand)
    session.flush()
    facts = {"amount": str(amount.amount), "currency": advance.currency, "reason": reason}
    announce(session, "sales_advance.demanded", advance.public_id, facts, clock=clock)
    return demand


def demands_of(session: TenantSession, advance_id: UUID) -> list[SalesDemand]:
    """All demands there were, oldest first."""
    found = select(SalesDemand).where(SalesDemand.tenant_id == session.tenant_id, SalesDemand.advance_id == advance_id)
    return list(session.exec(found.order_by(col(SalesDemand.demanded_on))))


def propose_write_off(
    session: TenantSession, advance_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> SalesWriteOff:
    """The lender's checker gives an advance up, as of today; nothing changes until risk agrees.

    Raises NotOverdue, FinalDayAhead, NotFound.
    """
    advance, today = queries.lock_sales_advances(session, [advance_id])[advance_id], clock.today()
    _require_late(advance, today)
    figures, _ = payoff(session, advance, today)
    proposed = SalesWriteOff(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        advance_id=advance_id,
        lender_id=advance.lender_id,
        merchant_id=advance.merchant_id,
        state=WriteOffState.PROPOSED,
        value_date=today,
        amount_minor=_loss(advance, figures).minor,
        currency=advance.currency,
        reason=reason,
        made_by=str(actor),
    )
    session.add(proposed)
    session.flush()
    digest = _digest(proposed, advance)
    approvals.propose(session, kind=APPROVAL, subject_id=proposed.id, digest=digest, actor=actor, clock=clock)
    return proposed


def approve_write_off(session: TenantSession, write_off_id: UUID, *, actor: Actor, clock: Clock) -> SalesWriteOff:
    """Risk agrees: what the books held on the day of the proposal is a loss, as far as it was not provided for (R23).

    The merchant owes it all the same: what comes in afterwards recovers it. Raises SamePerson, DigestChanged when
    something was paid meanwhile, NotOverdue, NotFound.
    """
    # The ledger, then the line, then the advance, as every booking locks them.
    steps.lock_ledger(session)
    found = find_write_off(session, write_off_id)
    financing.lock_facilities(session, queries.facilities_of(session, [found.advance_id]))
    advance = queries.lock_sales_advances(session, [found.advance_id])[found.advance_id]
    digest = _digest(found, advance)
    approvals.approve(session, kind=APPROVAL, subject_id=found.id, digest=digest, actor=actor, clock=clock)
    _require_late(advance, clock.today())
    move(session, found, WriteOffState.BOOKED, actor=actor, clock=clock, reason=found.reason)
    session.flush()
    source = f"sales_write_off:{found.id}"
    fact = SalesFact(
        advance_id=advance.id,
        kind=SalesEventKind.WRITTEN_OFF,
        value_date=found.value_date,
        amount=found.amount,
        source=source,
        cash=in_transit(advance.own_account_id, advance.currency),
        reason=found.reason,
    )
    book_facts(session, [fact], actor=actor, clock=clock)
    session.refresh(advance)
    on, lost = found.value_date, advance.figures.lost
    use_provision(session, advance.lender_id, lost, source=source, on=on, actor=actor, clock=clock)
    return found


def refuse_write_off(
    session: TenantSession, write_off_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> SalesWriteOff:
    """Risk does not agree, or the lender takes its proposal back. Raises NothingProposed, NotFound."""
    found = find_write_off(session, write_off_id)
    digest = _digest(found, queries.lock_sales_advances(session, [found.advance_id])[found.advance_id])
    approvals.reject(
        session, kind=APPROVAL, subject_id=found.id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, found, WriteOffState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return found


def find_write_off(session: TenantSession, write_off_id: UUID) -> SalesWriteOff:
    """The write-off. Raises NotFound."""
    found = session.get(SalesWriteOff, (session.tenant_id, write_off_id))
    if found is None:
        raise NotFound(kind="sales write-off", reference=write_off_id)
    return found


def _require_late(advance: SalesAdvance, today: date) -> None:
    """Behind with its shares is not enough: until the last day its sales may still repay it."""
    if advance.state is not SalesAdvanceState.OVERDUE:
        raise NotOverdue(advance=advance.public_id, state=advance.state.value)
    if today < advance.final_on:
        raise FinalDayAhead(advance=advance.public_id, final_on=advance.final_on, today=today)


def _loss(advance: SalesAdvance, figures: SalesFigures) -> Money:
    return carrying(advance.contract, figures) + figures.penalty_open


def _digest(write_off: SalesWriteOff, advance: SalesAdvance) -> str:
    """What risk decides on; a payment that came meanwhile makes it another."""
    facts = f"{write_off.advance_id}|{write_off.value_date}|{write_off.amount_minor}|{advance.collected_minor}"
    return sha256(f"{facts}|{write_off.reason}".encode()).hexdigest()
