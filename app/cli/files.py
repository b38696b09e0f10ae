"""Files brought in at the command line: all of a file or nothing, with every fault named by its row."""

import typer

from app.cli.listings import print_json
from app.cli.tenants import spoken
from domain.collection.files import FileReport

ROWS_REFUSED = 3  # the exit status of a file with faults, of which nothing was taken


def show_report(report: FileReport, *, as_json: bool) -> None:
    """Print what became of a file. Raises typer.Exit where rows were refused."""
    if as_json:
        print_json(report)
    else:
        read, made = spoken("read", "读取"), spoken("registered", "登记")
        typer.echo(f"{report.read:,} {read}, {len(report.made):,} {made}")
        for error in report.refused:
            message = spoken(error.message_en, error.message_zh)
            typer.echo(f"{error.row} {error.column}: {message}", err=True)
    if report.refused:
        raise typer.Exit(ROWS_REFUSED)
