"""An invoice held by own cash, as an accepted offer of a lender holds it, and given free again.

What holds it is its one live request: whoever comes second, lender or own cash, finds it taken.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.banking.states import AT_THE_BANK, InstructionState, Purpose
from domain.banking.tables import Instruction
from domain.financing.payables.states import EarlyPaymentState
from domain.financing.payables.tables import EarlyPayment
from domain.financing.requests import lapse_requests
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Offer, Request
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.receivables.exposure import delist_receivables
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor

FREE = (ReceivableState.CONFIRMED, ReceivableState.PART_CONFIRMED)
# As the index has it that lets an invoice have one.
LIVE_REQUESTS = (RequestState.REQUESTED, RequestState.APPROVED_BY_SELLER, RequestState.OPEN, RequestState.ACCEPTED)


def open_requests(session: TenantSession, receivable_ids: Collection[UUID]) -> dict[UUID, Request]:
    """The live request of each invoice, whatever its state, by the invoice."""
    rows = session.exec(
        select(Request)
        .where(
            Request.tenant_id == session.tenant_id,
            col(Request.receivable_id) == any_of(receivable_ids),
            col(Request.state).in_(LIVE_REQUESTS),
        )
        .execution_options(populate_existing=True)
    )
    return {row.receivable_id: row for row in rows}


def is_free(receivable: Receivable, request: Request | None) -> bool:
    """Whether own cash may still take the invoice: nobody asked for money on it, or no lender was chosen yet."""
    if receivable.exposure_minor:
        return False
    if request is None:
        return receivable.state in FREE
    return receivable.state is ReceivableState.LISTED and request.state is RequestState.OPEN


def hold_invoices(
    session: TenantSession,
    payments: Sequence[EarlyPayment],
    requests: dict[UUID, Request],
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """Take the invoices of agreed payments: listed, their one live request accepted, lenders' offers outbid."""
    fresh = [payment for payment in payments if payment.receivable_id not in requests]
    made = [_held_request(payment, actor, clock) for payment in fresh]
    if made:
        session.execute(insert(Request), made)
    held = {row["receivable_id"]: row["id"] for row in made} | {each: row.id for each, row in requests.items()}
    for payment in payments:
        payment.request_id = held[payment.receivable_id]
    session.flush()
    ids = [held[payment.receivable_id] for payment in payments]
    offers = select(Offer.id).where(Offer.tenant_id == session.tenant_id, col(Offer.request_id) == any_of(ids))
    reason = "taken by the buyer's own cash"
    move_all(session, Offer, offers, OfferState.OUTBID, actor=actor, clock=clock, reason=reason)
    move_all(session, Request, ids, RequestState.ACCEPTED, actor=actor, clock=clock, reason=reason)
    invoices = [payment.receivable_id for payment in fresh]
    moved = move_all(session, Receivable, invoices, ReceivableState.LISTED, actor=actor, clock=clock, reason=reason)
    assert moved == len(invoices), "they were free, and are locked"


def _held_request(payment: EarlyPayment, actor: Actor, clock: Clock) -> dict[str, Any]:
    """A request that is accepted as it is made: its unique index keeps every lender away from the invoice."""
    return {
        "tenant_id": payment.tenant_id,
        "id": uuid7(),
        "created_at": clock.now(),
        "batch_id": payment.programme_id,
        "receivable_id": payment.receivable_id,
        "seller_id": payment.supplier_id,
        "state": RequestState.ACCEPTED,
        "made_by": str(actor),
        "sealed_until": clock.now(),
        "valid_until": payment.due_on,
    }


def instructed(payment_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """Whether an order for the payment is on its way to the bank: only the bank can say what became of it."""
    return exists().where(
        col(Instruction.tenant_id) == EarlyPayment.tenant_id,
        col(Instruction.subject_id) == payment_id,
        col(Instruction.purpose) == Purpose.EARLY_PAYMENT,
        col(Instruction.state).in_([InstructionState.CREATED, InstructionState.LOCKED, *AT_THE_BANK]),
    )


def release_invoices(
    session: TenantSession,
    payments: Sequence[EarlyPayment],
    to: EarlyPaymentState,
    *,
    actor: Actor,
    clock: Clock,
    reason: str,
) -> None:
    """Payments that came to nothing: their invoices are free again, and may be asked money for anew."""
    if not payments:
        return
    for payment in payments:
        payment.failure_reason = reason
        announce(session, f"early_payment.{to.value}", payment.public_id, {"reason": reason}, clock=clock)
    session.flush()
    requests = [payment.request_id for payment in payments if payment.request_id]
    invoices = [payment.receivable_id for payment in payments]
    ids = [payment.id for payment in payments]
    lapse_requests(session, requests, actor=actor, clock=clock, reason=reason)
    delist_receivables(session, invoices, actor=actor, clock=clock, reason=reason)
    moved = move_all(session, EarlyPayment, ids, to, actor=actor, clock=clock, reason=reason)
    assert moved == len(ids), f"{len(ids) - moved} payments cannot become {to}"
