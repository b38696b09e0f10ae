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
    RESERVED = "reserved"  # its wave has come: it counts against its payer, and the next run takes it
    INSTRUCTED = "instructed"
    UNKNOWN = "unknown"  # its file may or may not have reached the bank
    QUERIED = "queried"  # the bank was asked about that file
    EXECUTED = "executed"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    RELEASED = "released"
    VALUE_CORRECTED = "value_corrected"


# A bank executes an order whole or not at all (an answer of another amount is shown to a person), so a leg is never
# executed in part; a proposal is, when some of its legs fail.
SWEEP_TRANSITIONS: Mapping[SweepState, frozenset[SweepState]] = {
    SweepState.SKIPPED: frozenset(),
    # Skipped by hand: dropped from the proposal. Released before it was sent: superseded, or the header is short.
    SweepState.PROPOSED: frozenset({SweepState.SKIPPED, SweepState.APPROVED, SweepState.RELEASED}),
    SweepState.APPROVED: frozenset({SweepState.RESERVED, SweepState.RELEASED}),
    SweepState.RESERVED: frozenset({SweepState.INSTRUCTED, SweepState.RELEASED}),
    SweepState.INSTRUCTED: frozenset({SweepState.UNKNOWN, SweepState.EXECUTED, SweepState.FAILED}),
    SweepState.UNKNOWN: frozenset({SweepState.QUERIED, SweepState.EXECUTED, SweepState.FAILED}),
    SweepState.QUERIED: frozenset({SweepState.UNKNOWN, SweepState.EXECUTED, SweepState.FAILED}),
    SweepState.FAILED: frozenset({SweepState.RELEASED}),
    # Failed after it was executed: the bank returned it.
    SweepState.EXECUTED: frozenset({SweepState.CONFIRMED, SweepState.FAILED, SweepState.VALUE_CORRECTED}),
    SweepState.CONFIRMED: frozenset({SweepState.FAILED, SweepState.VALUE_CORRECTED}),
    SweepState.VALUE_CORRECTED: frozenset({SweepState.FAILED}),
    SweepState.RELEASED: frozenset(),
}
UNDER_WAY = (
    SweepState.APPROVED,
    SweepState.RESERVED,
    SweepState.INSTRUCTED,
    SweepState.UNKNOWN,
    SweepState.QUERIED,
)
AT_A_RUN = (SweepState.INSTRUCTED, SweepState.UNKNOWN, SweepState.QUERIED)
MOVED = (SweepState.EXECUTED, SweepState.CONFIRMED, SweepState.VALUE_CORRECTED)


class VersionState(StrEnum):
    """Where one version of a pool's terms stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"  # and waits for its date
    REJECTED = "rejected"
    IN_FORCE = "in_force"
    REPLACED = "replaced"


VERSION_TRANSITIONS: Mapping[VersionState, frozenset[VersionState]] = {
    VersionState.PROPOSED: frozenset({VersionState.APPROVED, VersionState.REJECTED}),
    VersionState.APPROVED: frozenset({VersionState.IN_FORCE, VersionState.REJECTED}),
    VersionState.REJECTED: frozenset(),
    VersionState.IN_FORCE: frozenset({VersionState.REPLACED}),
    VersionState.REPLACED: frozenset(),
}


class SlotKind(StrEnum):
    """What makes a pool evaluate itself."""

    CRON = "cron"
    BALANCE = "balance"


class MovementKind(StrEnum):
    """Why an intercompany position moved."""

    EXECUTED = "executed"
    RETURNED = "returned"
    REVALUED_FROM = "revalued_from"
    REVALUED_TO = "revalued_to"
    CAPITALISED = "capitalised"


class SettlementMode(StrEnum):
    """What becomes of a period's interest."""

    CAPITALISED = "capitalised"  # added to the position
    PAID = "paid"  # moved in cash between the two accounts


class SettlementState(StrEnum):
    """Where the settlement of a period's interest stands."""

    DUE = "due"  # its payment is still to come
    SETTLED = "settled"
    RELEASED = "released"  # nothing moved, or it came back: the interest is settled with a later period


SETTLEMENT_TRANSITIONS: Mapping[SettlementState, frozenset[SettlementState]] = {
    SettlementState.DUE: frozenset({SettlementState.SETTLED, SettlementState.RELEASED}),
    SettlementState.SETTLED: frozenset({SettlementState.RELEASED}),
    SettlementState.RELEASED: frozenset(),
}


class TakingStanding(StrEnum):
    """Whether the bank has said of takings what the till did."""

    EXPECTED = "expected"
    BOOKED = "booked"
    DIFFERS = "differs"
