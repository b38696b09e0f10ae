"""`tributary bank`: accounts at banks, how banks are spoken to, and whether there is a way to them from here."""

import msgspec
import typer
from rich.table import Table

from app.api.bank_accounts_dto import account_view
from app.api.bank_connections_dto import ConnectionView, connection_view
from app.cli.listings import Filters, Rows, print_json, print_table, show_listing
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.access.tenants import tenant_of
from domain.banking.connections import connections
from domain.parties.listings import BANK_ACCOUNTS
from domain.platform.settings import Settings
from jobs.banks import place_of

_HEADINGS = ("bank 银行", "profile 格式", "channel 通道", "where 位置", "cut-offs 截止")
_ACCOUNT = {
    "id": "id",
    "number 账号": "masked",
    "currency 币种": "currency",
    "holder 户名": "holder_name",
    "bank 银行": "bank_id",
    "state 状态": "state",
}

app = typer.Typer(help="Banks: accounts, connections · 银行", no_args_is_help=True)


@app.callback()
def banks() -> None:
    """Banks · 银行."""


@app.command("accounts")
def list_accounts(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List accounts, newest first; `--filter own:eq:true` are those the group operates."""
    with tenant_session(tenant) as session:
        show_listing(session, BANK_ACCOUNTS, account_view, _ACCOUNT, filters=filters, limit=limit, as_json=as_json)


class _Shown(msgspec.Struct):
    """A connection, and where it leads on this installation."""

    connection: ConnectionView
    place: str


@app.command("connections")
def list_connections(tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List the banks that have settings of their own, and where each is met; the others go to the gateway or folder."""
    settings = Settings.from_environment()
    with tenant_session(tenant) as session:
        slug = tenant_of(session).slug
        shown = [
            _Shown(connection_view(each), place_of(settings, slug, each.bank_id, each.channel) or "")
            for each in connections(session).values()
        ]
    if as_json:
        print_json(shown)
        return
    table = Table(*_HEADINGS, box=None, pad_edge=False, header_style="bold cyan")
    for each in shown:
        told = each.connection
        slots = ", ".join(f"{slot.slot}-{slot.until}" for slot in told.cut_offs)
        table.add_row(told.bank_id, told.profile, told.channel.value, each.place or "-", slots)
    print_table(table)
