"""Treasury orders what leaves, agreed early payments or what falls due: put together by one, approved by another."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.approvals.errors import DigestChanged
from domain.financing.payables.early import FreePayables, early_payment_row
from domain.financing.payables.errors import NotPayableEarly
from domain.financing.payables.holding import FREE, hold_invoices, instructed, open_requests, release_invoices
from domain.financing.payables.liquidity import liquidity, require_idle, unordered_cash
from domain.financing.payables.programmes import lock_programme
from domain.financing.payables.rules import days_early, dynamic_discount
from domain.financing.payables.states import COMMITTED, LIVE, EarlyPaymentState, PaymentKind
from domain.financing.payables.tables import EarlyPayment, EarlyPaymentOrder, Payable, Programme
from domain.parties.queries import any_of, payable_accounts
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move_all
from domain.receivables.exposure import lock_receivables
from domain.receivables.queries import unpaid_minor
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar, Roll
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "early_payment_order"
MAX_ITEMS = 10_000  # of one order, which a person looks through
_NOT_AGREED = {"reason_en": "it is not an accepted payment of this programme", "reason_zh": "不是该项目已接受的付款"}
_LOST = {"reason_en": "its invoice is disputed or was credited", "reason_zh": "发票有争议或已被冲减"}
_NO_ACCOUNT = {"reason_en": "its supplier has no account that can be paid", "reason_zh": "供应商没有可付款的账户"}
_NO_CASH = {"reason_en": "no single own account holds enough for it", "reason_zh": "没有任何一个自有账户余额足够"}
_PAST = {"reason_en": "the day has passed", "reason_zh": "付款日已过"}


def order_early_payments(
    session: TenantSession,
    programme_id: UUID,
    payment_ids: Collection[UUID],
    *,
    pay_on: date,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
) -> EarlyPaymentOrder:
    """Treasury's maker orders agreed payments to leave on `pay_on`; a second person approves exactly these.

    Where banks rest that day they leave on the next one they do not (R24). The discount is set for that day (R18), and
    is never more than the supplier accepted: what leaves later costs it less. Raises NotPayableEarly,
    LiquidityExceeded, NotFound.
    """
    pay_on = calendar.roll(pay_on, Roll.FOLLOWING)
    programme = lock_programme(session, programme_id)
    payments = _agreed(session, programme_id, payment_ids)
    agreed = {payment.id for payment in payments}
    left_out = [each for each in payment_ids if each not in agreed]
    if left_out or not payments:
        raise NotPayableEarly(count=max(len(left_out), 1), first=_named(left_out), **_NOT_AGREED)
    for payment in payments:
        payment.discount_minor = min(payment.discount, _discount_on(programme, payment, pay_on)).minor
    return _order(session, programme, payments, pay_on, actor=actor, clock=clock)


def _agreed(session: TenantSession, programme_id: UUID, ids: Collection[UUID]) -> list[EarlyPayment]:
    return list(
        session.exec(
            select(EarlyPayment)
            .where(
                EarlyPayment.tenant_id == session.tenant_id,
                EarlyPayment.programme_id == programme_id,
                col(EarlyPayment.id) == any_of(ids),
                EarlyPayment.state == EarlyPaymentState.ACCEPTED,
            )
            .order_by(col(EarlyPayment.id))
            .execution_options(populate_existing=True)
        )
    )


def _named(ids: Sequence[UUID]) -> str:
    return public_id("epy", ids[0]) if ids else "—"


def _discount_on(programme: Programme, payment: EarlyPayment, pay_on: date) -> Money:
    early = days_early(pay_on, payment.due_on, payment.day_count)
    return dynamic_discount(payment.amount, payment.annual_rate, early, payment.day_count, programme.rounding)


def order_maturities(
    session: TenantSession,
    programme_id: UUID,
    *,
    pay_on: date,
    actor: Actor,
    clock: Clock,
    calendar: BusinessCalendar,
) -> EarlyPaymentOrder:
    """Treasury's maker orders what falls due by `pay_on` and nobody has paid early: to the supplier, in full.

    Where banks rest that day it leaves on the next one they do not (R24). Raises NotPayableEarly where nothing is due,
    LiquidityExceeded, NotFound.
    """
    pay_on = calendar.roll(pay_on, Roll.FOLLOWING)
    programme = lock_programme(session, programme_id)
    due = session.execute(_falling_due(programme, pay_on)).all()
    receivables = lock_receivables(session, [row.id for row in due])
    requests = open_requests(session, receivables)
    rows = [
        early_payment_row(
            programme,
            row,
            clock,
            kind=PaymentKind.MATURITY,
            state=EarlyPaymentState.ACCEPTED,
            discount_minor=0,
            pay_on=pay_on,
            expires_on=pay_on,
            made_by=str(actor),
        )
        for row in due
        if receivables[row.id].state in FREE
        and row.id not in requests
        and receivables[row.id].unpaid.minor == row.unpaid_minor
    ]
    if not rows:
        raise NotPayableEarly(
            count=0, first="—", reason_en="nothing is due by that day", reason_zh="该日前没有到期款项"
        )
    session.execute(insert(EarlyPayment), rows)
    payments = _agreed(session, programme_id, [row["id"] for row in rows])
    hold_invoices(session, payments, {}, actor=actor, clock=clock)
    return _order(session, programme, payments, pay_on, actor=actor, clock=clock)


def _falling_due(programme: Programme, pay_on: date) -> FreePayables:
    joined = and_(col(Payable.tenant_id) == Receivable.tenant_id, col(Payable.receivable_id) == Receivable.id)
    live = select(EarlyPayment.receivable_id).where(
        EarlyPayment.tenant_id == programme.tenant_id, col(EarlyPayment.state).in_(LIVE)
    )
    unpaid = unpaid_minor().label("unpaid_minor")
    return (
        select_columns(col(Receivable.id), col(Receivable.seller_id), unpaid, col(Receivable.due_on))
        .join(Payable, joined)
        .where(
            col(Receivable.tenant_id) == programme.tenant_id,
            col(Payable.programme_id) == programme.id,
            col(Receivable.state).in_(FREE),
            col(Receivable.due_on) <= pay_on,
            unpaid > 0,
            col(Receivable.id).not_in(live),
        )
        .order_by(col(Receivable.due_on), col(Receivable.id))
        .limit(MAX_ITEMS)
    )


def _order(
    session: TenantSession,
    programme: Programme,
    payments: Sequence[EarlyPayment],
    pay_on: date,
    *,
    actor: Actor,
    clock: Clock,
) -> EarlyPaymentOrder:
    if pay_on < clock.today():
        raise NotPayableEarly(count=len(payments), first=payments[0].public_id, **_PAST)
    _give_accounts(session, programme, payments, clock)
    order = EarlyPaymentOrder(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        programme_id=programme.id,
        pay_on=pay_on,
        item_count=len(payments),
        total_minor=sum(payment.net.minor for payment in payments),
        discount_minor=sum(payment.discount_minor for payment in payments),
        currency=programme.currency,
        digest="",
        made_by=str(actor),
    )
    session.add(order)
    session.flush()
    for payment in payments:
        payment.order_id, payment.pay_on = order.id, pay_on
    session.flush()
    _require_payable(session, programme, payments, clock)
    order.digest = _digest(payments)
    session.flush()
    approvals.propose(session, kind=APPROVAL, subject_id=order.id, digest=order.digest, actor=actor, clock=clock)
    return order


def _give_accounts(
    session: TenantSession, programme: Programme, payments: Iterable[EarlyPayment], clock: Clock
) -> None:
    """The account each payment goes to, and the first own one that still holds enough for it."""
    payable = {
        party_id: account_id
        for party_id, currency, account_id in session.execute(payable_accounts(session.tenant_id, clock.today()))
        if currency == programme.currency
    }
    cash = unordered_cash(session, programme)
    for payment in sorted(payments, key=lambda payment: -payment.net.minor):
        payment.payee_account_id = payable.get(payment.supplier_id)
        payment.own_account_id = next((each for each, left in cash.items() if not left < payment.net), None)
        if payment.own_account_id is not None:
            cash[payment.own_account_id] -= payment.net


def _require_payable(
    session: TenantSession, programme: Programme, payments: Sequence[EarlyPayment], clock: Clock
) -> None:
    """Raise what stands against paying: the invoice, the accounts, the cash above the floor."""
    receivables = lock_receivables(session, [payment.receivable_id for payment in payments])
    lost = [
        payment
        for payment in payments
        if receivables[payment.receivable_id].state is not ReceivableState.LISTED
        or receivables[payment.receivable_id].unpaid != payment.amount
    ]
    for wrong, why in (
        (lost, _LOST),
        ([payment for payment in payments if payment.payee_account_id is None], _NO_ACCOUNT),
        ([payment for payment in payments if payment.own_account_id is None], _NO_CASH),
    ):
        if wrong:
            raise NotPayableEarly(count=len(wrong), first=wrong[0].public_id, **why)
    needed = Money.total((payment.net for payment in payments), programme.currency)
    # Of what others wait for, only orders come first: which agreed payments leave today is treasury's to choose.
    require_idle(needed, liquidity(session, programme, clock=clock, committed=(EarlyPaymentState.INSTRUCTED,)))


def approve_early_payments(
    session: TenantSession, order_id: UUID, *, digest_seen: str, actor: Actor, clock: Clock
) -> list[UUID]:
    """Treasury's checker approves exactly the order it saw; the payments are due for the bank.

    Raises SamePerson, DigestChanged when anything in it has changed, NotPayableEarly, LiquidityExceeded.
    """
    order = find_order(session, order_id)
    programme = lock_programme(session, order.programme_id)
    payments = payments_of_order(session, order_id)
    digest = _digest(payments)
    if digest_seen != digest:
        raise DigestChanged(kind=APPROVAL, proposed=digest_seen, current=digest)
    approvals.approve(session, kind=APPROVAL, subject_id=order_id, digest=digest, actor=actor, clock=clock)
    _require_payable(session, programme, payments, clock)
    ids = [payment.id for payment in payments]
    moved = move_all(session, EarlyPayment, ids, EarlyPaymentState.INSTRUCTED, actor=actor, clock=clock)
    if moved != len(ids):
        raise NotPayableEarly(count=len(ids) - moved, first=order.public_id, **_NOT_AGREED)
    return ids


def withdraw_order(session: TenantSession, order_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> list[UUID]:
    """Take back payments of an order that no run has gathered; their invoices are free. Returns those that lapsed."""
    order = find_order(session, order_id)
    lock_programme(session, order.programme_id)
    rows = session.exec(
        select(EarlyPayment).where(
            EarlyPayment.tenant_id == session.tenant_id,
            EarlyPayment.order_id == order_id,
            col(EarlyPayment.state).in_(COMMITTED),
            ~instructed(EarlyPayment.id),
        )
    ).all()
    release_invoices(session, rows, EarlyPaymentState.LAPSED, actor=actor, clock=clock, reason=reason)
    return [payment.id for payment in rows]


def find_order(session: TenantSession, order_id: UUID) -> EarlyPaymentOrder:
    """The order. Raises NotFound."""
    found = session.get(EarlyPaymentOrder, (session.tenant_id, order_id))
    if found is None:
        raise NotFound(kind="early payment order", reference=order_id)
    return found


def payments_of_order(session: TenantSession, order_id: UUID) -> list[EarlyPayment]:
    """What the order pays."""
    return list(
        session.exec(
            select(EarlyPayment)
            .where(EarlyPayment.tenant_id == session.tenant_id, EarlyPayment.order_id == order_id)
            .order_by(col(EarlyPayment.id))
            .execution_options(populate_existing=True)
        )
    )


def _digest(payments: Sequence[EarlyPayment]) -> str:
    facts = [
        f"{each.id}|{each.net}|{each.discount}|{each.own_account_id}|{each.payee_account_id}|{each.pay_on}"
        for each in sorted(payments, key=lambda payment: payment.id)
    ]
    return sha256("\n".join(facts).encode()).hexdigest()
