"""`tributary advances`, `sales-advances` and `facilities`: what is lent, and by which lines."""

from functools import partial
from typing import Annotated

import typer

from app.api.advances_dto import advance_view
from app.api.facilities_dto import facility_view
from app.api.sales_advances_dto import sales_advance_view
from app.cli import failed_debits
from app.cli.listings import Filters, Rows, print_json, show_listing
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.financing.accrual import closed_until
from domain.financing.listings import ADVANCES, FACILITIES
from domain.financing.sales.listings import SALES_ADVANCES
from domain.financing.service import find_advance
from domain.platform.ids import parse_public_id

_ADVANCE = {
    "id": "id",
    "state 状态": "state",
    "principal 本金": "principal",
    "open 未还": "figures.principal_open",
    "payoff 结清": "figures.payoff",
    "due 到期": "rolled_due_on",
}
_FACILITY = {
    "id": "id",
    "state 状态": "state",
    "limit 额度": "limit",
    "used 已用": "used",
    "headroom 可用": "headroom",
}

advances = typer.Typer(help="Advances: list, show, present failed debits · 融资", no_args_is_help=True)
_SALES_ADVANCE = {
    "id": "id",
    "state 状态": "state",
    "contract 合同": "contract_reference",
    "net 放款": "terms.net",
    "open 未还": "figures.open",
    "income 收益": "figures.income",
    "final 最终到期": "final_on",
}

sales_advances = typer.Typer(help="Advances out of sales: list · 销售收入还款融资", no_args_is_help=True)
facilities = typer.Typer(help="Facilities: list · 额度", no_args_is_help=True)


@advances.command("list")
def list_advances(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List advances, newest first."""
    with tenant_session(tenant) as session:
        view = partial(advance_view, closed=closed_until(session))
        show_listing(session, ADVANCES, view, _ADVANCE, filters=filters, limit=limit, as_json=as_json)


@advances.command("show")
def show_advance(
    advance: Annotated[str, typer.Argument(help="The advance, adv_… · 融资编号")], tenant: Tenant = "demo"
) -> None:
    """Show an advance as the API does; `tributary explain` says where its figures come from."""
    with tenant_session(tenant) as session:
        row = find_advance(session, parse_public_id("adv", advance))
        print_json(advance_view(row, closed=closed_until(session)))


advances.command("failed")(failed_debits.list_failed)
advances.command("present")(failed_debits.present)


@sales_advances.callback()
def sales_advances_group() -> None:
    """Advances out of sales · 销售收入还款融资."""


@sales_advances.command("list")
def list_sales_advances(
    filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False
) -> None:
    """List advances that are repaid out of sales, newest first."""
    with tenant_session(tenant) as session:
        view = partial(sales_advance_view, closed=closed_until(session))
        show_listing(session, SALES_ADVANCES, view, _SALES_ADVANCE, filters=filters, limit=limit, as_json=as_json)


@facilities.callback()
def facilities_group() -> None:
    """Facilities · 额度."""


@facilities.command("list")
def list_facilities(
    filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False
) -> None:
    """List facilities, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, FACILITIES, facility_view, _FACILITY, filters=filters, limit=limit, as_json=as_json)
