"""`tributary receivables`: look through invoices, and bring in a file of them as drafts."""

from pathlib import Path
from typing import Annotated

import typer

from app.api.parts_dto import SplitView, split_view, transfer_view
from app.api.receivables_dto import receivable_view, report_view
from app.cli.listings import Filters, Rows, print_json, show_listing
from app.cli.tenants import AsJson, Tenant, spoken, tenant_session
from domain.access.tenants import tenant_clock
from domain.platform.ids import parse_public_id
from domain.receivables.imports import import_invoices
from domain.receivables.listings import RECEIVABLES, SPLITS, TRANSFERS
from domain.receivables.parts.wholes import parts_of
from domain.receivables.tables import ReceivableSplit
from domain.values.actor import system
from domain.values.currency import minor_units

ROWS_REFUSED = 3  # the exit status of an import that left rows out
_COLUMNS = {
    "id": "id",
    "invoice 发票": "invoice_number",
    "state 状态": "state",
    "face 金额": "face_amount",
    "due 到期": "due_on",
}

_SPLITS = {
    "id": "id",
    "of 原凭证": "receivable_id",
    "state 状态": "state",
    "whole 金额": "whole",
    "by 经办": "made_by",
}
_TRANSFERS = {
    "id": "id",
    "part 凭证": "receivable_id",
    "state 状态": "state",
    "amount 金额": "amount",
    "from 转让方": "from_id",
    "to 受让方": "to_id",
}

app = typer.Typer(help="Invoices: list, import, parts · 应收账款", no_args_is_help=True)


@app.command("list")
def list_receivables(
    filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False
) -> None:
    """List receivables, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, RECEIVABLES, receivable_view, _COLUMNS, filters=filters, limit=limit, as_json=as_json)


@app.command("splits")
def list_splits(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List how receivables were split, newest first; `list --filter parent:eq:rcv_…` shows the parts of one."""
    with tenant_session(tenant) as session:

        def view(row: ReceivableSplit) -> SplitView:
            return split_view(row, parts_of(session, row.receivable_id))

        show_listing(session, SPLITS, view, _SPLITS, filters=filters, limit=limit, as_json=as_json)


@app.command("transfers")
def list_transfers(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List parts that were passed on, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, TRANSFERS, transfer_view, _TRANSFERS, filters=filters, limit=limit, as_json=as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX · 发票文件", exists=True, dir_okay=False)],
    currency: Annotated[str, typer.Option(help="Of rows that name none · 币种")] = "CNY",
    seller: Annotated[str | None, typer.Option(help="pty_…, where the file has no seller column · 卖方")] = None,
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Register the invoices of a file as drafts; a person submits them. The exit status is 3 when rows were refused."""
    minor_units(currency)
    with tenant_session(tenant) as session:
        report = import_invoices(
            session,
            content=file.read_bytes(),
            file_name=file.name,
            currency=currency,
            seller_id=None if seller is None else parse_public_id("pty", seller),
            actor=system("import"),
            clock=tenant_clock(session),
        )
        view = report_view(report)
    if as_json:
        print_json(view)
    else:
        read, registered = spoken("read", "读取"), spoken("registered", "登记")
        typer.echo(f"{report.read:,} {read}, {report.registered:,} {registered}")
        for error in report.refused:
            typer.echo(f"{error.row}: {error.code}", err=True)
    if report.refused:
        raise typer.Exit(ROWS_REFUSED)
