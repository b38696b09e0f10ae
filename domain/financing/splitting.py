"""The interest of a claim's parts, which is the whole's to the cent (R17). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from domain.financing.terms import Terms
from domain.values.day_count import interest
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class ChildClaim:
    """One part of a split claim, and its part of the claim's interest."""

    face: Money
    interest: Money


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
