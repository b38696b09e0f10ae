"""`tributary close-day`: close a business date by hand, as the evening's job does."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from app.cli.listings import print_json
from app.cli.tenants import AsJson, Tenant, spoken, tenant_database
from domain.values.money import Money
from jobs.closing_by_hand import DayClosed
from jobs.closing_by_hand import close_day as close_next_day

BOOKS_DIFFER = 3  # the exit status of a close after which the books do not agree
_FIGURES = {
    "read": ("advances read", "读取融资笔数"),
    "accrued": ("of them bore something", "其中计息"),
    "interest": ("interest", "利息"),
    "penalty": ("penalty", "罚息"),
    "overdue": ("became overdue", "转逾期"),
    "nonperforming": ("became non-performing", "转不良"),
    "provision": ("provision, change", "准备金变动"),
    "pool_legs": ("pool positions read", "资金池头寸"),
    "final": ("payments became final", "转终局付款"),
    "over_debits": ("debited too much", "超额扣款"),
    "differences": ("differences in the books", "账目差异"),
}


def close_day(
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The next business date · 营业日")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Work it out and keep nothing · 试算")] = False,
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Close the next business date of a tenant; the exit status is 3 when the books do not agree afterwards."""
    with tenant_database(tenant) as (database, tenant_id):
        closed = close_next_day(database, tenant_id, on.date() if on else None, dry_run=dry_run)
    if as_json:
        print_json(asdict(closed))
    else:
        for line in _lines(closed):
            typer.echo(line)
    if closed.figures["differences"]:
        raise typer.Exit(BOOKS_DIFFER)


def _lines(closed: DayClosed) -> Iterator[str]:
    done = spoken("worked out, nothing kept", "试算,未入账") if closed.dry_run else spoken("closed", "日终完成")
    yield f"{closed.on}: {done}, {closed.seconds:.1f} s"
    for key, name in _FIGURES.items():
        yield f"  {spoken(*name)}: {_plain(closed.figures[key])}"


def _plain(figure: int | Mapping[str, str]) -> str:
    if isinstance(figure, int):
        return f"{figure:,}"
    return ", ".join(f"{Money.of(amount, currency)}" for currency, amount in figure.items()) or "0"
