"""A sandbox tenant whose clock tests move, and a bank that is never asked."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import BinaryIO
from uuid import uuid4

import pytest

from domain.access.tenants import found_tenant, move_sandbox_clock
from domain.banking.channels.port import Answer, Reply
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.values.actor import Actor
from jobs.context import JobContext


class ClosedBank:
    """A bank nobody should ask: toy jobs do not."""

    name = "closed"

    def submit(self, message_id: str, content: bytes) -> Reply:
        raise AssertionError(message_id, content)

    def inquire(self, message_id: str) -> Reply | None:
        raise AssertionError(message_id)

    def answers(self, after: str) -> list[Answer]:
        raise AssertionError(after)

    def statements(self, on: date) -> Iterator[BinaryIO]:
        raise AssertionError(on)


@pytest.fixture
def context(database: Database) -> JobContext:
    """A sandbox founded on Monday 2 March 2026, 09:00 in Beijing."""
    slug = f"jobs-{uuid4().hex[:12]}"
    clock = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    with database.session(Role.WORKER, tenant_key(slug)) as session:
        found_tenant(session, slug=slug, name="Jobs", currency="CNY", zone="Asia/Shanghai", sandbox=True, clock=clock)
    return JobContext(database, ClosedBank(), KeyRing.generate(), tenant_key(slug))


@pytest.fixture
def at(context: JobContext, actor: Actor) -> Callable[[str], None]:
    """Move the sandbox to a moment of Beijing time, such as `2026-03-03 10:00`."""

    def moved(moment: str) -> None:
        to = datetime.fromisoformat(f"{moment}:00+08:00")
        with context.session() as session:
            move_sandbox_clock(session, to=to, actor=actor)

    return moved
