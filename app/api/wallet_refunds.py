"""What debtors paid too much, paid back to them."""

import msgspec
from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.advances import lenders_own, visible_advance
from app.deps import Work
from app.endpoints import money_command, query
from app.fields import AdvanceId, AdvancePath, Moment, Reason, ReasonBody, WalletRefundId, WalletRefundPath
from app.money_dto import MoneyDto, shown
from domain.access.rules import Permission
from domain.financing import refunds
from domain.financing.states import RefundState
from domain.financing.tables import WalletRefund
from domain.platform.ids import public_id
from domain.values.errors import NotFound

REFUND = "wrf"


class ProposeWalletRefund(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much of what was paid too much on an advance is to go back to its debtor, and why."""

    amount: MoneyDto
    reason: Reason


class WalletRefundView(msgspec.Struct, kw_only=True):
    """A refund on its way to a debtor."""

    id: WalletRefundId
    advance_id: AdvanceId
    amount: MoneyDto
    reason: str
    state: RefundState
    failure_reason: str
    made_by: str
    created_at: Moment


class WalletRefundList(msgspec.Struct, kw_only=True):
    """What was asked for on an advance, oldest first."""

    items: list[WalletRefundView]


class WalletRefunds(Controller):
    """Overpayments on an advance, paid back by two people of its lender."""

    path = "/advances/{advance_id:str}/refunds"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_wallet_refunds(self, work: NamedDependency[Work], advance_id: AdvancePath) -> WalletRefundList:
        """List what was, or is to be, paid back to the debtor."""
        row = visible_advance(work, advance_id)
        return WalletRefundList(items=[refund_view(each) for each in refunds.refunds_of(work.session, row.id)])

    @money_command("/", needs=Permission.ADVANCES_SERVICE)
    def propose_wallet_refund(
        self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[ProposeWalletRefund]
    ) -> WalletRefundView:
        """Ask to pay back what the debtor paid too much; nothing leaves until a second person approves it."""
        row = lenders_own(work, advance_id)
        proposed = refunds.propose_refund(
            work.session, row.id, data.amount.money(), reason=data.reason, actor=work.actor, clock=work.clock
        )
        return refund_view(proposed)

    @money_command("/{refund_id:str}/approve", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_wallet_refund(
        self, work: NamedDependency[Work], advance_id: AdvancePath, refund_id: WalletRefundPath
    ) -> WalletRefundView:
        """Let the refund another person asked for leave with the next run."""
        row = _refund(work, advance_id, refund_id)
        return refund_view(refunds.approve_refund(work.session, row.id, actor=work.actor, clock=work.clock))

    @money_command("/{refund_id:str}/refuse", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def refuse_wallet_refund(
        self,
        work: NamedDependency[Work],
        advance_id: AdvancePath,
        refund_id: WalletRefundPath,
        data: JSONBody[ReasonBody],
    ) -> WalletRefundView:
        """Keep the money for the debtor's next invoices."""
        row = _refund(work, advance_id, refund_id)
        refused = refunds.refuse_refund(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return refund_view(refused)


def _refund(work: Work, advance_id: str, reference: str) -> WalletRefund:
    advance = lenders_own(work, advance_id)
    row = work.find(WalletRefund, REFUND, reference, kind="wallet refund")
    if row.advance_id != advance.id:
        raise NotFound(kind="wallet refund", reference=reference)
    return row


def refund_view(row: WalletRefund) -> WalletRefundView:
    """The refund as the API shows it."""
    return WalletRefundView(
        id=row.public_id,
        advance_id=public_id("adv", row.advance_id),
        amount=shown(row.amount),
        reason=row.reason,
        state=row.state,
        failure_reason=row.failure_reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )
