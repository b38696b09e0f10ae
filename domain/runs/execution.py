"""Executing a run: approved, put into files, submitted; each step commits, so that a kill anywhere can be resumed.

No transaction is open while the bank is asked, and each message is claimed by one worker at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from domain import approvals
from domain.banking import instructions
from domain.banking.channels.port import BankChannel
from domain.banking.connections import past_cut_off
from domain.banking.preparation import Page, divide, draft_message
from domain.banking.profiles import BankProfile
from domain.banking.states import UNSENT_STATES, MessageState
from domain.banking.submission import Sending, submit_message, unsent_messages
from domain.banking.tables import BankMessage
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.transitions import move
from domain.runs import queries
from domain.runs.owners import OWNERS, Owners
from domain.runs.planning import SUBJECT, check_unaltered, drop_withdrawn, goes_by_itself
from domain.runs.queries import Standing
from domain.runs.states import TO_EXECUTE, UNDER_WAY, WAY, RunState
from domain.runs.tables import Run
from domain.values.actor import Actor, system

EXECUTING = system("runs")


@dataclass(frozen=True, slots=True)
class Execution:
    """Where a run stands after an attempt to execute it."""

    run_id: UUID
    state: RunState
    awaits_approval: bool
    sendings: dict[UUID, Sending]
    uncovered: int
    past_cut_off: dict[str, str] = field(default_factory=dict)  # banks that take files again from that slot on

    @property
    def unfinished(self) -> bool:
        """Something is left to send: execute it again later, which asks the bank first."""
        return any(sending in _AGAIN for sending in self.sendings.values())


_AGAIN = frozenset({Sending.UNKNOWN, Sending.NOT_SENT, Sending.BUSY})


def execute_run(
    database: Database,
    channel: BankChannel,
    tenant_id: int,
    run_id: UUID,
    *,
    keys: KeyRing,
    clock: Clock,
    profile: BankProfile | None = None,
    owners: Owners = OWNERS,
) -> Execution:
    """Carry a frozen run out, as far as its approval, our cash and the bank allow.

    Safe to call at any time, by any number of workers, and again after a kill: what was done is not done twice. Raises
    RunAltered when the items are not those of the digest, DigestChanged when another digest was approved.
    """
    cut = partial(divide, run_id=run_id, clock=clock, profile=profile)
    with database.session(Role.WORKER, tenant_id) as session:
        begun = _begin_with_a_file(session, run_id, cut=cut, clock=clock, owners=owners)
    sendings: dict[UUID, Sending] = {}
    send = partial(submit_message, database, channel, tenant_id, keys=keys, clock=clock, profile=profile)
    if begun.drafted is not None:
        sendings[begun.drafted] = send(begun.drafted)
    for page in begun.pages:
        with database.session(Role.WORKER, tenant_id) as session:
            message_id = _draft(session, run_id, page, clock=clock)
        if message_id is not None:
            sendings[message_id] = send(message_id)
    with database.session(Role.WORKER, tenant_id) as session:
        unsent = [message_id for message_id in _unsent(session, run_id) if message_id not in sendings]
    sendings |= {message_id: send(message_id) for message_id in unsent}
    with database.session(Role.WORKER, tenant_id) as session:
        run = queries.lock_run(session, run_id)
        follow_runs(session, [run], clock=clock)
        waiting = instructions.unsent_items(session, run_id)
        closed = past_cut_off(session, run_id, clock=clock) if waiting else {}
        return Execution(run_id, run.state, begun.left is None, sendings, 0 if begun.left is None else waiting, closed)


@dataclass(frozen=True, slots=True)
class _Begun:
    """How many items are left, None when somebody has to approve the run first; the files to come, and one drafted."""

    left: int | None
    pages: Sequence[Page] = ()
    drafted: UUID | None = None


def _begin_with_a_file(
    session: TenantSession, run_id: UUID, *, cut: Callable[[TenantSession], list[Page]], clock: Clock, owners: Owners
) -> _Begun:
    """Divide what is left, with the run locked: between one look at it and the next nobody takes anything away.

    Whoever is first drafts a file before he lets go of the run: who comes next need not compare its items again.
    """
    left = _begin(session, run_id, clock=clock, owners=owners)
    if not left:
        return _Begun(left)
    pages = cut(session)
    if not pages or queries.find_run(session, run_id).state is not RunState.APPROVED:
        return _Begun(left, pages)
    return _Begun(left, pages[1:], _draft(session, run_id, pages[0], clock=clock))


def _begin(session: TenantSession, run_id: UUID, *, clock: Clock, owners: Owners) -> int | None:
    """How many items of the run are left to go into files; None when somebody has to approve it first.

    What is sent is what was frozen, and approved by somebody or by the policy. Raises RunAltered, DigestChanged.
    """
    run = queries.lock_run(session, run_id)
    if run.state in {RunState.OPEN, RunState.REOPENED}:
        return None
    left = 0 if run.is_paused else instructions.unsent_items(session, run_id)
    by_itself = goes_by_itself(session, run)
    if run.state is RunState.FROZEN and not by_itself:
        return None
    if left == 0:
        return 0
    if run.state in {RunState.FROZEN, RunState.APPROVED}:
        check_unaltered(session, run)
    if run.state is RunState.FROZEN:
        reason = "within the limit, or approved item by item"
        move(session, run, RunState.APPROVED, actor=EXECUTING, clock=clock, reason=reason)
        session.flush()
    elif run.state is RunState.APPROVED and run.digest is not None and not by_itself:
        approvals.require_approved(session, SUBJECT, run.id, run.digest.hex())
    return left - drop_withdrawn(session, run, owners=owners, clock=clock)


def _draft(session: TenantSession, run_id: UUID, page: Page, *, clock: Clock) -> UUID | None:
    """One file of the run, if it is still to be made and has cover; a second worker waits here, and finds the next."""
    run = queries.lock_run(session, run_id)
    if run.state not in UNDER_WAY or run.is_paused:
        return None
    message_id = draft_message(session, run_id, page, clock=clock)
    if message_id is not None and run.state is RunState.APPROVED:
        session.refresh(run)
        move(session, run, RunState.GENERATED, actor=EXECUTING, clock=clock)
    session.flush()
    return message_id


def _unsent(session: TenantSession, run_id: UUID) -> list[UUID]:
    found = select(col(BankMessage.id)).where(
        col(BankMessage.tenant_id) == session.tenant_id,
        col(BankMessage.run_id) == run_id,
        col(BankMessage.state).in_(UNSENT_STATES),
    )
    return list(session.scalars(found.order_by(col(BankMessage.number))))


def resume_runs(
    database: Database,
    channel: BankChannel,
    tenant_id: int,
    *,
    keys: KeyRing,
    clock: Clock,
    owners: Owners = OWNERS,
) -> list[Execution]:
    """Execute every run again that something is left of: after a kill, an unknown outcome, an approval."""
    with database.session(Role.WORKER, tenant_id) as session:
        unfinished = queries.runs_in(session, TO_EXECUTE, col(Run.paused_at).is_(None))
    execute = partial(execute_run, database, channel, tenant_id, keys=keys, clock=clock, owners=owners)
    return [execute(run_id) for run_id in unfinished]


def resolve_unknown(
    database: Database, channel: BankChannel, tenant_id: int, *, keys: KeyRing, clock: Clock
) -> dict[UUID, Sending]:
    """Ask the bank about every message it has not acknowledged, and send the same bytes again if it never had them."""
    with database.session(Role.WORKER, tenant_id) as session:
        unsent = unsent_messages(session)
    sendings = {
        message_id: submit_message(database, channel, tenant_id, message_id, keys=keys, clock=clock)
        for message_id in unsent
    }
    with database.session(Role.WORKER, tenant_id) as session:
        follow_runs(session, queries.lock_runs_in(session, UNDER_WAY), clock=clock)
    return sendings


def follow_runs(session: TenantSession, runs: Sequence[Run], *, clock: Clock, actor: Actor = EXECUTING) -> None:
    """Bring runs to where their items and messages are, step by step along their way."""
    under_way = [run for run in runs if run.state in UNDER_WAY]
    if not under_way:
        return
    standing = queries.standing(session, [run.id for run in under_way])
    for run in under_way:
        target = _target(run, standing[run.id])
        for step in _steps(run.state, target):
            move(session, run, step, actor=actor, clock=clock)
    session.flush()


_REACHED = frozenset(
    {MessageState.ACKNOWLEDGED, MessageState.PART_ANSWERED, MessageState.ANSWERED, MessageState.REFUSED}
)


def _target(run: Run, standing: Standing) -> RunState:
    if not standing.messages or standing.messages & {MessageState.DRAFTED, MessageState.PREPARED}:
        return RunState.GENERATED if standing.messages else run.state
    if not standing.messages <= _REACHED:
        return RunState.UNKNOWN
    if standing.finished:
        return RunState.ANSWERED
    return RunState.PART_ANSWERED if standing.done else RunState.ACKNOWLEDGED


def _steps(current: RunState, target: RunState) -> list[RunState]:
    """The states between, in order; a run never goes back, but what was unknown is transmitted after all."""
    if current is target:
        return []
    if target is RunState.UNKNOWN:
        way = [*WAY[: WAY.index(RunState.TRANSMITTED) + 1], RunState.UNKNOWN]
        return way[way.index(current) + 1 :] if current in way else []
    if current is RunState.UNKNOWN:
        return [RunState.TRANSMITTED, *_steps(RunState.TRANSMITTED, target)]
    here, there = WAY.index(current), WAY.index(target)
    if here >= there:
        return []
    steps = list(WAY[here + 1 : there + 1])
    # All of it answered at once was never part answered.
    return [step for step in steps if step is target or step is not RunState.PART_ANSWERED]
