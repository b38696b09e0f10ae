"""What goes wrong at the bank: decided by hashing seed, fault and reference, never by order of calls or time."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

CERTAIN_BP = 10_000  # basis points: 10,000 is always


class Fault(StrEnum):
    """The kinds of fault; short balances need none, they come from the books."""

    REPLY_LOST = "reply_lost"
    DUPLICATE_ANSWER = "duplicate_answer"
    PARTIAL_ANSWER = "partial_answer"
    SLOW = "slow"
    LATE_RETURN = "late_return"
    CLOSED_ACCOUNT = "closed_account"
    MANDATE_REFUSED = "mandate_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """Chance of each fault in basis points (100 is 1 %), per message, late returns and closed accounts per item.

    `slow_ms` is how long a slow bank takes to answer.
    """

    reply_lost_bp: int = 0
    duplicate_answer_bp: int = 0
    partial_answer_bp: int = 0
    slow_bp: int = 0
    slow_ms: int = 50
    late_return_bp: int = 0
    closed_account_bp: int = 0
    mandate_refused_bp: int = 0

    def chance_bp(self, fault: Fault) -> int:
        """The chance of `fault`."""
        chances = {
            Fault.REPLY_LOST: self.reply_lost_bp,
            Fault.DUPLICATE_ANSWER: self.duplicate_answer_bp,
            Fault.PARTIAL_ANSWER: self.partial_answer_bp,
            Fault.SLOW: self.slow_bp,
            Fault.LATE_RETURN: self.late_return_bp,
            Fault.CLOSED_ACCOUNT: self.closed_account_bp,
            Fault.MANDATE_REFUSED: self.mandate_refused_bp,
        }
        return chances[fault]


NO_FAULTS = FaultPlan()
SOME_FAULTS = FaultPlan(
    reply_lost_bp=500,
    duplicate_answer_bp=1_000,
    partial_answer_bp=1_000,
    slow_bp=200,
    slow_ms=20,
    late_return_bp=100,
    closed_account_bp=30,
    mandate_refused_bp=200,
)
MANY_FAULTS = FaultPlan(
    reply_lost_bp=3_000,
    duplicate_answer_bp=4_000,
    partial_answer_bp=4_000,
    slow_bp=1_000,
    slow_ms=20,
    late_return_bp=1_000,
    closed_account_bp=300,
    mandate_refused_bp=2_000,
)
PRESETS = {"none": NO_FAULTS, "some": SOME_FAULTS, "many": MANY_FAULTS}


@dataclass(frozen=True, slots=True)
class Dice:
    """The same seed gives the same faults to the same references, whatever happened before."""

    seed: int
    plan: FaultPlan

    def strikes(self, fault: Fault, reference: str) -> bool:
        """Whether `fault` befalls the message or item with that reference."""
        return self._throw(fault, reference) % CERTAIN_BP < self.plan.chance_bp(fault)

    def pick(self, question: str, reference: str, options: int) -> int:
        """One of 0 … options − 1."""
        return self._throw(question, reference) % options

    def _throw(self, question: str, reference: str) -> int:
        digest = sha256(f"{self.seed}|{question}|{reference}".encode()).digest()
        return int.from_bytes(digest[:8], "big")
