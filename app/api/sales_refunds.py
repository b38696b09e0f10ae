"""What merchants paid too much on advances out of sales, paid back to them."""

import msgspec
from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.sales_advances import sales_lenders_own, visible_sales_advance
from app.deps import Work
from app.endpoints import money_command, query
from app.fields import Moment, Reason, ReasonBody, SalesAdvanceId, SalesAdvancePath, SalesRefundId, SalesRefundPath
from app.money_dto import MoneyDto, shown
from domain.access.rules import Permission
from domain.financing.sales import refunds
from domain.financing.sales.tables import SalesRefund
from domain.financing.states import RefundState
from domain.platform.ids import public_id
from domain.values.errors import NotFound

SALES_REFUND = "srf"


class ProposeSalesRefund(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much of what was paid too much on an advance is to go back to its merchant, and why."""

    amount: MoneyDto
    reason: Reason


class SalesRefundView(msgspec.Struct, kw_only=True):
    """A refund on its way to a merchant."""

    id: SalesRefundId
    sales_advance_id: SalesAdvanceId
    amount: MoneyDto
    reason: str
    state: RefundState
    failure_reason: str
    made_by: str
    created_at: Moment


class SalesRefundList(msgspec.Struct, kw_only=True):
    """What was asked for on an advance, oldest first."""

    items: list[SalesRefundView]


class SalesRefunds(Controller):
    """Overpayments on an advance out of sales, paid back by two people of its lender."""

    path = "/financing/sales-advances/{sales_advance_id:str}/refunds"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_sales_refunds(self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath) -> SalesRefundList:
        """List what was, or is to be, paid back to the merchant."""
        row = visible_sales_advance(work, sales_advance_id)
        return SalesRefundList(items=[_view(each) for each in refunds.refunds_of(work.session, row.id)])

    @money_command("/", needs=Permission.ADVANCES_SERVICE)
    def propose_sales_refund(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, data: JSONBody[ProposeSalesRefund]
    ) -> SalesRefundView:
        """Ask to pay back what the merchant paid too much; nothing leaves until a second person approves it."""
        row = sales_lenders_own(work, sales_advance_id)
        proposed = refunds.propose_refund(
            work.session, row.id, data.amount.money(), reason=data.reason, actor=work.actor, clock=work.clock
        )
        return _view(proposed)

    @money_command("/{sales_refund_id:str}/approve", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_sales_refund(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, sales_refund_id: SalesRefundPath
    ) -> SalesRefundView:
        """Let the refund another person asked for leave with the next run."""
        row = _refund(work, sales_advance_id, sales_refund_id)
        return _view(refunds.approve_refund(work.session, row.id, actor=work.actor, clock=work.clock))

    @money_command("/{sales_refund_id:str}/refuse", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def refuse_sales_refund(
        self,
        work: NamedDependency[Work],
        sales_advance_id: SalesAdvancePath,
        sales_refund_id: SalesRefundPath,
        data: JSONBody[ReasonBody],
    ) -> SalesRefundView:
        """Keep the money in the merchant's wallet."""
        row = _refund(work, sales_advance_id, sales_refund_id)
        refused = refunds.refuse_refund(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return _view(refused)


def _refund(work: Work, sales_advance_id: str, reference: str) -> SalesRefund:
    advance = sales_lenders_own(work, sales_advance_id)
    row = work.find(SalesRefund, SALES_REFUND, reference, kind="sales refund")
    if row.advance_id != advance.id:
        raise NotFound(kind="sales refund", reference=reference)
    return row


def _view(row: SalesRefund) -> SalesRefundView:
    return SalesRefundView(
        id=row.public_id,
        sales_advance_id=public_id("sad", row.advance_id),
        amount=shown(row.amount),
        reason=row.reason,
        state=row.state,
        failure_reason=row.failure_reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )
