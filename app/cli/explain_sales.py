"""`tributary explain` of an advance out of sales: each figure with its rules, its reason and what went into it."""

from collections.abc import Iterator

from rich.table import Table

from app.api.sales_advances_dto import SalesExplanationView
from app.cli.explained import rules_table
from app.cli.tenants import spoken

_FIGURES = {
    "daily_payment": ("Expected payment a day", "预计每日还款"),
    "owed": ("Owed in all", "应还总额"),
    "due": ("Due by now", "截至目前应还"),
    "behind": ("Behind", "应还未还"),
    "open": ("Open", "未还金额"),
    "income": ("Income earned", "已实现收益"),
    "carrying": ("In the books", "账面摊余成本"),
    "penalty": ("Penalty", "罚息"),
    "loss": ("Loss", "损失"),
    "payoff": ("Payoff", "结清金额"),
    "overpaid": ("Overpaid", "多付款"),
}


def sales_tables(view: SalesExplanationView) -> Iterator[Table]:
    """The figures, then the rules that they quote."""
    yield _figures(view)
    yield rules_table(view.rules)


def _figures(view: SalesExplanationView) -> Table:
    title = f"{view.advance_id} · {spoken('at the start of', '截至')} {view.as_of}"
    table = Table(title=title, title_justify="left", title_style="bold cyan", box=None, pad_edge=False)
    for name in (spoken("figure", "项目"), spoken("from", "来源"), spoken("rules", "规则")):
        table.add_column(name, overflow="fold")
    table.add_column(spoken("amount", "金额"), justify="right", no_wrap=True)
    for each in view.figures:
        table.add_section()
        name = spoken(*_FIGURES[each.figure])
        amount = f"[bold]{each.amount.money().amount:,}"
        table.add_row(f"[bold]{name}", spoken(each.en, each.zh), " ".join(each.rules), amount)
        for key, value in each.inputs.items():
            table.add_row("", f"{key} {value}", "", "")
    return table
