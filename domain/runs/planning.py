"""Planning a run: gather what is due, freeze it under a digest, have the digest approved."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

from domain import approvals, audit
from domain.banking import instructions
from domain.banking.answers import Outcome
from domain.banking.instructions import RunTotals
from domain.banking.states import Direction, InstructionState, Verdict
from domain.banking.tables import Instruction
from domain.collection import checks as mandates
from domain.collection.queries import active_mandate_ids
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.runs import balances, queries, retries
from domain.runs.certificates import store_certificate
from domain.runs.errors import RunAltered
from domain.runs.owners import OWNERS, Owners
from domain.runs.states import APPROVED_BEFORE, UNDER_MANDATES, UNDER_WAY, RunKind, RunState
from domain.runs.tables import Run, RunLimit
from domain.values.actor import Actor, system
from domain.values.money import Money

SUBJECT = "run"
PLANNING = system("runs")
NO_COVER = "no_cover"  # the reason an owner hears when its own account could not pay
MANDATE_WITHDRAWN = "MD01"  # and when there was no mandate any more: as a bank says it (ISO 20022 status reasons)


def plan_run(
    session: TenantSession,
    *,
    kind: RunKind,
    business_date: date,
    slot: str,
    clock: Clock,
    owners: Owners = OWNERS,
    actor: Actor = PLANNING,
) -> Run:
    """Gather what is due of a kind on a date and freeze it; planned before, it returns that run.

    What earlier runs of the kind could not cover comes along, and retries whose day has come. A run without items
    closes at once. Where no limit lets it go by itself, its digest is put before a second person.
    """
    run = queries.open_run(session, kind=kind, business_date=business_date, slot=slot, clock=clock)
    if run.state is not RunState.OPEN:
        return run
    release_uncovered(session, kind, owners=owners, clock=clock)
    if _gather(session, run, owners, clock):
        totals = instructions.note_frozen(session, run.id, actor=actor, clock=clock)
        _freeze(session, run, totals, actor=actor, clock=clock)
    else:
        _seal(session, run, instructions.NOTHING, actor=actor, clock=clock)
    return run


def _gather(session: TenantSession, run: Run, owners: Owners, clock: Clock) -> int:
    """How many items came into the run."""
    on = run.business_date
    if run.kind in owners.preparations:
        owners.preparations[run.kind](session, on, clock=clock)
    sources = queries.with_dues(session, [source(session, on) for source in owners.sources[run.kind]])
    # What waits comes first: it is due already, and holds its obligation against being made anew.
    gathered = instructions.gather_waiting(session, run_id=run.id, purposes=owners.purposes[run.kind], on=on)
    if run.kind not in UNDER_MANDATES:
        return gathered + _make(session, run, sources, clock)
    with mandates.checked_dues(session, sources, on, clock=clock) as covered:
        if run.kind is RunKind.DEBIT:
            gathered += retries.present_again(session, covered, on=on, run_id=run.id, clock=clock)
        return gathered + _make(session, run, covered, clock)


def _make(session: TenantSession, run: Run, sources: Sequence[Select[Any]], clock: Clock) -> int:
    """Instructions for what is due and not under way; frozen at once, because the run is in this transaction."""
    due = [queries.not_under_way(session, source) for source in sources]
    return sum(
        instructions.insert_due(session, each, run_id=run.id, clock=clock, state=InstructionState.LOCKED)
        for each in due
    )


def _freeze(session: TenantSession, run: Run, totals: RunTotals, *, actor: Actor, clock: Clock) -> None:
    # Moving many instructions forgets what the session has read.
    session.refresh(run)
    _seal(session, run, totals, actor=actor, clock=clock)


def _seal(session: TenantSession, run: Run, totals: RunTotals, *, actor: Actor, clock: Clock) -> None:
    """Put down what a run holds; with nothing in it, it is done."""
    run.item_count, run.totals, run.left_count = totals.item_count, totals.total_minor, 0
    run.digest, run.frozen_at = totals.digest, clock.now()
    if totals.item_count == 0:
        run.closed_at = clock.now()
        move(session, run, RunState.CLOSED, actor=actor, clock=clock, reason="nothing was due")
        session.flush()
        store_certificate(session, run, clock=clock)
        return
    move(session, run, RunState.FROZEN, actor=actor, clock=clock)
    session.flush()
    balances.note_before(session, run, totals.accounts)
    if not goes_by_itself(session, run):
        digest = totals.digest.hex()
        approvals.propose(session, kind=SUBJECT, subject_id=run.id, digest=digest, actor=actor, clock=clock)
    facts = {"kind": run.kind.value, "items": run.item_count, "totals": [str(money) for money in run.sums]}
    announce(session, "run.frozen", run.public_id, facts, clock=clock)


def goes_by_itself(session: TenantSession, run: Run) -> bool:
    """Whether the run needs no second person: its items had one before, or its sums are within the limits."""
    if run.kind in APPROVED_BEFORE:
        return True
    limits = queries.automatic_limits(session, run.kind)
    return all(minor <= limits.get(currency, -1) for currency, minor in run.totals.items())


def set_run_limit(session: TenantSession, *, kind: RunKind, limit: Money, actor: Actor, clock: Clock) -> None:
    """Let runs of a kind go without a second person up to a sum, from now on."""
    row = {
        "tenant_id": session.tenant_id,
        "kind": kind,
        "currency": limit.currency,
        "automatic_minor": limit.minor,
        "set_by": str(actor),
        "set_at": clock.now(),
    }
    changed = {name: row[name] for name in ("automatic_minor", "set_by", "set_at")}
    session.execute(
        insert(RunLimit)
        .values(row)
        .on_conflict_do_update(index_elements=["tenant_id", "kind", "currency"], set_=changed)
    )
    facts: dict[str, object] = {"limit": str(limit.amount), "currency": limit.currency}
    audit.record(session, actor=actor, action="run.limit_set", subject=kind.value, facts=facts, clock=clock)


def approve_run(session: TenantSession, run_id: UUID, *, digest_seen: str, actor: Actor, clock: Clock) -> Run:
    """Approve exactly the items whose digest the approver saw.

    Raises RunAltered, DigestChanged, SamePerson, NothingProposed, AlreadyDecided, IllegalTransition.
    """
    run = queries.lock_run(session, run_id)
    check_unaltered(session, run)
    approvals.approve(session, kind=SUBJECT, subject_id=run.id, digest=digest_seen, actor=actor, clock=clock)
    move(session, run, RunState.APPROVED, actor=actor, clock=clock)
    session.flush()
    return run


def check_unaltered(session: TenantSession, run: Run) -> None:
    """Raise RunAltered unless the run's items still have the digest it was frozen with."""
    assert run.digest is not None, "only a frozen run has items to compare"
    current = instructions.run_digest(session, run.id)
    if current != run.digest:
        raise RunAltered(run=run.public_id, frozen=run.digest.hex(), current=current.hex())


def reopen_run(session: TenantSession, run_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Run:
    """Unfreeze a run that was not approved yet, so that items can be taken out. Raises IllegalTransition."""
    run = queries.lock_run(session, run_id)
    move(session, run, RunState.REOPENED, actor=actor, clock=clock, reason=reason)
    session.flush()
    instructions.reopen_run(session, run.id, actor=actor, clock=clock)
    return queries.find_run(session, run_id)


def freeze_again(session: TenantSession, run_id: UUID, *, actor: Actor, clock: Clock) -> Run:
    """Freeze a reopened run with what is left in it, under a new digest."""
    run = queries.lock_run(session, run_id)
    totals = instructions.lock_run(session, run.id, actor=actor, clock=clock)
    _freeze(session, run, totals, actor=actor, clock=clock)
    return run


def release_uncovered(session: TenantSession, kind: RunKind, *, owners: Owners, clock: Clock) -> int:
    """Take out of earlier runs what our own accounts could not cover; returns how many items.

    A payment that is owed waits for the next run. A sweep does not: its owner hears that it failed, and evaluates anew.
    What is left of a paused run stays with it.
    """
    left = 0
    for run in queries.lock_runs_in(session, UNDER_WAY, col(Run.kind) == kind, col(Run.paused_at).is_(None)):
        waiting = _uncovered(session, run.id)
        if not waiting:
            continue
        left += len(waiting)
        run.left_count += len(waiting)
        session.flush()
        if kind is RunKind.SWEEP:
            _give_up(session, waiting, NO_COVER, owners, clock)
        else:
            instructions.leave_run(session, run.id, actor=PLANNING, clock=clock)
    return left


def _uncovered(session: TenantSession, run_id: UUID) -> list[int]:
    found = select(col(Instruction.id)).where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == run_id,
        col(Instruction.state) == InstructionState.LOCKED,
    )
    return list(session.scalars(found))


def drop_withdrawn(session: TenantSession, run: Run, *, owners: Owners, clock: Clock) -> int:
    """Take out what was frozen under a mandate that is not in force any more; returns how many. Owners hear of it."""
    withdrawn = _withdrawn(session, run.id)
    if withdrawn:
        run.left_count += len(withdrawn)
        session.flush()
        _give_up(session, withdrawn, MANDATE_WITHDRAWN, owners, clock)
        session.refresh(run)
    return len(withdrawn)


def _withdrawn(session: TenantSession, run_id: UUID) -> list[int]:
    found = select(col(Instruction.id)).where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == run_id,
        col(Instruction.state) == InstructionState.LOCKED,
        col(Instruction.direction) == Direction.DEBIT,  # a payment needs none
        col(Instruction.mandate_id).not_in(active_mandate_ids(session.tenant_id)),
    )
    return list(session.scalars(found))


def _give_up(session: TenantSession, ids: list[int], reason: str, owners: Owners, clock: Clock) -> None:
    instructions.cancel_instructions(session, ids, reason=reason, actor=PLANNING, clock=clock)
    found = session.execute(
        select(*Instruction.__table__.c).where(  # type: ignore[attr-defined]
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.id) == any_(literal(ids, ARRAY(BigInteger))),
        )
    ).all()
    outcomes = [
        Outcome(
            instruction_id=row.id,
            purpose=row.purpose,
            direction=row.direction,
            subject_id=row.subject_id,
            result=Verdict.REJECTED,
            amount=Money.from_minor(row.amount_minor, row.currency),
            value_date=clock.today(),
            reason=reason,
            own_account_id=row.own_account_id,
            counter_account_id=row.counter_account_id,
            mandate_id=row.mandate_id,
            attempt=row.attempt,
            obligation_key=row.obligation_key,
            run_id=row.run_id,
        )
        for row in found
    ]
    for purpose in {outcome.purpose for outcome in outcomes}:
        owners.handlers[purpose](session, [each for each in outcomes if each.purpose is purpose], clock=clock)
