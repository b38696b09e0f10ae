"""The bank's answers applied: instructions moved, cash booked, outcomes handed to whoever owns the purpose.

Answers may come twice, late, in part, out of order or for somebody else. Each line is judged against what its
instruction is now; a line that fits moves it once, a line that was said before changes nothing, a return that overtook
its settlement waits, and whatever contradicts or names nothing of ours goes to a person (`bank_exception`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import col

from domain.banking import cash, queries, resolution, vault
from domain.banking.reading import Unbelievable, read_answer
from domain.banking.states import (
    UNSENT_STATES,
    AnswerState,
    Direction,
    ExceptionKind,
    InstructionState,
    MessageState,
    Purpose,
    Verdict,
)
from domain.banking.tables import BankAnswer, BankException
from domain.ledger import service as ledger
from domain.ledger.posting import Leg, Mode, Posting, Resolution
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id
from domain.platform.transitions import move
from domain.values.actor import BANK, Actor
from domain.values.money import Money

ANSWER_PREFIX = "ans"
ANSWERS_PER_BATCH = 20  # applied in one transaction, with all that their owners book
_LOCK = "bank_answers"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank made of one instruction, for the owner of its purpose to book against in transit.

    `value_date` is that of this word: of the settlement, the rejection or the return.
    """

    instruction_id: int
    purpose: Purpose
    direction: Direction
    subject_id: UUID
    result: Verdict
    amount: Money
    value_date: date
    reason: str | None
    own_account_id: UUID
    counter_account_id: UUID
    mandate_id: UUID | None
    attempt: int
    obligation_key: str
    run_id: UUID | None


def stored_answers(session: TenantSession) -> int:
    """How many answers are kept and not applied."""
    stored = select(func.count()).where(
        col(BankAnswer.tenant_id) == session.tenant_id, col(BankAnswer.state) == AnswerState.STORED
    )
    count: int = session.execute(stored).scalar_one()
    return count


def apply_answers(
    session: TenantSession, *, keys: KeyRing, clock: Clock, limit: int = ANSWERS_PER_BATCH
) -> list[Outcome]:
    """Apply the oldest stored answers; returns what became of which instruction.

    The caller books every outcome in the same transaction, so that nothing is in transit after its commit. An empty
    list may still have applied answers: repeat while there are `stored_answers`.
    """
    # One batch at a time per tenant: two could each see the same early return waiting.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_LOCK), func.hashint8(session.tenant_id))))
    answers = _oldest(session, limit)
    messages = {about for answer in answers if (about := _read(session, answer, keys, clock)) is not None}
    resolution.set_misfits_aside(session, clock.now())
    moved = {verdict: _move(session, verdict, clock) for verdict in _ORDER}
    resolution.set_leftovers_aside(session, clock.now())
    messages |= {row.message_id for rows in moved.values() for row in rows}
    for message_id in sorted(messages):
        _update_message(session, message_id, clock)
    told = {verdict: rows for verdict, rows in moved.items() if verdict in _BOOKED}
    _warn_of_late_returns(session, told[Verdict.RETURNED], clock)
    ledger.post_all(session, [p for v, rows in told.items() for p in _postings(v, rows)], actor=BANK, clock=clock)
    return [_outcome(verdict, row) for verdict, rows in told.items() for row in rows]


def review_answer(session: TenantSession, answer_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Let a quarantined answer be read again, now that what it lacked is there (its account registered, say)."""
    answer = session.get_one(BankAnswer, (session.tenant_id, answer_id), with_for_update=True)
    answer.reason = None
    move(session, answer, AnswerState.STORED, actor=actor, clock=clock, reason="reviewed")
    session.flush()


def _oldest(session: TenantSession, limit: int) -> Sequence[BankAnswer]:
    stored = select(BankAnswer).where(
        col(BankAnswer.tenant_id) == session.tenant_id, col(BankAnswer.state) == AnswerState.STORED
    )
    return session.execute(stored.order_by(col(BankAnswer.id)).limit(limit).with_for_update()).scalars().all()


def _read(session: TenantSession, answer: BankAnswer, keys: KeyRing, clock: Clock) -> UUID | None:
    """Keep the answer's lines, or quarantine it; returns the message it is about."""
    content = vault.unseal(keys, vault.ANSWER, session.tenant_id, answer.id, (answer.key_id, answer.sealed))
    try:
        answered = read_answer(session, content, keys)
    except Unbelievable as unbelievable:
        _quarantine(session, answer, str(unbelievable), clock)
        return None
    resolution.insert_lines(session, answer.id, answered)
    move(session, answer, AnswerState.APPLIED, actor=BANK, clock=clock)
    return answered.message_id


def _quarantine(session: TenantSession, answer: BankAnswer, reason: str, clock: Clock) -> None:
    answer.reason = reason
    move(session, answer, AnswerState.QUARANTINED, actor=BANK, clock=clock, reason=reason)
    _raise_exception(session, ExceptionKind.ANSWER_QUARANTINED, answer.id, {"reason": reason}, clock)


def _raise_exception(
    session: TenantSession, kind: ExceptionKind, answer_id: UUID, facts: dict[str, str], clock: Clock
) -> None:
    session.add(
        BankException(tenant_id=session.tenant_id, created_at=clock.now(), kind=kind, answer_id=answer_id, facts=facts)
    )


# Settled before returned, so that both in one batch fit; settled before rejected, because money moved.
_ORDER = (Verdict.ACCEPTED, Verdict.SETTLED, Verdict.REJECTED, Verdict.RETURNED)
_BOOKED = (Verdict.SETTLED, Verdict.REJECTED, Verdict.RETURNED)
_TARGETS = {
    Verdict.ACCEPTED: InstructionState.ACCEPTED,
    Verdict.SETTLED: InstructionState.SETTLED,
    Verdict.REJECTED: InstructionState.REJECTED,
    Verdict.RETURNED: InstructionState.RETURNED,
}
_CHANGES = {
    Verdict.ACCEPTED: (),
    Verdict.SETTLED: ("value_date", "final_on"),
    Verdict.REJECTED: ("reason",),
    Verdict.RETURNED: ("reason",),
}


def _move(session: TenantSession, verdict: Verdict, clock: Clock) -> Sequence[Row[Any]]:
    rows = queries.move_each(
        session,
        _TARGETS[verdict],
        resolution.saying(session, verdict, clock.today()),
        _CHANGES[verdict],
        actor=BANK,
        at=clock.now(),
        carried=("answer_id", "position", "said_on"),
    )
    resolution.mark_applied(session, rows)
    return rows


def _update_message(session: TenantSession, message_id: UUID, clock: Clock) -> None:
    """Bring the message to where its items are."""
    message = queries.lock_message(session, message_id)
    if message.state is MessageState.REFUSED:
        return
    left = queries.open_items(session, message_id)
    if left == 0:
        state = MessageState.ANSWERED
    elif left < message.item_count:
        state = MessageState.PART_ANSWERED
    else:
        state = MessageState.ACKNOWLEDGED
    if state is MessageState.ACKNOWLEDGED and message.state not in UNSENT_STATES:
        return
    if message.state is not state:
        move(session, message, state, actor=BANK, clock=clock)


def _warn_of_late_returns(session: TenantSession, rows: Sequence[Row[Any]], clock: Clock) -> None:
    for row in rows:
        if row.said_on > row.final_on:
            facts = {"instruction_id": str(row.id), "final_on": str(row.final_on), "returned_on": str(row.said_on)}
            _raise_exception(session, ExceptionKind.RETURNED_AFTER_FINAL, row.answer_id, facts, clock)


def _postings(verdict: Verdict, rows: Sequence[Row[Any]]) -> list[Posting]:
    """One posting per answer and value date, a leg per instruction.

    An instruction comes to a result once, so the first of them makes the key unlike any other.
    """
    ordered = sorted(rows, key=lambda row: (row.answer_id, row.said_on, row.id))
    return [
        Posting(
            key=f"bank_answer:{answer_id}:{verdict.value}:{said_on}:{group[0].id}",
            event=f"bank.{verdict.value}",
            source=public_id(ANSWER_PREFIX, answer_id),
            value_date=said_on,
            legs=tuple(_leg(verdict, row) for row in group),
            explanation={"items": len(group), "instructions": [str(group[0].id), str(group[-1].id)]},
        )
        for (answer_id, said_on), members in groupby(ordered, key=lambda row: (row.answer_id, row.said_on))
        for group in [list(members)]
    ]


def _leg(verdict: Verdict, row: Row[Any]) -> Leg | Resolution:
    if verdict is Verdict.SETTLED:
        return Leg.resolving(row.hold_transfer_id, Mode.POST)
    if verdict is Verdict.REJECTED:
        return Leg.resolving(row.hold_transfer_id, Mode.VOID)
    return cash.give_back(row.direction, row.own_account_id, Money.from_minor(row.amount_minor, row.currency))


def _outcome(verdict: Verdict, row: Row[Any]) -> Outcome:
    return Outcome(
        instruction_id=row.id,
        purpose=row.purpose,
        direction=row.direction,
        subject_id=row.subject_id,
        result=verdict,
        amount=Money.from_minor(row.amount_minor, row.currency),
        value_date=row.said_on,
        reason=row.reason,
        own_account_id=row.own_account_id,
        counter_account_id=row.counter_account_id,
        mandate_id=row.mandate_id,
        attempt=row.attempt,
        obligation_key=row.obligation_key,
        run_id=row.run_id,
    )
