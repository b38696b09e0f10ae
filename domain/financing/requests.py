"""Requests: the seller's maker asks for cash, its checker lists the invoices, and lenders may offer."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from domain.approvals import service as approvals
from domain.financing import queries
from domain.financing.errors import DeadlineOutOfOrder, NotFinanceable, NotLenders, RequestOutOfDate
from domain.financing.law import Trade, trade_findings
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Facility, Offer, Request, RequestInvitation
from domain.law.rows import legal_limits
from domain.parties.queries import any_of
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.binds import TENANT, any_id, of
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
MAX_OPEN = 1_000  # of one answer to a lender
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
    invited: Collection[UUID] = (),
) -> UUID:
    """Ask for cash against confirmed invoices, a request for each; returns the batch that a second person approves.

    Offers stay sealed until `sealed_until` (from now on, where none is given). Only the lenders `invited` may answer;
    all, where none is named. What the law says of an invoice is kept with its request. Raises NotFinanceable,
    NotEligible, DeadlineOutOfOrder, NotLenders.
    """
    receivables = lock_receivables(session, receivable_ids)
    _check_free(receivables, receivable_ids, seller_id, clock)
    require_eligible(session, receivable_ids, clock=clock)
    valid_until = clock.today() + timedelta(days=valid_days)
    _check_deadline(sealed_until, valid_until, clock)
    _check_lenders(session, invited)
    warnings = trade_warnings(session, receivables.values())
    batch_id = uuid7()
    rows: list[dict[str, Any]] = [
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
            "valid_until": valid_until,
            "by_invitation": bool(invited),
            "warnings": warnings[receivable_id],
        }
        for receivable_id in receivable_ids
    ]
    made = session.scalars(insert(Request).on_conflict_do_nothing().returning(col(Request.receivable_id)), rows).all()
    # The index lets an invoice have one live request: another maker may have asked for it before.
    _refuse([receivable_id for receivable_id in receivable_ids if receivable_id not in set(made)])
    _invite(session, [row["id"] for row in rows], invited)
    digest = _digest(session, requests_of_batch(session, batch_id))
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


def _check_deadline(sealed_until: datetime | None, valid_until: date, clock: Clock) -> None:
    """A deadline lies ahead, and on a day the request still stands."""
    if sealed_until is None:
        return
    if sealed_until <= clock.now() or sealed_until.date() > valid_until:
        raise DeadlineOutOfOrder(
            sealed_until=sealed_until.isoformat(), now=clock.now().isoformat(), valid_until=valid_until
        )


def _check_lenders(session: TenantSession, invited: Collection[UUID]) -> None:
    if not invited:
        return
    lenders = set(session.exec(lending_parties(session.tenant_id).where(col(Party.id) == any_of(invited))))
    others = [party_id for party_id in invited if party_id not in lenders]
    if others:
        raise NotLenders(count=len(others), first=public_id("pty", others[0]))


def lending_parties(tenant_id: int) -> SelectOfScalar[UUID]:
    """Who may be asked: registered lenders, and whoever else has a facility (headquarters, say)."""
    lines = select(Facility.lender_id).where(Facility.tenant_id == tenant_id)
    return select(Party.id).where(
        Party.tenant_id == tenant_id, or_(col(Party.kind) == PartyKind.LENDER, col(Party.id).in_(lines))
    )


def _invite(session: TenantSession, request_ids: Collection[UUID], invited: Collection[UUID]) -> None:
    rows = [
        {"tenant_id": session.tenant_id, "request_id": request_id, "lender_id": lender_id}
        for request_id in request_ids
        for lender_id in dict.fromkeys(invited)
    ]
    if rows:
        session.execute(insert(RequestInvitation), rows)


_SMALL = select(Party.id).where(col(Party.tenant_id) == TENANT, col(Party.id) == any_id(), col(Party.is_small))


def trade_warnings(session: TenantSession, receivables: Collection[Receivable]) -> dict[UUID, list[dict[str, object]]]:
    """What the law says of each receivable, as its request keeps it."""
    law = legal_limits(session)
    parties = {party for each in receivables for party in (each.seller_id, each.debtor_id)}
    small = set(session.scalars(_SMALL, of(session, parties)))
    return {
        each.id: [finding.as_json() for finding in trade_findings(law, _trade(each, small))] for each in receivables
    }


def _trade(receivable: Receivable, small: set[UUID]) -> Trade:
    return Trade(
        issued_on=receivable.issued_on,
        due_on=receivable.due_on,
        seller_is_small=receivable.seller_id in small,
        debtor_is_small=receivable.debtor_id in small,
        not_assignable=receivable.not_assignable,
        is_certificate=receivable.is_certificate,
        delivered_on=receivable.delivered_on,
    )


def _refuse(refused: Sequence[UUID]) -> None:
    if refused:
        raise NotFinanceable(count=len(refused), first=public_id("rcv", refused[0]))


def approve_requests(session: TenantSession, batch_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The seller's checker lists the invoices and opens the requests to lenders; returns the requests.

    Raises SamePerson, RequestOutOfDate, NotEligible, NotFinanceable when an invoice was disputed or listed meanwhile.
    """
    receivables = [request.receivable_id for request in requests_of_batch(session, batch_id)]
    # Whoever splits an invoice or takes it over closes its requests under this lock.
    lock_receivables(session, receivables)
    requests = requests_of_batch(session, batch_id)
    closed = [each.receivable_id for each in requests if each.state is RequestState.EXPIRED]
    _refuse(closed)
    digest = _digest(session, requests)
    approvals.approve(session, kind=APPROVAL, subject_id=batch_id, digest=digest, actor=actor, clock=clock)
    for request in requests:
        if request.valid_until < clock.today():
            raise RequestOutOfDate(valid_until=request.valid_until, today=clock.today())
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
    return list(session.scalars(_OF_BATCH, of(session, of_batch=batch_id)))


_OF_BATCH = (
    select(Request)
    .where(col(Request.tenant_id) == TENANT, col(Request.batch_id) == bindparam("of_batch"))
    .order_by(col(Request.id))
    .execution_options(populate_existing=True)
)


def expire_requests(session: TenantSession, *, clock: Clock) -> int:
    """Close requests that nobody's offer met in time; their invoices are free again. Returns how many."""
    actor = system("expiry")
    due = session.exec(
        select(Request.id, Request.receivable_id)
        .where(
            Request.tenant_id == session.tenant_id,
            # One that nobody approved expires too: it would keep its invoice from being asked for anew.
            col(Request.state).in_((RequestState.REQUESTED, RequestState.OPEN)),
            col(Request.valid_until) < clock.today(),
        )
        .order_by(col(Request.id))
    ).all()
    ids, receivables = [row[0] for row in due], [row[1] for row in due]
    return _close(session, ids, receivables, actor=actor, clock=clock, reason="request expired")


def close_requests(
    session: TenantSession, receivable_ids: Collection[UUID], *, actor: Actor, clock: Clock, reason: str
) -> int:
    """Close what nobody has accepted on locked receivables that will not be what was offered; returns how many."""
    unmet = session.exec(
        select(Request.id, Request.receivable_id).where(
            Request.tenant_id == session.tenant_id,
            col(Request.receivable_id) == any_of(receivable_ids),
            col(Request.state).in_((RequestState.REQUESTED, RequestState.OPEN)),
        )
    ).all()
    ids, receivables = [row[0] for row in unmet], [row[1] for row in unmet]
    return _close(session, ids, receivables, actor=actor, clock=clock, reason=reason)


def _close(
    session: TenantSession, ids: list[UUID], receivables: list[UUID], *, actor: Actor, clock: Clock, reason: str
) -> int:
    if not ids:
        return 0
    offers = select(Offer.id).where(Offer.tenant_id == session.tenant_id, col(Offer.request_id) == any_of(ids))
    move_all(session, Offer, offers, OfferState.EXPIRED, actor=actor, clock=clock, reason=reason)
    delist_receivables(session, receivables, actor=actor, clock=clock, reason=reason)
    return move_all(session, Request, ids, RequestState.EXPIRED, actor=actor, clock=clock, reason=reason)


def lapse_requests(
    session: TenantSession, request_ids: Collection[UUID], *, actor: Actor, clock: Clock, reason: str
) -> None:
    """Accepted requests whose advance came to nothing; the seller may ask again."""
    if not request_ids:
        return
    offers = select(Offer.id).where(Offer.tenant_id == session.tenant_id, col(Offer.request_id) == any_of(request_ids))
    move_all(session, Offer, offers, OfferState.LAPSED, actor=actor, clock=clock, reason=reason)
    move_all(session, Request, request_ids, RequestState.LAPSED, actor=actor, clock=clock, reason=reason)


def open_to(session: TenantSession, lender_id: UUID, *, clock: Clock, limit: int = MAX_OPEN) -> list[Request]:
    """The requests a lender may answer now, newest first; whom else they were sent to it does not learn."""
    return list(
        session.exec(
            select(Request)
            .where(
                Request.tenant_id == session.tenant_id,
                Request.state == RequestState.OPEN,
                col(Request.valid_until) >= clock.today(),
                queries.invited(session.tenant_id, lender_id),
            )
            .order_by(col(Request.id).desc())
            .limit(limit)
        )
    )


def may_answer(session: TenantSession, request_id: UUID, lender_id: UUID) -> bool:
    """Whether a request was sent to a lender, by name or to all of them."""
    wanted = select(Request.id).where(
        Request.tenant_id == session.tenant_id,
        Request.id == request_id,
        col(Request.state) != RequestState.REQUESTED,
        queries.invited(session.tenant_id, lender_id),
    )
    return session.exec(wanted).first() is not None


_INVITATIONS = (
    select(RequestInvitation.request_id, RequestInvitation.lender_id)
    .where(col(RequestInvitation.tenant_id) == TENANT, col(RequestInvitation.request_id) == any_id())
    .order_by(col(RequestInvitation.request_id), col(RequestInvitation.lender_id))
)


def _digest(session: TenantSession, requests: Collection[Request]) -> str:
    invitations = session.execute(_INVITATIONS, of(session, [request.id for request in requests]))
    facts = [
        *(f"{request.id}|{request.receivable_id}|{request.sealed_until.isoformat()}" for request in requests),
        *(f"{request_id}|{lender_id}" for request_id, lender_id in invitations),
    ]
    return sha256("\n".join(facts).encode()).hexdigest()
