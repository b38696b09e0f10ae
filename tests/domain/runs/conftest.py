"""A furnished house, with and without a bank that answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.platform.database import Database
from domain.platform.encryption import KeyRing

from .world import World


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture
def world(database: Database, tenant_id: int, keys: KeyRing) -> World:
    return World(database, tenant_id, keys).furnish()


@dataclass(frozen=True)
class Bank:
    """The way we talk to it, and the hand of the world around it."""

    channel: HttpChannel
    hand: SimulatedBank


@pytest.fixture
def bank(world: World) -> Iterator[Bank]:
    """A bank without bad luck, where the debtors have 1,000.00 each."""
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        world.open_at(hand)
        yield Bank(channel, hand)
