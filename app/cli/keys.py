"""`tributary keys`: the key ring that seals account numbers."""

import typer

from domain.platform.encryption import new_key_text

app = typer.Typer(help="The key ring that seals account numbers · 加密密钥环", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The key ring that seals account numbers · 加密密钥环."""


@app.command("new")
def new(key_id: str = "k1") -> None:
    """Print a new key ring for TRIBUTARY_KEYS; keep it as safe as the data it opens."""
    typer.echo(new_key_text(key_id))
