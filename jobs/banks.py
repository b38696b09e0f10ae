"""The ways to banks that an installation has: opened when first needed, kept open, closed together.

By which way a bank is reached is the tenant's setting (`bank_connection.channel`); where that leads is the
installation's: an address or a folder of the bank's own, else the gateway or the folder of all banks.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Self

from domain.access.tenants import tenant_of
from domain.banking.channels.directory import DirectoryChannel
from domain.banking.channels.http import HttpChannel
from domain.banking.channels.port import Answer, BankChannel, Reply
from domain.banking.channels.routed import RoutedChannel
from domain.banking.channels.signing import SigningKey
from domain.banking.connections import channels_of
from domain.banking.errors import BankUnavailable
from domain.banking.states import ChannelKind
from domain.platform.database import Database, Role
from domain.platform.settings import BankWay, Settings
from domain.runs.routing import bank_of_message

Channel = HttpChannel | DirectoryChannel
_NOTHING_OF_ITS_OWN = BankWay()


def place_of(settings: Settings, tenant: str, bank_id: str, kind: ChannelKind) -> str | None:
    """Where the settings say that a bank is met: an address or a folder; None when they do not."""
    own = settings.banks.get(bank_id, _NOTHING_OF_ITS_OWN)
    if kind is ChannelKind.HTTP:
        return own.url or settings.bank_url
    if own.folder is None and settings.bank_url is None:
        return None if settings.bank_folder is None else str(settings.bank_folder)
    root = own.folder or settings.bank_folder
    return None if root is None else str(_shelf(root, tenant, bank_id))


def _shelf(root: Path, tenant: str, bank_id: str) -> Path:
    """A folder for each tenant: nobody finds another's answers."""
    return root / tenant / bank_id


@dataclass(slots=True)
class Banks:
    """`default` reaches every bank of which nothing else is said; `folder` holds those that are met in folders."""

    database: Database
    default: BankChannel | None = None
    ways: Mapping[str, BankWay] = field(default_factory=dict)
    folder: Path | None = None
    _open: dict[str, Channel] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _lock: Lock = field(default_factory=Lock)

    @property
    def reachable(self) -> bool:
        """Whether there is a way to any bank."""
        return self.default is not None or bool(self.ways) or self.folder is not None

    def of(self, tenant_id: int) -> BankChannel:
        """A tenant's banks as one; its settings are read when they are first needed."""
        return TenantBanks(self, tenant_id)

    def way(self, tenant: str, bank_id: str, kind: ChannelKind) -> BankChannel | None:
        """How that tenant's bank is reached, as its setting says; None when there is no such way here."""
        own = self.ways.get(bank_id, _NOTHING_OF_ITS_OWN)
        if kind is ChannelKind.HTTP:
            return self._gateway(bank_id, own) or (None if isinstance(self.default, DirectoryChannel) else self.default)
        if own.folder is None and isinstance(self.default, DirectoryChannel):
            return self.default
        root = own.folder or self.folder
        return None if root is None else self._folder(root, tenant, bank_id)

    def _gateway(self, bank_id: str, own: BankWay) -> Channel | None:
        if own.url is None:
            return None
        with self._lock:
            if bank_id not in self._open:
                key = None if own.key is None else SigningKey.parse(own.key)
                self._open[bank_id] = self._stack.enter_context(HttpChannel(own.url, name=bank_id, key=key))
            return self._open[bank_id]

    def _folder(self, root: Path, tenant: str, bank_id: str) -> Channel | None:
        name = f"{bank_id}@{tenant}"
        with self._lock:
            if name not in self._open:
                try:
                    self._open[name] = DirectoryChannel(_shelf(root, tenant, bank_id), name=name)
                except BankUnavailable:
                    return None  # a mount that is gone keeps nobody from the other banks
            return self._open[name]

    def close(self) -> None:
        """Close what was opened here; the default is its owner's."""
        self._stack.close()
        self._open.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class TenantBanks:
    """A tenant's banks as one: as its settings were when they were first needed."""

    def __init__(self, banks: Banks, tenant_id: int) -> None:
        self._banks, self._tenant_id = banks, tenant_id

    @property
    def name(self) -> str:
        """What its answers are remembered by: one bank's, or those of several."""
        return self._channel.name

    def submit(self, message_id: str, content: bytes) -> Reply:
        """Send a message to its bank. Raises NotSent, OutcomeUnknown."""
        return self._channel.submit(message_id, content)

    def inquire(self, message_id: str) -> Reply | None:
        """What its bank says of a message. Raises BankUnavailable."""
        return self._channel.inquire(message_id)

    def answers(self, after: str) -> list[Answer]:
        """What any of the banks says. Raises BankUnavailable."""
        return self._channel.answers(after)

    def statements(self, on: date) -> Iterator[BinaryIO]:
        """The statements of all banks. Raises BankUnavailable."""
        return self._channel.statements(on)

    @cached_property
    def _channel(self) -> BankChannel:
        """The default alone, while no bank is reached otherwise."""
        default = self._banks.default
        with self._banks.database.session(Role.WORKER, self._tenant_id) as session:
            kinds = channels_of(session)
            tenant = tenant_of(session).slug if kinds else ""
        found = {bank_id: self._banks.way(tenant, bank_id, kind) for bank_id, kind in kinds.items()}
        apart = {bank_id: channel for bank_id, channel in found.items() if channel is not default or channel is None}
        return RoutedChannel(default, apart, self._bank_of) if apart or default is None else default

    def _bank_of(self, reference: str) -> str | None:
        with self._banks.database.session(Role.WORKER, self._tenant_id) as session:
            return bank_of_message(session, reference)
