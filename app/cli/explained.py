"""What every explanation at the command line ends with: the rules it quotes, and whether the books agree."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from app.api.explanations_dto import ProofView, RuleView
from app.cli.tenants import spoken


def rules_table(rules: Iterable[RuleView]) -> Table:
    """Each rule in a sentence, and where it comes from."""
    table = headless(spoken("Rules", "规则"))
    for rule in rules:
        table.add_row(rule.number, spoken(rule.en, rule.zh), rule.citation)
    return table


def proof_verdict(proof: ProofView, *, adds_up: bool) -> str:
    """Whether the books agree, in a line."""
    if not proof.differences and adds_up:
        return spoken("[green]Sub-ledger and ledger agree ✓", "[green]明细账与总账一致 ✓")
    return "[red]" + spoken("The books say otherwise:", "账目不一致:") + " " + escape("; ".join(proof.differences))


def headless(title: str) -> Table:
    """A table of three columns that need no heading."""
    table = Table(title=title, title_justify="left", title_style="bold cyan", box=None, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    return table
