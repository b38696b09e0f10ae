"""The jobs around entrusted collection, as the clockwork runs them."""

from datetime import timedelta

import pytest

from domain.banking.channels.http import HttpChannel
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from jobs import dues, payout_run
from jobs.context import JobContext, Occasion
from tests.domain.collection.entrusted import Entrusted
from tests.domain.runs.world import MONDAY

NOBODY = "http://127.0.0.1:9"  # no bank listens there, and none is asked


@pytest.fixture
def house(database: Database, tenant_id: int) -> Entrusted:
    return Entrusted(database, tenant_id, KeyRing.generate())


def context(house: Entrusted) -> JobContext:
    return JobContext(house.database, HttpChannel(NOBODY), house.keys, house.tenant_id)


def occasion(house: Entrusted) -> Occasion:
    return Occasion(house.today, "", house.clock)


def test_without_a_client_there_is_nothing_to_do(house: Entrusted) -> None:
    house.furnish()
    assert dues.prepare(context(house), occasion(house)) == {}
    assert payout_run.run(context(house), occasion(house)) == {}
    ended = {"mandates_expired": 0, "mandates_dormant": 0, "mandates_used_up": 0}
    assert dues.follow_up(context(house), occasion(house)) == ended


def test_payers_are_told_in_the_morning_and_books_compared_at_night(house: Entrusted) -> None:
    house.entrust(notice_days=3)
    (near, far) = house.bill("100.00", on=MONDAY + timedelta(days=3)) + house.bill("1.00", on=MONDAY + timedelta(4))
    assert dues.prepare(context(house), occasion(house)) == {"dues": 0, "payers_told": 1}
    assert house.due_states([near, far]) == ["notified", "planned"]
    told = dues.follow_up(context(house), occasion(house))
    assert (told["failed"], told["reminded"], told["handed_back"], told["differences"]) == (0, 0, 0, 0)
    # Nothing was collected: the run of payouts has no items and asks no bank.
    assert payout_run.run(context(house), occasion(house))["items"] == 0
