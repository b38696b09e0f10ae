"""Merchants' own payments: entered by one person, settled by another, and taken back the same way (R7, R9, R15)."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.repayments_dto import MatchEntry
from app.api.sales_advances import sales_lenders_own
from app.api.sales_repayments_dto import (
    SALES_REPAYMENT,
    EnterSalesRepayment,
    SalesRepaymentDetail,
    SalesRepaymentView,
    sales_repayment_detail,
    sales_repayment_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ReasonBody, SalesRepaymentPath, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.sales import repayment_reversals, repayments
from domain.financing.sales.listings import SALES_REPAYMENTS
from domain.financing.sales.payoffs import effect_of
from domain.financing.sales.queries import find_sales_advance
from domain.financing.sales.repayments import NewSalesRepayment
from domain.financing.sales.tables import SalesRepayment
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(SALES_REPAYMENTS)]


class SalesRepayments(Controller):
    """What merchants pay by themselves on advances that are repaid out of sales."""

    path = "/financing/sales-repayments"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_sales_repayments(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SalesRepaymentView]:
        """List merchants' payments that people entered, newest first; lender and merchant see their own."""
        return listed(work, SALES_REPAYMENTS, sales_repayment_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{sales_repayment_id:str}", needs=Permission.ADVANCES_READ)
    def get_sales_repayment(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath
    ) -> SalesRepaymentDetail:
        """Show a merchant's payment, and what it does to its advance."""
        row = work.find(SalesRepayment, SALES_REPAYMENT, sales_repayment_id, kind="sales repayment")
        if work.principal.party_id not in {None, row.lender_id, row.merchant_id}:
            raise NotFound(kind="sales repayment", reference=sales_repayment_id)
        return _detail(work, row)

    @money_command("/", needs=Permission.REPAYMENTS_WRITE)
    def enter_sales_repayment(
        self, work: NamedDependency[Work], data: JSONBody[EnterSalesRepayment]
    ) -> SalesRepaymentDetail:
        """Enter a merchant's payment; its value date may lie in the past.

        The answer shows what it is set against. Nothing is booked until a second person settles it; one of over five
        times the payoff waits for a review.
        """
        advance = sales_lenders_own(work, data.sales_advance_id)
        new = NewSalesRepayment(
            advance_id=advance.id,
            amount=data.amount.money(),
            value_date=body_date("value_date", data.value_date),
            reference=data.reference,
            reason=data.reason,
            entry_number=data.entry_id,
        )
        return _detail(work, repayments.propose_repayment(work.session, new, actor=work.actor, clock=work.clock))

    @money_command("/{sales_repayment_id:str}/review", needs=Permission.REPAYMENTS_APPROVE, status_code=HTTP_200_OK)
    def review_sales_repayment(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath
    ) -> SalesRepaymentDetail:
        """Say that a payment of over five times the payoff is meant."""
        row = _lenders_own(work, sales_repayment_id)
        return _detail(work, repayments.review_repayment(work.session, row.id, actor=work.actor, clock=work.clock))

    @money_command("/{sales_repayment_id:str}/settle", needs=Permission.REPAYMENTS_APPROVE, status_code=HTTP_200_OK)
    def settle_sales_repayment(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath
    ) -> SalesRepaymentDetail:
        """Book exactly the payment another person entered."""
        row = _lenders_own(work, sales_repayment_id)
        return _detail(work, repayments.settle_repayment(work.session, row.id, actor=work.actor, clock=work.clock))

    @command("/{sales_repayment_id:str}/entry", needs=Permission.REPAYMENTS_WRITE, status_code=HTTP_200_OK)
    def match_sales_entry(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath, data: JSONBody[MatchEntry]
    ) -> SalesRepaymentView:
        """Say that a statement entry is this payment, entered before the statement came: it counts once."""
        row = _lenders_own(work, sales_repayment_id)
        return sales_repayment_view(repayments.match_entry(work.session, row.id, data.entry_id, clock=work.clock))

    @command("/{sales_repayment_id:str}/withdraw", needs=Permission.REPAYMENTS_WRITE, status_code=HTTP_200_OK)
    def withdraw_sales_repayment(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath, data: JSONBody[ReasonBody]
    ) -> SalesRepaymentView:
        """Take back a payment that nobody has settled."""
        row = _lenders_own(work, sales_repayment_id)
        withdrawn = repayments.withdraw_repayment(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return sales_repayment_view(withdrawn)

    @money_command("/{sales_repayment_id:str}/reversal", needs=Permission.REPAYMENTS_WRITE, status_code=HTTP_200_OK)
    def propose_sales_reversal(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath
    ) -> SalesRepaymentDetail:
        """Ask for a settled payment to be undone: it was another's, or never came."""
        row = _lenders_own(work, sales_repayment_id)
        proposed = repayment_reversals.propose_reversal(work.session, row.id, actor=work.actor, clock=work.clock)
        return _detail(work, proposed)

    @money_command(
        "/{sales_repayment_id:str}/reversal/approve", needs=Permission.REPAYMENTS_APPROVE, status_code=HTTP_200_OK
    )
    def approve_sales_reversal(
        self, work: NamedDependency[Work], sales_repayment_id: SalesRepaymentPath, data: JSONBody[ReasonBody]
    ) -> SalesRepaymentView:
        """Undo the payment another person asked to undo: later ones are set off anew in date order."""
        row = _lenders_own(work, sales_repayment_id)
        undone = repayment_reversals.approve_reversal(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return sales_repayment_view(undone)


def _detail(work: Work, row: SalesRepayment) -> SalesRepaymentDetail:
    advance = find_sales_advance(work.session, row.advance_id)
    return sales_repayment_detail(row, effect_of(work.session, advance, row))


def _lenders_own(work: Work, reference: str) -> SalesRepayment:
    row = work.find(SalesRepayment, SALES_REPAYMENT, reference, kind="sales repayment")
    work.confine(row.lender_id, kind="sales repayment", reference=reference)
    return row
