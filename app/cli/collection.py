"""`tributary collection`: clients, plans, dues and payouts, and a file of what payers owe."""

from pathlib import Path
from typing import Annotated

import typer

from app.api.collection_dto import client_claim_view, client_view, due_view, payout_view, plan_view
from app.cli.files import show_report
from app.cli.listings import Filters, Rows, show_listing
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.access.tenants import tenant_clock
from domain.calendars.reading import bank_calendar
from domain.collection.clients import PREFIX
from domain.collection.listings import CLAIMS, CLIENTS, DUES, PAYOUTS, PLANS
from domain.collection.plan_file import import_plans
from domain.platform.ids import parse_public_id
from domain.values.actor import system

_CLIENT = {"id": "id", "party 委托方": "party_id", "state 状态": "state", "purpose 用途": "purpose"}
_PLAN = {
    "id": "id",
    "reference 编号": "reference",
    "kind 类型": "kind",
    "amount 金额": "amount",
    "first 首期": "first_on",
    "state 状态": "state",
}
_DUE = {
    "id": "id",
    "amount 金额": "amount",
    "due 到期": "rolled_due_on",
    "state 状态": "state",
    "collected 收到": "collected_on",
    "reason 原因": "failure_reason",
}
_CLAIM = {"id": "id", "client 委托方": "client_id", "amount 金额": "amount", "arose 发生": "arose_on"}
_PAYOUT = {
    "id": "id",
    "on 日期": "planned_on",
    "items 笔数": "items",
    "gross 总额": "gross",
    "fee 手续费": "fee",
    "net 净额": "net",
    "state 状态": "state",
}

app = typer.Typer(help="Entrusted collection: list, import · 委托代收", no_args_is_help=True)


@app.command("clients")
def list_clients(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List clients, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, CLIENTS, client_view, _CLIENT, filters=filters, limit=limit, as_json=as_json)


@app.command("plans")
def list_plans(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List plans, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, PLANS, plan_view, _PLAN, filters=filters, limit=limit, as_json=as_json)


@app.command("dues")
def list_dues(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List dues, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, DUES, due_view, _DUE, filters=filters, limit=limit, as_json=as_json)


@app.command("payouts")
def list_payouts(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List what clients were, or are to be, paid, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, PAYOUTS, payout_view, _PAYOUT, filters=filters, limit=limit, as_json=as_json)


@app.command("claims")
def list_claims(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List what clients owe back, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, CLAIMS, client_claim_view, _CLAIM, filters=filters, limit=limit, as_json=as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX · 应收文件", exists=True, dir_okay=False)],
    client: Annotated[str, typer.Option(help="Whose dues, cli_… · 委托方")],
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Register the plans and bills of a file: all of them, or none and exit status 3."""
    with tenant_session(tenant) as session:
        clock = tenant_clock(session)
        report = import_plans(
            session,
            parse_public_id(PREFIX, client),
            content=file.read_bytes(),
            file_name=file.name,
            calendar=bank_calendar(session, clock.today()),
            actor=system("import"),
            clock=clock,
        )
    show_report(report, as_json=as_json)
