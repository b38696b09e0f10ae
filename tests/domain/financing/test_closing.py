"""A close of business that is killed half way, and goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import pytest

from domain.financing.accrual import open_dates
from domain.financing.closing import close_dates
from domain.financing.states import AdvanceState
from domain.ledger.chart import AccountKind
from domain.platform.database import Database, Role, TenantSession
from tests.domain.financing.conftest import World, cny

DUE_ON = date(2026, 3, 27)


class Killed(Exception):
    """The power went off."""


@pytest.mark.parametrize("steps", range(1, 7))
def test_loses_nothing_and_does_nothing_twice_wherever_it_was_killed(
    world: World, database: Database, steps: int
) -> None:
    world.facility()
    advance_id = world.funded(world.invoice("INV-1"))
    sessions = partial(database.session, Role.WORKER, world.session.tenant_id)
    world.on(DUE_ON + timedelta(days=88))
    close_dates(sessions, world.today, clock=world.clock)
    # Three missed dates, each a transaction of its own; then overdue, non-performing, provision.
    world.on(DUE_ON + timedelta(days=91))
    assert open_dates(world.session, world.today) == [DUE_ON + timedelta(days=late) for late in (89, 90, 91)]
    left = iter(range(steps))

    @contextmanager
    def until_killed() -> Iterator[TenantSession]:
        with sessions() as session:
            if next(left, None) is None:
                raise Killed
            yield session

    with pytest.raises(Killed):
        close_dates(until_killed, world.today, clock=world.clock)
    close_dates(sessions, world.today, clock=world.clock)
    assert close_dates(sessions, world.today, clock=world.clock).dates == []
    world.session.rollback()
    # 25 days of interest, and 92 nights of penalty: 900,000 x 8.25 % x 92 / 360   (R2, R6)
    assert world.balance(AccountKind.INTEREST_INCOME) == cny("3437.50")
    assert world.balance(AccountKind.PENALTY_INCOME) == cny("18975.00")
    assert world.balance(AccountKind.PROVISION) == cny("9000.00")  # R23
    advance = world.advance(advance_id)
    assert (advance.state, advance.nonperforming_on) == (AdvanceState.OVERDUE, world.today)
    world.nothing_in_transit()
