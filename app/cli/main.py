"""The command `tributary` and how it fails: one sentence that says what to do, in the user's language."""

import gc
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer
from rich.console import Console

from app.cli import (
    banks,
    books,
    closing,
    collection,
    database,
    demo,
    evidence,
    explain,
    financing,
    keys,
    mandates,
    pools,
    receivables,
    runs,
    serve,
    statements,
)
from domain.platform.settings import Settings
from domain.values.errors import DomainError, Language

REFUSED = 1  # the business or the environment said no
INTERRUPTED = 130  # as a shell counts Ctrl-C
TERMINATED = 143  # and SIGTERM
# Allocations between two looks for cyclic garbage. Python's 700 has a process that reads rows search all day what it
# never leaves behind: a tenth of a worker's time; a hundred thousand objects are some megabytes.
GARBAGE_THRESHOLD = 100_000

app = typer.Typer(
    help="Receivables financing and fund pooling on one double-entry ledger · 应收账款融资与资金归集",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("close-day")(closing.close_day)
app.command("explain")(explain.explain)
app.command("up")(serve.up)
app.command("web")(serve.web)
app.command("scheduler")(serve.scheduler)
app.add_typer(books.app, name="ledger")
app.add_typer(financing.advances, name="advances")
app.add_typer(pools.app, name="pools")
app.add_typer(financing.sales_advances, name="sales-advances")
app.add_typer(receivables.app, name="receivables")
app.add_typer(financing.facilities, name="facilities")
app.add_typer(banks.app, name="bank")
app.add_typer(statements.app, name="statements")
app.add_typer(mandates.app, name="mandates")
app.add_typer(collection.app, name="collection")
app.add_typer(evidence.app, name="evidence")
app.add_typer(runs.app, name="runs")
app.add_typer(database.app, name="db")
app.add_typer(keys.app, name="keys")


def run() -> None:
    """Run the command line; the exit status is 0 when done, 1 when refused, 2 for a wrong command."""
    # Asked to stop, we leave as after an error: the embedded server and the bank are closed behind us.
    signal.signal(signal.SIGTERM, _stop)
    gc.freeze()  # modules stay as long as we do: never searched
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        app()
    except DomainError as refusal:
        Console(stderr=True, highlight=False).print(refusal.message(_language()), markup=False, soft_wrap=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)


def _language() -> Language:
    """The user's language, even when a setting is what was wrong."""
    try:
        return Settings.from_environment().language
    except DomainError:
        return "en"
