"""Sales of agents: decided at once, reported by the day, settled by the period, remitted."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, RawBody

from app.api.agent_sales_dto import (
    AgentPeriodView,
    AuthorisedView,
    AuthoriseSale,
    RemittanceView,
    ReportSales,
    SalesReportView,
    SaleView,
    authorised_view,
    period_view,
    remittance_view,
    report_view,
    sale_view,
)
from app.api.agents import visible_agent
from app.deps import Work
from app.endpoints import command, money_command, query, upload
from app.fields import AgentPath, CurrencyOf, FileName
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.agents import limits, sales
from domain.financing.agents.listings import PERIODS, REMITTANCES, SALES
from domain.values.currency import minor_units

SaleFilters = Annotated[list[str] | None, filters_of(SALES)]
PeriodFilters = Annotated[list[str] | None, filters_of(PERIODS)]
RemittanceFilters = Annotated[list[str] | None, filters_of(REMITTANCES)]


class AgentSales(Controller):
    """What agents sold."""

    path = "/agent-sales"
    tags = ("agents",)

    @query("/", needs=Permission.AGENTS_READ)
    def list_agent_sales(
        self,
        work: NamedDependency[Work],
        filters: SaleFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SaleView]:
        """List sales, refunds and corrections, newest first."""
        return listed(work, SALES, sale_view, filters=filters, cursor=cursor, limit=limit)

    @command("/", needs=Permission.AGENTS_REPORT)
    def report_agent_sales(self, work: NamedDependency[Work], data: JSONBody[ReportSales]) -> SalesReportView:
        """Report daily sales; refunds and corrections are negative.

        Each line by itself: one that was reported exactly so before counts once. An agent reports its own.
        """
        lines = [item.value(place) for place, item in enumerate(data.items, start=1)]
        reported = sales.report_sales(
            work.session, lines, party_id=work.principal.party_id, actor=work.actor, clock=work.clock
        )
        return report_view(reported)

    @upload("/imports", needs=Permission.AGENTS_REPORT, media=["text/csv"])
    def import_agent_sales(
        self, work: NamedDependency[Work], body: RawBody, file_name: FileName, currency: CurrencyOf
    ) -> SalesReportView:
        """Report the daily sales of a CSV or XLSX file with the columns agent, date, reference, amount.

        The body is the file itself. Lines are independent; the bad ones are answered with row, column and remedy.
        """
        minor_units(currency)
        reported = sales.import_sales(
            work.session,
            content=body,
            file_name=file_name,
            currency=currency,
            party_id=work.principal.party_id,
            actor=work.actor,
            clock=work.clock,
        )
        return report_view(reported)

    @money_command("/{agent_id:str}/authorise", needs=Permission.AGENTS_REPORT)
    def authorise_agent_sale(
        self, work: NamedDependency[Work], agent_id: AgentPath, data: JSONBody[AuthoriseSale]
    ) -> AuthorisedView:
        """Decide at once whether an agent may make a sale, and count it if so (R26).

        A reference is decided once. Refused, the answer holds every number behind the limit.
        """
        agent = visible_agent(work, agent_id)
        done = limits.authorise_sale(work.session, agent.id, data.amount.money(), data.reference, clock=work.clock)
        return authorised_view(done)


class AgentPeriods(Controller):
    """How agents settle."""

    path = "/agent-periods"
    tags = ("agents",)

    @query("/", needs=Permission.AGENTS_READ)
    def list_agent_periods(
        self,
        work: NamedDependency[Work],
        filters: PeriodFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[AgentPeriodView]:
        """List settlement periods that have ended, newest first, with the invoices they became."""
        return listed(work, PERIODS, period_view, filters=filters, cursor=cursor, limit=limit)

    @query("/remittances", needs=Permission.AGENTS_READ)
    def list_agent_remittances(
        self,
        work: NamedDependency[Work],
        filters: RemittanceFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[RemittanceView]:
        """List what lowered agents' outstanding, newest first.

        Remittances come with the bank's statements: a transfer that begins with `REMIT` or `票款` and the agent's code.
        """
        return listed(work, REMITTANCES, remittance_view, filters=filters, cursor=cursor, limit=limit)
