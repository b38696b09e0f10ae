"""Which way each approved invoice is best paid early, under limits of cash and lines. Pure.

The supplier takes what costs it least; where the buyer's cash, or a line, does not reach for all, it goes first to the
invoices that earn the buyer most on each unit of cash. That order is the best there is as long as invoices can be
divided, and a whole invoice away from it at most, because they cannot be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.financing.rules import AllInRate
from domain.values.money import Money


class WayKind(StrEnum):
    """Who pays the supplier early, and who bears the buyer's default."""

    PURCHASE = "purchase"  # a lender, without recourse to the supplier
    ADVANCE = "advance"  # a lender, with recourse to the supplier
    OWN_CASH = "own_cash"  # the buyer itself, at a discount


OWN_CASH = "own_cash"  # the limit that the buyer's own cash is; others are the lenders' lines, by their public id


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay one invoice: what the supplier gets and it costs (R14), what the buyer gains, and what it uses.

    `limit` names what it uses up, `uses` how much: own cash, or a lender's line.
    """

    kind: WayKind
    limit: str
    uses: Money
    net: Money
    cost: Money
    rate: AllInRate
    gain: Money

    @property
    def liquidity(self) -> Money:
        """The buyer's cash it takes today."""
        return self.uses if self.kind is WayKind.OWN_CASH else Money.zero(self.uses.currency)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An approved invoice and every way there is to pay it early."""

    receivable_id: UUID
    amount: Money
    ways: Sequence[Way]

    @property
    def ranking(self) -> list[Way]:
        """Cheapest for the supplier first; at the same cost, what gains the buyer more."""
        return sorted(self.ways, key=lambda way: (way.rate.effective, -way.gain.amount, way.limit))

    @property
    def yield_of_cash(self) -> Decimal:
        """The buyer's gain on each unit of its cash; nothing where its cash is no way."""
        return max(
            (way.gain.amount / way.uses.amount for way in self.ways if way.kind is WayKind.OWN_CASH), default=_NO
        )


_NO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bound:
    """A cheaper way that a limit closed: how much it needed, and how much was left."""

    limit: str
    needed: Money
    left: Money


@dataclass(frozen=True, slots=True)
class Choice:
    """The way an invoice is paid, None when every limit is used up, and the limits that closed better ones."""

    candidate: Candidate
    way: Way | None
    bound: tuple[Bound, ...]


def best_execution(candidates: Sequence[Candidate], limits: Mapping[str, Money]) -> list[Choice]:
    """A way for each invoice, in the order of their claim on own cash: the highest yield first.

    Each takes the cheapest way that still has room; what it could not have is named. A limit that is not given has no
    room.
    """
    left = dict(limits)
    ordered = sorted(candidates, key=lambda each: (-each.yield_of_cash, each.receivable_id))
    return [_choose(candidate, left) for candidate in ordered]


def _choose(candidate: Candidate, left: dict[str, Money]) -> Choice:
    bound: list[Bound] = []
    for way in candidate.ranking:
        room = left.get(way.limit, Money.zero(way.uses.currency))
        if way.uses.minor <= room.minor:
            left[way.limit] = room - way.uses
            return Choice(candidate, way, tuple(bound))
        bound.append(Bound(way.limit, way.uses, room))
    return Choice(candidate, None, tuple(bound))
