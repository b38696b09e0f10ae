"""The HTTP channel against the bank simulator, and against gateways that break in every way a network can."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import httpx
import pytest

from app.bank_simulator.faults import FaultPlan
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.errors import BankUnavailable, NotSent, OutcomeUnknown
from domain.banking.messages.model import AccountNumber, DirectDebit, DirectDebitBlock, DirectDebitFile, Party
from domain.banking.messages.pain002 import read_status_report
from domain.banking.messages.pain008 import write_direct_debits
from domain.values.money import Money

ON = date(2026, 3, 2)


def debit_file(message_id: str = "M-1", creditor: str = "40001") -> bytes:
    out = BytesIO()
    item = DirectDebit("E-1", Money.of("10.00", "CNY"), Party("甲", AccountNumber("40002"), None), None, None)
    write_direct_debits(
        DirectDebitFile(
            message_id=message_id,
            created_at=datetime(2026, 3, 2, tzinfo=UTC),
            initiating_name="HQ",
            count=1,
            total=Decimal("10.00"),
            blocks=[
                DirectDebitBlock("B-1", ON, Party("HQ", AccountNumber(creditor)), None, 1, Decimal("10.00"), [item])
            ],
        ),
        out,
    )
    return out.getvalue()


def open_bank(url: str) -> None:
    accounts = [
        {"number": "40001", "name": "HQ", "currency": "CNY", "customer": True},
        {"number": "40002", "name": "甲", "currency": "CNY", "opening_balance": "100.00"},
    ]
    httpx.post(f"{url}/simulator/accounts", json={"accounts": accounts}, trust_env=False).raise_for_status()
    move_day(url)


def move_day(url: str, on: date = ON) -> None:
    httpx.post(f"{url}/simulator/day", json={"on": on.isoformat()}, trust_env=False).raise_for_status()


@pytest.fixture
def bank() -> Iterator[str]:
    with running_bank() as url:
        open_bank(url)
        yield url


@pytest.fixture
def channel(bank: str) -> Iterator[HttpChannel]:
    with HttpChannel(bank) as channel:
        yield channel


class TestTheBank:
    def test_takes_a_message_and_says_so(self, channel: HttpChannel) -> None:
        reply = channel.submit("M-1", debit_file())
        assert reply.accepted
        assert read_status_report(BytesIO(reply.report)).group_status == "ACTC"

    def test_refuses_a_file_for_an_account_it_does_not_keep(self, channel: HttpChannel) -> None:
        assert not channel.submit("M-1", debit_file(creditor="49999")).accepted

    def test_refuses_what_it_cannot_read(self, channel: HttpChannel) -> None:
        assert not channel.submit("M-1", b"<broken").accepted

    def test_does_not_say_whether_it_took_another_file_under_a_known_id(self, channel: HttpChannel) -> None:
        channel.submit("M-1", debit_file())
        with pytest.raises(OutcomeUnknown, match="HTTP 409"):
            channel.submit("M-1", debit_file(creditor="40002"))

    def test_knows_what_it_took_and_nothing_else(self, channel: HttpChannel) -> None:
        channel.submit("M-1", debit_file())
        known = channel.inquire("M-1")
        assert known is not None
        assert known.accepted
        assert channel.inquire("M-2") is None

    def test_answers_page_by_page_behind_a_cursor(self, bank: str, channel: HttpChannel) -> None:
        channel.submit("M-1", debit_file())
        assert channel.answers("") == []
        move_day(bank)
        [answer] = channel.answers("")
        [item] = read_status_report(BytesIO(answer.content)).items
        assert (item.end_to_end_id, item.status, item.value_date) == ("E-1", "ACSC", ON)
        assert channel.answers(answer.cursor) == []

    def test_states_a_day_it_has_reached_and_none_before(self, channel: HttpChannel) -> None:
        [statement] = (source.read() for source in channel.statements(ON))
        assert b"camt.053" in statement
        assert list(channel.statements(date(2026, 3, 3))) == []

    def test_that_loses_its_reply_leaves_the_outcome_unknown_and_knows_the_message(self) -> None:
        with running_bank(faults=FaultPlan(reply_lost_bp=10_000)) as url, HttpChannel(url) as channel:
            open_bank(url)
            with pytest.raises(OutcomeUnknown, match="HTTP 504"):
                channel.submit("M-1", debit_file())
            assert channel.inquire("M-1") is not None


@contextmanager
def gateway(answer: bytes | None) -> Iterator[str]:
    """A gateway that reads a request and answers these bytes, or hangs up, once per connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 20)
                if answer is None:
                    done.wait(5)
                elif answer:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


def reply(status: str, body: bytes = b"", extra: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n".encode() + body


class TestABrokenWay:
    def test_that_is_not_there_sends_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with HttpChannel(f"http://127.0.0.1:{port}") as channel:
            with pytest.raises(NotSent, match="ConnectError"):
                channel.submit("M-1", b"<xml/>")
            with pytest.raises(BankUnavailable):
                channel.inquire("M-1")

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(b"", id="hangs up after reading"),
            pytest.param(b"HTTP/1.1 202 Acc", id="breaks off in the reply"),
            pytest.param(b"not http at all\r\n\r\n", id="speaks no HTTP"),
            pytest.param(reply("500 Internal Server Error"), id="fails"),
            pytest.param(reply("502 Bad Gateway"), id="cannot reach the bank behind it"),
            pytest.param(reply("403 Forbidden"), id="forbids"),
            pytest.param(reply("302 Found", extra="Location: http://127.0.0.1:1/\r\n"), id="points elsewhere"),
            pytest.param(reply("202 Accepted", b"<html/>"), id="says yes in words nobody knows"),
            pytest.param(reply("202 Accepted"), id="says yes without a report"),
        ],
    )
    def test_leaves_the_outcome_unknown_whatever_it_says(self, answer: bytes) -> None:
        with gateway(answer) as url, HttpChannel(url) as channel, pytest.raises(OutcomeUnknown):
            channel.submit("M-1", b"<xml/>")

    def test_that_is_silent_leaves_the_outcome_unknown_after_the_time_it_has(self) -> None:
        timed_out = pytest.raises(OutcomeUnknown, match="ReadTimeout")
        with gateway(None) as url, HttpChannel(url, answer_seconds=1) as channel, timed_out:
            channel.submit("M-1", b"<xml/>")

    @pytest.mark.parametrize("answer", [reply("200 OK", b"{}"), reply("200 OK", b"[]"), reply("503 Busy"), b""])
    def test_gives_no_answers_and_loses_none(self, answer: bytes) -> None:
        with gateway(answer) as url, HttpChannel(url) as channel, pytest.raises(BankUnavailable):
            channel.answers("7")

    def test_that_answers_an_inquiry_with_nonsense_does_not_say_that_it_never_came(self) -> None:
        with gateway(reply("200 OK", b"<html/>")) as url, HttpChannel(url) as channel, pytest.raises(BankUnavailable):
            channel.inquire("M-1")
