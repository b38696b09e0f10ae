"""What agents sold, in reports and by decision, and the periods it is settled in."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.receivables_dto import RowErrorView, row_error_view
from app.fields import MAX_ITEMS, Moment, PartyId, PeriodId, body_date, line, public, shown_id
from app.money_dto import MoneyDto, shown
from domain.financing.agents.limits import Authorised
from domain.financing.agents.sales import SalesReported
from domain.financing.agents.sales_files import SaleLine
from domain.financing.agents.states import RemittanceKind, SaleOrigin
from domain.financing.agents.tables import AgentPeriod, AgentSale, Remittance
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

SALE, REPORT, PERIOD = "asl", "asr", "apd"
SaleId = Annotated[str, public(SALE, "A sale.")]
ReportId = Annotated[str, public(REPORT, "A report of sales.")]
ReceivableId = Annotated[str, public("rcv", "A receivable.")]
Reference = Annotated[str, line(64, "What the sale is known by; it counts once.", "T-20260302-0001")]


class SaleItem(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A day's sales of an agent, or one sale; below zero a refund or correction."""

    agent_code: Annotated[str, line(64, "The agent's code.", "A-7")]
    sold_on: date
    reference: Reference
    amount: MoneyDto

    def value(self, place: int) -> SaleLine:
        """The line as the report has it."""
        sold_on = body_date(f"items/{place - 1}/sold_on", self.sold_on)
        return SaleLine(place, self.agent_code, sold_on, self.reference, self.amount.money())


class ReportSales(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Daily sales, each by itself."""

    items: Annotated[list[SaleItem], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class AuthoriseSale(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A sale the agent is about to make."""

    amount: MoneyDto
    reference: Reference


class SalesReportView(msgspec.Struct, kw_only=True):
    """What became of each line: taken, known exactly so before, or refused with its reason."""

    id: ReportId
    read: int
    taken: int
    known: int
    refused: list[RowErrorView]


class AuthorisedView(msgspec.Struct, kw_only=True):
    """A sale that was allowed and counts, and what may be sold after it."""

    sale_id: SaleId
    amount: MoneyDto
    headroom: MoneyDto
    repeated: bool


class SaleView(msgspec.Struct, kw_only=True):
    """A sale, refund or correction."""

    id: SaleId
    agent_id: PartyId
    reference: str
    sold_on: date
    amount: MoneyDto
    origin: SaleOrigin
    period_id: PeriodId | None
    created_at: Moment


class AgentPeriodView(msgspec.Struct, kw_only=True):
    """A settlement period that has ended, and the invoice it became: sales less refunds and what was remitted early."""

    id: PeriodId
    agent_id: PartyId
    starts_on: date
    ends_on: date
    due_on: date
    sales: MoneyDto
    refunds: MoneyDto
    early: MoneyDto
    face_amount: MoneyDto
    collected: MoneyDto
    receivable_id: ReceivableId | None


class RemittanceView(msgspec.Struct, kw_only=True):
    """What lowered an agent's outstanding; below zero what came back."""

    agent_id: PartyId
    kind: RemittanceKind
    amount: MoneyDto
    value_on: date
    source: str
    recorded_at: Moment


def report_view(report: SalesReported) -> SalesReportView:
    """The report as the API shows it."""
    return SalesReportView(
        id=public_id(REPORT, report.report_id),
        read=report.read,
        taken=report.taken,
        known=report.known,
        refused=[row_error_view(error) for error in report.refused],
    )


def authorised_view(done: Authorised) -> AuthorisedView:
    """The decision as the API shows it."""
    return AuthorisedView(
        sale_id=public_id(SALE, done.sale_id),
        amount=shown(done.amount),
        headroom=shown(done.headroom),
        repeated=done.repeated,
    )


def sale_view(row: AgentSale) -> SaleView:
    """The sale as the API shows it."""
    return SaleView(
        id=public_id(SALE, row.id),
        agent_id=public_id(PARTY, row.agent_id),
        reference=row.reference,
        sold_on=row.sold_on,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        origin=row.origin,
        period_id=shown_id(PERIOD, row.period_id),
        created_at=row.created_at,
    )


def period_view(row: AgentPeriod) -> AgentPeriodView:
    """The period as the API shows it."""
    return AgentPeriodView(
        id=row.public_id,
        agent_id=public_id(PARTY, row.agent_id),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        due_on=row.due_on,
        sales=MoneyDto.of_minor(row.sales_minor, row.currency),
        refunds=MoneyDto.of_minor(row.refunds_minor, row.currency),
        early=MoneyDto.of_minor(row.early_minor, row.currency),
        face_amount=MoneyDto.of_minor(row.face_minor, row.currency),
        collected=MoneyDto.of_minor(row.collected_minor, row.currency),
        receivable_id=shown_id("rcv", row.receivable_id),
    )


def remittance_view(row: Remittance) -> RemittanceView:
    """The remittance as the API shows it."""
    return RemittanceView(
        agent_id=public_id(PARTY, row.agent_id),
        kind=row.kind,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        value_on=row.value_on,
        source=row.source,
        recorded_at=row.recorded_at,
    )
