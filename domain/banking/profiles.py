"""What one bank wants of its files and how long its debits can come back: a value now, a table later."""

from dataclasses import dataclass
from enum import StrEnum

from domain.banking.states import Direction

MAX_ITEMS_PER_FILE = 50_000  # about 30 MB of XML, which is what banks take in one upload; more goes in further files
MAX_BLOCKS_PER_FILE = 500  # payment blocks: banks differ between one and thousands, most take this many


class CharsetPolicy(StrEnum):
    """What becomes of Chinese names in a file."""

    UNICODE = "unicode"  # kept as they are
    LATIN = "latin"  # refused by the bank: transliterated before they are written


@dataclass(frozen=True, slots=True)
class BankProfile:
    """How one bank is spoken to.

    The finality windows are days after the value date, until which the bank may take the money back; a
    payment of ours is final when it is settled.
    """

    name: str = "standard"
    max_items: int = MAX_ITEMS_PER_FILE
    max_blocks: int = MAX_BLOCKS_PER_FILE  # 1 for a bank that takes one own account per file
    debit_window_days: int = 7  # a returned direct debit comes within five bank days, which span a weekend
    credit_window_days: int = 0
    charset: CharsetPolicy = CharsetPolicy.UNICODE
    text_limit: int = 140  # Max140Text of names and remittances; pinyin is longer than Chinese, so it may be cut
    creditor_scheme_id: str | None = None

    def window_days(self, direction: Direction) -> int:
        """Days from the value date to finality."""
        return self.debit_window_days if direction is Direction.DEBIT else self.credit_window_days


STANDARD = BankProfile()
