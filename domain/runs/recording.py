"""Recording the bank's answers: kept raw first, then applied and booked by their owners in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import Date, String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError

from domain.banking.answers import Outcome, Outcomes, apply_answers, stored_answers
from domain.banking.channels.port import BankChannel
from domain.banking.dispatch import dispatch_answers
from domain.banking.inbox import fetch_answers
from domain.banking.references import end_to_end_ids
from domain.banking.states import Direction, Verdict
from domain.collection.mandates import suspend_mandates
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import SQL_UUID7
from domain.runs.closing import close_runs
from domain.runs.corrections.following import follow_outcomes
from domain.runs.owners import OWNERS, Owners
from domain.runs.retries import plan_retries
from domain.values.actor import BANK

# No or withdrawn mandate, account closed, wrong or blocked: nothing may be debited there until a person has looked.
SUSPENDING = frozenset({"MD01", "AC01", "AC04", "AC06"})
MAX_DEADLOCKS = 5  # in one call; more is no accident


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of one look at the bank's answers."""

    fetched: int = 0
    settled: int = 0
    rejected: int = 0
    returned: int = 0
    retries_planned: int = 0
    mandates_suspended: int = 0
    runs_closed: int = 0

    def plus(self, other: "Recorded") -> "Recorded":
        """Both together."""
        return Recorded(*(getattr(self, name) + getattr(other, name) for name in Recorded.__slots__))


def record_answers(
    database: Database,
    channel: BankChannel,
    tenant_id: int,
    *,
    keys: KeyRing,
    clock: Clock,
    owners: Owners = OWNERS,
) -> Recorded:
    """Fetch what the bank has said, and book it: every batch whole, in one transaction, or not at all.

    Raises BankUnavailable; what was fetched before it is kept, and recorded the next time.
    """
    total = Recorded(fetched=fetch_answers(database, channel, tenant_id, keys=keys, clock=clock))
    return total.plus(record_stored(database, tenant_id, keys=keys, clock=clock, owners=owners))


def record_stored(
    database: Database, tenant_id: int, *, keys: KeyRing, clock: Clock, owners: Owners = OWNERS
) -> Recorded:
    """Book the answers that are kept already, batch by batch."""
    with database.session(Role.WORKER, tenant_id) as session:
        if not stored_answers(session):
            return Recorded(runs_closed=close_runs(session, clock=clock))
    total, left, deadlocks = Recorded(), True, 0
    while left:
        try:
            with database.session(Role.WORKER, tenant_id) as session:
                batch, read = _record_batch(session, keys=keys, clock=clock, owners=owners)
                # What is left when nothing could be read, other workers are applying.
                left = read > 0 and stored_answers(session) > 0
        except OperationalError as error:
            # Banking posts before the owners lock their rows, others lock rows before they post. Whoever PostgreSQL
            # picks starts again; nothing of the batch was kept.
            deadlocks += 1
            if not isinstance(error.orig, DeadlockDetected) or deadlocks > MAX_DEADLOCKS:
                raise
        else:
            total = total.plus(batch)
    with database.session(Role.WORKER, tenant_id) as session:
        return total.plus(Recorded(runs_closed=close_runs(session, clock=clock)))


def _record_batch(session: TenantSession, *, keys: KeyRing, clock: Clock, owners: Owners) -> tuple[Recorded, int]:
    """One transaction, and how many answers it read: nothing is in transit when it commits, owners have booked it.

    Runs follow when the batches are done: counting a run of a million after each would cost as much as applying it.
    """
    dispatch_answers(session, owners.answers, keys=keys, clock=clock)
    before = _BeforeCash(session, owners, clock)
    outcomes = apply_answers(session, keys=keys, clock=clock, owned=before.move, apart=owners.answers)
    for purpose in outcomes.purposes:
        if purpose not in owners.movers:
            owners.handlers[purpose](session, outcomes.of(purpose), clock=clock)
    recorded = Recorded(
        settled=outcomes.count(Verdict.SETTLED),
        rejected=outcomes.count(Verdict.REJECTED),
        returned=outcomes.count(Verdict.RETURNED),
        retries_planned=before.retries_planned,
        mandates_suspended=before.mandates_suspended,
    )
    return recorded, outcomes.answers


@dataclass(slots=True)
class _BeforeCash:
    """All of a batch that needs no ledger, done before it is locked: workers wait for each other's postings alone."""

    session: TenantSession
    owners: Owners
    clock: Clock
    retries_planned: int = 0
    mandates_suspended: int = 0

    def move(self, outcomes: Outcomes) -> Sequence[Posting]:
        """What follows from the outcomes; returns what the owners that move their rows here want booked."""
        session, clock, failed = self.session, self.clock, outcomes.failed
        follow_outcomes(session, failed, self.owners.refunds, clock=clock)
        planned = plan_retries(session, failed, clock=clock)
        _announce_failures(session, failed, planned, clock)
        self.retries_planned, self.mandates_suspended = len(planned), _suspend(session, failed, clock)
        moving = [(purpose, mover) for purpose in outcomes.purposes if (mover := self.owners.movers.get(purpose))]
        return [posting for purpose, move in moving for posting in move(session, outcomes.of(purpose), clock=clock)]


def _suspend(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> int:
    """A withdrawn mandate or a closed account is told as a debit's result: nothing is debited there any more."""
    by_reason: dict[str, set[Any]] = {}
    for outcome in outcomes:
        if outcome.result is not Verdict.SETTLED and outcome.mandate_id and outcome.reason in SUSPENDING:
            by_reason.setdefault(outcome.reason, set()).add(outcome.mandate_id)
    return sum(
        suspend_mandates(session, ids, reason=reason, actor=BANK, clock=clock) for reason, ids in by_reason.items()
    )


_ANNOUNCE = text(f"""
    INSERT INTO outbox_event (tenant_id, id, created_at, kind, subject, payload)
    SELECT :tenant, {SQL_UUID7}, :now, 'collection.failed', subject,
           jsonb_build_object('obligation', obligation, 'attempt', attempt, 'result', result, 'reason', reason,
                              'will_attempt_retry', next_on IS NOT NULL, 'next_attempt_on', next_on)
    FROM unnest(:subjects, :obligations, CAST(:attempts AS integer[]), :results, :reasons, :days)
         AS failed (subject, obligation, attempt, result, reason, next_on)
""").bindparams(
    bindparam("subjects", type_=ARRAY(String)),
    bindparam("obligations", type_=ARRAY(String)),
    bindparam("results", type_=ARRAY(String)),
    bindparam("reasons", type_=ARRAY(String)),
    bindparam("days", type_=ARRAY(Date)),
)


def _announce_failures(
    session: TenantSession, outcomes: Sequence[Outcome], planned: dict[int, date], clock: Clock
) -> None:
    """Tell that collections failed, and whether they will be tried again; one statement, whatever their number."""
    failed = [
        outcome
        for outcome in outcomes
        if outcome.direction is Direction.DEBIT and outcome.result is not Verdict.SETTLED
    ]
    if not failed:
        return
    reference = end_to_end_ids(session.tenant_id)
    session.execute(
        _ANNOUNCE,
        {
            "tenant": session.tenant_id,
            "now": clock.now(),
            "subjects": [reference(outcome.instruction_id) for outcome in failed],
            "obligations": [outcome.obligation_key for outcome in failed],
            "attempts": [outcome.attempt for outcome in failed],
            "results": [outcome.result.value for outcome in failed],
            "reasons": [outcome.reason for outcome in failed],
            "days": [planned.get(outcome.instruction_id) for outcome in failed],
        },
    )
