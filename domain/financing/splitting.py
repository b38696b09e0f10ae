"""Splitting a claim or certificate into parts that can be passed on apart (R17). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from domain.financing.terms import Terms
from domain.values.day_count import interest
from domain.values.errors import DomainError
from domain.values.money import Money


class TooManyParts(DomainError):
    """A claim cannot be split into parts of less than the smallest amount of its currency."""

    code = "too_many_parts"
    status = 422
    en = "{claim} cannot be split into {parts} parts, each of something. Ask for fewer."
    zh = "{claim} 无法拆分为 {parts} 份(每份须大于零),请减少份数。"

    def __init__(self, *, claim: str, parts: int) -> None:
        super().__init__(claim=claim, parts=parts)


@dataclass(frozen=True, slots=True)
class ChildClaim:
    """One part of a split claim, and its part of the claim's interest."""

    face: Money
    interest: Money


def split_evenly(claim: Money, parts: int) -> list[Money]:
    """Equal parts, each rounded down, the left-over cents handed to the first ones (R17). Raises TooManyParts.

    1,000,000.00 in 7 are two of 142,857.15 and five of 142,857.14.
    """
    if not 0 < parts <= claim.minor:
        raise TooManyParts(claim=str(claim), parts=parts)
    return claim.allocate([1] * parts)


def split_claim(claim: Money, faces: Sequence[Money], terms: Terms, days: int) -> list[ChildClaim]:
    """The children with the parent's interest: each one's is the interest of all so far less the running sum (R17).

    So the last one's is the parent's total less what the others have, and no child strays more than a cent from its
    own figure however many there are. 1,000,000.00 in 7 for 73 days at 4.2 %: 8,516.67, where seven figures rounded
    by themselves sum to 8,516.69.
    """
    assert Money.total(faces, claim.currency) == claim, "the parts are the whole"
    zero = Money.zero(claim.currency)
    running = [
        interest(so_far, terms.annual_rate, days, terms.day_count, terms.rounding)
        for so_far in accumulate(faces, initial=zero)
    ]
    return [ChildClaim(face, now - before) for face, (before, now) in zip(faces, pairwise(running), strict=True)]
