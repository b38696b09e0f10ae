"""Dynamic discounting: offered each morning, accepted by suppliers, given up when nobody orders what was agreed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.financing.payables.errors import EarlyOfferExpired, EarlyOfferNotOpen, InvoiceNotFree, OwnCashUsedUp
from domain.financing.payables.holding import FREE, hold_invoices, instructed, is_free, open_requests, release_invoices
from domain.financing.payables.liquidity import liquidity
from domain.financing.payables.programmes import lock_programme, require_active
from domain.financing.payables.rules import days_early, dynamic_discount
from domain.financing.payables.states import COMMITTED, EarlyPaymentState, PaymentKind, SupplierState
from domain.financing.payables.tables import EarlyPayment, Payable, Programme, ProgrammeSupplier
from domain.financing.tables import Request
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.receivables.exposure import lock_receivables
from domain.receivables.queries import unpaid_minor
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor, system
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError, NotFound

OFFERING = system("early_payment_offers")
MAX_OFFERS = 10_000  # priced in one call, each in Python; the next call takes the next ones
ORDERED_WITHIN_DAYS = 5  # of the day it was offered for: a working week for two people of treasury
FreePayables = Select[UUID, UUID, int | None, date]


def make_early_offers(session: TenantSession, programme: Programme, *, clock: Clock, calendar: BusinessCalendar) -> int:
    """Offer early payment of every free invoice, for the next business day, at the programme's rate (R18).

    Offers ask for no cash yet: it goes to whoever accepts first. Returns how many. Raises ProgrammeNotActive.
    """
    require_active(programme)
    if not programme.own_cash_limit_minor:
        return 0
    pay_on = calendar.add(clock.today(), 1)
    rows = [
        _offer(programme, row, pay_on, clock)
        for row in session.execute(free_payables(programme, pay_on).where(~_offered_on()).limit(MAX_OFFERS))
        if days_early(pay_on, row.due_on, programme.day_count) >= programme.min_days_early
    ]
    worthwhile = [row for row in rows if row["discount_minor"] > 0]
    if worthwhile:
        session.execute(insert(EarlyPayment).on_conflict_do_nothing(), worthwhile)
    return len(worthwhile)


def free_payables(programme: Programme, pay_on: date) -> FreePayables:
    """(receivable, supplier, unpaid, due_on): free, or listed and no lender's offer accepted; longest to wait first."""
    joined = and_(col(Payable.tenant_id) == Receivable.tenant_id, col(Payable.receivable_id) == Receivable.id)
    member = and_(
        col(ProgrammeSupplier.tenant_id) == Receivable.tenant_id,
        col(ProgrammeSupplier.programme_id) == Payable.programme_id,
        col(ProgrammeSupplier.supplier_id) == Receivable.seller_id,
        col(ProgrammeSupplier.state) == SupplierState.ACTIVE,
    )
    agreed = exists().where(
        col(EarlyPayment.tenant_id) == Receivable.tenant_id,
        col(EarlyPayment.receivable_id) == Receivable.id,
        col(EarlyPayment.state).in_(COMMITTED),
    )
    unpaid = unpaid_minor().label("unpaid_minor")
    return (
        select_columns(col(Receivable.id), col(Receivable.seller_id), unpaid, col(Receivable.due_on))
        .join(Payable, joined)
        .join(ProgrammeSupplier, member)
        .where(
            col(Receivable.tenant_id) == programme.tenant_id,
            col(Payable.programme_id) == programme.id,
            col(Receivable.state).in_([*FREE, ReceivableState.LISTED]),
            col(Receivable.exposure_minor) == 0,
            col(Receivable.due_on) > pay_on,
            unpaid > 0,
            ~agreed,
        )
        .order_by(col(Receivable.due_on).desc(), col(Receivable.id))
    )


def _offered_on() -> ColumnElement[bool]:
    return exists().where(
        col(EarlyPayment.tenant_id) == Receivable.tenant_id,
        col(EarlyPayment.receivable_id) == Receivable.id,
        col(EarlyPayment.state) == EarlyPaymentState.OFFERED,
    )


def _offer(programme: Programme, row: Row[Any], pay_on: date, clock: Clock) -> dict[str, Any]:
    amount = programme.money(row.unpaid_minor)
    early = days_early(pay_on, row.due_on, programme.day_count)
    discount = dynamic_discount(amount, programme.annual_rate, early, programme.day_count, programme.rounding)
    return early_payment_row(
        programme,
        row,
        clock,
        kind=PaymentKind.EARLY,
        state=EarlyPaymentState.OFFERED,
        discount_minor=discount.minor,
        pay_on=pay_on,
        expires_on=pay_on - timedelta(days=1),
        made_by=str(OFFERING),
    )


def early_payment_row(programme: Programme, row: Row[Any], clock: Clock, **columns: object) -> dict[str, Any]:
    """A payment of everything unpaid on an invoice (`id`, `seller_id`, `unpaid_minor`, `due_on`), as it is inserted."""
    return {
        "tenant_id": programme.tenant_id,
        "id": uuid7(),
        "created_at": clock.now(),
        "programme_id": programme.id,
        "receivable_id": row.id,
        "supplier_id": row.seller_id,
        "currency": programme.currency,
        "amount_minor": row.unpaid_minor,
        "annual_rate": programme.annual_rate,
        "day_count": programme.day_count,
        "due_on": row.due_on,
        "failure_reason": "",
        **columns,
    }


@dataclass(frozen=True, slots=True)
class EarlyAcceptance:
    """The payments that were agreed, and why others could not be."""

    accepted: list[UUID] = field(default_factory=list)
    refused: dict[UUID, DomainError] = field(default_factory=dict)


def accept_early_payments(
    session: TenantSession,
    programme_id: UUID,
    payment_ids: Sequence[UUID],
    *,
    supplier_id: UUID,
    actor: Actor,
    clock: Clock,
) -> EarlyAcceptance:
    """The supplier accepts offers of early payment, each by itself, in order: cash is used up by those before.

    Lenders' offers on the invoices are outbid. Raises NotFound for an offer that is not the supplier's under this
    programme, ProgrammeNotActive.
    """
    # Programme before receivables before payments: two acceptances could each see the last 1,000 idle.
    programme = require_active(lock_programme(session, programme_id))
    found = _payments(session, payment_ids, programme_id, supplier_id)
    missing = [each for each in payment_ids if each not in found]
    if missing:
        raise NotFound(kind="early payment", reference=missing[0])
    receivables = lock_receivables(session, {payment.receivable_id for payment in found.values()})
    requests = open_requests(session, receivables)
    free = liquidity(session, programme, clock=clock)
    result = EarlyAcceptance()
    for payment_id in payment_ids:
        payment = found[payment_id]
        try:
            _check(payment, receivables[payment.receivable_id], requests, clock)
            if free.available < payment.net:
                raise OwnCashUsedUp(needed=str(payment.net))
        except DomainError as refusal:
            result.refused[payment_id] = refusal
            continue
        free = replace(free, committed=free.committed + payment.net, used=free.used + payment.net)
        result.accepted.append(payment_id)
    agreed = [found[each] for each in result.accepted]
    hold_invoices(session, agreed, requests, actor=actor, clock=clock)
    move_all(session, EarlyPayment, result.accepted, EarlyPaymentState.ACCEPTED, actor=actor, clock=clock)
    for payment in agreed:
        facts = {"net": str(payment.net), "discount": str(payment.discount)}
        announce(session, "early_payment.accepted", payment.public_id, facts, clock=clock)
    return result


def _payments(
    session: TenantSession, ids: Collection[UUID], programme_id: UUID, supplier_id: UUID
) -> dict[UUID, EarlyPayment]:
    """The supplier's offers; the programme's lock guards them, so they need none of their own."""
    rows = session.exec(
        select(EarlyPayment)
        .where(
            EarlyPayment.tenant_id == session.tenant_id,
            col(EarlyPayment.id) == any_of(ids),
            EarlyPayment.programme_id == programme_id,
            EarlyPayment.supplier_id == supplier_id,
        )
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _check(payment: EarlyPayment, receivable: Receivable, requests: dict[UUID, Request], clock: Clock) -> None:
    if payment.state is not EarlyPaymentState.OFFERED:
        raise EarlyOfferNotOpen(payment=payment.public_id, state=payment.state.value)
    if payment.expires_on < clock.today():
        raise EarlyOfferExpired(payment=payment.public_id, expires_on=payment.expires_on, today=clock.today())
    if not is_free(receivable, requests.get(receivable.id)) or receivable.unpaid != payment.amount:
        raise InvoiceNotFree(
            receivable=receivable.public_id,
            state=receivable.state.value,
            unpaid=str(receivable.unpaid),
            offered=str(payment.amount),
        )


def withdraw_early_offers(
    session: TenantSession,
    programme_id: UUID,
    payment_ids: Collection[UUID],
    *,
    reason: str,
    actor: Actor,
    clock: Clock,
) -> int:
    """The buyer takes back offers of a programme that nobody has accepted; returns how many."""
    lock_programme(session, programme_id)
    of_programme = select(EarlyPayment.id).where(
        EarlyPayment.tenant_id == session.tenant_id,
        EarlyPayment.programme_id == programme_id,
        col(EarlyPayment.id) == any_of(payment_ids),
    )
    return move_all(
        session, EarlyPayment, of_programme, EarlyPaymentState.WITHDRAWN, actor=actor, clock=clock, reason=reason
    )


def expire_early_offers(session: TenantSession, *, clock: Clock) -> int:
    """End the offers whose last day has passed; the next morning's take their place. Returns how many."""
    passed = select(EarlyPayment.id).where(
        EarlyPayment.tenant_id == session.tenant_id,
        EarlyPayment.state == EarlyPaymentState.OFFERED,
        col(EarlyPayment.expires_on) < clock.today(),
    )
    return move_all(session, EarlyPayment, passed, EarlyPaymentState.EXPIRED, actor=system("expiry"), clock=clock)


def lapse_early_payments(session: TenantSession, *, clock: Clock) -> int:
    """Let agreed payments go that no bank has seen; returns how many.

    Their invoice was disputed, or treasury has ordered nothing for days and the supplier shall be free to ask others.
    """
    forgotten = and_(
        col(EarlyPayment.state) == EarlyPaymentState.ACCEPTED,
        col(EarlyPayment.pay_on) < clock.today() - timedelta(days=ORDERED_WITHIN_DAYS),
    )
    lost = session.exec(
        select(EarlyPayment)
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == EarlyPayment.tenant_id, col(Receivable.id) == EarlyPayment.receivable_id),
        )
        .where(
            EarlyPayment.tenant_id == session.tenant_id,
            col(EarlyPayment.state).in_(COMMITTED),
            or_(col(Receivable.state) != ReceivableState.LISTED, forgotten),
            ~instructed(EarlyPayment.id),
        )
    ).all()
    release_invoices(
        session, lost, EarlyPaymentState.LAPSED, actor=system("expiry"), clock=clock, reason="invoice lost"
    )
    return len(lost)
