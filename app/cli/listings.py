"""Listings at the command line: the API's own views and filter grammar, as a table or as JSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from app.money_dto import MoneyDto
from domain.platform.database import TenantSession
from domain.platform.listing import Listing, list_rows

MAX_ROWS = 10_000  # what a terminal or a script still takes at once
WIDEST = 1_000  # of a table; what a bank writes beside an entry has at most some hundred characters
Filters = Annotated[
    list[str] | None, typer.Option("--filter", help="field:operator:value, all of which hold · 筛选条件")
]
Rows = Annotated[int, typer.Option("--limit", min=1, max=MAX_ROWS, help="Rows, newest first · 行数")]


def show_listing(
    session: TenantSession,
    listing: Listing[Any],
    view: Callable[[Any], msgspec.Struct],
    columns: Mapping[str, str],
    *,
    filters: Sequence[str] | None,
    limit: int,
    as_json: bool,
) -> None:
    """Print the newest rows; `columns` are the fields of the view that a table shows, by their heading."""
    shown = [view(row) for row in list_rows(session, listing, filters=filters or (), limit=limit)]
    if as_json:
        print_json(shown)
        return
    table = Table(box=None, pad_edge=False, header_style="bold cyan")
    for heading in columns:
        table.add_column(heading, no_wrap=True)
    for each in shown:
        table.add_row(*(_text(each, path) for path in columns.values()))
    print_table(table)


def print_table(table: Table) -> None:
    """Every cell whole, however narrow the terminal or the pipe: an id that is cut short is of no use."""
    console = Console(highlight=False)
    console.width = max(console.width, console.measure(table, options=console.options.update(max_width=WIDEST)).maximum)
    console.print(table)


def print_json(value: object) -> None:
    """As the API would answer."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _text(value: Any, path: str) -> str:  # noqa: ANN401 - a view, and then its parts
    for name in path.split("."):
        value = getattr(value, name)
    if isinstance(value, MoneyDto):
        return str(value.money())
    return "" if value is None else str(value)
