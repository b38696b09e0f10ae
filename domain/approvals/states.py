"""How far a proposal came."""

from enum import StrEnum


class ApprovalState(StrEnum):
    """A proposal is decided once, or gives way to a newer one of the same subject."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


TRANSITIONS: dict[ApprovalState, frozenset[ApprovalState]] = {
    ApprovalState.PROPOSED: frozenset({ApprovalState.APPROVED, ApprovalState.REJECTED, ApprovalState.SUPERSEDED}),
    # An approval stands until the plan changes; then it approves nothing any more.
    ApprovalState.APPROVED: frozenset({ApprovalState.SUPERSEDED}),
    ApprovalState.REJECTED: frozenset(),
    ApprovalState.SUPERSEDED: frozenset(),
}
