"""`tributary advances failed` and `present`: debits that failed for good, and asking for them again."""

from typing import Annotated
from uuid import UUID

import typer

from app.api.failed_debits import FailedDebitList, failed_debits_view
from app.cli.listings import print_json
from app.cli.tenants import AsJson, Tenant, tenant_session
from domain.access.tenants import tenant_clock
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.runs.presenting import FailedDebit, failed_debits, present_anew
from domain.values.actor import system

PRESENTING = system("presenting")
Lender = Annotated[str | None, typer.Option(help="Of this lender alone, pty_… · 出资方")]
Named = Annotated[list[str] | None, typer.Argument(help="adv_… and sad_…; without any, all of them · 融资编号")]


def list_failed(lender: Lender = None, tenant: Tenant = "demo", as_json: AsJson = False) -> None:
    """List advances whose debit no run tries again."""
    with tenant_session(tenant) as session:
        _show(failed_debits(session, lender_id=_party(lender)), as_json=as_json)


def present(
    named: Named = None,
    lender: Lender = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be asked for · 试算")] = False,
    tenant: Tenant = "demo",
    as_json: AsJson = False,
) -> None:
    """Let the next run debit again what failed for good, once somebody has asked the payer."""
    ids = None if not named else {parse_public_id(each.partition("_")[0], each) for each in named}
    with tenant_session(tenant) as session:
        if dry_run:
            failed = failed_debits(session, lender_id=_party(lender))
            found = [each for each in failed if ids is None or each.id in ids]
        else:
            clock = tenant_clock(session)
            found = present_anew(session, lender_id=_party(lender), ids=ids, actor=PRESENTING, clock=clock)
        _show(found, as_json=as_json)


def _party(reference: str | None) -> UUID | None:
    return None if reference is None else parse_public_id(PARTY, reference)


def _show(found: list[FailedDebit], *, as_json: bool) -> None:
    if as_json:
        view: FailedDebitList = failed_debits_view(found)
        print_json(view.items)
        return
    for each in found:
        typer.echo(f"{each.public_id}  {each.reason}")
