"""The bank's answers applied: instructions moved, cash booked, outcomes handed to whoever owns the purpose.

Answers may come twice, late, in part, out of order or for somebody else. Each line is judged against what its
instruction is now; a line that fits moves it once, a line that was said before changes nothing, a return that overtook
its settlement waits, and whatever contradicts or names nothing of ours goes to a person (`bank_exception`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, String, Uuid, any_, bindparam, cast, func, select, text
from sqlmodel import col

from domain.banking import queries, resolution, settling, telling, vault
from domain.banking.outcomes import Outcome, Outcomes
from domain.banking.reading import Answered, Unbelievable, read_answers
from domain.banking.states import UNSENT_STATES, AnswerKind, AnswerState, ExceptionKind, MessageState
from domain.banking.tables import BankAnswer, BankException, BankMessage
from domain.ledger.posting import Posting
from domain.platform.binds import TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.transitions import move, move_all
from domain.values.actor import BANK, Actor
from domain.values.states import check_transition

__all__ = ["Outcome", "Outcomes", "apply_answers", "review_answer", "stored_answers"]

ANSWERS_PER_BATCH = 20  # applied in one transaction, with all that their owners book
BYTES_PER_BATCH = 50_000  # sealed, thousands of items: the first answer beyond is the last of the batch


def stored_answers(session: TenantSession) -> int:
    """How many answers are kept and not applied."""
    count: int = session.execute(_STORED, of(session)).scalar_one()
    return count


_STORED = select(func.count()).where(col(BankAnswer.tenant_id) == TENANT, col(BankAnswer.state) == AnswerState.STORED)


def _nothing(_outcomes: Outcomes) -> Sequence[Posting]:
    return ()


def apply_answers(
    session: TenantSession,
    *,
    keys: KeyRing,
    clock: Clock,
    owned: Callable[[Outcomes], Sequence[Posting]] = _nothing,
    limit: int = ANSWERS_PER_BATCH,
    apart: Collection[AnswerKind] = (),
) -> Outcomes:
    """Apply the oldest stored answers that nobody else applies; returns what became of which instruction.

    The caller books every outcome in the same transaction, so that nothing is in transit after its commit: afterwards,
    or by what `owned` returns, which is booked together with the cash. Who moves rows by the thousand moves them there,
    before the ledger is locked. No outcomes may still have applied answers (`Outcomes.answers`): repeat while there are
    `stored_answers`. Kinds that are `apart` have other owners.
    """
    answers = _oldest(session, limit, apart)
    answered = _read(session, answers, keys, clock)
    telling.lay_out(session)
    resolution.lay_out_lines(session, answered)
    spoken_of = _spoken_of(session, answered.values())
    # Messages before their items: two workers with answers about the same ones follow each other.
    locked = queries.lock_messages(session, spoken_of | resolution.named_messages(session))
    _move(session, answered, locked, clock)
    outcomes = Outcomes.of_batch(session, len(answers))
    settling.settle(session, owned(outcomes), clock)
    _update_messages(session, locked, clock)
    return outcomes


def _spoken_of(session: TenantSession, answered: Collection[Answered]) -> set[UUID]:
    """The messages that answers are about; not those of which they only say again that they arrived.

    The receipts of all files of a run come in one batch, and nobody else is to wait for that with a file's items.
    """
    told = {each.message_id for each in answered if each.message_id is not None and (each.lines or each.others)}
    received = {each.message_id for each in answered if each.message_id is not None} - told
    return told | queries.unsent_of(session, received) if received else told


def _move(session: TenantSession, answered: Mapping[UUID, Answered], locked: Sequence[Row[Any]], clock: Clock) -> None:
    """What fits moves at once and is kept as applied; only the rest is looked at line by line."""
    by_id = {message.id: message for message in locked}
    resolution.add_others(session, answered, by_id)
    telling.move_told(session, telling.SAID, list(by_id), clock.today())
    if resolution.keep_lines(session):
        resolution.set_misfits_aside(session, clock.now())
        if telling.move_told(session, telling.WAITING, list(by_id), clock.today()):
            resolution.mark_applied(session)
        resolution.set_leftovers_aside(session, clock.now())
    resolution.warn_of_late_returns(session, clock.now())
    resolution.show_unknown_reasons(session, clock.now())
    session.expire_all()


def review_answer(session: TenantSession, answer_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Let a quarantined answer be read again, now that what it lacked is there (its account registered, say)."""
    answer = session.get_one(BankAnswer, (session.tenant_id, answer_id), with_for_update=True)
    answer.reason = None
    move(session, answer, AnswerState.STORED, actor=actor, clock=clock, reason="reviewed")
    session.flush()


_NEXT = text("""
    SELECT id, octet_length(sealed) FROM bank_answer
    WHERE tenant_id = :tenant AND state = 'stored' AND kind <> ALL(:apart) AND id <> ALL(:taken)
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
""").bindparams(bindparam("apart", type_=ARRAY(String)), bindparam("taken", type_=ARRAY(Uuid)))


def _oldest(session: TenantSession, limit: int, apart: Collection[AnswerKind]) -> Sequence[BankAnswer]:
    """Answers that no other worker has taken, as many as one transaction should apply.

    One after another: what is locked at once and not applied, another worker could not take meanwhile.
    """
    taken: list[UUID] = []
    size, binds = 0, {"tenant": session.tenant_id, "apart": list(apart)}
    while len(taken) < limit and size < BYTES_PER_BATCH:
        found = session.execute(_NEXT, binds | {"taken": taken}).one_or_none()
        if found is None:
            break
        taken.append(found[0])
        size += found[1]
    stored = select(BankAnswer).where(
        col(BankAnswer.tenant_id) == session.tenant_id, col(BankAnswer.id) == any_(cast(taken, ARRAY(Uuid)))
    )
    return session.execute(stored.order_by(col(BankAnswer.id))).scalars().all()


def _read(session: TenantSession, answers: Sequence[BankAnswer], keys: KeyRing, clock: Clock) -> dict[UUID, Answered]:
    """What can be believed, by answer; the rest is quarantined."""
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
    return believed


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


def _update_messages(session: TenantSession, messages: Sequence[Row[Any]], clock: Clock) -> None:
    """Bring the messages to where their items are."""
    if not messages:
        return
    moving: dict[MessageState, list[UUID]] = defaultdict(list)
    open_items = queries.open_items(session, [message.id for message in messages])
    for message in messages:
        state = _standing(message, open_items[message.id])
        if state is not message.state:
            check_transition(BankMessage.ENTITY, BankMessage.TRANSITIONS, message.state, state)
            moving[state].append(message.id)
    for state, moved in moving.items():
        move_all(session, BankMessage, moved, state, actor=BANK, clock=clock)


def _standing(message: Row[Any], open_items: int) -> MessageState:
    if message.state is MessageState.REFUSED:
        return MessageState.REFUSED
    if open_items == 0:
        return MessageState.ANSWERED
    if open_items < message.item_count:
        return MessageState.PART_ANSWERED
    # An acknowledgement says nothing new of a message the bank has spoken of before.
    return MessageState.ACKNOWLEDGED if message.state in UNSENT_STATES else message.state
