"""What can happen to an advance once money moves, and in which order of dates it counts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.values.money import Money


class EventKind(StrEnum):
    """What can happen to an advance once money moves."""

    FUNDED = "funded"
    DILUTED = "diluted"
    COST = "cost"
    COLLECTED = "collected"
    RECEIVED = "received"
    DILUTION_PAID = "dilution_paid"
    BOUGHT_BACK = "bought_back"
    WRITTEN_OFF = "written_off"
    RELEASED = "released"
    REFUNDED = "refunded"
    RETURNED = "returned"


_K = EventKind
BROUGHT_IN = frozenset({_K.COLLECTED, _K.RECEIVED, _K.DILUTION_PAID, _K.BOUGHT_BACK})
MOVES_CASH = BROUGHT_IN | {_K.FUNDED, _K.RELEASED, _K.REFUNDED}
# On one date: the money goes out first, what a payment must cover stands before the payment.
_ORDER = list(EventKind)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `amount` is the cash moved; `number` orders one date's facts; RETURNED names what it undid."""

    id: UUID
    number: int
    kind: EventKind
    value_date: date
    amount: Money
    reverses: UUID | None = None


def standing(events: Sequence[Event]) -> list[Event]:
    """The events that were not returned."""
    returned = {event.reverses for event in events}
    return [event for event in events if event.kind is not EventKind.RETURNED and event.id not in returned]


def in_date_order(events: Iterable[Event]) -> list[Event]:
    """By value date; on one date by kind, then as they came."""
    return sorted(events, key=lambda event: (event.value_date, _ORDER.index(event.kind), event.number))
