"""`tributary statements`: bring in a bank's file, and look through what banks have stated."""

from pathlib import Path
from typing import Annotated

import typer

from app.api.reconciliation_dto import statement_detail
from app.api.statements_dto import entry_view, statement_view
from app.cli.listings import Filters, Rows, print_json, show_listing
from app.cli.statements_brought import brought_view, print_brought
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.access.tenants import tenant_clock
from domain.banking.listings import ENTRIES, STATEMENTS
from domain.banking.lookup import STATEMENT, balances_of, find_statement
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.queries import account as find_account
from domain.platform.ids import parse_public_id
from domain.platform.key_file import key_ring
from domain.platform.settings import Settings
from jobs.statements_by_hand import bring_statements

NEEDS_A_PERSON = 3  # the exit status of a file of which something waits for somebody
_STATEMENT = {
    "id": "id",
    "account 账户": "account_id",
    "reference 编号": "bank_reference",
    "from 起": "opened_on",
    "to 止": "closed_on",
    "opening 期初": "opening",
    "closing 期末": "closing",
}
_ENTRY = {
    "id": "id",
    "booked 记账": "booked_on",
    "direction 方向": "direction",
    "amount 金额": "amount",
    "state 状态": "state",
    "reason 原因": "reason",
    "remittance 附言": "remittance",
}

app = typer.Typer(help="Bank statements: import, list, show, entries · 对账单", no_args_is_help=True)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="camt.052-054, MT940, MT942 or CSV · 对账单文件", exists=True, dir_okay=False)
    ],
    account: Annotated[
        str | None, typer.Option(help="Whose list a CSV is, acc_… (see: bank accounts) · 所属账户")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Work it out and keep nothing · 试算")] = False,
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Import a bank's file, match its entries, compare balances; the exit status is 3 when something needs a person."""
    with tenant_session(tenant) as session, file.open("rb") as source:
        brought = bring_statements(
            session,
            source,
            keys=key_ring(Settings.from_environment()),
            clock=tenant_clock(session),
            account_id=None if account is None else find_account(session, parse_public_id(ACCOUNT, account)).id,
        )
        shown = brought_view(session, brought, dry_run=dry_run)
        if dry_run:
            session.rollback()
    if as_json:
        print_json(shown)
    else:
        print_brought(shown)
    if brought.needs_a_person:
        raise typer.Exit(NEEDS_A_PERSON)


@app.command("list")
def list_statements(
    filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False
) -> None:
    """List statements, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, STATEMENTS, statement_view, _STATEMENT, filters=filters, limit=limit, as_json=as_json)


@app.command("show")
def show_statement(
    statement: Annotated[str, typer.Argument(help="The statement, stm_… · 对账单编号")], tenant: Tenant = "demo"
) -> None:
    """Show a statement with its balances as the API does."""
    with tenant_session(tenant) as session:
        row = find_statement(session, parse_public_id(STATEMENT, statement))
        print_json(statement_detail(row, list(balances_of(session, row.id))))


@app.command("entries")
def list_entries(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List entries, newest first; `--filter state:eq:suspense` are those that wait for a person."""
    with tenant_session(tenant) as session:
        show_listing(session, ENTRIES, entry_view, _ENTRY, filters=filters, limit=limit, as_json=as_json)
