"""What an entry was recognised as, and why one needs a person."""

from enum import StrEnum


class Recognised(StrEnum):
    """What an entry without an instruction of ours turned out to be."""

    TAKINGS = "takings"
    RECEIPT = "receipt"
    CAPITAL = "capital"
    AGENT = "agent"


class SuspenseReason(StrEnum):
    """Why an entry lies in suspense."""

    UNRECOGNISED = "unrecognised"
    UNKNOWN_REFERENCE = "unknown_reference"  # our kind of reference, but no instruction of that number
    OTHER_ACCOUNT = "other_account"  # the instruction moves other accounts
    AMOUNT_DIFFERS = "amount_differs"
    BOOKED_TWICE = "booked_twice"  # the bank shows the same side of one instruction again
    CONTRADICTION = "contradiction"  # money moved for what the bank had refused


class Basis(StrEnum):
    """By which dates the books were compared with the bank."""

    VALUE = "value"
    BOOKING = "booking"
