"""Files for the bank: items divided among messages, their cash held, then the bytes written; see `writing` for those.

A message is drafted in one transaction and written in another, so that workers write the files of one run side by side.
Both are repeatable: what is drafted holds its items, and the bytes follow from them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Row, Uuid, bindparam, func, insert, literal, select, text
from sqlmodel import col

from domain.banking import cash, queries
from domain.banking.connections import Lane, lanes
from domain.banking.profiles import BankProfile
from domain.banking.states import Direction, InstructionState, MessageState
from domain.banking.tables import BankMessage, Instruction, MessageBlock
from domain.banking.writing import write_message
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.ledger.steps import lock_ledger
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
class Group:
    """What may stand in one file, a payment block per own account: one direction, one currency, one date."""

    direction: Direction
    currency: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Span:
    """Items of one own account that follow each other in order of their ids, `first` and `last` included."""

    own_account_id: UUID
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one file."""

    lane: Lane
    group: Group
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one preparation needs."""

    session: TenantSession
    run_id: UUID
    clock: Clock
    lane: Lane

    @property
    def profile(self) -> BankProfile:
        """What the bank wants of its files."""
        return self.lane.profile


def prepare_messages(
    session: TenantSession, run_id: UUID, *, keys: KeyRing, clock: Clock, profile: BankProfile | None = None
) -> list[UUID]:
    """Messages for all frozen instructions of the run that our cash covers, ready to be submitted after the commit.

    A payment that is not covered stays frozen (`unsent_items`) and comes along when this is called again, such as after
    the sweeps that fund it have settled; smaller ones behind it go now. Files are divided as `divide` says.
    """
    made = [
        message_id
        for page in divide(session, run_id, clock=clock, profile=profile)
        if (message_id := draft_message(session, run_id, page, clock=clock)) is not None
    ]
    for message_id in made:
        write_message(session, queries.find_message(session, message_id), keys=keys, clock=clock, profile=profile)
    return made


def divide(session: TenantSession, run_id: UUID, *, clock: Clock, profile: BankProfile | None = None) -> list[Page]:
    """How the frozen instructions of a run go into files, as many to each as their bank takes; nothing is changed.

    Each bank gets files of its own, as its profile says (`profile` for all of them, if it is given); a bank past its
    cut-off gets none. The caller holds the run's lock: counts and ids are read one after the other.
    """
    return [
        page
        for lane in lanes(session, run_id, profile, clock=clock)
        for page in _divide(_Desk(session, run_id, clock, lane))
    ]


def _divide(desk: _Desk) -> Iterator[Page]:
    counts: dict[Group, list[tuple[UUID, int, int, int]]] = defaultdict(list)
    for row in _counts(desk):
        group = Group(row.direction, row.currency, row.on)
        counts[group].append((row.own_account_id, row.items, row.first, row.last))
    cuts = [cut for group, accounts in counts.items() for cut in _cuts(group, accounts, desk.profile)]
    borders = _borders(desk, [cut for cut in cuts if not (cut.is_whole or cut.is_dense)])
    return (Page(desk.lane, group, spans) for group, spans in _pages(cuts, borders))


def _counts(desk: _Desk) -> Sequence[Row[Any]]:
    """Items per group and own account, with the first and the last of them."""
    grouped: tuple[Any, ...] = (Instruction.direction, Instruction.currency, _on(desk), Instruction.own_account_id)
    items = col(Instruction.id)
    figures = func.count().label("items"), func.min(items).label("first"), func.max(items).label("last")
    counted = select(*grouped, *figures).where(*_frozen(desk))
    return desk.session.execute(counted.group_by(*grouped).order_by(*grouped)).all()


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


@dataclass(frozen=True, slots=True)
class _Cut:
    """Items `start` (counted from 1) to `end` of the `count` of an own account go into file `page` of their group.

    Their ids are between `first` and `last`.
    """

    group: Group
    page: int
    own_account_id: UUID
    start: int
    end: int
    count: int
    first: int
    last: int

    @property
    def is_whole(self) -> bool:
        """Whether no items of the account go into other files."""
        return self.end - self.start + 1 == self.count

    @property
    def is_dense(self) -> bool:
        """Whether every id from the first to the last is one of theirs, so that places tell the ids."""
        return self.last - self.first + 1 == self.count


def _cuts(group: Group, accounts: Sequence[tuple[UUID, int, int, int]], profile: BankProfile) -> Iterator[_Cut]:
    """File after file, by own account, until one is full of items or of accounts."""
    page, items, blocks = 1, 0, 0
    for account_id, count, first, last in accounts:
        start = 1
        while start <= count:
            if items == profile.max_items or blocks == profile.max_blocks:
                page, items, blocks = page + 1, 0, 0
            end = min(count, start + profile.max_items - items - 1)
            yield _Cut(group, page, account_id, start, end, count, first, last)
            items, blocks, start = items + end - start + 1, blocks + 1, end + 1


# The ids at the given places of each account, in the order of its items.
_BORDERS = text("""
    SELECT direction, currency, due_on, own_account_id, place, id FROM (
      SELECT direction, currency, greatest(due_on, :today) AS due_on, own_account_id, id,
             row_number() OVER (PARTITION BY direction, currency, greatest(due_on, :today), own_account_id ORDER BY id)
               AS place
      FROM instruction WHERE tenant_id = :tenant AND run_id = :run AND state = 'locked') AS numbered
    WHERE place = ANY(:places)
""").bindparams(bindparam("places", type_=ARRAY(BigInteger)), bindparam("today", type_=Date))

_Borders = dict[tuple[Group, UUID, int], int]


def _borders(desk: _Desk, cuts: Sequence[_Cut]) -> _Borders:
    if not cuts:
        return {}
    places = {place for cut in cuts for place in (cut.start, cut.end)}
    binds = {"tenant": desk.session.tenant_id, "run": desk.run_id, "today": desk.clock.today(), "places": list(places)}
    found = desk.session.execute(_BORDERS, binds)
    return {
        (Group(Direction(direction), currency, due_on), account_id, place): number
        for direction, currency, due_on, account_id, place, number in found
    }


def _pages(cuts: Sequence[_Cut], borders: _Borders) -> Iterator[tuple[Group, list[Span]]]:
    pages: dict[tuple[Group, int], list[Span]] = defaultdict(list)
    for cut in cuts:
        if cut.is_whole:
            first, last = cut.first, cut.last
        elif cut.is_dense:
            first, last = cut.first + cut.start - 1, cut.first + cut.end - 1
        else:
            first, last = (borders[cut.group, cut.own_account_id, place] for place in (cut.start, cut.end))
        pages[cut.group, cut.page].append(Span(cut.own_account_id, first, last))
    return ((group, spans) for (group, _), spans in pages.items())


@dataclass(frozen=True, slots=True)
class _Block:
    """What of one own account came into a message."""

    own_account_id: UUID
    item_count: int
    total_minor: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """A message being made; without `items`, all of the page go into it."""

    desk: _Desk
    page: Page
    items: Sequence[int] | None
    id: UUID = field(default_factory=uuid7)


def draft_message(session: TenantSession, run_id: UUID, page: Page, *, clock: Clock) -> UUID | None:
    """A message of what is still frozen of the page and covered, its cash held; None when that is nothing."""
    desk = _Desk(session, run_id, clock, page.lane)
    items = None if page.group.direction is Direction.DEBIT else _covered(desk, page)
    draft = _Draft(desk, page, items)
    blocks = _take(draft)
    if not blocks:
        return None
    _store(draft, blocks)
    counts = {draft.id: sum(block.item_count for block in blocks)}
    queries.record_together(
        session, InstructionState.SUBMITTED, counts, of="message_id", actor=_BY, at=desk.clock.now()
    )
    return draft.id


def _covered(desk: _Desk, page: Page) -> list[int]:
    """Of what we pay from each account, what it can spare, earliest first."""
    # Nobody else books until we have: what can be spent now can still be spent when it is held.
    lock_ledger(desk.session)
    refs = {span.own_account_id: cash.cash_at_bank(span.own_account_id, page.group.currency) for span in page.spans}
    held = ledger.balances(desk.session, refs.values())
    left = {account: held[ref].available.minor for account, ref in refs.items()}
    covered = []
    for item in desk.session.execute(_ITEMS, _page_binds(desk, page)):
        if item.amount_minor <= left[item.own_account_id]:
            left[item.own_account_id] -= item.amount_minor
            covered.append(item.id)
    return covered


_OF_PAGE = """
    FROM unnest(:accounts, :firsts, :lasts) AS span (own_account_id, first, last)
    WHERE item.tenant_id = :tenant AND item.run_id = :run AND item.state = 'locked'
      AND item.id BETWEEN :lowest AND :highest
      AND item.own_account_id = span.own_account_id AND item.id BETWEEN span.first AND span.last
      AND item.direction = :direction AND item.currency = :currency AND greatest(item.due_on, :today) = :on
"""
_SPANS = (
    bindparam("accounts", type_=ARRAY(Uuid)),
    bindparam("firsts", type_=ARRAY(BigInteger)),
    bindparam("lasts", type_=ARRAY(BigInteger)),
    bindparam("today", type_=Date),
    bindparam("on", type_=Date),
)
_ITEMS = text(
    "SELECT item.id, item.own_account_id, item.amount_minor"
    + _OF_PAGE.replace("FROM", "FROM instruction AS item,", 1)
    + " ORDER BY item.own_account_id, item.id FOR UPDATE OF item"
).bindparams(*_SPANS)
_TAKE = text(f"""
    WITH taken AS (
      UPDATE instruction AS item SET state = 'submitted', message_id = :message {_OF_PAGE}
         AND (CAST(:items AS bigint[]) IS NULL OR item.id = ANY(CAST(:items AS bigint[])))
      RETURNING item.own_account_id, item.id, item.amount_minor)
    SELECT own_account_id, count(*) AS item_count, sum(amount_minor)::bigint AS total_minor, min(id) AS first,
           max(id) AS last
    FROM taken GROUP BY own_account_id ORDER BY own_account_id
""").bindparams(*_SPANS, bindparam("items", type_=ARRAY(BigInteger)))


def _page_binds(desk: _Desk, page: Page) -> dict[str, Any]:
    return {
        "tenant": desk.session.tenant_id,
        "run": desk.run_id,
        "accounts": [span.own_account_id for span in page.spans],
        "firsts": [span.first for span in page.spans],
        "lasts": [span.last for span in page.spans],
        "lowest": min(span.first for span in page.spans),
        "highest": max(span.last for span in page.spans),
        "direction": page.group.direction.value,
        "currency": page.group.currency,
        "today": desk.clock.today(),
        "on": page.group.due_on,
    }


def _take(draft: _Draft) -> list[_Block]:
    """Bring the items into the message; what was taken meanwhile is passed over."""
    binds = _page_binds(draft.desk, draft.page) | {"message": draft.id, "items": draft.items}
    taken = [_Block(*row) for row in draft.desk.session.execute(_TAKE, binds)]
    draft.desk.session.expire_all()
    return taken


def _store(draft: _Draft, blocks: Sequence[_Block]) -> None:
    """The message and its blocks, and one hold for each of them."""
    desk, group = draft.desk, draft.page.group
    number = reserve(desk.session, MESSAGE_SERIES, 1).start
    message = {
        "tenant_id": desk.session.tenant_id,
        "id": draft.id,
        "created_at": desk.clock.now(),
        "number": number,
        "run_id": desk.run_id,
        "direction": group.direction,
        "due_on": group.due_on,
        "currency": group.currency,
        "item_count": sum(block.item_count for block in blocks),
        "total_minor": sum(block.total_minor for block in blocks),
        "profile": desk.profile.name,
        "window_days": desk.profile.window_days(group.direction),
        "first_instruction_id": min(block.first for block in blocks),
        "last_instruction_id": max(block.last for block in blocks),
        "findings": [],
        "state": MessageState.DRAFTED,
    }
    desk.session.execute(insert(BankMessage).values(message))
    holds = _hold(draft, blocks)
    rows = [
        {
            "tenant_id": desk.session.tenant_id,
            "message_id": draft.id,
            "position": position,
            "own_account_id": block.own_account_id,
            "item_count": block.item_count,
            "total_minor": block.total_minor,
            "open_count": block.item_count,
            "open_minor": block.total_minor,
            "hold_transfer_id": hold,
        }
        for position, (block, hold) in enumerate(zip(blocks, holds, strict=True), start=1)
    ]
    desk.session.execute(insert(MessageBlock), rows)


def _hold(draft: _Draft, blocks: Sequence[_Block]) -> tuple[int, ...]:
    group = draft.page.group
    posting = Posting(
        key=f"bank_message:{draft.id}:hold",
        event="bank.message_prepared",
        source=public_id(MESSAGE_PREFIX, draft.id),
        value_date=group.due_on,
        legs=tuple(
            cash.hold(group.direction, block.own_account_id, Money.from_minor(block.total_minor, group.currency))
            for block in blocks
        ),
        explanation={
            "direction": group.direction.value,
            "items": sum(block.item_count for block in blocks),
            "accounts": len(blocks),
        },
    )
    return ledger.post(draft.desk.session, posting, actor=_BY, clock=draft.desk.clock).transfer_ids
