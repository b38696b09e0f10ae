"""The kinds of run, and what becomes of one."""

from collections.abc import Mapping
from enum import StrEnum


class RunKind(StrEnum):
    """What a run gathers."""

    DEBIT = "debit"
    DISBURSEMENT = "disbursement"
    SWEEP = "sweep"
    RELEASE = "release"
    PAYOUT = "payout"


class RunState(StrEnum):
    """Where a run stands; `unknown` is neither sent nor not sent."""

    OPEN = "open"
    FROZEN = "frozen"
    REOPENED = "reopened"
    APPROVED = "approved"
    GENERATED = "generated"
    TRANSMITTED = "transmitted"
    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    PART_ANSWERED = "part_answered"
    ANSWERED = "answered"
    RECONCILED = "reconciled"
    CLOSED = "closed"


_R = RunState
TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    _R.OPEN: frozenset({_R.FROZEN, _R.CLOSED}),  # nothing was due: closed at once
    _R.FROZEN: frozenset({_R.APPROVED, _R.REOPENED}),
    _R.REOPENED: frozenset({_R.FROZEN, _R.CLOSED}),
    # Nothing of it had cover, and all of it waits for the next run: closed without having been sent.
    _R.APPROVED: frozenset({_R.GENERATED, _R.CLOSED}),
    _R.GENERATED: frozenset({_R.TRANSMITTED}),
    _R.TRANSMITTED: frozenset({_R.ACKNOWLEDGED, _R.UNKNOWN}),
    _R.UNKNOWN: frozenset({_R.TRANSMITTED}),
    _R.ACKNOWLEDGED: frozenset({_R.PART_ANSWERED, _R.ANSWERED}),
    _R.PART_ANSWERED: frozenset({_R.ANSWERED}),
    _R.ANSWERED: frozenset({_R.RECONCILED}),
    _R.RECONCILED: frozenset({_R.CLOSED}),
    _R.CLOSED: frozenset(),
}

# The way of a run that meets no trouble, from its approval on; a run is brought along it step by step.
WAY = (_R.APPROVED, _R.GENERATED, _R.TRANSMITTED, _R.ACKNOWLEDGED, _R.PART_ANSWERED, _R.ANSWERED)
# Something may be left to send.
TO_EXECUTE = (_R.FROZEN, _R.APPROVED, _R.GENERATED, _R.TRANSMITTED, _R.UNKNOWN)
# With the bank, or on its way there.
UNDER_WAY = (_R.APPROVED, _R.GENERATED, _R.TRANSMITTED, _R.UNKNOWN, _R.ACKNOWLEDGED, _R.PART_ANSWERED)
# Something may still leave, or be asked about and sent again.
TO_PAUSE = (*TO_EXECUTE, _R.ACKNOWLEDGED, _R.PART_ANSWERED)
# Every item of these was approved before by two people, by its own digest (a sweep proposal, a funding order).
APPROVED_BEFORE = frozenset({RunKind.SWEEP, RunKind.DISBURSEMENT})
# Something in these may be a debit, which its mandate has to cover.
UNDER_MANDATES = frozenset({RunKind.DEBIT, RunKind.SWEEP})
