"""Several banks as one: a message goes to the bank it was made for, and all of them are asked what they have to say."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from domain.banking.channels.port import Answer, BankChannel, Reply
from domain.banking.errors import BankUnavailable, NotSent


@dataclass(frozen=True, slots=True)
class RoutedChannel:
    """The banks that have a way of their own, by id, and one way to all the others; None is no way at all.

    `bank_of` says which bank a message was made for. A cursor is where each bank was left, by the name of its channel.
    """

    default: BankChannel | None
    banks: Mapping[str, BankChannel | None]
    bank_of: Callable[[str], str | None]
    name: str = "banks"

    def submit(self, message_id: str, content: bytes) -> Reply:
        """Send a message to its bank. Raises NotSent, OutcomeUnknown."""
        bank_id, channel = self._way(message_id)
        if channel is None:
            raise NotSent(detail=f"there is no way to bank {bank_id or '-'}")
        return channel.submit(message_id, content)

    def inquire(self, message_id: str) -> Reply | None:
        """What its bank says of a message. Raises BankUnavailable."""
        bank_id, channel = self._way(message_id)
        if channel is None:
            raise BankUnavailable(what=f"message {message_id}", detail=f"there is no way to bank {bank_id or '-'}")
        return channel.inquire(message_id)

    def _way(self, message_id: str) -> tuple[str | None, BankChannel | None]:
        bank_id = self.bank_of(message_id)
        return bank_id, self.banks.get(bank_id or "", self.default)

    def answers(self, after: str) -> list[Answer]:
        """Answers of the first bank that has any behind the cursor.

        A bank that cannot be asked does not silence the others: it is asked again next time, and what it owes an
        answer to stays open. Raises BankUnavailable when none could be asked.
        """
        places: dict[str, str] = json.loads(after) if after else {}
        channels = self._channels()
        missing: list[BankUnavailable] = []
        for channel in channels:
            try:
                page = channel.answers(places.get(channel.name, ""))
            except BankUnavailable as unavailable:
                missing.append(unavailable)
                continue
            if page:
                return [Answer(_cursor(places | {channel.name: each.cursor}), each.content) for each in page]
        if channels and len(missing) == len(channels):
            raise missing[0]
        return []

    def statements(self, on: date) -> Iterator[BinaryIO]:
        """The statements of that day of all banks. Raises BankUnavailable: a day is proved by all of them."""
        return (source for channel in self._channels() for source in channel.statements(on))

    def _channels(self) -> list[BankChannel]:
        return [channel for channel in (self.default, *self.banks.values()) if channel is not None]


def _cursor(places: Mapping[str, str]) -> str:
    return json.dumps(places, sort_keys=True, separators=(",", ":"))
