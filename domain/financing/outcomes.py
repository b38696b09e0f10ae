"""The bank's word on what financing had asked of it: one handler per purpose, each for any number of outcomes.

Banking has booked the cash leg when they are called; they clear what is in transit in the same transaction.
"""

from collections.abc import Sequence

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Verdict
from domain.financing.booking import book_facts
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.positions import give_up_positions, open_positions
from domain.financing.queries import advances
from domain.financing.requests import lapse_requests
from domain.financing.states import AdvanceState
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.values.actor import BANK


def book_disbursements(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Only the bank's word makes an advance funded (R3, R4); a refused or returned payment frees line and invoice."""
    book_facts(session, _facts(outcomes, EventKind.FUNDED), actor=BANK, clock=clock)
    refused = [outcome for outcome in outcomes if outcome.result is Verdict.REJECTED]
    _give_up(session, refused, clock)
    failed = [outcome.subject_id for outcome in outcomes if outcome.result is not Verdict.SETTLED]
    requests = [advance.request_id for advance in advances(session, failed)]
    lapse_requests(session, requests, actor=BANK, clock=clock, reason="payment failed")


def _give_up(session: TenantSession, refused: Sequence[Outcome], clock: Clock) -> None:
    """A payment the bank refused for good: nothing left our account, so the advance never was."""
    reasons = {outcome.subject_id: outcome.reason or "" for outcome in refused}
    positions = open_positions(session, reasons.keys())
    unpaid = [each for each in positions.values() if each.advance.state is AdvanceState.INSTRUCTED]
    for position in unpaid:
        reason = reasons[position.advance.id]
        position.advance.failure_reason = reason
        announce(session, "advance.funding_failed", position.advance.public_id, {"reason": reason}, clock=clock)
    give_up_positions(session, unpaid, AdvanceState.FUNDING_FAILED, actor=BANK, clock=clock, reason="bank refused")


def book_collections(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """What debtors were debited repays their advances by the waterfall (R7); what came back never did.

    A refused debit leaves everything as it is but its reason; whether it is tried again is the run's to plan.
    """
    book_facts(session, _facts(outcomes, EventKind.COLLECTED), actor=BANK, clock=clock)
    refused = {
        outcome.subject_id: outcome.reason or "" for outcome in outcomes if outcome.result is not Verdict.SETTLED
    }
    for advance in advances(session, refused):
        advance.failure_reason = refused[advance.id]
        announce(
            session, "advance.collection_failed", advance.public_id, {"reason": advance.failure_reason}, clock=clock
        )


def book_recourse(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """What sellers were debited under recourse buys their invoices back (R11); what came back never did."""
    book_facts(session, _facts(outcomes, EventKind.BOUGHT_BACK), actor=BANK, clock=clock)
    refused = {each.subject_id: each.reason or "" for each in outcomes if each.result is not Verdict.SETTLED}
    for advance in advances(session, refused):
        advance.failure_reason = refused[advance.id]
        told = {"reason": advance.failure_reason}
        announce(session, "advance.recourse_failed", advance.public_id, told, clock=clock)


def book_releases(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Reserves that reached the seller (R5). One that could not stays the seller's, held until a person has looked."""
    book_facts(session, _facts(outcomes, EventKind.RELEASED), actor=BANK, clock=clock)
    failed = {outcome.subject_id: outcome.reason or "" for outcome in outcomes if outcome.result is not Verdict.SETTLED}
    for advance in advances(session, {outcome.subject_id for outcome in outcomes}):
        # Whatever becomes of this part, the next one is another obligation.
        advance.release_round += 1
        advance.release_approved = False
        if advance.id in failed:
            advance.release_held, advance.failure_reason = True, failed[advance.id]
            announce(session, "advance.release_failed", advance.public_id, {"reason": failed[advance.id]}, clock=clock)


def _facts(outcomes: Sequence[Outcome], kind: EventKind) -> list[Fact]:
    """Settled is a fact of its kind; returned undoes the very fact that settled it. Settled ones first."""
    moved = [outcome for outcome in outcomes if outcome.result in _MOVED]
    return [_fact(outcome, kind) for outcome in sorted(moved, key=lambda outcome: _MOVED.index(outcome.result))]


_MOVED = (Verdict.SETTLED, Verdict.RETURNED)


def _fact(outcome: Outcome, kind: EventKind) -> Fact:
    returned = outcome.result is Verdict.RETURNED
    return Fact(
        advance_id=outcome.subject_id,
        kind=EventKind.RETURNED if returned else kind,
        value_date=outcome.value_date,
        amount=outcome.amount,
        source=outcome.source,
        cash=in_transit(outcome.own_account_id, outcome.amount.currency),
        reverses=outcome.source_of(Verdict.SETTLED) if returned else None,
        reason=outcome.reason or "",
    )
