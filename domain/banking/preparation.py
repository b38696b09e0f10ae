"""Files for the bank: the run's frozen instructions rendered once, their cash held, all in the caller's transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, literal, select
from sqlmodel import col

from domain.banking import cash, queries, vault
from domain.banking.profiles import STANDARD, BankProfile
from domain.banking.rendering import Envelope, render
from domain.banking.states import Direction, InstructionState
from domain.banking.tables import BankMessage, Instruction, MessageContent
from domain.ledger import service as ledger
from domain.ledger.errors import InsufficientFunds
from domain.ledger.posting import Posting
from domain.parties.accounts import account_numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id, uuid7
from domain.platform.numbers import reserve
from domain.values.actor import system
from domain.values.money import Money

MESSAGE_PREFIX = "msg"
MESSAGE_SERIES = "bank_message"
_BY = system("bank_files")


@dataclass(frozen=True, slots=True)
class _Group:
    """What may stand in one file: one direction, one own account, one currency, one date."""

    direction: Direction
    own_account_id: UUID
    currency: str
    due_on: date


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one preparation needs."""

    session: TenantSession
    run_id: UUID
    keys: KeyRing
    clock: Clock
    profile: BankProfile


@dataclass(frozen=True, slots=True)
class _Draft:
    """A file being made."""

    message_id: UUID
    number: int
    group: _Group
    items: Sequence[Row[Any]]


def prepare_messages(
    session: TenantSession, run_id: UUID, *, keys: KeyRing, clock: Clock, profile: BankProfile = STANDARD
) -> list[UUID]:
    """Messages for all frozen instructions of the run that our cash covers, ready to be submitted after the commit.

    A payment that is not covered stays frozen (`unsent_items`) and comes along when this is called again, such as after
    the sweeps that fund it have settled; smaller ones behind it go now.
    """
    desk = _Desk(session, run_id, keys, clock, profile)
    return [message_id for group in _groups(desk) for message_id in _messages(desk, group)]


def _groups(desk: _Desk) -> list[_Group]:
    columns: tuple[Any, ...] = (Instruction.direction, Instruction.own_account_id, Instruction.currency, _on(desk))
    found = select(*columns).where(*_frozen(desk)).distinct().order_by(*columns)
    return [_Group(*row) for row in desk.session.execute(found)]


def _on(desk: _Desk) -> ColumnElement[date]:
    # What was due before today (a retry, a run after a holiday) is executed today: banks refuse past dates.
    return func.greatest(col(Instruction.due_on), literal(desk.clock.today())).label("on")


def _frozen(desk: _Desk) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Instruction.tenant_id) == desk.session.tenant_id,
        col(Instruction.run_id) == desk.run_id,
        col(Instruction.state) == InstructionState.LOCKED,
    )


def _messages(desk: _Desk, group: _Group) -> Iterator[UUID]:
    last_id = 0
    while items := _next_items(desk, group, last_id):
        last_id = items[-1].id
        message_id = _message(desk, group, items)
        if message_id is not None:
            yield message_id


def _next_items(desk: _Desk, group: _Group, last_id: int) -> Sequence[Row[Any]]:
    columns: tuple[Any, ...] = (
        Instruction.id,
        Instruction.amount_minor,
        Instruction.counter_account_id,
        Instruction.mandate_id,
        Instruction.remittance,
    )
    chosen = (
        col(Instruction.direction) == group.direction,
        col(Instruction.own_account_id) == group.own_account_id,
        col(Instruction.currency) == group.currency,
        _on(desk) == group.due_on,
        col(Instruction.id) > last_id,
    )
    found = select(*columns).where(*_frozen(desk), *chosen).order_by(col(Instruction.id))
    return desk.session.execute(found.limit(desk.profile.max_items).with_for_update()).all()


def _message(desk: _Desk, group: _Group, items: Sequence[Row[Any]]) -> UUID | None:
    """Hold the cash of the items it covers and put them in a file; None when it covers none."""
    draft = _Draft(uuid7(), reserve(desk.session, MESSAGE_SERIES, 1).start, group, items)
    try:
        holds = _hold(desk, draft)
    except InsufficientFunds as refused:
        draft = replace(draft, items=_covered(items, refused.available))
        if not draft.items:
            return None
        holds = _hold(desk, draft)
    _store(desk, draft, _render(desk, draft))
    held = dict(zip((item.id for item in draft.items), holds, strict=True))
    queries.submit_instructions(desk.session, draft.message_id, held, actor=_BY, at=desk.clock.now())
    return draft.message_id


def _hold(desk: _Desk, draft: _Draft) -> tuple[int, ...]:
    group = draft.group
    amounts = [Money.from_minor(item.amount_minor, group.currency) for item in draft.items]
    posting = Posting(
        key=f"bank_message:{draft.message_id}:hold",
        event="bank.message_prepared",
        source=public_id(MESSAGE_PREFIX, draft.message_id),
        value_date=group.due_on,
        legs=tuple(cash.hold(group.direction, group.own_account_id, amount) for amount in amounts),
        explanation={"direction": group.direction.value, "items": len(amounts)},
    )
    with desk.session.begin_nested():
        return ledger.post(desk.session, posting, actor=_BY, clock=desk.clock).transfer_ids


def _covered(items: Sequence[Row[Any]], available: Money) -> list[Row[Any]]:
    """Those that fit into what is available, earliest first."""
    left, covered = available.minor, []
    for item in items:
        if item.amount_minor <= left:
            left -= item.amount_minor
            covered.append(item)
    return covered


def _render(desk: _Desk, draft: _Draft) -> bytes:
    group = draft.group
    envelope = Envelope(
        tenant_id=desk.session.tenant_id,
        message_number=draft.number,
        created_at=desk.clock.now(),
        direction=group.direction,
        own_account_id=group.own_account_id,
        currency=group.currency,
        due_on=group.due_on,
    )
    named = {group.own_account_id, *(item.counter_account_id for item in draft.items)}
    return render(envelope, draft.items, account_numbers(desk.session, list(named), desk.keys), desk.profile)


def _store(desk: _Desk, draft: _Draft, content: bytes) -> None:
    group = draft.group
    message = BankMessage(
        tenant_id=desk.session.tenant_id,
        id=draft.message_id,
        created_at=desk.clock.now(),
        number=draft.number,
        run_id=desk.run_id,
        direction=group.direction,
        own_account_id=group.own_account_id,
        due_on=group.due_on,
        currency=group.currency,
        item_count=len(draft.items),
        total_minor=sum(item.amount_minor for item in draft.items),
        profile=desk.profile.name,
        window_days=desk.profile.window_days(group.direction),
        digest=sha256(content).digest(),
    )
    key_id, sealed = vault.seal(desk.keys, vault.MESSAGE, message.tenant_id, message.id, content)
    desk.session.add(message)
    desk.session.flush()
    desk.session.add(MessageContent(tenant_id=message.tenant_id, id=message.id, key_id=key_id, sealed=sealed))
    desk.session.flush()
