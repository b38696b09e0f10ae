"""`tributary ledger`: check the books, verify their seals, hand them to an accountant's own tool."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from domain.access.tenants import tenant_of
from domain.financing.check import check_subledger
from domain.ledger.check import check as check_ledger
from domain.ledger.export import Format
from domain.ledger.export import export as export_journal
from domain.ledger.seals import verify as verify_seals
from domain.platform.database import Role, TenantSession
from domain.platform.ids import tenant_key
from domain.platform.opening import open_database
from domain.platform.settings import Settings
from domain.pooling.checks import check_pooling

FOUND_WRONG = 3  # the exit status of a check that found something

app = typer.Typer(help="The books: check, verify, export · 总账", no_args_is_help=True)
Tenant = Annotated[str, typer.Option(help="The tenant's short name · 租户")]


@contextmanager
def _session(slug: str) -> Iterator[TenantSession]:
    with (
        open_database(Settings.from_environment()) as database,
        database.session(Role.WORKER, tenant_key(slug)) as session,
    ):
        tenant_of(session)
        yield session


@app.command("check")
def check(tenant: Tenant = "demo") -> None:
    """Recompute every balance, sub-ledger and intercompany position; the exit status is 3 when one is off."""
    with _session(tenant) as session:
        _report([*check_ledger(session), *check_subledger(session), *check_pooling(session)])


@app.command("verify")
def verify(tenant: Tenant = "demo") -> None:
    """Recompute the seals and name the first row that was altered, removed, added or moved."""
    with _session(tenant) as session:
        _report(verify_seals(session))


@app.command("export")
def export(
    tenant: Tenant = "demo",
    journal: Annotated[Format, typer.Option("--format", help="Whose journal · 格式")] = Format.HLEDGER,
    output: Annotated[Path | None, typer.Option(help="A file instead of the screen · 输出文件")] = None,
) -> None:
    """Write the books as a journal that hledger or beancount reads and holds against our balances."""
    with _session(tenant) as session:
        if output is None:
            export_journal(session, journal, sys.stdout)
            return
        with output.open("w", encoding="utf-8") as file:
            export_journal(session, journal, file)


def _report(findings: Sequence[object]) -> None:
    for finding in findings:
        typer.echo(str(finding), err=True)
    if findings:
        raise typer.Exit(FOUND_WRONG)
    typer.echo("ok")
