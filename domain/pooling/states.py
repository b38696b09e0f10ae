"""The lives of a sweep proposal and of each sweep in it, and how the bank's word on takings stands."""

from collections.abc import Mapping
from enum import StrEnum


class ProposalState(StrEnum):
    """What has become of one evaluation of a structure."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


PROPOSAL_TRANSITIONS: Mapping[ProposalState, frozenset[ProposalState]] = {
    # A later evaluation sees later balances: what nobody approved until then is never sent.
    ProposalState.PROPOSED: frozenset({ProposalState.APPROVED, ProposalState.REJECTED, ProposalState.SUPERSEDED}),
    ProposalState.APPROVED: frozenset({ProposalState.CLOSED}),
    ProposalState.REJECTED: frozenset(),
    ProposalState.SUPERSEDED: frozenset(),
    ProposalState.CLOSED: frozenset(),
}


class SweepState(StrEnum):
    """One leg between an account and the header above it; an evaluated leg is born skipped or proposed."""

    SKIPPED = "skipped"
    PROPOSED = "proposed"
    APPROVED = "approved"
    INSTRUCTED = "instructed"
    EXECUTED = "executed"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    RELEASED = "released"
    VALUE_CORRECTED = "value_corrected"


SWEEP_TRANSITIONS: Mapping[SweepState, frozenset[SweepState]] = {
    SweepState.SKIPPED: frozenset(),
    # Released before it was sent: superseded, or the header is short because an up-leg failed.
    SweepState.PROPOSED: frozenset({SweepState.APPROVED, SweepState.RELEASED}),
    SweepState.APPROVED: frozenset({SweepState.INSTRUCTED, SweepState.RELEASED}),
    SweepState.INSTRUCTED: frozenset({SweepState.EXECUTED, SweepState.FAILED}),
    SweepState.FAILED: frozenset({SweepState.RELEASED}),
    SweepState.EXECUTED: frozenset({SweepState.CONFIRMED, SweepState.VALUE_CORRECTED}),
    SweepState.CONFIRMED: frozenset({SweepState.VALUE_CORRECTED}),
    SweepState.RELEASED: frozenset(),
    SweepState.VALUE_CORRECTED: frozenset(),
}


class TakingStanding(StrEnum):
    """Whether the bank has said of takings what the till did."""

    EXPECTED = "expected"
    BOOKED = "booked"
    DIFFERS = "differs"
