"""Trying again: a collection refused for want of funds is planned anew, and taken into the run of its day.

The plan holds no amount: when its day comes, the owner of the due says whether, and how much, is still to be collected,
and under which mandate. Each attempt has an end-to-end id of its own and the same obligation key.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

from domain.banking.answers import Outcome
from domain.banking.queries import INSTRUCTION_SERIES, due_columns
from domain.banking.rules import may_be_retried
from domain.banking.states import Direction, InstructionState, Purpose, Verdict
from domain.banking.tables import Instruction
from domain.calendars import provisional
from domain.calendars.reading import bank_calendar
from domain.calendars.states import PlanKind
from domain.platform.calendar import BankCalendar
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.numbers import reserve
from domain.runs.errors import RetryPending
from domain.runs.queries import OPEN_ITEMS
from domain.runs.rules import ENTRUSTED_POLICY, STANDARD_POLICY, NextAttempt, Place, RetryPolicy, following_attempt
from domain.runs.tables import PlannedAttempt
from domain.values.actor import Actor, system
from domain.values.business_days import BusinessCalendar
from domain.values.errors import NotFound

PLANNING = system("retries")
POLICIES: Mapping[Purpose, RetryPolicy] = {Purpose.ENTRUSTED_COLLECTION: ENTRUSTED_POLICY}
_COLUMNS = Instruction.__table__.c  # type: ignore[attr-defined]

# Where each failed attempt stood: as it was planned, or the first try of the first presentation.
_PLACES = text("""
    SELECT failed.id, coalesce(planned.presentation, 1) AS presentation, coalesce(planned.period, 0) AS period,
           coalesce(planned.presented_on, failed.due_on) AS presented_on
    FROM instruction AS failed
    LEFT JOIN planned_attempt AS planned
      ON planned.tenant_id = :tenant AND planned.obligation_key = failed.obligation_key
     AND planned.attempt = failed.attempt
    WHERE failed.tenant_id = :tenant AND failed.id = ANY(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))

# The attempt after the last there is: a cancelled one in between counts too. What is free is planned, once. Each is
# looked up by its key: while a run is too young for statistics, a join reads all of it for every one that failed.
_PLAN = text("""
    INSERT INTO planned_attempt (tenant_id, obligation_key, attempt, purpose, presentation, presented_on, period,
                                 due_on, follows, planned_by, planned_at)
    SELECT :tenant, failed.obligation_key, last.attempt + 1, failed.purpose, place.presentation, place.presented_on,
           place.period, place.due_on, failed.id, :by, :now
    FROM unnest(:ids, :presentations, :starts, :periods, :days)
         AS place (id, presentation, presented_on, period, due_on)
    CROSS JOIN LATERAL (SELECT id, obligation_key, purpose FROM instruction
                        WHERE tenant_id = :tenant AND id = place.id OFFSET 0) AS failed
    CROSS JOIN LATERAL (SELECT max(attempt) AS attempt, bool_and(released) AS is_free FROM instruction AS other
                        WHERE other.tenant_id = :tenant AND other.obligation_key = failed.obligation_key) AS last
    WHERE last.is_free
    ON CONFLICT DO NOTHING
    RETURNING follows
""").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("presentations", type_=ARRAY(Integer)),
    bindparam("starts", type_=ARRAY(Date)),
    bindparam("periods", type_=ARRAY(Integer)),
    bindparam("days", type_=ARRAY(Date)),
)


def plan_retries(
    session: TenantSession,
    outcomes: Sequence[Outcome],
    *,
    clock: Clock,
    calendar: BusinessCalendar | None = None,
    policies: Mapping[Purpose, RetryPolicy] = POLICIES,
) -> dict[int, date]:
    """Plan the next attempt of every collection that failed for want of funds; returns the day, by instruction.

    What failed for another reason is never tried again by itself. Planning twice changes nothing.
    """
    failed = {outcome.instruction_id: outcome.purpose for outcome in outcomes if is_retryable(outcome)}
    if not failed:
        return {}
    today = clock.today()
    days = calendar or bank_calendar(session, today)
    found = session.execute(_PLACES, {"tenant": session.tenant_id, "ids": list(failed)}).all()
    places = {
        row.id: (Place(row.presentation, row.presented_on, row.period), policies.get(failed[row.id], STANDARD_POLICY))
        for row in found
    }
    # Thousands fail on one day out of a few presentations: each date is worked out once.
    following = {place: following_attempt(place[0], today, days, place[1]) for place in set(places.values())}
    planned = {
        instruction_id: attempt for instruction_id, place in places.items() if (attempt := following[place]) is not None
    }
    if not planned:
        return {}
    made = _insert(session, planned, actor=PLANNING, clock=clock)
    if isinstance(days, BankCalendar):
        obligations = {outcome.instruction_id: outcome.obligation_key for outcome in outcomes}
        plans = [(obligations[each], planned[each].due_on) for each in made]
        provisional.warn(session, days, plans, kind=PlanKind.RETRY, clock=clock)
    return {instruction_id: planned[instruction_id].due_on for instruction_id in made}


def is_retryable(outcome: Outcome) -> bool:
    """A collection that was refused or returned because the debtor was short of funds.

    A sweep is not tried again: the pool is evaluated anew, by what its accounts hold then.
    """
    if outcome.purpose is Purpose.SWEEP:
        return False
    failed = outcome.result in {Verdict.REJECTED, Verdict.RETURNED}
    return failed and outcome.direction is Direction.DEBIT and may_be_retried(outcome.reason)


def _insert(session: TenantSession, planned: dict[int, NextAttempt], *, actor: Actor, clock: Clock) -> list[int]:
    attempts = list(planned.values())
    columns = {
        "ids": list(planned),
        "presentations": [attempt.place.presentation for attempt in attempts],
        "starts": [attempt.place.presented_on for attempt in attempts],
        "periods": [attempt.place.period for attempt in attempts],
        "days": [attempt.due_on for attempt in attempts],
    }
    by = {
        "tenant": session.tenant_id,
        "by": str(actor),
        "now": clock.now(),
    }
    return list(session.execute(_PLAN, columns | by).scalars())


def retry_by_hand(session: TenantSession, instruction_id: int, *, due_on: date, actor: Actor, clock: Clock) -> None:
    """Let a person present a failed collection again, whatever it failed of, in a presentation of its own.

    Raises NotFound, RetryPending.
    """
    failed = session.get(Instruction, (session.tenant_id, instruction_id))
    if failed is None or failed.direction is not Direction.DEBIT:
        raise NotFound(kind="collection", reference=instruction_id)
    found = session.execute(_PLACES, {"tenant": session.tenant_id, "ids": [instruction_id]}).one()
    place = Place(found.presentation + 1, due_on, 0)
    if not _insert(session, {instruction_id: NextAttempt(due_on, place)}, actor=actor, clock=clock):
        raise RetryPending(obligation=failed.obligation_key)


def retry_items(
    session: TenantSession, run_id: UUID, ids: Collection[int], *, due_on: date, actor: Actor, clock: Clock
) -> None:
    """Present collections of a run that failed again, all of them or none, each in a presentation of its own.

    Raises NotFound for one that is no collection of the run, RetryPending for one that is planned, on its way or paid.
    """
    found = session.execute(
        select(col(Instruction.id), col(Instruction.obligation_key)).where(
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.run_id) == run_id,
            col(Instruction.id) == any_(literal(list(ids), ARRAY(BigInteger))),
            col(Instruction.direction) == Direction.DEBIT,
        )
    )
    obligations: dict[int, str] = {row.id: row.obligation_key for row in found}
    if strange := set(ids) - obligations.keys():
        raise NotFound(kind="collection of the run", reference=min(strange))
    places = session.execute(_PLACES, {"tenant": session.tenant_id, "ids": list(obligations)})
    wanted = {row.id: NextAttempt(due_on, Place(row.presentation + 1, due_on, 0)) for row in places}
    planned = set(_insert(session, wanted, actor=actor, clock=clock))
    if pending := obligations.keys() - planned:
        raise RetryPending(obligation=obligations[min(pending)])


def present_again(
    session: TenantSession, sources: Sequence[Select[Any]], *, on: date, run_id: UUID, clock: Clock
) -> int:
    """Instructions for the planned attempts whose day has come and whose obligation is still due; returns how many."""
    pending = _count_pending(session, on)
    if not pending:
        return 0
    numbers = reserve(session, INSTRUCTION_SERIES, pending * len(sources))
    taken = 0
    for place, source in enumerate(sources):
        taken += _take(session, source, on=on, run_id=run_id, clock=clock, first=numbers[place * pending])
    return taken


def _is_pending(session: TenantSession, on: date) -> Any:  # noqa: ANN401 - a condition
    return and_(
        col(PlannedAttempt.tenant_id) == session.tenant_id,
        col(PlannedAttempt.taken_by).is_(None),
        col(PlannedAttempt.due_on) <= on,
    )


def _count_pending(session: TenantSession, on: date) -> int:
    count: int = session.execute(select(func.count()).where(_is_pending(session, on))).scalar_one()
    return count


def _take(session: TenantSession, source: Select[Any], *, on: date, run_id: UUID, clock: Clock, first: int) -> int:
    due = source.subquery("due")
    names = due_columns(due)
    position = func.row_number().over(order_by=[col(PlannedAttempt.due_on), due.c.obligation_key])
    on_its_way = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.subject_id) == due.c.subject_id,
        col(Instruction.purpose) == due.c.purpose,
        col(Instruction.state).in_(OPEN_ITEMS),
    )
    rows = (
        select(
            literal(session.tenant_id),
            literal(first) + position - 1,
            *(cast(due.c[name], _COLUMNS[name].type) for name in names),
            col(PlannedAttempt.attempt),
            literal(InstructionState.LOCKED.value),
            literal(value=False),
            literal(run_id),
            literal(clock.now()),
        )
        .join(
            PlannedAttempt, and_(_is_pending(session, on), col(PlannedAttempt.obligation_key) == due.c.obligation_key)
        )
        .where(~on_its_way)
    )
    columns = ["tenant_id", "id", *names, "attempt", "state", "released", "run_id", "created_at"]
    made = (
        insert(Instruction)
        .from_select(columns, rows)
        .on_conflict_do_nothing()
        .returning(col(Instruction.id), col(Instruction.obligation_key), col(Instruction.attempt))
        .cte("made")
    )
    taken = session.execute(
        update(PlannedAttempt)
        .where(
            col(PlannedAttempt.tenant_id) == session.tenant_id,
            col(PlannedAttempt.obligation_key) == made.c.obligation_key,
            col(PlannedAttempt.attempt) == made.c.attempt,
        )
        .values(taken_by=made.c.id)
        .returning(col(PlannedAttempt.attempt))
        .execution_options(synchronize_session=False)
    )
    return len(taken.all())
