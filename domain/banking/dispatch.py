"""Answers that are about no instruction, handed to whoever owns what they are about: mandates, corrections.

They are few and small. What nobody owns is left to the reader of payments, who quarantines what it cannot read.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from domain.banking import queries, vault
from domain.banking.states import AnswerKind, AnswerState, ExceptionKind
from domain.banking.tables import BankAnswer, BankException
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.transitions import move, move_all
from domain.values.actor import BANK

ANSWERS_PER_PAGE = 500  # of a few kilobytes each


class AnswerOwner(Protocol):
    """Applies answers of one kind, many at once, in the caller's transaction."""

    def __call__(self, session: TenantSession, contents: Mapping[UUID, bytes], *, clock: Clock) -> Mapping[UUID, str]:
        """Apply them; returns those that cannot be believed, with the reason a person reads."""


AnswerOwners = Mapping[AnswerKind, AnswerOwner]


def dispatch_answers(session: TenantSession, owners: AnswerOwners, *, keys: KeyRing, clock: Clock) -> int:
    """Hand every stored answer to the owner of its kind; returns how many were applied."""
    if not session.execute(select(_stored(session, owners).exists())).scalar_one():
        return 0  # without the lock: workers apply answers about payments side by side
    queries.lock_answers(session)
    applied = 0
    while answers := _oldest(session, owners):
        for kind in {answer.kind for answer in answers}:
            chosen = [answer for answer in answers if answer.kind is kind]
            applied += _apply(session, owners[kind], chosen, keys, clock)
    return applied


def _stored(session: TenantSession, owners: AnswerOwners) -> Select[BankAnswer]:
    return select(BankAnswer).where(
        col(BankAnswer.tenant_id) == session.tenant_id,
        col(BankAnswer.state) == AnswerState.STORED,
        col(BankAnswer.kind).in_(owners),
    )


def _oldest(session: TenantSession, owners: AnswerOwners) -> Sequence[BankAnswer]:
    page = _stored(session, owners).order_by(col(BankAnswer.id)).limit(ANSWERS_PER_PAGE).with_for_update()
    return session.execute(page).scalars().all()


def _apply(
    session: TenantSession, owner: AnswerOwner, answers: Sequence[BankAnswer], keys: KeyRing, clock: Clock
) -> int:
    contents = {
        answer.id: vault.unseal(keys, vault.ANSWER, session.tenant_id, answer.id, (answer.key_id, answer.sealed))
        for answer in answers
    }
    unbelievable = owner(session, contents, clock=clock)
    for answer in answers:
        if answer.id in unbelievable:
            _quarantine(session, answer, unbelievable[answer.id], clock)
    believed = [answer_id for answer_id in contents if answer_id not in unbelievable]
    return move_all(session, BankAnswer, believed, AnswerState.APPLIED, actor=BANK, clock=clock) if believed else 0


def _quarantine(session: TenantSession, answer: BankAnswer, reason: str, clock: Clock) -> None:
    answer.reason = reason
    move(session, answer, AnswerState.QUARANTINED, actor=BANK, clock=clock, reason=reason)
    session.add(
        BankException(
            tenant_id=session.tenant_id,
            created_at=clock.now(),
            kind=ExceptionKind.ANSWER_QUARANTINED,
            answer_id=answer.id,
            facts={"reason": reason},
        )
    )
    session.flush()
