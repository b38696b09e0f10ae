"""A file of statements read in portions, so that a statement of a million entries needs no more memory than one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from domain.banking.entries import Entry, read_entries
from domain.banking.messages.balances import CLOSING, OPENING, Agreement, Tally
from domain.banking.messages.model import Balance
from domain.banking.messages.model import Statement as BankStatement
from domain.platform.encryption import KeyRing
from domain.values.money import Money

PORTION = 20_000  # entries kept by one statement: more of them make it no faster
PORTIONS_AHEAD = 2  # one is made while another waits, or the maker would rest as long as the database works


@dataclass(frozen=True, slots=True)
class Told:
    """A statement as the bank tells it, or a part of one: `is_first` and `is_last` say which."""

    number: str
    currency: str
    reference: str
    opened_on: date
    closed_on: date
    stated_at: datetime
    balances: Sequence[Balance]
    opening: Money | None
    closing: Money | None
    tally: Tally
    entries: list[Entry] = field(default_factory=list)
    is_first: bool = True
    is_last: bool = True

    @property
    def agreement(self) -> Agreement:
        """Whether it hangs together; known with its last part."""
        return self.tally.agreement(self.opening, self.closing)


def read_portions(tenant_id: int, statements: Iterable[BankStatement], keys: KeyRing) -> Iterator[list[Told]]:
    """Statements with about PORTION entries in all; a longer one comes in parts, one portion after another."""
    portion: list[Told] = []
    room = PORTION
    for statement in statements:
        for part in _parts(tenant_id, statement, keys, room):
            portion.append(part)
            room -= len(part.entries)
            if room <= 0:
                yield portion
                portion, room = [], PORTION
    if portion:
        yield portion


def _parts(tenant_id: int, statement: BankStatement, keys: KeyRing, room: int) -> Iterator[Told]:
    head = _head(statement)
    entries = read_entries(tenant_id, head.tally.counting(statement.entries), head.closed_on, keys)
    is_first, size = True, room
    while True:
        taken = list(islice(entries, size))
        is_last = len(taken) < size
        yield _part(head, taken, is_first=is_first, is_last=is_last)
        if is_last:
            return
        is_first, size = False, PORTION


def _part(head: Told, entries: list[Entry], *, is_first: bool, is_last: bool) -> Told:
    return Told(
        head.number,
        head.currency,
        head.reference,
        head.opened_on,
        head.closed_on,
        head.stated_at,
        head.balances,
        head.opening,
        head.closing,
        head.tally,
        entries,
        is_first,
        is_last,
    )


def _head(told: BankStatement) -> Told:
    closing_on = next((balance.on for balance in told.balances if balance.kind in CLOSING), None)
    # The last day it is about: as stated, else of its closing balance, else of its making.
    closed_on = told.to_on or closing_on or told.created_at.date()
    return Told(
        number=told.account.number,
        currency=told.currency,
        reference=told.statement_id,
        opened_on=told.from_on or closed_on,
        closed_on=closed_on,
        stated_at=told.created_at,
        balances=told.balances,
        opening=_balance(told, OPENING),
        closing=_balance(told, CLOSING),
        tally=Tally(closing_on or closed_on),
    )


def _balance(told: BankStatement, kinds: Sequence[str]) -> Money | None:
    stated = (told.balance(kind) for kind in kinds)
    return next((amount for amount in stated if amount is not None), None)
