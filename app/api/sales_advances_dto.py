"""Advances repaid out of sales: what is quoted and agreed, where they stand, and the sales themselves."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from app.api.explanations_dto import ProofView, RuleView, proof_view, rule_view
from app.api.receivables_dto import RowErrorView, row_error_view
from app.api.requests_dto import WarningView, warnings_view
from app.api.servicing_dto import AllInRateView
from app.fields import (
    MAX_ITEMS,
    AccountId,
    Digest,
    FacilityId,
    Moment,
    PartyId,
    SalesAdvanceId,
    body_date,
    line,
    public,
)
from app.money_dto import MoneyDto, Rate, shown, shown_rate
from domain.financing.citations import RULE
from domain.financing.explaining import Proof
from domain.financing.sales.explaining import SalesDay, SalesStanding
from domain.financing.sales.explanation import explain
from domain.financing.sales.proposals import GRACE_DAYS, digest_of
from domain.financing.sales.quotes import SalesQuote, SalesTerms
from domain.financing.sales.replay import SalesFigures, accrue_to, carrying
from domain.financing.sales.reports import MerchantSaleLine, MerchantSalesReported
from domain.financing.sales.rules import SalesPlan, ScheduleRow
from domain.financing.sales.states import SalesAdvanceState, SalesEventKind
from domain.financing.sales.tables import MerchantSale, SalesAdvance, SalesAdvanceEvent
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.values.rounding import to_places

RATE_PLACES = 9  # of rates in answers; the contract keeps its daily rate with thirty
Reference = Annotated[str, line(64, "The contract that the merchant signed.", "SA-2026-0007")]
SaleReference = Annotated[str, line(64, "What the line is known by; it counts once.", "Z-2026-03-02")]
SaleId = Annotated[str, public("msl", "A line of sales.")]
GraceDays = Annotated[int, msgspec.Meta(ge=0, le=60, description="Days a share may be late before it is overdue.")]


class SalesTermsDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Sales expected in a year, the share of each day's that repays, what is paid out, and the fee for it.

    `early_rebate` is the part of the unearned fee that is given back to who settles before the last day by its own
    payment: without it the fee is fixed. `penalty_rate` is the yearly rate on what is unpaid of the principal after it.
    """

    payment_volume: MoneyDto
    share: Rate
    year_days: Literal[360, 365] = 360
    net: MoneyDto
    fee: MoneyDto
    early_rebate: Rate = "0"
    penalty_rate: Rate = "0"

    def value(self) -> SalesTerms:
        """What the rules work with."""
        return SalesTerms(
            *(self.payment_volume.money(), Decimal(self.share), self.year_days, self.net.money(), self.fee.money()),
            early_rebate=Decimal(self.early_rebate),
            penalty_rate=Decimal(self.penalty_rate),
        )


class ProposeSalesAdvance(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An advance as it shall be paid out; what is unpaid on `final_on` falls due then, whatever was sold."""

    facility_id: FacilityId
    merchant_id: PartyId
    terms: SalesTermsDto
    contract_reference: Reference
    funding_on: date
    final_on: date
    grace_days: GraceDays = GRACE_DAYS


class ScheduleRowView(msgspec.Struct, kw_only=True):
    """One expected day: what is paid, what of it is income, what is left of the advance afterwards."""

    day: int
    payment: MoneyDto
    income: MoneyDto
    balance: MoneyDto


class SalesScheduleView(msgspec.Struct, kw_only=True):
    """What repays an advance if sales come as expected."""

    rules: list[str]
    items: list[ScheduleRowView]


class SalesQuoteView(msgspec.Struct, kw_only=True):
    """What the terms come to.

    `all_in` sets the fee against the cash over the whole term, as every offer is shown; the effective rates count that
    the money is out less and less of it.
    """

    daily_payment: MoneyDto
    payments: int
    last_payment: MoneyDto
    owed: MoneyDto
    daily_effective_rate: Rate
    annual_effective_rate: str
    all_in: AllInRateView
    rules: list[str]
    schedule: list[ScheduleRowView]


class SalesFiguresView(msgspec.Struct, kw_only=True):
    """Where an advance stands in the books: `income` was earned so far, `carrying` is its amortised cost.

    What was collected is set against `penalty` first, then against a loss, then against advance and fee (`repaid`).
    """

    funded_on: date | None
    as_of: date | None
    owed: MoneyDto
    collected: MoneyDto
    repaid: MoneyDto
    rebated: MoneyDto
    open: MoneyDto
    penalty: MoneyDto
    penalty_paid: MoneyDto
    lost: MoneyDto
    recovered: MoneyDto
    overpaid: MoneyDto
    refunded: MoneyDto
    income: MoneyDto
    carrying: MoneyDto


class SalesAdvanceView(msgspec.Struct, kw_only=True):
    """An advance repaid out of sales; `digest` is what a second person approves."""

    id: SalesAdvanceId
    state: SalesAdvanceState
    facility_id: FacilityId
    lender_id: PartyId
    merchant_id: PartyId
    contract_reference: str
    terms: SalesTermsDto
    daily_payment: MoneyDto
    payments: int
    daily_effective_rate: Rate
    annual_effective_rate: str
    all_in: AllInRateView
    warnings: list[WarningView]
    funding_on: date
    final_on: date
    grace_days: int
    own_account_id: AccountId
    payee_account_id: AccountId
    figures: SalesFiguresView
    failure_reason: str
    made_by: str
    created_at: Moment
    digest: Digest


class SalesPaymentView(msgspec.Struct, kw_only=True):
    """What happened to an advance, and by what its booking changed what was collected, earned, given back or lost."""

    number: int
    kind: SalesEventKind
    value_date: date
    amount: MoneyDto
    collected: MoneyDto
    income: MoneyDto
    penalty_paid: MoneyDto
    rebated: MoneyDto
    lost: MoneyDto
    recovered: MoneyDto
    source: str
    reason: str
    recorded_at: Moment


class SalesPaymentsView(msgspec.Struct, kw_only=True):
    """Everything that happened to an advance, in the order it was booked."""

    items: list[SalesPaymentView]


class SalesDayView(msgspec.Struct, kw_only=True):
    """A day's sales, the share of them, and what of it was owed still."""

    sold_on: date
    sales: MoneyDto
    share: MoneyDto
    due: MoneyDto


class SalesDaysView(msgspec.Struct, kw_only=True):
    """What sales have made due by a date, what of it is unpaid, and day by day how it came about."""

    as_of: date
    due: MoneyDto
    collected: MoneyDto
    behind: MoneyDto
    items: list[SalesDayView]


class ExplainedFigureView(msgspec.Struct, kw_only=True):
    """One figure with the rules it follows, how it is worked out, and what went into it."""

    figure: str
    amount: MoneyDto
    rules: list[str]
    en: str
    zh: str
    inputs: dict[str, str]


class SalesExplanationView(msgspec.Struct, kw_only=True):
    """Why an advance stands where it does at the start of a date; the proof is of what is booked now."""

    advance_id: SalesAdvanceId
    as_of: date
    figures: list[ExplainedFigureView]
    rules: list[RuleView]
    proof: ProofView


class MerchantSaleItem(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A day's sales, or a part of them; below zero a refund or correction."""

    sold_on: date
    reference: SaleReference
    amount: MoneyDto

    def value(self, place: int) -> MerchantSaleLine:
        """The line as the report has it."""
        sold_on = body_date(f"items/{place - 1}/sold_on", self.sold_on)
        return MerchantSaleLine(place, sold_on, self.reference, self.amount.money())


class ReportMerchantSales(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Daily sales of a merchant, each line by itself."""

    merchant_id: PartyId
    items: Annotated[list[MerchantSaleItem], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class MerchantSalesReportView(msgspec.Struct, kw_only=True):
    """What became of each line: taken, known exactly so before, or refused with its reason."""

    read: int
    taken: int
    known: int
    refused: list[RowErrorView]


class MerchantSaleView(msgspec.Struct, kw_only=True):
    """What a merchant sold on a day, or gave back."""

    id: SaleId
    merchant_id: PartyId
    sold_on: date
    reference: str
    amount: MoneyDto
    reported_by: str
    created_at: Moment


def quote_view(quote: SalesQuote) -> SalesQuoteView:
    """The figures with their schedule."""
    return SalesQuoteView(
        daily_payment=shown(quote.plan.daily),
        payments=quote.payments,
        last_payment=shown(quote.last_payment),
        owed=shown(quote.plan.owed),
        daily_effective_rate=_daily(quote.daily_rate),
        annual_effective_rate=shown_rate(quote.annual_effective),
        all_in=AllInRateView(simple=shown_rate(quote.all_in.simple), effective=shown_rate(quote.all_in.effective)),
        rules=["R15", "R14"],
        schedule=[_row_view(row) for row in quote.schedule],
    )


def schedule_view(rows: list[ScheduleRow]) -> SalesScheduleView:
    """The expected days."""
    return SalesScheduleView(rules=["R15", "R16"], items=[_row_view(row) for row in rows])


def plan_of(row: SalesAdvance) -> SalesPlan:
    """What the contract expects."""
    return SalesPlan(row.money(row.net_minor), row.money(row.fee_minor), row.money(row.daily_minor))


def sales_advance_view(row: SalesAdvance, *, closed: date | None) -> SalesAdvanceView:
    """The advance as the API shows it, with its figures as the books hold them."""
    return SalesAdvanceView(
        id=row.public_id,
        state=row.state,
        facility_id=public_id("fac", row.facility_id),
        lender_id=public_id(PARTY, row.lender_id),
        merchant_id=public_id(PARTY, row.merchant_id),
        contract_reference=row.contract_reference,
        terms=_terms(row),
        daily_payment=shown(row.money(row.daily_minor)),
        payments=row.payments,
        daily_effective_rate=_daily(row.daily_rate),
        annual_effective_rate=shown_rate(row.annual_effective),
        all_in=AllInRateView(simple=shown_rate(row.quoted_simple), effective=shown_rate(row.quoted_effective)),
        warnings=warnings_view(row.findings),
        funding_on=row.funding_on,
        final_on=row.final_on,
        grace_days=row.grace_days,
        own_account_id=public_id("acc", row.own_account_id),
        payee_account_id=public_id("acc", row.payee_account_id),
        figures=_figures(row, accrue_to(row.contract, row.figures, closed)),
        failure_reason=row.failure_reason,
        made_by=row.made_by,
        created_at=row.created_at,
        digest=digest_of(row),
    )


def payments_view(rows: list[SalesAdvanceEvent]) -> SalesPaymentsView:
    """What the bank said."""
    return SalesPaymentsView(items=[_payment_view(row) for row in rows])


def days_view(found: SalesStanding) -> SalesDaysView:
    """What sales have made due."""
    return SalesDaysView(
        as_of=found.as_of,
        due=shown(found.due),
        collected=shown(found.figures.collected),
        behind=shown(found.behind),
        items=[_day_view(day) for day in found.days],
    )


def sales_explanation_view(found: SalesStanding, proof: Proof) -> SalesExplanationView:
    """Figures with their reasons, the rules they quote, and whether the books agree."""
    figures = explain(found)
    numbers = {number for each in figures for number in each.rules}
    return SalesExplanationView(
        advance_id=found.advance.public_id,
        as_of=found.as_of,
        figures=[
            ExplainedFigureView(
                figure=each.figure,
                amount=shown(each.amount),
                rules=list(each.rules),
                en=each.en,
                zh=each.zh,
                inputs=dict(each.inputs),
            )
            for each in figures
        ],
        rules=[rule_view(rule) for number, rule in RULE.items() if number in numbers],
        proof=proof_view(proof),
    )


def merchant_report_view(reported: MerchantSalesReported) -> MerchantSalesReportView:
    """What became of a report."""
    refused = [row_error_view(error) for error in reported.refused]
    return MerchantSalesReportView(read=reported.read, taken=reported.taken, known=reported.known, refused=refused)


def merchant_sale_view(row: MerchantSale) -> MerchantSaleView:
    """A line as it was reported."""
    return MerchantSaleView(
        id=public_id("msl", row.id),
        merchant_id=public_id(PARTY, row.merchant_id),
        sold_on=row.sold_on,
        reference=row.reference,
        amount=shown(row.amount),
        reported_by=row.reported_by,
        created_at=row.created_at,
    )


def _terms(row: SalesAdvance) -> SalesTermsDto:
    return SalesTermsDto(
        payment_volume=shown(row.money(row.volume_minor)),
        share=shown_rate(row.share),
        year_days=365 if row.year_days == 365 else 360,  # noqa: PLR2004 - the two years there are
        net=shown(row.money(row.net_minor)),
        fee=shown(row.money(row.fee_minor)),
        early_rebate=shown_rate(row.early_rebate),
        penalty_rate=shown_rate(row.penalty_rate),
    )


def _figures(row: SalesAdvance, figures: SalesFigures) -> SalesFiguresView:
    return SalesFiguresView(
        funded_on=figures.funded_on,
        as_of=figures.as_of,
        owed=shown(figures.owed),
        collected=shown(figures.collected),
        repaid=shown(figures.repaid),
        rebated=shown(figures.rebated),
        open=shown(figures.open),
        penalty=shown(figures.penalty_open),
        penalty_paid=shown(figures.penalty_paid),
        lost=shown(figures.lost),
        recovered=shown(figures.recovered),
        overpaid=shown(figures.overpaid),
        refunded=shown(figures.refunded),
        income=shown(figures.income),
        carrying=shown(carrying(row.contract, figures)),
    )


def _daily(rate: Decimal) -> str:
    return shown_rate(to_places(rate, RATE_PLACES))


def _row_view(row: ScheduleRow) -> ScheduleRowView:
    return ScheduleRowView(
        day=row.day, payment=shown(row.payment), income=shown(row.income), balance=shown(row.balance)
    )


def _payment_view(row: SalesAdvanceEvent) -> SalesPaymentView:
    return SalesPaymentView(
        number=row.number,
        kind=row.kind,
        value_date=row.value_date,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        collected=MoneyDto.of_minor(row.collected_minor, row.currency),
        income=MoneyDto.of_minor(row.income_minor, row.currency),
        penalty_paid=MoneyDto.of_minor(row.penalty_paid_minor, row.currency),
        rebated=MoneyDto.of_minor(row.rebated_minor, row.currency),
        lost=MoneyDto.of_minor(row.lost_minor, row.currency),
        recovered=MoneyDto.of_minor(row.recovered_minor, row.currency),
        source=row.source,
        reason=row.reason,
        recorded_at=row.recorded_at,
    )


def _day_view(day: SalesDay) -> SalesDayView:
    return SalesDayView(sold_on=day.sold_on, sales=shown(day.sales), share=shown(day.share), due=shown(day.due))
