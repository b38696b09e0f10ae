"""What banking asks of any way to a bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Reply:
    """The bank's word on a message it has received: taken in or refused, and its report (pain.002) that says so."""

    accepted: bool
    report: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Something the bank says later; `cursor` is where to go on asking after it."""

    cursor: str
    content: bytes


class BankChannel(Protocol):
    """A bank, asked and told. No call retries by itself: what a repeat means is decided above."""

    @property
    def name(self) -> str:
        """Which bank connection this is: answers are remembered per channel."""

    def submit(self, message_id: str, content: bytes) -> Reply:
        """Send a message. Raises NotSent when it certainly did not go out, OutcomeUnknown when it may have."""

    def inquire(self, message_id: str) -> Reply | None:
        """What the bank says of a message sent before; None when it never received it. Raises BankUnavailable."""

    def answers(self, after: str) -> list[Answer]:
        """Some of the answers behind the cursor (`""` is the beginning), in the bank's order; none when it has no more.

        Raises BankUnavailable.
        """

    def statements(self, on: date) -> Iterator[BinaryIO]:
        """The statements (camt.053) of that day, none when it has none yet. Raises BankUnavailable.

        Each is fetched when it is asked for, can be read from its start as often as needed, and is closed when the next
        is asked for.
        """
