"""The books of the test's tenant."""

import pytest

from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from tests.domain.ledger.books import Books


@pytest.fixture
def books(session: TenantSession, actor: Actor, clock: FixedClock) -> Books:
    return Books(session, actor, clock)
