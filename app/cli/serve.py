"""`tributary up`, `web`, `scheduler`."""

import typer


def up() -> None:
    """Serve."""
    raise typer.Exit(1)


def web() -> None:
    """Serve."""
    raise typer.Exit(1)


def scheduler() -> None:
    """Tick."""
    raise typer.Exit(1)
