"""Requests: the seller's maker asks for cash, its checker lists the invoices, and lenders may offer."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.errors import NotFinanceable
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Offer, Request
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.transitions import move_all
from domain.receivables.checks import require_eligible
from domain.receivables.exposure import delist_receivables, lock_receivables
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor, system

APPROVAL = "financing_request"
VALID_DAYS = 30  # a wish that nobody answers in a month is asked anew
_FREE = (ReceivableState.CONFIRMED, ReceivableState.PART_CONFIRMED)


def request_financing(
    session: TenantSession,
    receivable_ids: Collection[UUID],
    *,
    seller_id: UUID,
    actor: Actor,
    clock: Clock,
    sealed_until: datetime | None = None,
    valid_days: int = VALID_DAYS,
) -> UUID:
    """Ask for cash against confirmed invoices, a request for each; returns the batch that a second person approves.

    Offers stay sealed until `sealed_until` (from now on, where none is given). Raises NotFinanceable, NotEligible.
    """
    _check_free(lock_receivables(session, receivable_ids), receivable_ids, seller_id, clock)
    require_eligible(session, receivable_ids, clock=clock)
    batch_id = uuid7()
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "batch_id": batch_id,
            "receivable_id": receivable_id,
            "seller_id": seller_id,
            "state": RequestState.REQUESTED,
            "made_by": str(actor),
            "sealed_until": sealed_until or clock.now(),
            "valid_until": clock.today() + timedelta(days=valid_days),
        }
        for receivable_id in receivable_ids
    ]
    made = session.scalars(insert(Request).on_conflict_do_nothing().returning(col(Request.receivable_id)), rows).all()
    # The index lets an invoice have one live request: another maker may have asked for it before.
    _refuse([receivable_id for receivable_id in receivable_ids if receivable_id not in set(made)])
    digest = _digest(requests_of_batch(session, batch_id))
    approvals.propose(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    return batch_id


def _check_free(found: dict[UUID, Receivable], wanted: Collection[UUID], seller_id: UUID, clock: Clock) -> None:
    free = {
        each.id
        for each in found.values()
        if each.seller_id == seller_id and each.state in _FREE and each.due_on > clock.today() and each.unpaid
    }
    refused = [receivable_id for receivable_id in wanted if receivable_id not in free]
    _refuse(refused)


def _refuse(refused: Sequence[UUID]) -> None:
    if refused:
        raise NotFinanceable(count=len(refused), first=public_id("rcv", refused[0]))


def approve_requests(session: TenantSession, batch_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The seller's checker lists the invoices and opens the requests to lenders; returns the requests.

    Raises SamePerson, NotFinanceable when an invoice was disputed or listed meanwhile, NotEligible.
    """
    requests = requests_of_batch(session, batch_id)
    digest = _digest(requests)
    approvals.approve(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    receivables = [request.receivable_id for request in requests]
    ids = [request.id for request in requests]
    require_eligible(session, receivables, clock=clock)
    listed = move_all(session, Receivable, receivables, ReceivableState.LISTED, actor=actor, clock=clock)
    if listed != len(receivables):
        raise NotFinanceable(count=len(receivables) - listed, first=public_id("req", batch_id))
    move_all(session, Request, ids, RequestState.APPROVED_BY_SELLER, actor=actor, clock=clock)
    move_all(session, Request, ids, RequestState.OPEN, actor=system("listing"), clock=clock)
    return ids


def requests_of_batch(session: TenantSession, batch_id: UUID) -> list[Request]:
    """The requests that were made together."""
    return list(
        session.exec(
            select(Request)
            .where(Request.tenant_id == session.tenant_id, Request.batch_id == batch_id)
            .order_by(col(Request.id))
        )
    )


def expire_requests(session: TenantSession, *, clock: Clock) -> int:
    """Close requests that nobody's offer met in time; their invoices are free again. Returns how many."""
    actor = system("expiry")
    due = session.exec(
        select(Request.id, Request.receivable_id)
        .where(
            Request.tenant_id == session.tenant_id,
            Request.state == RequestState.OPEN,
            col(Request.valid_until) < clock.today(),
        )
        .order_by(col(Request.id))
    ).all()
    ids, receivables = [row[0] for row in due], [row[1] for row in due]
    offers = select(Offer.id).where(Offer.tenant_id == session.tenant_id, col(Offer.request_id) == any_of(ids))
    move_all(session, Offer, offers, OfferState.EXPIRED, actor=actor, clock=clock, reason="request expired")
    delist_receivables(session, receivables, actor=actor, clock=clock, reason="request expired")
    return move_all(session, Request, ids, RequestState.EXPIRED, actor=actor, clock=clock)


def lapse_requests(
    session: TenantSession, request_ids: Collection[UUID], *, actor: Actor, clock: Clock, reason: str
) -> None:
    """Accepted requests whose advance came to nothing; the seller may ask again."""
    if not request_ids:
        return
    offers = select(Offer.id).where(Offer.tenant_id == session.tenant_id, col(Offer.request_id) == any_of(request_ids))
    move_all(session, Offer, offers, OfferState.LAPSED, actor=actor, clock=clock, reason=reason)
    move_all(session, Request, request_ids, RequestState.LAPSED, actor=actor, clock=clock, reason=reason)


def _digest(requests: Collection[Request]) -> str:
    facts = [f"{request.id}|{request.receivable_id}|{request.sealed_until.isoformat()}" for request in requests]
    return sha256("\n".join(facts).encode()).hexdigest()
