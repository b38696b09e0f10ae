"""What one installation of Tributary runs with: handed to the application when it is composed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.banking.channels.signing import SigningKey
from domain.platform.clock import Clock, SystemClock
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.values.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Database, keys and clockwork.

    `advance_sandbox` lives the days of a sandbox tenant up to a moment: its clock, its runs and its bank. `channel`
    opens a tenant's way to its bank; `bank_keys` prove that what arrives unasked comes from it. `clock` is real time,
    for sessions, keys and idempotency; business asks the tenant's own.
    """

    database: Database
    keys: KeyRing
    advance_sandbox: Callable[[int, datetime, Actor], date] | None = None
    channel: Callable[[int], Any] | None = None
    bank_keys: tuple[SigningKey, ...] = ()
    clock: Clock = field(default_factory=SystemClock)
