"""`tributary mandates`: look through payers' mandates, and bring in a file of them for authorisation."""

from pathlib import Path
from typing import Annotated

import typer

from app.api.mandate_enrolment_dto import registrations_view
from app.api.mandates_dto import mandate_view, versions_view
from app.cli.files import show_report
from app.cli.listings import Filters, Rows, print_json, show_listing
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.access.tenants import tenant_clock
from domain.collection.amendments import versions_of
from domain.collection.listings import MANDATES
from domain.collection.mandate_file import import_mandates
from domain.collection.queries import PREFIX, find_mandate, registrations_of
from domain.platform.ids import parse_public_id
from domain.platform.key_file import key_ring
from domain.platform.settings import Settings
from domain.values.actor import system
from domain.values.currency import minor_units

_COLUMNS = {
    "id": "id",
    "reference 编号": "reference",
    "state 状态": "state",
    "purpose 用途": "purpose",
    "signed 签署": "signed_on",
    "ends 终止": "ends_on",
}

app = typer.Typer(help="Mandates: list, show, import · 扣款授权", no_args_is_help=True)


@app.command("list")
def list_mandates(filters: Filters = None, limit: Rows = 50, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List mandates, newest first."""
    with tenant_session(tenant) as session:
        show_listing(session, MANDATES, mandate_view, _COLUMNS, filters=filters, limit=limit, as_json=as_json)


@app.command("show")
def show_mandate(
    mandate: Annotated[str, typer.Argument(help="The mandate, mnd_… · 授权编号")], tenant: Tenant = "demo"
) -> None:
    """Show a mandate as the API does, with its versions and what its bank was told."""
    with tenant_session(tenant) as session:
        row = find_mandate(session, parse_public_id(PREFIX, mandate))
        print_json(
            {
                "mandate": mandate_view(row),
                "versions": versions_view(row, versions_of(session, row.id)).versions,
                "registrations": registrations_view(registrations_of(session, row.id)).registrations,
            }
        )


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX · 授权文件", exists=True, dir_okay=False)],
    currency: Annotated[str, typer.Option(help="Of rows that name none · 币种")] = "CNY",
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Draft the mandates of a file for their payers to authorise: all of them, or none and exit status 3."""
    minor_units(currency)
    with tenant_session(tenant) as session:
        report = import_mandates(
            session,
            content=file.read_bytes(),
            file_name=file.name,
            currency=currency,
            keys=key_ring(Settings.from_environment()),
            actor=system("import"),
            clock=tenant_clock(session),
        )
    show_report(report, as_json=as_json)
