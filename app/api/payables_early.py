"""Payments out of own cash: offered each morning, accepted by suppliers, ordered and approved by treasury."""

from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.parties import visible_party
from app.api.payables import payers_own
from app.api.payables_dto import PROGRAMME
from app.api.payables_early_dto import (
    ORDER,
    PAYMENT,
    AcceptEarlyPayments,
    EarlyAcceptanceView,
    EarlyPaymentOrderView,
    EarlyPaymentView,
    InstructedPaymentsView,
    MakeEarlyOffers,
    OfferedView,
    OrderEarlyPayments,
    OrderMaturities,
    WithdrawEarlyOffers,
    acceptance_view,
    order_view,
    payment_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ApproveDigest, EarlyPaymentOrderPath, EarlyPaymentPath, ReasonBody, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.payables import early, orders
from domain.financing.payables.listings import EARLY_PAYMENTS
from domain.financing.payables.programmes import find_programme
from domain.financing.payables.tables import EarlyPayment, EarlyPaymentOrder
from domain.platform.ids import parse_public_id, public_id
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(EARLY_PAYMENTS)]


class EarlyPayments(Controller):
    """What suppliers are offered, and take."""

    path = "/payables/early-payments"
    tags = ("payables",)

    @query("/", needs=Permission.PAYABLES_READ)
    def list_early_payments(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[EarlyPaymentView]:
        """List payments out of own cash, newest first; a supplier sees its own."""
        return listed(work, EARLY_PAYMENTS, payment_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{payment_id:str}", needs=Permission.PAYABLES_READ)
    def get_early_payment(self, work: NamedDependency[Work], payment_id: EarlyPaymentPath) -> EarlyPaymentView:
        """Show a payment, to its supplier, its buyer and whoever pays."""
        row = work.find(EarlyPayment, PAYMENT, payment_id, kind="early payment")
        programme = find_programme(work.session, row.programme_id)
        if work.principal.party_id not in {None, row.supplier_id, programme.buyer_id, programme.payer_id}:
            raise NotFound(kind="early payment", reference=payment_id)
        return payment_view(row)

    @command("/offers", needs=Permission.PAYABLES_PAY, status_code=HTTP_200_OK)
    def make_early_offers(self, work: NamedDependency[Work], data: JSONBody[MakeEarlyOffers]) -> OfferedView:
        """Offer early payment of every free invoice now, as every morning does; what stands is left alone."""
        programme = payers_own(work, data.programme_id)
        made = early.make_early_offers(work.session, programme, clock=work.clock, calendar=work.calendar)
        return OfferedView(count=made)

    @command("/withdraw", needs=Permission.PAYABLES_PAY, status_code=HTTP_200_OK)
    def withdraw_early_offers(self, work: NamedDependency[Work], data: JSONBody[WithdrawEarlyOffers]) -> OfferedView:
        """Take back offers nobody has accepted."""
        programme = payers_own(work, data.programme_id)
        taken = early.withdraw_early_offers(
            work.session,
            programme.id,
            _ids(data.payment_ids),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return OfferedView(count=taken)

    @money_command("/accept", needs=Permission.OFFERS_ACCEPT, status_code=HTTP_200_OK)
    def accept_early_payments(
        self, work: NamedDependency[Work], data: JSONBody[AcceptEarlyPayments]
    ) -> EarlyAcceptanceView:
        """Accept offers of early payment, each by itself: the invoice is taken, lenders' offers on it are outbid.

        Cash, limits and the invoice are checked again now; what one cannot have, the next may.
        """
        result = early.accept_early_payments(
            work.session,
            parse_public_id(PROGRAMME, data.programme_id),
            _ids(data.payment_ids),
            supplier_id=visible_party(work, data.supplier_id).id,
            actor=work.actor,
            clock=work.clock,
        )
        return acceptance_view(result)


class EarlyPaymentOrders(Controller):
    """What treasury lets leave."""

    path = "/payables/orders"
    tags = ("payables",)

    @money_command("/", needs=Permission.PAYABLES_PAY)
    def order_early_payments(
        self, work: NamedDependency[Work], data: JSONBody[OrderEarlyPayments]
    ) -> EarlyPaymentOrderView:
        """Order agreed payments to leave on a business day, or the next; a second person approves by its digest."""
        order = orders.order_early_payments(
            work.session,
            payers_own(work, data.programme_id).id,
            _ids(data.payment_ids),
            pay_on=body_date("pay_on", data.pay_on),
            actor=work.actor,
            clock=work.clock,
            calendar=work.calendar,
        )
        return _view(work, order)

    @money_command("/maturities", needs=Permission.PAYABLES_PAY)
    def order_maturities(self, work: NamedDependency[Work], data: JSONBody[OrderMaturities]) -> EarlyPaymentOrderView:
        """Order what falls due by a day and nobody has paid early, in full, to its suppliers."""
        order = orders.order_maturities(
            work.session,
            payers_own(work, data.programme_id).id,
            pay_on=body_date("pay_on", data.pay_on),
            actor=work.actor,
            clock=work.clock,
            calendar=work.calendar,
        )
        return _view(work, order)

    @query("/{order_id:str}", needs=Permission.PAYABLES_READ)
    def get_early_payment_order(
        self, work: NamedDependency[Work], order_id: EarlyPaymentOrderPath
    ) -> EarlyPaymentOrderView:
        """Show an order, and the digest to approve it by."""
        return _view(work, _order(work, order_id))

    @money_command("/{order_id:str}/approve", needs=Permission.PAYABLES_PAY, status_code=HTTP_200_OK)
    def approve_early_payments(
        self, work: NamedDependency[Work], order_id: EarlyPaymentOrderPath, data: JSONBody[ApproveDigest]
    ) -> InstructedPaymentsView:
        """Approve exactly the order another person made: its payments are due for the bank."""
        row = _order(work, order_id)
        instructed = orders.approve_early_payments(
            work.session, row.id, digest_seen=data.digest, actor=work.actor, clock=work.clock
        )
        return InstructedPaymentsView(payment_ids=[public_id(PAYMENT, each) for each in instructed])

    @command("/{order_id:str}/withdraw", needs=Permission.PAYABLES_PAY, status_code=HTTP_200_OK)
    def withdraw_early_payment_order(
        self, work: NamedDependency[Work], order_id: EarlyPaymentOrderPath, data: JSONBody[ReasonBody]
    ) -> InstructedPaymentsView:
        """Take back payments of an order that are not on their way to the bank; their invoices are free."""
        row = _order(work, order_id)
        lapsed = orders.withdraw_order(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return InstructedPaymentsView(payment_ids=[public_id(PAYMENT, each) for each in lapsed])


def _ids(references: list[str]) -> list[UUID]:
    return [parse_public_id(PAYMENT, reference) for reference in dict.fromkeys(references)]


def _order(work: Work, reference: str) -> EarlyPaymentOrder:
    row = work.find(EarlyPaymentOrder, ORDER, reference, kind="early payment order")
    payers_own(work, public_id(PROGRAMME, row.programme_id))
    return row


def _view(work: Work, order: EarlyPaymentOrder) -> EarlyPaymentOrderView:
    return order_view(order, orders.payments_of_order(work.session, order.id))
