"""Files for the bank: the run's frozen instructions rendered once, their cash held, all in the caller's transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, literal, select, tuple_
from sqlmodel import col

from domain.banking import cash, queries, vault
from domain.banking.connections import Lane, lanes
from domain.banking.profiles import BankProfile
from domain.banking.rendering import Block, Envelope, blocks_of, render
from domain.banking.states import Direction, InstructionState, MessageState
from domain.banking.tables import BankMessage, Instruction, MessageBlock, MessageContent
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.ledger.steps import lock_ledger
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
    """What may stand in one file, a payment block per own account: one direction, one currency, one date."""

    direction: Direction
    currency: str
    due_on: date


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one preparation needs."""

    session: TenantSession
    run_id: UUID
    keys: KeyRing
    clock: Clock
    lane: Lane

    @property
    def profile(self) -> BankProfile:
        """What the bank wants of its files."""
        return self.lane.profile


@dataclass(frozen=True, slots=True)
class _Draft:
    """A file being made."""

    message_id: UUID
    number: int
    group: _Group
    items: Sequence[Row[Any]]
    blocks: Sequence[Block]


def prepare_messages(
    session: TenantSession, run_id: UUID, *, keys: KeyRing, clock: Clock, profile: BankProfile | None = None
) -> list[UUID]:
    """Messages for all frozen instructions of the run that our cash covers, ready to be submitted after the commit.

    A payment that is not covered stays frozen (`unsent_items`) and comes along when this is called again, such as after
    the sweeps that fund it have settled; smaller ones behind it go now. Each bank gets files of its own, as its profile
    says (`profile` for all of them, if it is given); a bank past its cut-off gets none.
    """
    return [
        _message(desk, group, items)
        for lane in lanes(session, run_id, profile, clock=clock)
        for desk in [_Desk(session, run_id, keys, clock, lane)]
        for group in _groups(desk)
        for page in _pages(desk, group)
        if (items := _covered(desk, group, page))
    ]


def _groups(desk: _Desk) -> list[_Group]:
    columns: tuple[Any, ...] = (Instruction.direction, Instruction.currency, _on(desk))
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
        *desk.lane.conditions,
    )


def _pages(desk: _Desk, group: _Group) -> Iterator[Sequence[Row[Any]]]:
    """The items of one file after another, by own account, as many as the bank takes."""
    after: list[ColumnElement[bool]] = []
    while items := _next_items(desk, group, after):
        yield items
        last = literal(items[-1].own_account_id), literal(items[-1].id)
        after = [tuple_(col(Instruction.own_account_id), col(Instruction.id)) > tuple_(*last)]


def _next_items(desk: _Desk, group: _Group, after: Sequence[ColumnElement[bool]]) -> Sequence[Row[Any]]:
    columns: tuple[Any, ...] = (
        Instruction.id,
        Instruction.own_account_id,
        Instruction.amount_minor,
        Instruction.counter_account_id,
        Instruction.mandate_id,
        Instruction.remittance,
    )
    chosen = (
        col(Instruction.direction) == group.direction,
        col(Instruction.currency) == group.currency,
        _on(desk) == group.due_on,
    )
    found = select(*columns).where(*_frozen(desk), *chosen, *after)
    ordered = found.order_by(col(Instruction.own_account_id), col(Instruction.id)).limit(desk.profile.max_items)
    items = desk.session.execute(ordered.with_for_update()).all()
    accounts = list(dict.fromkeys(item.own_account_id for item in items))
    beyond = set(accounts[desk.profile.max_blocks :])
    return [item for item in items if item.own_account_id not in beyond]


def _covered(desk: _Desk, group: _Group, items: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """What may go now: all we collect, and of what we pay from an account what it can spare, earliest first."""
    if group.direction is Direction.DEBIT:
        return items
    # Nobody else books until we have: what can be spent now can still be spent when it is held.
    lock_ledger(desk.session)
    refs = {item.own_account_id: cash.cash_at_bank(item.own_account_id, group.currency) for item in items}
    held = ledger.balances(desk.session, refs.values())
    left = {account: held[ref].available.minor for account, ref in refs.items()}
    covered = []
    for item in items:
        if item.amount_minor <= left[item.own_account_id]:
            left[item.own_account_id] -= item.amount_minor
            covered.append(item)
    return covered


def _message(desk: _Desk, group: _Group, items: Sequence[Row[Any]]) -> UUID:
    """Hold the cash of the items and put them in a file."""
    number = reserve(desk.session, MESSAGE_SERIES, 1).start
    draft = _Draft(uuid7(), number, group, items, blocks_of(items))
    holds = _hold(desk, draft)
    _store(desk, draft, *_render(desk, draft))
    held = dict(zip((item.id for item in items), holds, strict=True))
    queries.submit_instructions(desk.session, draft.message_id, held, actor=_BY, at=desk.clock.now())
    return draft.message_id


def _hold(desk: _Desk, draft: _Draft) -> tuple[int, ...]:
    group = draft.group
    posting = Posting(
        key=f"bank_message:{draft.message_id}:hold",
        event="bank.message_prepared",
        source=public_id(MESSAGE_PREFIX, draft.message_id),
        value_date=group.due_on,
        legs=tuple(
            cash.hold(group.direction, item.own_account_id, Money.from_minor(item.amount_minor, group.currency))
            for item in draft.items
        ),
        explanation={"direction": group.direction.value, "items": len(draft.items), "accounts": len(draft.blocks)},
    )
    return ledger.post(desk.session, posting, actor=_BY, clock=desk.clock).transfer_ids


def _render(desk: _Desk, draft: _Draft) -> tuple[bytes, list[dict[str, str]]]:
    """The file, and what its bank would not like about it."""
    envelope = Envelope(
        tenant_id=desk.session.tenant_id,
        message_number=draft.number,
        created_at=desk.clock.now(),
        direction=draft.group.direction,
        currency=draft.group.currency,
        due_on=draft.group.due_on,
    )
    named = {account for item in draft.items for account in (item.own_account_id, item.counter_account_id)}
    numbers = account_numbers(desk.session, list(named), desk.keys)
    findings = desk.lane.findings(desk.session, envelope, draft.blocks, numbers)
    return render(envelope, draft.blocks, numbers, desk.profile), findings


def _store(desk: _Desk, draft: _Draft, content: bytes, findings: list[dict[str, str]]) -> None:
    group, tenant_id = draft.group, desk.session.tenant_id
    message = {
        "tenant_id": tenant_id,
        "id": draft.message_id,
        "created_at": desk.clock.now(),
        "number": draft.number,
        "run_id": desk.run_id,
        "direction": group.direction,
        "due_on": group.due_on,
        "currency": group.currency,
        "item_count": len(draft.items),
        "total_minor": sum(block.total_minor for block in draft.blocks),
        "profile": desk.profile.name,
        "window_days": desk.profile.window_days(group.direction),
        "digest": sha256(content).digest(),
        "findings": findings,
        "state": MessageState.PREPARED,
    }
    key_id, sealed = vault.seal(desk.keys, vault.MESSAGE, tenant_id, draft.message_id, content)
    box = {"tenant_id": tenant_id, "id": draft.message_id, "key_id": key_id, "sealed": sealed}
    desk.session.execute(insert(BankMessage).values(message))
    desk.session.execute(
        insert(MessageBlock).values([_block(tenant_id, draft.message_id, each) for each in draft.blocks])
    )
    desk.session.execute(insert(MessageContent).values(box))


def _block(tenant_id: int, message_id: UUID, block: Block) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "message_id": message_id,
        "position": block.position,
        "own_account_id": block.own_account_id,
        "item_count": len(block.items),
        "total_minor": block.total_minor,
    }
