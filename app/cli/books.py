"""`tributary ledger`: check the books, verify their seals, hand them to an accountant's own tool."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.cli.tenants import Tenant, tenant_session
from domain.financing.check import check_subledger
from domain.financing.sales.check import check_sales_advances
from domain.ledger.check import check as check_ledger
from domain.ledger.export import Format
from domain.ledger.export import export as export_journal
from domain.ledger.seals import verify as verify_seals
from domain.pooling.checks import check_pooling

FOUND_WRONG = 3  # the exit status of a check that found something

app = typer.Typer(help="The books: check, verify, export · 总账", no_args_is_help=True)


@app.command("check")
def check(tenant: Tenant = "demo") -> None:
    """Recompute every balance, sub-ledger and intercompany position; the exit status is 3 when one is off."""
    with tenant_session(tenant) as session:
        _report(
            [*check_ledger(session), *check_subledger(session), *check_sales_advances(session), *check_pooling(session)]
        )


@app.command("verify")
def verify(tenant: Tenant = "demo") -> None:
    """Recompute the seals and name the first row that was altered, removed, added or moved."""
    with tenant_session(tenant) as session:
        _report(verify_seals(session))


@app.command("export")
def export(
    tenant: Tenant = "demo",
    journal: Annotated[Format, typer.Option("--format", help="Whose journal · 格式")] = Format.HLEDGER,
    output: Annotated[Path | None, typer.Option(help="A file instead of the screen · 输出文件")] = None,
) -> None:
    """Write the books as a journal that hledger or beancount reads and holds against our balances."""
    with tenant_session(tenant) as session:
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
