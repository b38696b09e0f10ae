"""Several banks as one: messages to the bank they were made for, answers of all, each from where it was left."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import BinaryIO

import pytest

from domain.banking.channels.port import Answer, Reply
from domain.banking.channels.routed import RoutedChannel
from domain.banking.errors import BankUnavailable, NotSent

MONDAY = date(2026, 3, 2)
ICBC, CMB, BOC = "102100099996", "308100005027", "104100000004"
BANK_OF = {"M-1": ICBC, "M-2": CMB, "M-3": BOC}


@dataclass
class Desk:
    """A bank that says what it has to say, two answers at a time."""

    name: str
    says: list[bytes] = field(default_factory=list)
    closed: bool = False
    taken: list[str] = field(default_factory=list)

    def submit(self, message_id: str, content: bytes) -> Reply:
        self.taken.append(message_id)
        return Reply(accepted=True, report=content)

    def inquire(self, message_id: str) -> Reply | None:
        return Reply(accepted=True, report=b"") if message_id in self.taken else None

    def answers(self, after: str) -> list[Answer]:
        if self.closed:
            raise BankUnavailable(what="answers", detail="closed")
        place = int(after or "0")
        return [Answer(str(place + n + 1), said) for n, said in enumerate(self.says[place : place + 2])]

    def statements(self, on: date) -> Iterator[BinaryIO]:
        yield BytesIO(f"{self.name} {on}".encode())


@pytest.fixture
def gateway() -> Desk:
    return Desk("gateway", [b"g1", b"g2", b"g3"])


@pytest.fixture
def folder() -> Desk:
    return Desk("folder", [b"f1"])


@pytest.fixture
def routed(gateway: Desk, folder: Desk) -> RoutedChannel:
    """One bank is met in a folder, one nowhere, all others at the gateway."""
    return RoutedChannel(gateway, {CMB: folder, BOC: None}, BANK_OF.get)


def heard(routed: RoutedChannel, after: str = "") -> tuple[list[bytes], str]:
    contents = []
    while page := routed.answers(after):
        contents += [answer.content for answer in page]
        after = page[-1].cursor
    return contents, after


class TestMessages:
    def test_go_to_the_bank_they_were_made_for(self, routed: RoutedChannel, gateway: Desk, folder: Desk) -> None:
        for message_id in ("M-1", "M-2", "of nobody"):
            assert routed.submit(message_id, b"x").accepted
            assert routed.inquire(message_id) is not None
        assert (gateway.taken, folder.taken) == (["M-1", "of nobody"], ["M-2"])

    def test_for_a_bank_without_a_way_stay_here(self, routed: RoutedChannel, gateway: Desk) -> None:
        with pytest.raises(NotSent, match=BOC):
            routed.submit("M-3", b"x")
        with pytest.raises(BankUnavailable, match=BOC):
            routed.inquire("M-3")
        assert gateway.taken == []


class TestAnswers:
    def test_of_all_banks_are_heard_once_in_each_banks_order(self, routed: RoutedChannel, folder: Desk) -> None:
        contents, cursor = heard(routed)
        assert contents == [b"g1", b"g2", b"g3", b"f1"]
        assert cursor == '{"folder":"1","gateway":"3"}'
        folder.says.append(b"f2")
        assert heard(routed, cursor)[0] == [b"f2"]

    def test_of_one_bank_are_heard_while_another_is_closed(
        self, routed: RoutedChannel, gateway: Desk, folder: Desk
    ) -> None:
        gateway.closed = True
        contents, cursor = heard(routed)
        assert contents == [b"f1"]
        gateway.closed = False
        assert heard(routed, cursor)[0] == [b"g1", b"g2", b"g3"]
        gateway.closed = folder.closed = True
        with pytest.raises(BankUnavailable):
            routed.answers(cursor)

    def test_statements_are_those_of_all_banks(self, routed: RoutedChannel) -> None:
        assert [source.read() for source in routed.statements(MONDAY)] == [b"gateway 2026-03-02", b"folder 2026-03-02"]
