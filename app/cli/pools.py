"""`tributary pools`: look through the pools; `tributary explain` says where their positions come from."""

import typer

from app.api.pools_dto import pool_view
from app.cli.listings import Filters, Rows, show_listing
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.pooling.listings import POOLS

_COLUMNS = {"id": "id", "name 名称": "name", "currency 币种": "currency", "version 版本": "version"}

app = typer.Typer(help="Pools: list · 资金池", no_args_is_help=True)


@app.callback()
def pools_group() -> None:
    """Pools · 资金池."""


@app.command("list")
def list_pools(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List pools, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, POOLS, pool_view, _COLUMNS, filters=filters, limit=limit, as_json=as_json)
