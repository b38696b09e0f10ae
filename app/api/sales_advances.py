"""Advances repaid out of sales: quoted, agreed by two people, followed day by day; and the sales that repay them."""

from datetime import date
from functools import partial
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.facilities import visible_facility
from app.api.parties import visible_party
from app.api.sales_advances_dto import (
    MerchantSalesReportView,
    MerchantSaleView,
    ProposeSalesAdvance,
    ReportMerchantSales,
    SalesAdvanceView,
    SalesDaysView,
    SalesExplanationView,
    SalesPaymentsView,
    SalesQuoteView,
    SalesScheduleView,
    SalesTermsDto,
    days_view,
    merchant_report_view,
    merchant_sale_view,
    payments_view,
    plan_of,
    quote_view,
    sales_advance_view,
    sales_explanation_view,
    schedule_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query, upload
from app.fields import (
    ApproveDigest,
    CurrencyOf,
    FileName,
    ReasonBody,
    RefuseDigest,
    SalesAdvancePath,
    body_date,
    business_date,
    id_pattern,
)
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.accrual import closed_until
from domain.financing.agents.limits import over_agents
from domain.financing.sales import service
from domain.financing.sales.explaining import payments_of, standing
from domain.financing.sales.listings import MERCHANT_SALES, SALES_ADVANCES
from domain.financing.sales.proposals import NewSalesAdvance
from domain.financing.sales.proving import prove
from domain.financing.sales.quotes import quote_sales
from domain.financing.sales.reports import import_merchant_sales, report_merchant_sales
from domain.financing.sales.rules import repayment_schedule
from domain.financing.sales.tables import SalesAdvance
from domain.parties import queries as parties
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.values.currency import minor_units
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(SALES_ADVANCES)]
SaleFilters = Annotated[list[str] | None, filters_of(MERCHANT_SALES)]
AsOf = Annotated[date | None, QueryParameter(description="At the start of this date; today without it.")]
MerchantOf = Annotated[str, QueryParameter(pattern=id_pattern("pty"), description="Whose sales they are.")]


class SalesAdvances(Controller):
    """What merchants repay out of their sales."""

    path = "/financing/sales-advances"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_sales_advances(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SalesAdvanceView]:
        """List advances out of sales, newest first; lender and merchant see their own."""
        view = partial(sales_advance_view, closed=closed_until(work.session))
        return listed(work, SALES_ADVANCES, view, filters=filters, cursor=cursor, limit=limit)

    @command("/quote", needs=Permission.ADVANCES_READ, status_code=HTTP_200_OK)
    def quote_sales_advance(
        self,
        work: NamedDependency[Work],  # noqa: ARG002 - the transaction of the request, in which nothing happens
        data: JSONBody[SalesTermsDto],
    ) -> SalesQuoteView:
        """Show what terms come to, day by day, before anybody agrees to them; nothing is kept."""
        return quote_view(quote_sales(data.value()))

    @money_command("/", needs=Permission.ADVANCES_FUND)
    def propose_sales_advance(
        self, work: NamedDependency[Work], data: JSONBody[ProposeSalesAdvance]
    ) -> SalesAdvanceView:
        """Propose an advance out of sales; it is paid out once a second person of the lender has approved it."""
        facility = visible_facility(work, data.facility_id)
        work.confine(facility.lender_id, kind="facility", reference=data.facility_id)
        new = NewSalesAdvance(
            facility_id=facility.id,
            merchant_id=parties.party(work.session, parse_public_id(PARTY, data.merchant_id)).id,
            terms=data.terms.value(),
            contract_reference=data.contract_reference,
            funding_on=body_date("funding_on", data.funding_on),
            final_on=body_date("final_on", data.final_on),
            grace_days=data.grace_days,
        )
        return _view(work, service.propose_sales_advance(work.session, new, actor=work.actor, clock=work.clock))

    @query("/{sales_advance_id:str}", needs=Permission.ADVANCES_READ)
    def get_sales_advance(self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath) -> SalesAdvanceView:
        """Show an advance out of sales as the books hold it."""
        return _view(work, visible_sales_advance(work, sales_advance_id))

    @money_command("/{sales_advance_id:str}/approve", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_sales_advance(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, data: JSONBody[ApproveDigest]
    ) -> SalesAdvanceView:
        """Approve exactly what another person proposed: it counts under every limit, and leaves with the next run."""
        row = sales_lenders_own(work, sales_advance_id)
        approved = service.approve_sales_advance(
            work.session,
            row.id,
            digest=data.digest,
            actor=work.actor,
            clock=work.clock,
            others=over_agents(work.clock),
        )
        return _view(work, approved)

    @command("/{sales_advance_id:str}/refuse", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def refuse_sales_advance(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, data: JSONBody[RefuseDigest]
    ) -> SalesAdvanceView:
        """Refuse what another person proposed."""
        row = sales_lenders_own(work, sales_advance_id)
        refused = service.refuse_sales_advance(
            work.session, row.id, digest=data.digest, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return _view(work, refused)

    @command("/{sales_advance_id:str}/withdraw", needs=Permission.ADVANCES_FUND, status_code=HTTP_200_OK)
    def withdraw_sales_advance(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, data: JSONBody[ReasonBody]
    ) -> SalesAdvanceView:
        """Take back a proposal, or an approved advance that no bank has been told to pay."""
        row = sales_lenders_own(work, sales_advance_id)
        withdrawn = service.withdraw_sales_advance(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return _view(work, withdrawn)

    @query("/{sales_advance_id:str}/schedule", needs=Permission.ADVANCES_READ)
    def get_sales_schedule(self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath) -> SalesScheduleView:
        """Show what repays an advance if sales come as expected, with the income of every day."""
        return schedule_view(repayment_schedule(plan_of(visible_sales_advance(work, sales_advance_id))))

    @query("/{sales_advance_id:str}/payments", needs=Permission.ADVANCES_READ)
    def list_sales_payments(self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath) -> SalesPaymentsView:
        """List what the bank paid out, collected and took back, with what each earned."""
        return payments_view(payments_of(work.session, visible_sales_advance(work, sales_advance_id)))

    @query("/{sales_advance_id:str}/days", needs=Permission.ADVANCES_READ)
    def list_sales_days(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, as_of: AsOf = None
    ) -> SalesDaysView:
        """Show what each day's sales have made due, and what of it is unpaid."""
        on = business_date("as_of", as_of) or work.clock.today()
        return days_view(standing(work.session, visible_sales_advance(work, sales_advance_id), on))

    @query("/{sales_advance_id:str}/explanation", needs=Permission.ADVANCES_READ)
    def explain_sales_advance(
        self, work: NamedDependency[Work], sales_advance_id: SalesAdvancePath, as_of: AsOf = None
    ) -> SalesExplanationView:
        """Explain every figure of an advance, as of any date, with its rules."""
        on = business_date("as_of", as_of) or work.clock.today()
        row = visible_sales_advance(work, sales_advance_id)
        return sales_explanation_view(standing(work.session, row, on), prove(work.session, row))


class MerchantSales(Controller):
    """What merchants sell, day by day."""

    path = "/financing/merchant-sales"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_merchant_sales(
        self,
        work: NamedDependency[Work],
        filters: SaleFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[MerchantSaleView]:
        """List reported sales, refunds and corrections, newest first."""
        return listed(work, MERCHANT_SALES, merchant_sale_view, filters=filters, cursor=cursor, limit=limit)

    @command("/", needs=Permission.SALES_REPORT)
    def report_merchant_sales(
        self, work: NamedDependency[Work], data: JSONBody[ReportMerchantSales]
    ) -> MerchantSalesReportView:
        """Report daily sales; refunds and corrections are negative.

        Each line by itself: one that was reported exactly so before counts once. A merchant reports its own.
        """
        merchant = visible_party(work, data.merchant_id)
        lines = [item.value(place) for place, item in enumerate(data.items, start=1)]
        reported = report_merchant_sales(work.session, merchant.id, lines, actor=work.actor, clock=work.clock)
        return merchant_report_view(reported)

    @upload("/imports", needs=Permission.SALES_REPORT, media=["text/csv"])
    def import_merchant_sales(
        self,
        work: NamedDependency[Work],
        body: RawBody,
        merchant: MerchantOf,
        file_name: FileName,
        currency: CurrencyOf,
    ) -> MerchantSalesReportView:
        """Report the daily sales of a CSV or XLSX file with the columns date, reference, amount.

        The body is the file itself. Lines are independent; the bad ones are answered with row, column and remedy.
        """
        minor_units(currency)
        reported = import_merchant_sales(
            work.session,
            visible_party(work, merchant).id,
            content=body,
            file_name=file_name,
            currency=currency,
            actor=work.actor,
            clock=work.clock,
        )
        return merchant_report_view(reported)


def _view(work: Work, row: SalesAdvance) -> SalesAdvanceView:
    return sales_advance_view(row, closed=closed_until(work.session))


def visible_sales_advance(work: Work, reference: str) -> SalesAdvance:
    """The advance, for its lender, its merchant and the group. Raises NotFound."""
    row = work.find(SalesAdvance, "sad", reference, kind="sales advance")
    if work.principal.party_id not in {None, row.lender_id, row.merchant_id}:
        raise NotFound(kind="sales advance", reference=reference)
    return row


def sales_lenders_own(work: Work, reference: str) -> SalesAdvance:
    """The advance, for its lender and the group. Raises NotFound."""
    row = visible_sales_advance(work, reference)
    work.confine(row.lender_id, kind="sales advance", reference=reference)
    return row
