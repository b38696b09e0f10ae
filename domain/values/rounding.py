"""Rounding is named: a contract says which mode it uses, because published vectors differ by it (R19)."""

from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum


class Rounding(StrEnum):
    """How a figure between two minor units becomes one; half-up unless the contract says otherwise."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    TRUNCATE = "truncate"
    FLOOR = "floor"


_MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.TRUNCATE: ROUND_DOWN,
    Rounding.FLOOR: ROUND_FLOOR,
}


# 1, 0.1, 0.01 …: made once, because every amount there is passes through here.
QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(13))


def to_places(value: Decimal, places: int, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """`value` with exactly `places` decimals, 0 to 12."""
    return value.quantize(QUANTA[places], rounding=_MODES[rounding])
