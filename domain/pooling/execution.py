"""Carrying sweeps out: what a run may send, what is let go, and what the bank's word makes of each.

Before it gathers, a run calls `prepare_wave`; then `due_sweeps` says what to send; `book_sweeps` books the outcomes in
the transaction in which banking books the cash.
"""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select

from domain.banking.answers import Outcome
from domain.banking.states import Verdict
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move_all
from domain.pooling import bookings, movements, queries, sweep_queries
from domain.pooling.errors import ProposalAltered
from domain.pooling.evaluation import seal
from domain.pooling.interest_payments import book_interest_payments
from domain.pooling.positions import positions
from domain.pooling.states import AT_A_RUN, MOVED, ProposalState, SweepState
from domain.pooling.sweep_queries import due_sweeps
from domain.pooling.tables import Sweep, SweepProposal
from domain.values.actor import BANK, Actor, system

__all__ = ["book_sweeps", "check_unaltered", "close_finished", "confirm_sweeps", "due_sweeps", "prepare_wave"]

PREFIX = "prp"
SWEEPING = system("sweep")


def prepare_wave(session: TenantSession, on: date, *, clock: Clock, mandates: Select[UUID, UUID] | None = None) -> int:
    """Reserve what a run of that date may send next; returns how many sweeps that is.

    The rows must still be what was approved, and what headers send must be there: when an up-leg failed, down-legs that
    counted on it are let go, the last ones first. So is what should be collected without a mandate in force, of which
    `mandates` gives the account ids. Raises ProposalAltered.
    """
    for proposal in sweep_queries.approved_on(session, on):
        check_unaltered(session, proposal)
    note_instructed(session, clock=clock)
    _release_passed_over(session, clock=clock)
    _release_uncovered(session, on, clock=clock)
    unmandated = list(session.scalars(sweep_queries.without_mandate(session, on, mandates)))
    if unmandated:
        reason = "no mandate in force lets the branch's account be debited"
        move_all(session, Sweep, unmandated, SweepState.RELEASED, actor=SWEEPING, clock=clock, reason=reason)
    due = list(session.scalars(sweep_queries.next_wave(session, on)))
    if due:
        move_all(session, Sweep, due, SweepState.RESERVED, actor=SWEEPING, clock=clock)
    return sweep_queries.count_due(session, on)


def check_unaltered(session: TenantSession, proposal: SweepProposal) -> None:
    """Raise ProposalAltered unless the proposal's rows still have its digest."""
    if seal(proposal.heading, queries.stream_legs(session, proposal.id)) != proposal.digest:
        raise ProposalAltered(proposal=public_id(PREFIX, proposal.id))


def note_instructed(session: TenantSession, *, clock: Clock) -> int:
    """Mark the sweeps that a run has gathered, and let go of those that people took out of it again."""
    # Ids first: nested in one statement, a planner without statistics of this morning's rows compares all with all.
    gathered = list(session.scalars(sweep_queries.newly_instructed(session)))
    noted = 0
    if gathered:
        chosen = gathered
        noted = move_all(session, Sweep, chosen, SweepState.INSTRUCTED, actor=SWEEPING, clock=clock)
    taken_out = list(session.scalars(sweep_queries.taken_out(session)))
    if taken_out:
        _let_go(session, taken_out, reason="taken out of its run", clock=clock)
    _follow_files(session, clock)
    return noted


def _follow_files(session: TenantSession, clock: Clock) -> None:
    """Say of sweeps in a file that may not have arrived that nobody knows, and that the bank was asked."""
    for state in (SweepState.UNKNOWN, SweepState.QUERIED):
        ids = list(session.scalars(sweep_queries.in_doubt(session, state)))
        if ids:
            move_all(session, Sweep, ids, state, actor=SWEEPING, clock=clock)


def _let_go(session: TenantSession, ids: Sequence[UUID], *, reason: str, clock: Clock) -> None:
    move_all(session, Sweep, ids, SweepState.FAILED, actor=SWEEPING, clock=clock, reason=reason)
    move_all(session, Sweep, ids, SweepState.RELEASED, actor=SWEEPING, clock=clock, reason="nothing moved")


def _release_uncovered(session: TenantSession, on: date, *, clock: Clock) -> None:
    due = sweep_queries.due_from_headers(session, on)
    floors = sweep_queries.floors_of(session, list(due))
    short: list[UUID] = []
    for header, (floor, currency) in floors.items():
        position = positions(session, [header], currency)[header]
        # The sweeps looked at are among what is instructed already, so that is added again.
        headroom = position.available_minor + position.instructed_minor - floor
        for sweep_id, amount in due[header]:
            if amount > headroom:
                short.append(sweep_id)
            else:
                headroom -= amount
    if short:
        reason = "the header would fall below its floor, because an earlier leg failed"
        chosen = short
        move_all(session, Sweep, chosen, SweepState.RELEASED, actor=SWEEPING, clock=clock, reason=reason)


def _release_passed_over(session: TenantSession, *, clock: Clock) -> None:
    """Let go of what an earlier run could have gathered and did not: its mandate covers no such debit."""
    passed_over = list(session.scalars(sweep_queries.passed_over(session)))
    if passed_over:
        reason = "the mandate does not cover it"
        move_all(session, Sweep, passed_over, SweepState.RELEASED, actor=SWEEPING, clock=clock, reason=reason)


def release_unsent(
    session: TenantSession, proposals: Sequence[UUID], *, reason: str, actor: Actor, clock: Clock
) -> int:
    """Let go of the proposals' sweeps that no run has gathered; returns how many."""
    unsent = sweep_queries.lock_unsent(session, proposals)
    return move_all(session, Sweep, unsent, SweepState.RELEASED, actor=actor, clock=clock, reason=reason)


def close_finished(session: TenantSession, *, actor: Actor, clock: Clock) -> int:
    """Close proposals none of whose sweeps is under way any more; returns how many."""
    finished = sweep_queries.finished_proposals(session)
    return move_all(session, SweepProposal, finished, ProposalState.CLOSED, actor=actor, clock=clock)


def book_sweeps(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Book what the bank says of sweeps: executed ones move cash and position, rejected ones are let go.

    A returned one has failed after all, and its entry is turned around. An outcome that was booked before changes
    nothing. Payments of pool interest travel the same way, and are booked apart.
    """
    note_instructed(session, clock=clock)
    outcomes = book_interest_payments(session, outcomes, clock=clock)
    _execute(session, [outcome for outcome in outcomes if outcome.result is Verdict.SETTLED], clock)
    # After the settlements: the same batch of answers may bring a sweep and its return.
    _turn_around(session, [outcome for outcome in outcomes if outcome.result is Verdict.RETURNED], clock)
    _fail(session, [outcome for outcome in outcomes if outcome.result is Verdict.REJECTED], clock)
    close_finished(session, actor=BANK, clock=clock)


def _execute(session: TenantSession, settled: Sequence[Outcome], clock: Clock) -> None:
    noted = _note(session, settled, AT_A_RUN)
    if not noted:
        return
    ids = [sweep_id for _, sweep_id in noted]
    bookings.book_executed(session, noted, clock=clock)
    # Before the state: a leg's slip and movement are made of sweeps that have none yet.
    movements.note_executed(session, ids, clock=clock)
    move_all(session, Sweep, ids, SweepState.EXECUTED, actor=BANK, clock=clock)


def _turn_around(session: TenantSession, returned: Sequence[Outcome], clock: Clock) -> None:
    noted = _note(session, returned, MOVED)
    if not noted:
        return
    ids = [sweep_id for _, sweep_id in noted]
    bookings.book_returned(session, noted, clock=clock)
    movements.note_returned(session, ids)
    move_all(session, Sweep, ids, SweepState.FAILED, actor=BANK, clock=clock, reason="returned")
    move_all(session, Sweep, ids, SweepState.RELEASED, actor=BANK, clock=clock, reason="turned around")


def _fail(session: TenantSession, rejected: Sequence[Outcome], clock: Clock) -> None:
    noted = _note(session, rejected, AT_A_RUN)
    if noted:
        _let_go(session, [sweep_id for _, sweep_id in noted], reason="rejected", clock=clock)


def _note(
    session: TenantSession, outcomes: Sequence[Outcome], states: Collection[SweepState]
) -> list[tuple[bookings.Wave, UUID]]:
    """Note what the bank said on the sweeps it is news of."""
    if not outcomes:
        return []
    heard = [(outcome.subject_id, outcome.value_date, outcome.reason) for outcome in outcomes]
    return sweep_queries.note_outcomes(session, heard, states)


def confirm_sweeps(session: TenantSession, sweep_ids: Sequence[UUID], *, clock: Clock) -> int:
    """Mark executed sweeps that a bank statement shows; returns how many."""
    return move_all(
        session,
        Sweep,
        sweep_ids,
        SweepState.CONFIRMED,
        actor=BANK,
        clock=clock,
        reason="on the statement",
    )
