"""The directory channel against the simulated bank's side of it, and against a careless one."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.bank_simulator.answers import rendered
from app.bank_simulator.application import WEEKENDS_OFF
from app.bank_simulator.bank import Bank
from app.bank_simulator.directory import FolderDesk
from app.bank_simulator.faults import NO_FAULTS, Dice
from app.bank_simulator.store import Store
from app.bank_simulator.structs import AccountIn
from domain.banking.channels.directory import DirectoryChannel
from domain.banking.channels.folder import write_whole
from domain.banking.errors import BankUnavailable, NotSent, OutcomeUnknown
from domain.banking.messages.model import ItemStatus, StatusReport

from .simulated_bank import AT, MONDAY, TUESDAY, debit, debit_file, outcomes, report_of

HQ, BRANCH = "622200001", "622200002"


@pytest.fixture
def channel(tmp_path: Path) -> DirectoryChannel:
    return DirectoryChannel(tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FolderDesk]:
    bank = Bank(Store(None), Dice(0, NO_FAULTS), WEEKENDS_OFF)
    bank.open_accounts(
        [
            AccountIn(number=HQ, name="总部", currency="CNY", customer=True),
            AccountIn(number=BRANCH, name="分店", currency="CNY", opening_balance="100.00"),
        ]
    )
    bank.move_to(MONDAY)
    yield FolderDesk(bank, tmp_path)
    bank.store.close()


def report(message_id: str, *items: ItemStatus, document: str = "R-1") -> bytes:
    told = StatusReport(document, AT, message_id, "pain.008.001.08", "PART", items)
    return rendered(told).encode()


def drop(tmp_path: Path, name: str, content: bytes, *, at: int = 1) -> Path:
    path = tmp_path / "in" / name
    path.write_bytes(content)
    os.utime(path, ns=(at, at))
    return path


class TestWithTheBank:
    def test_an_evening_goes_through_the_folders(self, channel: DirectoryChannel, desk: FolderDesk) -> None:
        content = debit_file("M-1", debit("E-1", "30.00"), debit("E-2", "90.00"))
        with pytest.raises(OutcomeUnknown, match="not acknowledged"):
            channel.submit("M-1", content)
        with pytest.raises(BankUnavailable, match="not acknowledged"):
            channel.inquire("M-1")
        assert desk.work() == 1
        reply = channel.inquire("M-1")
        assert reply is not None
        assert reply.accepted
        assert channel.submit("M-1", content).accepted  # sent again, it is the same message
        desk.bank.move_to(TUESDAY)
        desk.work()
        (answer,) = channel.answers("")
        # 30.00 of 100.00 leaves 70.00, which is less than 90.00
        assert outcomes(report_of(answer.content)) == {"E-1": ("ACSC", None), "E-2": ("RJCT", "AM04")}
        assert channel.answers(answer.cursor) == []
        assert desk.state(TUESDAY)
        (statement,) = (source.read() for source in channel.statements(TUESDAY))
        assert b"<EndToEndId>E-1</EndToEndId>" in statement
        assert list(channel.statements(MONDAY)) == []

    def test_a_refused_file_is_acknowledged_as_refused(self, channel: DirectoryChannel, desk: FolderDesk) -> None:
        with pytest.raises(OutcomeUnknown):
            channel.submit("M-1", debit_file("M-1", debit("E-1", "30.00"), creditor="622200009"))
        desk.work()
        reply = channel.inquire("M-1")
        assert reply is not None
        assert not reply.accepted

    def test_a_statement_of_a_day_not_reached_is_not_there(self, channel: DirectoryChannel, desk: FolderDesk) -> None:
        assert not desk.state(MONDAY + timedelta(days=3))
        assert list(channel.statements(MONDAY + timedelta(days=3))) == []


class TestSending:
    def test_a_message_the_bank_never_had_is_not_there(self, channel: DirectoryChannel) -> None:
        assert channel.inquire("M-9") is None

    def test_one_file_goes_out_however_often_it_is_sent(self, channel: DirectoryChannel, tmp_path: Path) -> None:
        for _ in range(3):
            with pytest.raises(OutcomeUnknown):
                channel.submit("M-1", b"<a/>")
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["M-1.xml"]
        (tmp_path / "out" / "M-1.xml").unlink()  # the bank has taken it away
        with pytest.raises(OutcomeUnknown):
            channel.submit("M-1", b"<a/>")
        assert list((tmp_path / "out").iterdir()) == []

    def test_another_file_under_the_same_id_does_not_go_out(self, channel: DirectoryChannel, tmp_path: Path) -> None:
        with pytest.raises(OutcomeUnknown):
            channel.submit("M-1", b"<a/>")
        with pytest.raises(NotSent, match="another file"):
            channel.submit("M-1", b"<b/>")
        assert (tmp_path / "out" / "M-1.xml").read_bytes() == b"<a/>"

    @pytest.mark.parametrize("message_id", ["../M-1", "a/b", ".hidden", "", "x" * 200])
    def test_an_id_that_leaves_its_folder_is_not_sent(self, channel: DirectoryChannel, message_id: str) -> None:
        with pytest.raises(NotSent):
            channel.submit(message_id, b"<a/>")
        assert channel.inquire(message_id) is None

    def test_an_acknowledgement_half_written_or_of_another_message_is_none_yet(
        self, channel: DirectoryChannel, tmp_path: Path
    ) -> None:
        with pytest.raises(OutcomeUnknown):
            channel.submit("M-1", b"<a/>")
        for content in (report("M-1")[:-20], report("M-2")):
            (tmp_path / "ack" / "M-1.xml").write_bytes(content)
            with pytest.raises(BankUnavailable):
                channel.inquire("M-1")


class TestReceiving:
    def test_answers_come_in_the_order_they_were_written_and_once(
        self, channel: DirectoryChannel, tmp_path: Path
    ) -> None:
        first, second = report("M-1", document="R-1"), report("M-1", document="R-2")
        drop(tmp_path, "b.xml", first, at=1)
        drop(tmp_path, "a.xml", second, at=2)
        found = channel.answers("")
        assert [answer.content for answer in found] == [first, second]
        drop(tmp_path, "again.xml", first, at=3)  # the same bytes under another name
        assert channel.answers(found[-1].cursor) == []
        assert list((tmp_path / "in").iterdir()) == []
        third = report("M-1", document="R-3")
        drop(tmp_path, "late.xml", third, at=0)  # older than what was taken, and not lost
        assert [answer.content for answer in channel.answers(found[-1].cursor)] == [third]

    def test_a_file_still_being_written_waits_until_it_is_whole(
        self, channel: DirectoryChannel, tmp_path: Path
    ) -> None:
        content = report("M-1")
        path = drop(tmp_path, "r.xml", content[:200], at=1)
        drop(tmp_path, "s.xml.filepart", content, at=1)
        drop(tmp_path, ".t.xml", content, at=1)
        assert channel.answers("") == []
        path.write_bytes(content)
        assert [answer.content for answer in channel.answers("")] == [content]
        assert len(list((tmp_path / "in").iterdir())) == 2

    def test_what_is_cut_off_and_grows_no_more_goes_to_quarantine(
        self, channel: DirectoryChannel, tmp_path: Path
    ) -> None:
        drop(tmp_path, "r.xml", report("M-1")[:200])
        assert channel.answers("") == []
        assert list((tmp_path / "quarantine").iterdir()) == []
        assert channel.answers("") == []
        (reason,) = (tmp_path / "quarantine").glob("*.reason.txt")
        assert reason.read_text() == "r.xml: It is empty, or XML that has not ended and is no longer written.\n"
        assert reason.with_name(reason.name.removesuffix(".reason.txt")).read_bytes() == report("M-1")[:200]

    @pytest.mark.parametrize("content", [b"hello\n", b"<html></Document>", debit_file("M-1", debit("E-1", "1.00"))])
    def test_what_is_no_message_to_us_goes_to_quarantine_with_the_reason(
        self, channel: DirectoryChannel, tmp_path: Path, content: bytes
    ) -> None:
        drop(tmp_path, "x.xml", content)
        good = report("M-1")
        drop(tmp_path, "y.xml", good)
        assert [answer.content for answer in channel.answers("")] == [good]
        (reason,) = (tmp_path / "quarantine").glob("*.reason.txt")
        assert "neither a status report" in reason.read_text()

    def test_an_mt940_is_a_statement_of_its_closing_day(self, channel: DirectoryChannel, tmp_path: Path) -> None:
        content = b":20:X\n:25:622200001\n:28C:1/1\n:60F:C260105CNY1,\n:62F:C260106CNY1,\n-\n"
        drop(tmp_path, "st.sta", content)
        assert [source.read() for source in channel.statements(TUESDAY)] == [content]

    def test_a_broken_statement_goes_to_quarantine_with_what_the_reader_says(
        self, channel: DirectoryChannel, tmp_path: Path
    ) -> None:
        drop(tmp_path, "st.sta", b":20:X\n:28C:1/1\n:60F:C260105CNY1,\n:62F:C260106CNY1,\n-\n")
        assert list(channel.statements(TUESDAY)) == []
        (reason,) = (tmp_path / "quarantine").glob("*.reason.txt")
        assert ":25:" in reason.read_text()


def test_a_folder_that_cannot_be_written_is_a_bank_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BankUnavailable):
        DirectoryChannel(tmp_path / "file" / "x")


def test_a_file_appears_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.xml", b"1")
    write_whole(tmp_path / "a.xml", b"2")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.xml", b"2")]
