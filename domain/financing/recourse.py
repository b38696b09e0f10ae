"""A debtor that does not pay: default, recourse to the seller (R11, R12), and what is given up (R23)."""

from hashlib import sha256
from uuid import UUID

from domain.approvals import service as approvals
from domain.banking.cash import in_transit
from domain.financing.booking import book_facts
from domain.financing.errors import NoRecourse, NotLateEnough, NotOverdue
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.positions import Position, open_positions
from domain.financing.provision import use_provision
from domain.financing.replay import replay
from domain.financing.rules import is_nonperforming
from domain.financing.states import AdvanceState, WriteOffState
from domain.financing.supervision import performing_days
from domain.financing.tables import Advance, RecourseDemand, WriteOff
from domain.ledger import steps
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables.states import ReceivableState
from domain.values.actor import Actor
from domain.values.errors import NotFound

APPROVAL = "write_off"


def demand_recourse(
    session: TenantSession, advance_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> RecourseDemand:
    """The lender's checker asks the seller to take an overdue invoice back, for what is owed today (R11).

    Without recourse the seller answers only for disputes and credit notes (R12). Raises NotOverdue, NoRecourse.
    """
    position = _position(session, advance_id)
    advance, receivable = position.advance, position.receivable
    if advance.state is not AdvanceState.OVERDUE:
        raise NotOverdue(advance=advance.public_id, state=advance.state.value)
    sellers_fault = receivable.state is ReceivableState.DISPUTED or receivable.diluted_minor > 0
    if not advance.recourse and not sellers_fault:
        raise NoRecourse(advance=advance.public_id, receivable=receivable.public_id)
    today = clock.today()
    owed = replay(advance.contract, position.events, max(today, position.figures.as_of or today)).buy_back
    advance.recourse_demanded_on = today
    move(session, advance, AdvanceState.RECOURSE_DEMANDED, actor=actor, clock=clock, reason=reason)
    demand = RecourseDemand(
        tenant_id=session.tenant_id,
        advance_id=advance_id,
        demanded_on=today,
        amount_minor=owed.minor,
        currency=owed.currency,
        reason=reason,
        made_by=str(actor),
    )
    session.add(demand)
    session.flush()
    facts = {"amount": str(owed.amount), "currency": owed.currency, "reason": reason}
    announce(session, "advance.recourse_demanded", advance.public_id, facts, clock=clock)
    return demand


def declare_default(session: TenantSession, advance_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Advance:
    """Risk says that the debtor is in default, after more than 90 days (R23). Raises NotOverdue, NotLateEnough."""
    position = _position(session, advance_id)
    advance = position.advance
    if advance.state not in {AdvanceState.OVERDUE, AdvanceState.RECOURSE_DEMANDED}:
        raise NotOverdue(advance=advance.public_id, state=advance.state.value)
    limit = performing_days(session, clock.today())
    if not is_nonperforming(advance.rolled_due_on, clock.today(), limit):
        days = (clock.today() - advance.rolled_due_on).days
        raise NotLateEnough(advance=advance.public_id, days=days, limit=limit)
    move(session, position.receivable, ReceivableState.DEFAULTED, actor=actor, clock=clock, reason=reason)
    session.flush()
    announce(session, "advance.defaulted", advance.public_id, {"reason": reason}, clock=clock)
    return advance


def propose_write_off(session: TenantSession, advance_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> WriteOff:
    """The lender's checker gives an advance up, as of today; nothing changes until risk agrees. Raises NotOverdue."""
    position = _position(session, advance_id)
    _require_hopeless(position.advance)
    today = clock.today()
    figures = replay(position.advance.contract, position.events, max(today, position.figures.as_of or today))
    loss = figures.principal + figures.interest_open + figures.penalty_open
    proposed = WriteOff(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        advance_id=advance_id,
        state=WriteOffState.PROPOSED,
        value_date=today,
        amount_minor=loss.minor,
        currency=loss.currency,
        reason=reason,
        made_by=str(actor),
    )
    session.add(proposed)
    session.flush()
    digest = _digest(proposed, position.advance)
    approvals.propose(session, kind=APPROVAL, subject_id=proposed.id, digest=digest, actor=actor, clock=clock)
    return proposed


def approve_write_off(session: TenantSession, write_off_id: UUID, *, actor: Actor, clock: Clock) -> WriteOff:
    """Risk agrees: what was open on the day of the proposal is a loss, as far as it was not provided for (R23).

    Raises SamePerson, DigestChanged when something was paid meanwhile, NotOverdue, NotFound.
    """
    # The ledger before the advance, as every booking locks them.
    steps.lock_ledger(session)
    found = session.get(WriteOff, (session.tenant_id, write_off_id))
    if found is None:
        raise NotFound(kind="write-off", reference=write_off_id)
    advance = _position(session, found.advance_id).advance
    digest = _digest(found, advance)
    approvals.approve(session, kind=APPROVAL, subject_id=found.id, digest=digest, actor=actor, clock=clock)
    _require_hopeless(advance)
    move(session, found, WriteOffState.BOOKED, actor=actor, clock=clock, reason=found.reason)
    session.flush()
    assert advance.own_account_id is not None
    fact = Fact(
        advance_id=advance.id,
        kind=EventKind.WRITTEN_OFF,
        value_date=found.value_date,
        amount=advance.money(found.amount_minor),
        source=f"write_off:{found.id}",
        cash=in_transit(advance.own_account_id, advance.currency),
        reason=found.reason,
    )
    book_facts(session, [fact], actor=actor, clock=clock)
    session.refresh(advance)
    use_provision(
        session,
        advance.lender_id,
        advance.figures.written_off,
        source=f"write_off:{found.id}",
        on=found.value_date,
        actor=actor,
        clock=clock,
    )
    return found


def refuse_write_off(
    session: TenantSession, write_off_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> WriteOff:
    """Risk does not agree, or the lender takes its proposal back. Raises NotFound."""
    found = session.get(WriteOff, (session.tenant_id, write_off_id))
    if found is None:
        raise NotFound(kind="write-off", reference=write_off_id)
    digest = _digest(found, _position(session, found.advance_id).advance)
    approvals.reject(
        session, kind=APPROVAL, subject_id=found.id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, found, WriteOffState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return found


def _require_hopeless(advance: Advance) -> None:
    """Recourse comes before a loss, where there is any."""
    demanded = advance.state is AdvanceState.RECOURSE_DEMANDED
    if not demanded and (advance.recourse or advance.state is not AdvanceState.OVERDUE):
        raise NotOverdue(advance=advance.public_id, state=advance.state.value)


def _position(session: TenantSession, advance_id: UUID) -> Position:
    found = open_positions(session, [advance_id])
    if advance_id not in found:
        raise NotFound(kind="advance", reference=advance_id)
    return found[advance_id]


def _digest(write_off: WriteOff, advance: Advance) -> str:
    facts = f"{write_off.advance_id}|{write_off.value_date}|{write_off.amount_minor}|{advance.principal_open_minor}"
    return sha256(f"{facts}|{advance.costs_paid_minor}|{write_off.reason}".encode()).hexdigest()
