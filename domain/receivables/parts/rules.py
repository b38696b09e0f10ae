"""Into which parts a claim may be split, and what each is called (R17). Pure."""

from collections.abc import Sequence
from datetime import date

from domain.law.limits import DatedLimit, term_limits
from domain.receivables.parts.errors import CertificateTermTooLong, PartNumberTooLong, PartsDiffer, TooManyParts
from domain.values.money import Money

MAX_PARTS = 100  # one page to read before it is approved; a part can be split again
NUMBER_LENGTH = 64  # what a receivable's number holds


def split_evenly(claim: Money, parts: int) -> list[Money]:
    """Equal parts, each rounded down, the left-over cents handed to the first ones (R17). Raises TooManyParts.

    1,000,000.00 in 7 are two of 142,857.15 and five of 142,857.14.
    """
    if not 0 < parts <= min(claim.minor, MAX_PARTS):
        raise TooManyParts(claim=str(claim), parts=parts, most=min(claim.minor, MAX_PARTS))
    return claim.allocate([1] * parts)


def check_faces(claim: Money, faces: Sequence[Money]) -> None:
    """Given amounts are parts of this claim: each is something, and together they are all of it.

    Raises PartsDiffer, TooManyParts, CurrencyMismatch.
    """
    if len(faces) > MAX_PARTS:
        raise TooManyParts(claim=str(claim), parts=len(faces), most=MAX_PARTS)
    total, zero = Money.total(faces, claim.currency), Money.zero(claim.currency)
    if total != claim or not all(zero < face for face in faces):
        raise PartsDiffer(claim=str(claim), total=str(total), parts=len(faces))


def part_numbers(number: str, parts: int) -> list[str]:
    """What the parts of an invoice, or of a part, are called: `INV-1/1`, `INV-1/2`, …. Raises PartNumberTooLong."""
    if len(f"{number}/{parts}") > NUMBER_LENGTH:
        raise PartNumberTooLong(number=number, most=NUMBER_LENGTH)
    return [f"{number}/{place}" for place in range(1, parts + 1)]


def runs_beyond_usual_term(number: str, issued_on: date, due_on: date, law: Sequence[DatedLimit]) -> bool:
    """Whether a payment certificate runs longer than six months, which the law has in principle; a year is the most.

    By the law of the day it was issued (notice 77 of 2025, art. 11, from 15 June 2025). Raises CertificateTermTooLong.
    """
    terms = term_limits(law, issued_on)
    if terms is None:
        return False
    if due_on > terms.longest_until(issued_on):
        raise CertificateTermTooLong(
            number=number,
            issued_on=issued_on,
            due_on=due_on,
            longest_until=terms.longest_until(issued_on),
            citation=terms.citation,
        )
    return due_on > terms.usual_until(issued_on)
