"""What an agent's risk status, deposit, calls, defaults and claims can be (R25, R27)."""

from enum import StrEnum


class Status(StrEnum):
    """How far an agent is trusted (R25): A both tests passed, B one of them, C neither."""

    A = "A"
    B = "B"
    C = "C"


class SaleOrigin(StrEnum):
    """How we know of a sale: we allowed it beforehand, or the agent reported it."""

    AUTHORISED = "authorised"
    REPORTED = "reported"


class RemittanceKind(StrEnum):
    """What lowered an agent's outstanding."""

    REMITTED = "remitted"  # the agent's own transfer, early or on time
    COLLECTED = "collected"  # what the bank collected, or the debtor paid, on an advance
    DEPOSIT = "deposit"  # its deposit, used in default
    CLAIMED = "claimed"  # who answers for it paid
    REVERSED = "reversed"  # came back


class DepositEventKind(StrEnum):
    """What changed an agent's deposit."""

    RECEIVED = "received"
    USED = "used"
    RETURNED = "returned"
    CAME_BACK = "came_back"  # a return the bank sent back to us


class CallState(StrEnum):
    """A call to bring the deposit to a level."""

    CALLED = "called"
    MET = "met"
    MISSED = "missed"


class CallReason(StrEnum):
    """Why the deposit was called up."""

    USED = "used"  # in default: nothing is sold until it is met (R27)
    TOO_LOW = "too_low"  # it no longer secures what is outstanding (R26)


class ReturnState(StrEnum):
    """A part of the deposit on its way back to the agent."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"


class DefaultState(StrEnum):
    """An agent's default: declared by one, enforced by another."""

    DECLARED = "declared"
    REFUSED = "refused"
    ENFORCED = "enforced"
    SETTLED = "settled"


class ClaimStep(StrEnum):
    """Whom a default is claimed from, in this order, once the deposit is used up (R27)."""

    PAYOUTS = "payouts"
    GUARANTOR = "guarantor"
    SELLER = "seller"


class ClaimState(StrEnum):
    """One claim: on whoever stands at that step, until it is paid or its rest goes on to the next."""

    OPEN = "open"
    PAID = "paid"
    PASSED_ON = "passed_on"


_C, _R, _D, _K = CallState, ReturnState, DefaultState, ClaimState

CALL_TRANSITIONS = {
    _C.CALLED: frozenset({_C.MET, _C.MISSED}),
    _C.MISSED: frozenset({_C.MET}),
}
RETURN_TRANSITIONS = {
    _R.PROPOSED: frozenset({_R.APPROVED, _R.REFUSED}),
    _R.APPROVED: frozenset({_R.PAID, _R.FAILED}),
    # The bank sent it back: it is the agent's deposit again.
    _R.PAID: frozenset({_R.FAILED}),
}
DEFAULT_TRANSITIONS = {
    _D.DECLARED: frozenset({_D.ENFORCED, _D.REFUSED}),
    _D.ENFORCED: frozenset({_D.SETTLED}),
}
CLAIM_TRANSITIONS = {
    _K.OPEN: frozenset({_K.PAID, _K.PASSED_ON}),
}
OPEN_CALLS = (_C.CALLED, _C.MISSED)
