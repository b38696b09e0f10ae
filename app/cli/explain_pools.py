"""`tributary explain` of a pool or of one account in it: positions, interest by period, back-values, and the proof."""

from collections.abc import Iterator

from rich.table import Table

from app.api.pool_explanations_dto import LegExplanationView, PoolExplanationView, PoolPeriodView
from app.cli.explained import headless, rules_table
from app.cli.tenants import spoken
from app.money_dto import MoneyDto

_BEARING = {"earned": ("earned", "应收利息"), "owed": ("owed", "应付利息")}


def pool_tables(view: PoolExplanationView) -> Iterator[Table]:
    """One table for each account, then the versions and the rules that they quote."""
    for leg in view.items:
        yield _leg(leg, view)
    yield _versions(view)
    yield rules_table(view.rules)


def pool_verdict(view: PoolExplanationView) -> str:
    """Whether the books agree, in a line."""
    wrong = [f"{leg.account_id}: {'; '.join(leg.differences) or '-'}" for leg in view.items if not leg.proved]
    if wrong:
        return "[red]" + spoken("The books say otherwise:", "账目不一致:") + " " + " | ".join(wrong)
    return spoken("[green]Periods, nights and ledger agree ✓", "[green]分段、逐日计提与总账一致 ✓")


def _leg(leg: LegExplanationView, view: PoolExplanationView) -> Table:
    title = f"{leg.account_id} · {spoken('at the end of', '截至日终')} {view.as_of}"
    table = Table(title=title, title_justify="left", title_style="bold cyan", box=None, pad_edge=False)
    for name in (spoken("figure", "项目"), spoken("from", "来源"), spoken("rules", "规则")):
        table.add_column(name, overflow="fold")
    table.add_column(spoken("amount", "金额"), justify="right", no_wrap=True)
    table.add_row(f"[bold]{spoken('Position', '头寸')}", "", "Sweeps", f"[bold]{_plain(leg.position)}")
    for move in leg.movements:
        said = " ".join(str(part) for part in (move.value_date, move.kind, move.loan_slip or move.sweep_id) if part)
        table.add_row("", said, "", _plain(move.amount))
    for bearing, said_of in _BEARING.items():
        total = getattr(leg.accrued, bearing)
        periods = [each for each in leg.periods if each.bearing == bearing]
        if not periods and not total.money():
            continue
        table.add_section()
        table.add_row(f"[bold]{spoken('Interest', '利息')}, {spoken(*said_of)}", "", "", f"[bold]{_plain(total)}")
        for each in periods:
            table.add_row("", _period(each), " ".join(each.rules), _plain(each.amount))
        left = getattr(leg.unexplained, bearing)
        if left.money():
            table.add_row("", spoken("[red]not explained", "[red]无法解释"), "", _plain(left))
    return table


def _period(each: PoolPeriodView) -> str:
    sum_of = f"{_plain(each.principal)} × {each.rate} × {each.days} / 360 = {each.exact}"
    carried = f", {spoken('residue', '余差')} {each.residue}" if each.residue.strip("-0.") else ""
    return f"{each.start} – {each.end}: {sum_of}{carried}, {spoken('version', '版本')} {each.version}"


def _versions(view: PoolExplanationView) -> Table:
    table = headless(spoken("Versions", "版本"))
    for each in view.versions:
        rates = f"↑ {each.up_rate} ↓ {each.down_rate}"
        table.add_row(f"{each.pool_id} {each.version}", f"{each.effective_on} {rates}", each.digest)
    return table


def _plain(amount: MoneyDto) -> str:
    return f"{amount.money().amount:,}"
