"""The bank's word on payments out of own cash: paid, refused, or come back.

Banking has booked the cash leg when this is called; it clears what is in transit in the same transaction.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import col, select

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Verdict
from domain.financing.payables.holding import FREE, release_invoices
from domain.financing.payables.postings import payment_legs, reversed_legs
from domain.financing.payables.states import EarlyPaymentState, MovementKind, PaymentKind
from domain.financing.payables.tables import EarlyPayment, PayableMovement, Programme
from domain.financing.requests import lapse_requests
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.receivables.exposure import lock_receivables, move_receivables
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import BANK

_KINDS = {PaymentKind.EARLY: MovementKind.EARLY, PaymentKind.MATURITY: MovementKind.MATURITY}
_E = EarlyPaymentState


def book_early_payments(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    """Only the bank's word makes an invoice paid. A refused or returned payment frees it; a word counts once."""
    # The ledger before the payments, as the bank's answers lock them.
    ledger.lock_ledger(session)
    payments = _lock(session, {outcome.subject_id for outcome in outcomes})
    receivables = lock_receivables(session, {payment.receivable_id for payment in payments.values()})
    programmes = _programmes(session, {payment.programme_id for payment in payments.values()})
    # Settled before returned: both may come in one batch.
    for verdict, state, book in (
        (Verdict.SETTLED, _E.INSTRUCTED, _settle),
        (Verdict.REJECTED, _E.INSTRUCTED, _refuse),
        (Verdict.RETURNED, _E.PAID, _return),
    ):
        told = [each for each in outcomes if each.result is verdict and payments[each.subject_id].state is state]
        if told:
            book(session, [(each, payments[each.subject_id]) for each in told], receivables, programmes, clock)
    _set_aside(session, [(each, payments[each.subject_id]) for each in outcomes], clock)


Told = Sequence[tuple[Outcome, EarlyPayment]]
Receivables = dict[UUID, Receivable]
Programmes = dict[UUID, Programme]


def _lock(session: TenantSession, ids: set[UUID]) -> dict[UUID, EarlyPayment]:
    rows = session.exec(
        select(EarlyPayment)
        .where(EarlyPayment.tenant_id == session.tenant_id, col(EarlyPayment.id) == any_of(ids))
        .order_by(col(EarlyPayment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _programmes(session: TenantSession, ids: set[UUID]) -> Programmes:
    rows = session.exec(
        select(Programme).where(Programme.tenant_id == session.tenant_id, col(Programme.id) == any_of(ids))
    )
    return {row.id: row for row in rows}


def _settle(session: TenantSession, told: Told, receivables: Receivables, programmes: Programmes, clock: Clock) -> None:
    """The cash has left: the payable is settled, the discount earned, the invoice paid and closed."""
    _record(session, told, receivables, sign=+1, clock=clock)
    _close(session, [receivables[payment.receivable_id] for _, payment in told], clock)
    _move(session, told, _E.PAID, clock, reason="")
    _post(session, told, programmes, clock)
    for outcome, payment in told:
        _tell(session, "paid", outcome, payment, clock)


def _refuse(
    session: TenantSession, told: Told, _receivables: Receivables, _programmes: Programmes, clock: Clock
) -> None:
    """Nothing left our account, so the payment never was."""
    payments = [payment for _, payment in told]
    release_invoices(session, payments, _E.FAILED, actor=BANK, clock=clock, reason="bank refused")
    for outcome, payment in told:
        payment.failure_reason = outcome.reason or "bank refused"


def _return(session: TenantSession, told: Told, receivables: Receivables, programmes: Programmes, clock: Clock) -> None:
    """The cash came back: the invoice is owed again, as it was confirmed, and free."""
    _record(session, told, receivables, sign=-1, clock=clock)
    _reopen(session, [receivables[payment.receivable_id] for _, payment in told], clock)
    requests = [payment.request_id for _, payment in told if payment.request_id]
    lapse_requests(session, requests, actor=BANK, clock=clock, reason="payment came back")
    _move(session, told, _E.FAILED, clock, reason="payment came back")
    _post(session, told, programmes, clock)
    for outcome, payment in told:
        payment.failure_reason = outcome.reason or "payment came back"
        _tell(session, "returned", outcome, payment, clock)


def _set_aside(session: TenantSession, told: Told, clock: Clock) -> None:
    """Money that left for a payment taken back at the very moment a run gathered it: in suspense, for a person."""
    stray = [each for each in told if each[1].state is _E.LAPSED and each[0].result is not Verdict.REJECTED]
    postings = []
    for outcome, payment in stray:
        account, currency = outcome.own_account_id, outcome.amount.currency
        suspense = AccountRef(AccountKind.SUSPENSE, currency, account)
        legs = (Leg(debit=suspense, credit=in_transit(account, currency), amount=outcome.amount),)
        returned = outcome.result is Verdict.RETURNED
        postings.append(
            Posting(
                key=f"payables:stray:{outcome.source}",
                event="early_payment.stray",
                source=payment.public_id,
                value_date=outcome.value_date,
                legs=reversed_legs(legs) if returned else legs,
                explanation={"reason": "paid after it was taken back", "amount": str(outcome.amount.amount)},
            )
        )
        _tell(session, "stray", outcome, payment, clock)
    ledger.post_all(session, postings, actor=BANK, clock=clock)


def _record(session: TenantSession, told: Told, receivables: Receivables, *, sign: int, clock: Clock) -> None:
    """What moved, in the roll-forward and on the invoices."""
    rows: list[dict[str, Any]] = []
    for outcome, payment in told:
        receivables[payment.receivable_id].paid_minor += sign * payment.amount_minor
        rows.append(
            {
                "tenant_id": session.tenant_id,
                "id": uuid7(),
                "programme_id": payment.programme_id,
                "receivable_id": payment.receivable_id,
                "kind": _KINDS[payment.kind],
                "amount_minor": -sign * payment.amount_minor,
                "value_date": outcome.value_date,
                "source": outcome.source,
                "recorded_at": clock.now(),
            }
        )
    session.flush()
    session.execute(insert(PayableMovement), rows)


def _close(session: TenantSession, invoices: Sequence[Receivable], clock: Clock) -> None:
    # A dispute that was settled while the money was on its way has put the invoice back to confirmed.
    freed = {invoice.id for invoice in invoices if invoice.state in FREE}
    # Read before anything moves: moving many makes the session read the state of each row again.
    moves = [
        (invoice.id, ReceivableState.LISTED if invoice.id in freed else invoice.state, ReceivableState.CLOSED)
        for invoice in invoices
    ]
    move_all(session, Receivable, freed, ReceivableState.LISTED, actor=BANK, clock=clock, reason="paid")
    move_receivables(session, moves, actor=BANK, clock=clock, reason="paid by the buyer")


def _reopen(session: TenantSession, invoices: Sequence[Receivable], clock: Clock) -> None:
    reason = "payment came back"
    # As financed it can go back to where the confirmation left it.
    ids = [invoice.id for invoice in invoices]
    move_all(session, Receivable, ids, ReceivableState.FINANCED, actor=BANK, clock=clock, reason=reason)
    whole = [each.id for each in invoices if each.confirmed_minor == each.face_minor]
    part = [each for each in ids if each not in set(whole)]
    move_all(session, Receivable, whole, ReceivableState.CONFIRMED, actor=BANK, clock=clock, reason=reason)
    move_all(session, Receivable, part, ReceivableState.PART_CONFIRMED, actor=BANK, clock=clock, reason=reason)


def _move(session: TenantSession, told: Told, to: EarlyPaymentState, clock: Clock, *, reason: str) -> None:
    ids = [payment.id for _, payment in told]
    move_all(session, EarlyPayment, ids, to, actor=BANK, clock=clock, reason=reason)


def _post(session: TenantSession, told: Told, programmes: Programmes, clock: Clock) -> None:
    postings = [_posting(outcome, payment, programmes[payment.programme_id]) for outcome, payment in told]
    ledger.post_all(session, postings, actor=BANK, clock=clock)


def _posting(outcome: Outcome, payment: EarlyPayment, programme: Programme) -> Posting:
    transit = in_transit(outcome.own_account_id, outcome.amount.currency)
    legs = payment_legs(programme.buyer_id, programme.payer_id, transit, payment.net, payment.discount)
    returned = outcome.result is Verdict.RETURNED
    return Posting(
        key=f"payables:{outcome.source}",
        event=f"early_payment.{outcome.result.value}",
        source=payment.public_id,
        value_date=outcome.value_date,
        legs=reversed_legs(legs) if returned else legs,
        explanation={
            "rules": ["R18"],
            "amount": str(payment.amount.amount),
            "discount": str(payment.discount.amount),
            "annual_rate": str(payment.annual_rate),
            "day_count": payment.day_count.value,
            "pay_on": payment.pay_on.isoformat(),
            "due_on": payment.due_on.isoformat(),
        },
    )


def _tell(session: TenantSession, what: str, outcome: Outcome, payment: EarlyPayment, clock: Clock) -> None:
    facts = {"amount": str(outcome.amount.amount), "currency": payment.currency, "reason": outcome.reason or ""}
    announce(session, f"early_payment.{what}", payment.public_id, facts, clock=clock)
