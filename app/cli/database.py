"""`tributary db`: the database behind the service."""

import typer

from domain.platform.opening import open_database
from domain.platform.settings import Settings

app = typer.Typer(help="The database behind the service · 数据库", no_args_is_help=True)


@app.callback()
def database() -> None:
    """The database behind the service · 数据库."""


@app.command("migrate")
def migrate() -> None:
    """Bring the schema to this program's revision and say where the database is."""
    with open_database(Settings.from_environment()) as opened:
        typer.echo(opened.owner.url.render_as_string(hide_password=True))
