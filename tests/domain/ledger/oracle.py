"""A ledger in a hundred lines of plain Python: what the real one must come to, whatever it is told to do."""

from dataclasses import dataclass, field

from domain.ledger.chart import CHART, AccountRef, Side
from domain.ledger.posting import Leg, Mode, Posting, Resolution

Entry = tuple[AccountRef, AccountRef, int, Mode, int | None]  # debit, credit, minor units, mode, number of its hold


class Refused(Exception):
    """The oracle would not book this either."""


@dataclass
class Counters:
    """Debits and credits, posted and held, and how low the bank's own acts have brought the account."""

    debits: int = 0
    credits: int = 0
    debits_held: int = 0
    credits_held: int = 0
    floor: int = 0

    def available(self, ref: AccountRef) -> int:
        if CHART[ref.kind].normal_side is Side.DEBIT:
            return self.debits - self.credits - self.credits_held
        return self.credits - self.debits - self.debits_held

    def copy(self) -> "Counters":
        return Counters(self.debits, self.credits, self.debits_held, self.credits_held, self.floor)


@dataclass
class Oracle:
    """Counters, transfers in order (the first has number 1), and what each key came to."""

    accounts: dict[AccountRef, Counters] = field(default_factory=dict)
    transfers: list[Entry] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)
    postings: dict[str, tuple[Posting, range]] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)

    def post(self, posting: Posting) -> range:
        """The numbers of its transfers."""
        if posting.key in self.postings:
            first, numbers = self.postings[posting.key]
            if first != posting:
                raise Refused
            return numbers
        numbers = self._book([self._entry(leg) for leg in posting.legs])
        self.postings[posting.key] = (posting, numbers)
        return numbers

    def reverse(self, key: str) -> range:
        """The opposite of a posting, once."""
        numbers = self.postings[key][1]
        entries = [self._opposite(number) for number in numbers]
        if key in self.reversed:
            raise Refused
        booked = self._book(entries)
        self.reversed.add(key)
        return booked

    def open_holds(self) -> list[int]:
        modes = [entry[3] for entry in self.transfers]
        return [number for number, mode in enumerate(modes, 1) if mode is Mode.PENDING and number not in self.ended]

    def _entry(self, leg: Leg | Resolution) -> Entry:
        if isinstance(leg, Leg):
            return leg.debit, leg.credit, leg.amount.minor, leg.mode, None
        if leg.pending_id not in self.open_holds():
            raise Refused
        debit, credit, minor, _, _ = self.transfers[leg.pending_id - 1]
        return debit, credit, minor, leg.mode, leg.pending_id

    def _opposite(self, number: int) -> Entry:
        debit, credit, minor, mode, _ = self.transfers[number - 1]
        if mode is Mode.PENDING:
            return self._entry(Resolution(number, Mode.VOID))
        if mode is Mode.VOID:
            raise Refused
        return credit, debit, minor, Mode.POSTED, None

    def _book(self, entries: list[Entry]) -> range:
        holds = [hold for *_, hold in entries if hold is not None]
        if len(set(holds)) < len(holds):
            raise Refused
        changed = {ref: self.accounts.get(ref, Counters()).copy() for entry in entries for ref in entry[:2]}
        for debit, credit, minor, mode, _ in entries:
            moved = minor if mode in {Mode.POSTED, Mode.POST, Mode.IMPOSED} else 0
            held = minor if mode is Mode.PENDING else -minor if mode in {Mode.POST, Mode.VOID} else 0
            changed[debit].debits += moved
            changed[debit].debits_held += held
            changed[credit].credits += moved
            changed[credit].credits_held += held
        for ref, counters in changed.items():
            imposed = any(mode is Mode.IMPOSED and ref in (debit, credit) for debit, credit, _, mode, _ in entries)
            available = counters.available(ref)
            if not CHART[ref.kind].may_go_negative:
                if available < counters.floor and not imposed:
                    raise Refused
                counters.floor = min(0, available)
        self.accounts |= changed
        self.ended |= set(holds)
        self.transfers += entries
        return range(len(self.transfers) - len(entries) + 1, len(self.transfers) + 1)
