"""`tributary up`, `web` and `scheduler`: everything in one process, or its parts as separate ones."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import uvicorn
from rich.console import Console

from app.asgi import create_app
from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from app.cli.errors import BankNotNamed, PortNotFree
from app.demo.house import BANK_NAME, bank_store
from app.installation import Installation
from app.observation import configure_logging
from domain.banking.channels.directory import DirectoryChannel
from domain.banking.channels.http import HttpChannel
from domain.banking.channels.signing import SigningKey
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.key_file import key_ring
from domain.platform.opening import open_database
from domain.platform.settings import Settings
from domain.values.actor import Actor
from jobs import sandbox
from jobs.banks import Banks, Channel
from jobs.context import JobContext
from jobs.scheduler import build_scheduler, tick

GATEWAY_NAME = "bank"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running Tributary is put together from; `bank` is there when the bank is our own simulator."""

    settings: Settings
    database: Database
    keys: KeyRing
    banks: Banks
    bank: SimulatedBank | None

    def installation(self) -> Installation:
        """What the web application runs with."""
        bank_keys = tuple(SigningKey.parse(key) for key in self.settings.bank_callback_keys)
        if not self.banks.reachable:
            return Installation(database=self.database, keys=self.keys, bank_keys=bank_keys)
        return Installation(
            database=self.database,
            keys=self.keys,
            bank_keys=bank_keys,
            channel=self.banks.of,
            advance_sandbox=partial(_advance, self.database, self.keys, self.banks, self.bank),
        )

    def tick(self) -> Callable[[], object]:
        """What the scheduler does."""
        if not self.banks.reachable:
            raise BankNotNamed
        return partial(tick, self.database, self.banks.of, self.keys)


def _advance(
    database: Database,
    keys: KeyRing,
    banks: Banks,
    bank: SimulatedBank | None,
    tenant_id: int,
    to: datetime,
    actor: Actor,
) -> date:
    context = JobContext(database, banks.of(tenant_id), keys, tenant_id)
    return sandbox.advance_to(context, to, actor=actor, bank=bank)


@contextmanager
def assembled(settings: Settings, *, simulate: bool) -> Iterator[Parts]:
    """Everything opened in order, and closed in reverse; `simulate` keeps a bank of our own when none is named."""
    configure_logging()
    with ExitStack() as stack:
        database = stack.enter_context(open_database(settings))
        channel, bank = _named_bank(settings), None
        if channel is None and simulate:
            url = stack.enter_context(running_bank(stack.enter_context(bank_store(settings.data_folder))))
            channel, bank = HttpChannel(url, name=BANK_NAME), stack.enter_context(SimulatedBank(url))
        if channel is not None:
            stack.enter_context(channel)
        banks = stack.enter_context(Banks(database, channel, settings.banks, settings.bank_folder))
        yield Parts(settings, database, key_ring(settings), banks, bank)


def _named_bank(settings: Settings) -> Channel | None:
    """The bank the settings name: a gateway, which gets its requests signed if there is a key, or a folder."""
    if settings.bank_url is not None:
        key = SigningKey.parse(settings.bank_key) if settings.bank_key else None
        return HttpChannel(settings.bank_url, name=GATEWAY_NAME, key=key)
    return DirectoryChannel(settings.bank_folder, name=GATEWAY_NAME) if settings.bank_folder else None


def up() -> None:
    """Serve the API and tick the scheduler in one process, on the embedded database unless DATABASE_URL names another.

    Without TRIBUTARY_BANK_URL and TRIBUTARY_BANK_FOLDER a simulated bank is kept in the data folder, for sandboxes.
    """
    settings = Settings.from_environment()
    with _listening(settings) as listener, assembled(settings, simulate=True) as parts:
        scheduler = build_scheduler(parts.tick(), blocking=False)
        scheduler.start()
        try:
            _serve(parts, listener)
        finally:
            scheduler.shutdown(wait=True)


def web() -> None:
    """Serve the API alone; schedulers run elsewhere."""
    settings = Settings.from_environment()
    with _listening(settings) as listener, assembled(settings, simulate=False) as parts:
        _serve(parts, listener)


def scheduler() -> None:
    """Tick the scheduler alone: needs TRIBUTARY_BANK_URL, TRIBUTARY_BANK_FOLDER, or those of single banks."""
    with assembled(Settings.from_environment(), simulate=False) as parts:
        build_scheduler(parts.tick(), blocking=True).start()


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The port, taken before anything is opened. Raises PortNotFree."""
    # The protocol is named, because asyncio turns Nagle's delay off (40 ms a reply) only on sockets that name it.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise PortNotFree(host=settings.host, port=settings.port, reason=error.strerror or str(error)) from None
        yield listener


def _serve(parts: Parts, listener: socket.socket) -> None:
    settings = parts.settings
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    Console(stderr=True).print(f"Tributary on [bold]{address}[/] · API: {address}/docs · Ctrl-C to stop")
    config = uvicorn.Config(create_app(parts.installation()), log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
