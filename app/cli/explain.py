"""`tributary explain`: why an advance, on an invoice or out of sales, or a pool stands where it does, to the cent."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.api.explanations_dto import DerivationView, ExplanationView, PartView, PeriodView, explanation_view
from app.api.pool_explanations_dto import PoolExplanationView, pool_explanation_view
from app.api.sales_advances_dto import SalesExplanationView, sales_explanation_view
from app.cli.explain_pools import pool_tables, pool_verdict
from app.cli.explain_sales import sales_tables
from app.cli.explained import proof_verdict, rules_table
from app.cli.tenants import AsJson, Tenant, spoken, tenant_session
from app.money_dto import MoneyDto
from domain.access.tenants import tenant_clock
from domain.financing.explaining import explain_advance
from domain.financing.explanation import Figure
from domain.financing.sales.explaining import standing
from domain.financing.sales.proving import prove
from domain.financing.sales.queries import find_sales_advance
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.platform.database import TenantSession
from domain.platform.ids import parse_public_id
from domain.platform.listing import find_row
from domain.pooling.explaining import explain_legs, legs_of_account
from domain.pooling.pages import leg_page
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolStructure

SALES_ADVANCE = "sad"
MAX_LEGS = 1_000  # accounts that a terminal still takes; the API goes on page by page
NOT_PROVED = 3  # the exit status of an explanation that does not agree with the books
_FIGURES = {
    Figure.PRINCIPAL: ("Principal", "本金"),
    Figure.INTEREST: ("Interest", "利息"),
    Figure.PENALTY: ("Penalty", "罚息"),
    Figure.COSTS: ("Costs", "费用"),
    Figure.FEE: ("Fee", "手续费"),
    Figure.RESERVE: ("Reserve", "尾款"),
    Figure.DILUTION_CALL: ("Dilution call", "补足要求"),
    Figure.COLLECTED: ("Collected", "已收款"),
    Figure.OVERPAID: ("Overpaid", "多付款"),
    Figure.KEPT: ("Kept by the lender", "保理人留存"),
    Figure.LOSS: ("Loss", "损失"),
    Figure.PROVISION_SHARE: ("Provision share", "准备金份额"),
    Figure.DEBTOR_FEE: ("Fee of the debtor", "债务人承担的手续费"),
    Figure.EARLY_CHARGE: ("Early settlement", "提前结清费"),
    Figure.PAYOFF: ("Payoff", "结清金额"),
}


def explain(
    subject: Annotated[
        str,
        typer.Argument(
            help="An advance adv_… or sad_…, a pool str_…, or an account in pools acc_… · 融资、资金池或账户编号"
        ),
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="At the start of a date; of pools, at its end · 截至日"),
    ] = None,
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Show where every figure of an advance, or of a pool, comes from; the exit status is 3 when the books disagree."""
    with tenant_session(tenant) as session:
        on = as_of.date() if as_of else tenant_clock(session).today()
        view = _explained(session, subject, on)
    console = Console(highlight=False)
    if isinstance(view, PoolExplanationView):
        proved, tables, verdict = all(leg.proved for leg in view.items), pool_tables(view), pool_verdict(view)
    elif isinstance(view, SalesExplanationView):
        proved = view.proof.subledger_agrees and view.proof.ledger_agrees
        tables, verdict = sales_tables(view), proof_verdict(view.proof, adds_up=True)
    else:
        proved = view.adds_up and view.proof.subledger_agrees and view.proof.ledger_agrees
        tables, verdict = _tables(view), proof_verdict(view.proof, adds_up=view.adds_up)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
    else:
        for table in tables:
            console.print(table)
        console.print(verdict)
    if not proved:
        raise typer.Exit(NOT_PROVED)


def _explained(
    session: TenantSession, subject: str, on: date
) -> ExplanationView | PoolExplanationView | SalesExplanationView:
    """By what kind of thing the id names; anything else is refused as an advance that does not exist."""
    kind = subject.partition("_")[0]
    if kind == POOL:
        pool = find_row(session, PoolStructure, parse_public_id(POOL, subject), kind="pool", reference=subject)
        legs = leg_page(session, pool.id, after=None, limit=MAX_LEGS + 1)
        if len(legs) > MAX_LEGS:
            said = (
                f"the first {MAX_LEGS:,} accounts; the API has all of them",
                f"仅前 {MAX_LEGS:,} 个账户,完整内容见 API",
            )
            typer.echo(spoken(*said), err=True)
        return pool_explanation_view(explain_legs(session, legs[:MAX_LEGS], on))
    if kind == ACCOUNT:
        return pool_explanation_view(
            explain_legs(session, legs_of_account(session, parse_public_id(ACCOUNT, subject)), on)
        )
    if kind == SALES_ADVANCE:
        row = find_sales_advance(session, parse_public_id(SALES_ADVANCE, subject))
        return sales_explanation_view(standing(session, row, on), prove(session, row))
    return explanation_view(explain_advance(session, parse_public_id("adv", subject), on))


def _tables(view: ExplanationView) -> Iterator[Table]:
    title = f"{view.advance_id} · {spoken('at the start of', '截至')} {view.as_of}"
    yield _figures(view, title)
    yield _contract(view)
    yield _rules(view)


def _figures(view: ExplanationView, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold cyan", box=None, pad_edge=False)
    for name in (spoken("figure", "项目"), spoken("from", "来源"), spoken("rules", "规则")):
        table.add_column(name, overflow="fold")
    table.add_column(spoken("amount", "金额"), justify="right", no_wrap=True)
    for derivation in view.figures:
        if not derivation.parts and not derivation.amount.money():
            continue
        table.add_section()
        name = spoken(*_FIGURES[derivation.figure])
        table.add_row(f"[bold]{name}", "", " ".join(derivation.rules), f"[bold]{_plain(derivation.amount)}")
        for part in derivation.parts:
            table.add_row("", _said(part), " ".join(part.rules), _plain(part.amount))
        _add_unexplained(table, derivation)
    return table


def _add_unexplained(table: Table, derivation: DerivationView) -> None:
    if derivation.unexplained.money():
        table.add_row("", spoken("[red]not explained", "[red]无法解释"), "", _plain(derivation.unexplained))


def _said(part: PartView) -> str:
    if part.period is not None:
        return _period(part.period)
    if part.of is not None:
        factor = f" × {part.factor}" if part.factor else ""
        return f"{spoken(*_FIGURES[part.of])}{factor}"
    posting = f", {spoken('posting', '凭证')} {part.posting}" if part.posting else ""
    return f"{part.on} {part.kind} #{part.event}{posting}"


def _period(each: PeriodView) -> str:
    sum_of = f"{_plain(each.principal)} × {each.rate} × {each.days} / {each.year_days} = {each.exact}"
    carried = f", {spoken('residue', '余差')} {each.residue}" if each.residue.strip("-0.") else ""
    return f"{each.start} – {each.end}: {sum_of}{carried}"


def _contract(view: ExplanationView) -> Table:
    table = Table(title=spoken("Contract", "合同条款"), title_justify="left", title_style="bold cyan", box=None)
    for _ in range(3):
        table.add_column(overflow="fold")
    table.show_header = False
    for field in view.contract:
        table.add_row(field.name, field.value, field.source)
    if view.reference is not None:
        quoted = view.reference
        margin = f"{quoted.rate} + {quoted.margin_bp} bp"
        table.add_row(quoted.name, margin, f"{quoted.effective_on}: {quoted.citation}")
    rates = view.all_in_rate
    table.add_row(spoken("all-in rate, quoted", "报价综合年化成本"), rates.quoted.simple, "R14")
    if rates.realised is not None:
        table.add_row(spoken("all-in rate, realised", "实际综合年化成本"), rates.realised.simple, "R14")
    return table


def _rules(view: ExplanationView) -> Table:
    table = rules_table(view.rules)
    for warning in view.warnings:
        table.add_row("!", escape(str(warning[spoken("en", "zh")])), escape(str(warning["citation"])))
    return table


def _plain(amount: MoneyDto) -> str:
    return f"{amount.money().amount:,}"
