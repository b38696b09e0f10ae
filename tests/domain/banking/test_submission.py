"""Submitting: once, whoever tries; an unknown outcome is asked about, then the same bytes go again."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.banking.errors import NotSent, OutcomeUnknown
from domain.banking.instructions import NewInstruction
from domain.banking.states import MessageState
from domain.banking.submission import Sending, submit_message, unsent_messages
from domain.platform.clock import FixedClock
from domain.platform.database import Database
from domain.platform.encryption import KeyRing

from .conftest import Desk, ScriptedBank

Order = Callable[..., NewInstruction]
Submit = Callable[..., Sending]


@pytest.fixture
def message_id(desk: Desk, order: Order) -> UUID:
    """A prepared message of one collection."""
    return desk.prepare(desk.freeze(order("a")))[0]


@pytest.fixture
def submit(database: Database, tenant_id: int, message_id: UUID, keys: KeyRing, clock: FixedClock) -> Submit:
    def submitted(bank: ScriptedBank) -> Sending:
        return submit_message(database, bank, tenant_id, message_id, keys=keys, clock=clock)

    return submitted


def lost() -> None:
    raise OutcomeUnknown(message_id="it", detail="ReadTimeout")


def unreachable() -> None:
    raise NotSent(detail="ConnectError")


class Killed(BaseException):
    """The worker dies between sending and recording."""


def killed() -> None:
    raise Killed


def test_a_message_is_sent_acknowledged_and_not_sent_again(desk: Desk, message_id: UUID, submit: Submit) -> None:
    bank = ScriptedBank()
    assert submit(bank) is Sending.ACKNOWLEDGED
    assert submit(bank) is Sending.DONE
    assert bank.received == [(desk.message(message_id).bank_reference, desk.content(message_id))]
    assert desk.message(message_id).state is MessageState.ACKNOWLEDGED
    assert unsent_messages(desk.session) == []


def test_three_workers_send_it_once(submit: Submit) -> None:
    bank = ScriptedBank(script=[lambda: time.sleep(0.3)] * 3)
    with ThreadPoolExecutor(3) as workers:
        came = sorted(workers.map(submit, [bank] * 3))
    assert came == [Sending.ACKNOWLEDGED, Sending.BUSY, Sending.BUSY]
    assert len(bank.received) == 1


def test_no_transaction_is_open_while_the_bank_is_asked(database: Database, desk: Desk, submit: Submit) -> None:
    desk.session.rollback()
    open_then: list[int] = []

    def look() -> None:
        with database.owner.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname = current_database()"
                )
            )
            open_then.append(found.scalar_one())

    submit(ScriptedBank(script=[look]))
    assert open_then == [0]


def test_a_lost_reply_is_asked_about_and_not_sent_again(desk: Desk, message_id: UUID, submit: Submit) -> None:
    bank = ScriptedBank(script=[lost])
    assert submit(bank) is Sending.UNKNOWN
    assert desk.message(message_id).state is MessageState.UNKNOWN
    assert unsent_messages(desk.session) == [message_id]
    assert submit(bank) is Sending.ACKNOWLEDGED
    assert len(bank.received) == 1


def test_what_the_bank_never_had_is_sent_again_byte_for_byte(submit: Submit) -> None:
    bank = ScriptedBank(script=[lost], knows=False)
    assert submit(bank) is Sending.UNKNOWN
    assert submit(bank) is Sending.ACKNOWLEDGED
    first, second = bank.received
    assert first == second


def test_while_the_bank_cannot_be_asked_nothing_is_sent(desk: Desk, message_id: UUID, submit: Submit) -> None:
    bank = ScriptedBank(script=[lost], deaf=True)
    assert submit(bank) is Sending.UNKNOWN
    assert submit(bank) is Sending.UNKNOWN
    assert len(bank.received) == 1
    assert desk.message(message_id).state is MessageState.UNKNOWN


def test_a_worker_killed_while_sending_leaves_a_message_that_is_asked_about(
    desk: Desk, message_id: UUID, submit: Submit
) -> None:
    bank = ScriptedBank(script=[killed])
    with pytest.raises(Killed):
        submit(bank)
    assert desk.message(message_id).state is MessageState.TRANSMITTED
    assert submit(bank) is Sending.ACKNOWLEDGED
    assert len(bank.received) == 1


def test_a_bank_that_is_not_reached_leaves_it_prepared(desk: Desk, message_id: UUID, submit: Submit) -> None:
    bank = ScriptedBank(script=[unreachable])
    assert submit(bank) is Sending.NOT_SENT
    assert desk.message(message_id).state is MessageState.PREPARED
    assert submit(bank) is Sending.ACKNOWLEDGED


def test_a_bank_that_is_not_reached_the_second_time_may_still_have_the_first(
    desk: Desk, message_id: UUID, submit: Submit
) -> None:
    bank = ScriptedBank(script=[lost, unreachable], knows=False)
    assert submit(bank) is Sending.UNKNOWN
    assert submit(bank) is Sending.NOT_SENT
    assert desk.message(message_id).state is MessageState.UNKNOWN


def test_a_refused_message_is_refused_for_good(desk: Desk, message_id: UUID, submit: Submit) -> None:
    bank = ScriptedBank(refuses=True)
    assert submit(bank) is Sending.REFUSED
    assert submit(bank) is Sending.DONE
    assert desk.message(message_id).state is MessageState.REFUSED
