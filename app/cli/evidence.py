"""`tributary evidence`: save an evidence pack, and check one without database or network."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.tenants import Tenant, spoken, tenant_session
from domain.access.tenants import tenant_clock
from domain.collection.evidence import mandate_evidence
from domain.financing.evidence import Reader, receivable_evidence
from domain.platform.evidence import check_pack
from domain.platform.ids import parse_public_id

NOT_INTACT = 3  # the exit status of a pack whose files are not what its manifest says

app = typer.Typer(help="Evidence packs: save and verify · 证据包", no_args_is_help=True)


@app.command("save")
def save(
    reference: Annotated[str, typer.Argument(help="A receivable or a mandate, rcv_… or mnd_… · 应收账款或授权编号")],
    file: Annotated[Path, typer.Argument(help="Where to write the ZIP · 输出文件", dir_okay=False)],
    tenant: Tenant = "demo",
) -> None:
    """Write all that is known of a receivable or a mandate, with the digests to check it by."""
    with tenant_session(tenant) as session:
        clock = tenant_clock(session)
        if reference.startswith("mnd"):
            content = mandate_evidence(session, parse_public_id("mnd", reference), audit=True, clock=clock)
        else:
            content = receivable_evidence(session, parse_public_id("rcv", reference), Reader(), clock=clock)
    file.write_bytes(content)
    typer.echo(f"{file}: {check_pack(content, file=file.name).content_sha256}")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The ZIP · 证据包文件", exists=True, dir_okay=False)],
) -> None:
    """Compute every digest of a pack anew, offline; the exit status is 3 when one is off."""
    checked = check_pack(file.read_bytes(), file=file.name)
    for finding in checked.findings:
        typer.echo(finding, err=True)
    if checked.findings:
        raise typer.Exit(NOT_INTACT)
    intact = spoken("files intact, made at", "个文件完好,生成时间")
    typer.echo(f"{checked.subject}: {checked.files} {intact} {checked.made_at}")
    typer.echo(f"content_sha256 {checked.content_sha256}")
