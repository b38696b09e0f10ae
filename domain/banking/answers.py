"""The bank's answers applied: instructions moved, cash booked, outcomes handed to whoever owns the purpose.

Answers may come twice, late, in part, out of order or for somebody else. Each line is judged against what its
instruction is now; a line that fits moves it once, a line that was said before changes nothing, a return that overtook
its settlement waits, and whatever contradicts or names nothing of ours goes to a person (`bank_exception`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import col

from domain.banking import cash, queries, resolution, vault
from domain.banking.reading import Answered, Unbelievable, read_answers
from domain.banking.rules import is_banks_own
from domain.banking.states import (
    UNSENT_STATES,
    AnswerState,
    Direction,
    ExceptionKind,
    MessageState,
    Purpose,
    Verdict,
)
from domain.banking.tables import BankAnswer, BankException, BankMessage
from domain.banking.telling import ORDER, Told, move_told
from domain.ledger import service as ledger
from domain.ledger.posting import Leg, Mode, Posting, Resolution
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id
from domain.platform.transitions import move, move_all
from domain.values.actor import BANK, Actor
from domain.values.money import Money
from domain.values.states import check_transition

ANSWER_PREFIX = "ans"
ANSWERS_PER_BATCH = 20  # applied in one transaction, with all that their owners book


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

    @property
    def source(self) -> str:
        """The name of this word in the books of who acts on it."""
        return self.source_of(self.result)

    def source_of(self, verdict: Verdict) -> str:
        """The name of another word on the same instruction, such as the settlement that a return takes back."""
        return f"instruction:{self.instruction_id}:{verdict.value}"


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
    queries.lock_answers(session)
    messages = _read(session, _oldest(session, limit), keys, clock)
    resolution.set_misfits_aside(session, clock.now())
    moved = move_told(session, clock=clock)
    resolution.set_leftovers_aside(session, clock.now())
    _update_messages(session, messages | {each.row.message_id for each in moved}, clock)
    told = [each for each in moved if each.verdict is not Verdict.ACCEPTED]
    if told:
        _warn_of_late_returns(session, told, clock)
        _show_unknown_reasons(session, told, clock)
        ledger.post_all(session, _postings(told), actor=BANK, clock=clock)
    return [_outcome(move) for move in told]


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


def _read(session: TenantSession, answers: Sequence[BankAnswer], keys: KeyRing, clock: Clock) -> set[UUID]:
    """Keep the lines of what can be believed, quarantine the rest; returns the messages that were spoken of."""
    contents = {
        answer.id: vault.unseal(keys, vault.ANSWER, session.tenant_id, answer.id, (answer.key_id, answer.sealed))
        for answer in answers
    }
    said = read_answers(session, contents, keys)
    believed = {answer_id: what for answer_id, what in said.items() if isinstance(what, Answered)}
    for answer in answers:
        if isinstance(what := said[answer.id], Unbelievable):
            _quarantine(session, answer, str(what), clock)
    if believed:
        move_all(session, BankAnswer, list(believed), AnswerState.APPLIED, actor=BANK, clock=clock)
    resolution.insert_lines(session, believed)
    return {answered.message_id for answered in believed.values() if answered.message_id is not None}


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


def _update_messages(session: TenantSession, ids: set[UUID], clock: Clock) -> None:
    """Bring the messages to where their items are."""
    if not ids:
        return
    moving: dict[MessageState, list[UUID]] = defaultdict(list)
    for message in queries.lock_messages(session, ids):
        state = _standing(message)
        if state is not message.state:
            check_transition(BankMessage.ENTITY, BankMessage.TRANSITIONS, message.state, state)
            moving[state].append(message.id)
    for state, moved in moving.items():
        move_all(session, BankMessage, moved, state, actor=BANK, clock=clock)


def _standing(message: Row[Any]) -> MessageState:
    if message.state is MessageState.REFUSED:
        return MessageState.REFUSED
    if message.open_items == 0:
        return MessageState.ANSWERED
    if message.open_items < message.item_count:
        return MessageState.PART_ANSWERED
    # An acknowledgement says nothing new of a message the bank has spoken of before.
    return MessageState.ACKNOWLEDGED if message.state in UNSENT_STATES else message.state


def _warn_of_late_returns(session: TenantSession, told: Sequence[Told], clock: Clock) -> None:
    for each in told:
        if each.verdict is Verdict.RETURNED and each.said_on > each.row.final_on:
            facts = {
                "instruction_id": str(each.row.id),
                "final_on": str(each.row.final_on),
                "returned_on": str(each.said_on),
            }
            _raise_exception(session, ExceptionKind.RETURNED_AFTER_FINAL, each.answer_id, facts, clock)


def _show_unknown_reasons(session: TenantSession, told: Sequence[Told], clock: Clock) -> None:
    for each in told:
        if is_banks_own(each.row.reason):
            facts = {"instruction_id": str(each.row.id), "reason": each.row.reason}
            _raise_exception(session, ExceptionKind.UNKNOWN_REASON, each.answer_id, facts, clock)


def _postings(told: Sequence[Told]) -> list[Posting]:
    """One posting per answer, verdict and value date, a leg per instruction."""
    ordered = sorted(told, key=lambda each: (*_event(each), each.row.id))
    return [_posting(*event, list(members)) for event, members in groupby(ordered, key=_event)]


def _event(told: Told) -> tuple[UUID, int, date]:
    # Settled before rejected before returned.
    return told.answer_id, ORDER.index(told.verdict), told.said_on


def _posting(answer_id: UUID, order: int, said_on: date, told: Sequence[Told]) -> Posting:
    verdict, ids = ORDER[order], [str(each.row.id) for each in (told[0], told[-1])]
    return Posting(
        # An instruction comes to a verdict once, so the first of them makes the key unlike any other.
        key=f"bank_answer:{answer_id}:{verdict.value}:{said_on}:{ids[0]}",
        event=f"bank.{verdict.value}",
        source=public_id(ANSWER_PREFIX, answer_id),
        value_date=said_on,
        legs=tuple(_leg(each) for each in told),
        explanation={"items": len(told), "instructions": ids},
    )


def _leg(told: Told) -> Leg | Resolution:
    row = told.row
    if told.verdict is Verdict.SETTLED:
        return Leg.resolving(row.hold_transfer_id, Mode.POST)
    if told.verdict is Verdict.REJECTED:
        return Leg.resolving(row.hold_transfer_id, Mode.VOID)
    return cash.give_back(row.direction, row.own_account_id, Money.from_minor(row.amount_minor, row.currency))


def _outcome(told: Told) -> Outcome:
    row = told.row
    return Outcome(
        instruction_id=row.id,
        purpose=row.purpose,
        direction=row.direction,
        subject_id=row.subject_id,
        result=told.verdict,
        amount=Money.from_minor(row.amount_minor, row.currency),
        value_date=told.said_on,
        reason=row.reason,
        own_account_id=row.own_account_id,
        counter_account_id=row.counter_account_id,
        mandate_id=row.mandate_id,
        attempt=row.attempt,
        obligation_key=row.obligation_key,
        run_id=row.run_id,
    )
