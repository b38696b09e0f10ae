"""What the bank's codes mean."""

from collections.abc import Mapping
from datetime import time

from domain.banking.states import Verdict

# ISO 20022 ExternalPaymentTransactionStatus1Code, as far as banks send them for transfers and direct debits.
_VERDICTS = {
    "ACSC": Verdict.SETTLED,  # settled on the debtor's side
    "ACCC": Verdict.SETTLED,  # settled on the creditor's side
    "RJCT": Verdict.REJECTED,
    "CANC": Verdict.REJECTED,  # cancelled before settlement, on somebody's request
    "ACCP": Verdict.ACCEPTED,
    "ACSP": Verdict.ACCEPTED,
    "ACTC": Verdict.ACCEPTED,
    "ACWC": Verdict.ACCEPTED,
    "ACFC": Verdict.ACCEPTED,
    "PDNG": Verdict.ACCEPTED,
    "RCVD": Verdict.ACCEPTED,
}
# ISO 20022, and the ACH's two: insufficient and uncollected funds. Tables translate the codes of other schemes.
INSUFFICIENT_FUNDS = frozenset({"AM04", "R01", "R09"})


def open_slot(now: time, cut_offs: Mapping[str, time]) -> str | None:
    """The slot in which files are taken now: from its time (`0800`) to its cut-off; None between two."""
    return next((slot for slot, until in sorted(cut_offs.items()) if _opens(slot) <= now <= until), None)


def next_slot(now: time, cut_offs: Mapping[str, time]) -> str | None:
    """The slot that opens next, today or tomorrow; None for a bank without slots."""
    slots = sorted(cut_offs)
    return next((slot for slot in slots if _opens(slot) > now), slots[0] if slots else None)


def _opens(slot: str) -> time:
    return time(int(slot[:2]), int(slot[2:]))


def verdict_of(status: str) -> Verdict | None:
    """What an item's status says of its instruction; None for a code that is not known, which nobody may guess."""
    return _VERDICTS.get(status)


def is_banks_own(reason: str | None) -> bool:
    """Whether the reason is a code that no table translates (`381:RJ99`): a person has to say what it means."""
    return reason is not None and ":" in reason


def may_be_retried(reason: str | None) -> bool:
    """Only the insufficient-funds class is tried again; every other reason needs a person or ends it."""
    return reason in INSUFFICIENT_FUNDS
