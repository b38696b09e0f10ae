"""Payments out of own cash: offers, acceptances, orders."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.fields import (
    MAX_ITEMS,
    EarlyPaymentId,
    EarlyPaymentOrderId,
    Moment,
    PartyId,
    ProgrammeId,
    Reason,
    ReceivableId,
    shown_id,
)
from app.money_dto import MoneyDto, shown, shown_rate
from domain.financing.payables.early import EarlyAcceptance
from domain.financing.payables.rules import days_early, rate_on_cash, rate_on_face
from domain.financing.payables.states import EarlyPaymentState, PaymentKind
from domain.financing.payables.tables import EarlyPayment, EarlyPaymentOrder
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.values.day_count import DayCount
from domain.values.money import Money

PAYMENT, ORDER = "epy", "epo"
Payments = Annotated[list[EarlyPaymentId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class MakeEarlyOffers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The programme whose free invoices are to be offered on."""

    programme_id: ProgrammeId


class AcceptEarlyPayments(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Offers a supplier accepts, in the order in which cash shall be used up."""

    programme_id: ProgrammeId
    supplier_id: PartyId
    payment_ids: Payments


class WithdrawEarlyOffers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Offers to take back, and why."""

    programme_id: ProgrammeId
    payment_ids: Payments
    reason: Reason


class OrderEarlyPayments(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Agreed payments that shall leave on `pay_on`."""

    programme_id: ProgrammeId
    payment_ids: Payments
    pay_on: date


class OrderMaturities(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything that falls due by `pay_on`, to leave on it."""

    programme_id: ProgrammeId
    pay_on: date


class OfferedView(msgspec.Struct, kw_only=True):
    """How many offers were made, or taken back."""

    count: int


class EarlyPaymentView(msgspec.Struct, kw_only=True):
    """An invoice paid out of own cash: all that is unpaid on it, less the discount for coming early (R18).

    `rate_on_face` is what the discount is a year on the invoice, `rate_on_cash` on the cash that earns it; null where
    nothing comes early.
    """

    id: EarlyPaymentId
    programme_id: ProgrammeId
    receivable_id: ReceivableId
    supplier_id: PartyId
    order_id: EarlyPaymentOrderId | None
    kind: PaymentKind
    state: EarlyPaymentState
    amount: MoneyDto
    discount: MoneyDto
    net: MoneyDto
    annual_rate: str
    rate_on_face: str | None
    rate_on_cash: str | None
    day_count: DayCount
    pay_on: date
    due_on: date
    expires_on: date
    failure_reason: str
    created_at: Moment


class RefusedPaymentView(msgspec.Struct, kw_only=True):
    """An offer that could not be accepted, and why."""

    id: EarlyPaymentId
    code: str
    message_en: str
    message_zh: str


class EarlyAcceptanceView(msgspec.Struct, kw_only=True):
    """What became of each offer: the agreed ones are treasury's to order."""

    accepted: list[EarlyPaymentId]
    refused: list[RefusedPaymentView]


class EarlyPaymentOrderView(msgspec.Struct, kw_only=True):
    """What is to leave on a day, and the digest a second person approves."""

    id: EarlyPaymentOrderId
    programme_id: ProgrammeId
    pay_on: date
    item_count: int
    total: MoneyDto
    discount: MoneyDto
    digest: str
    payment_ids: list[EarlyPaymentId]
    made_by: str
    created_at: Moment


class InstructedPaymentsView(msgspec.Struct, kw_only=True):
    """The payments that are due for the bank, or no longer."""

    payment_ids: list[EarlyPaymentId]


def payment_view(row: EarlyPayment) -> EarlyPaymentView:
    """The payment as the API shows it."""
    return EarlyPaymentView(
        id=row.public_id,
        programme_id=public_id("ppg", row.programme_id),
        receivable_id=public_id("rcv", row.receivable_id),
        supplier_id=public_id(PARTY, row.supplier_id),
        order_id=shown_id(ORDER, row.order_id),
        kind=row.kind,
        state=row.state,
        amount=shown(row.amount),
        discount=shown(row.discount),
        net=shown(row.net),
        annual_rate=shown_rate(row.annual_rate),
        rate_on_face=_rate(rate_on_face, row),
        rate_on_cash=_rate(rate_on_cash, row),
        day_count=row.day_count,
        pay_on=row.pay_on,
        due_on=row.due_on,
        expires_on=row.expires_on,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
    )


def _rate(rule: Callable[[Money, Money, int, int], Decimal], row: EarlyPayment) -> str | None:
    days = days_early(row.pay_on, row.due_on, row.day_count)
    if row.kind is PaymentKind.MATURITY or not days:
        return None
    return shown_rate(rule(row.discount, row.amount, days, row.day_count.year_days))


def acceptance_view(result: EarlyAcceptance) -> EarlyAcceptanceView:
    """What became of each."""
    return EarlyAcceptanceView(
        accepted=[public_id(PAYMENT, each) for each in result.accepted],
        refused=[
            RefusedPaymentView(
                id=public_id(PAYMENT, payment_id),
                code=refusal.code,
                message_en=refusal.message("en"),
                message_zh=refusal.message("zh"),
            )
            for payment_id, refusal in result.refused.items()
        ],
    )


def order_view(row: EarlyPaymentOrder, payments: list[EarlyPayment]) -> EarlyPaymentOrderView:
    """The order as the API shows it."""
    return EarlyPaymentOrderView(
        id=row.public_id,
        programme_id=public_id("ppg", row.programme_id),
        pay_on=row.pay_on,
        item_count=row.item_count,
        total=MoneyDto.of_minor(row.total_minor, row.currency),
        discount=MoneyDto.of_minor(row.discount_minor, row.currency),
        digest=row.digest,
        payment_ids=[payment.public_id for payment in payments],
        made_by=row.made_by,
        created_at=row.created_at,
    )
