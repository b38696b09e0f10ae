"""What a mandate is for, and what may become of it."""

from collections.abc import Mapping
from enum import StrEnum


class MandatePurpose(StrEnum):
    """What a mandate allows to be collected: a code, because it gates what is debited. Never investments."""

    TRADE_PAYMENT = "trade_payment"
    FUND_SWEEP = "fund_sweep"
    RENT = "rent"
    UTILITIES = "utilities"
    INSURANCE = "insurance"
    TUITION = "tuition"
    LOAN_REPAYMENT = "loan_repayment"


class MandateState(StrEnum):
    """Whether a mandate may be debited under."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[MandateState, frozenset[MandateState]] = {
    MandateState.ACTIVE: frozenset({MandateState.SUSPENDED, MandateState.CANCELLED}),
    MandateState.SUSPENDED: frozenset({MandateState.ACTIVE, MandateState.CANCELLED}),
    MandateState.CANCELLED: frozenset(),
}
