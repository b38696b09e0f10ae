"""Advances out of sales after their payout: what settles them, what is demanded in the end, what is given up."""

from datetime import date
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.sales_advances import sales_lenders_own, visible_sales_advance
from app.api.sales_servicing_dto import (
    SALES_WRITE_OFF,
    SalesDemandList,
    SalesDemandView,
    SalesPayoffView,
    SalesWriteOffView,
    sales_demand_view,
    sales_payoff_view,
    sales_write_off_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ReasonBody, SalesAdvancePath, SalesWriteOffPath, business_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.sales import arrears
from domain.financing.sales.listings import SALES_WRITE_OFFS
from domain.financing.sales.payoffs import quote_payoff
from domain.platform.ids import parse_public_id

Filters = Annotated[list[str] | None, filters_of(SALES_WRITE_OFFS)]
PaidOn = Annotated[date | None, QueryParameter(name="on", description="If it is paid on this date; today without it.")]


class SalesServicing(Controller):
    """What is done about an advance out of sales after it was paid out."""

    path = "/financing/sales-advances/{sales_advance_id:str}"
    tags = ("financing",)

    @query("/payoff", needs=Permission.ADVANCES_READ)
    def get_sales_payoff(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, paid_on: PaidOn = None
    ) -> SalesPayoffView:
        """Show what settles an advance on a day, if its merchant pays it by itself.

        The fee is fixed: only the part of it that the contract gives back to who settles early is taken off.
        """
        row = visible_sales_advance(work, sales_advance_id)
        on = business_date("on", paid_on) or work.clock.today()
        return sales_payoff_view(row, quote_payoff(work.session, row, on))

    @query("/demands", needs=Permission.ADVANCES_READ)
    def list_sales_demands(self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath) -> SalesDemandList:
        """List when everything was demanded, and what it came to."""
        row = visible_sales_advance(work, sales_advance_id)
        return SalesDemandList(items=[sales_demand_view(each) for each in arrears.demands_of(work.session, row.id)])

    @money_command("/demands", needs=Permission.ADVANCES_APPROVE)
    def demand_sales_repayment(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, data: JSONBody[ReasonBody]
    ) -> SalesDemandView:
        """Demand everything that is unpaid after the last day, penalty and all.

        It is debited under the merchant's mandate for repayments where it gave one, and paid by transfer otherwise.
        """
        row = sales_lenders_own(work, sales_advance_id)
        demand = arrears.demand_repayment(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return sales_demand_view(demand)

    @money_command("/write-off", needs=Permission.ADVANCES_APPROVE)
    def propose_sales_write_off(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, data: JSONBody[ReasonBody]
    ) -> SalesWriteOffView:
        """Propose to give an advance up, as of today, after its last day; risk decides."""
        row = sales_lenders_own(work, sales_advance_id)
        proposed = arrears.propose_write_off(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return sales_write_off_view(proposed)


class SalesWriteOffs(Controller):
    """Losses on advances out of sales, decided by risk."""

    path = "/financing/sales-write-offs"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_sales_write_offs(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SalesWriteOffView]:
        """List advances out of sales that were given up, or are proposed to be, newest first; a lender sees its own."""
        return listed(work, SALES_WRITE_OFFS, sales_write_off_view, filters=filters, cursor=cursor, limit=limit)

    @money_command("/{sales_write_off_id:str}/approve", needs=Permission.ADVANCES_WRITE_OFF, status_code=HTTP_200_OK)
    def approve_sales_write_off(
        self, work: NamedDependency[Work], sales_write_off_id: SalesWriteOffPath
    ) -> SalesWriteOffView:
        """Book the loss that another person proposed, as far as it was not provided for."""
        work.whole_group()
        identity = parse_public_id(SALES_WRITE_OFF, sales_write_off_id)
        booked = arrears.approve_write_off(work.session, identity, actor=work.actor, clock=work.clock)
        return sales_write_off_view(booked)

    @command("/{sales_write_off_id:str}/refuse", needs=Permission.ADVANCES_WRITE_OFF, status_code=HTTP_200_OK)
    def refuse_sales_write_off(
        self, work: NamedDependency[Work], sales_write_off_id: SalesWriteOffPath, data: JSONBody[ReasonBody]
    ) -> SalesWriteOffView:
        """Refuse to give an advance up, and say why."""
        work.whole_group()
        identity = parse_public_id(SALES_WRITE_OFF, sales_write_off_id)
        refused = arrears.refuse_write_off(
            work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return sales_write_off_view(refused)
