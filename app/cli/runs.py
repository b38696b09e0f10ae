"""`tributary runs`: save the certificate of a closed run with its items, and check them without database or network."""

import csv
import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.tenants import Tenant, spoken, tenant_session
from domain.platform.ids import parse_public_id
from domain.runs import service as runs
from domain.runs.proving import check_facts, check_items, read_certificate
from domain.runs.queries import PREFIX

DIFFERS = 3  # the exit status of a certificate that its digest or its items contradict

app = typer.Typer(help="Runs: certificates of what was debited and paid · 批次证明", no_args_is_help=True)


@app.command("certificate")
def certificate(
    run: Annotated[str, typer.Argument(help="A closed run, run_… · 已关闭的批次")],
    out: Annotated[Path, typer.Option(help="The folder to write to · 输出目录", file_okay=False)] = Path(),
    tenant: Tenant = "demo",
) -> None:
    """Write RUN.certificate.json and RUN.items.csv: all that `verify` needs."""
    identity = parse_public_id(PREFIX, run)
    out.mkdir(parents=True, exist_ok=True)
    table = out / f"{run}.items.csv"
    with tenant_session(tenant) as session:
        given = runs.certificate(session, identity)
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(runs.certified_items(session, identity))
    document = out / f"{run}.certificate.json"
    content = {"digest": given.digest.hex(), "facts": given.facts}
    document.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(f"{document}\n{table}")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="RUN.certificate.json · 证明文件", exists=True, dir_okay=False)],
    items: Annotated[Path | None, typer.Option(help="RUN.items.csv · 明细文件", exists=True, dir_okay=False)] = None,
) -> None:
    """Compute a certificate again from its files, offline; the exit status is 3 when a line of it differs."""
    facts, digest = read_certificate(file.read_text("utf-8"))
    differing = check_facts(facts, digest)
    if items is not None:
        with items.open(encoding="utf-8", newline="") as table:
            differing += check_items(facts, table)
    for line in differing:
        typer.echo(line, err=True)
    if differing:
        raise typer.Exit(DIFFERS)
    typer.echo(
        f"{facts['run']}: {facts['executed']['items']} {spoken('items, the certificate holds', '笔明细,证明有效')}"
    )
    typer.echo(f"digest {digest}")
