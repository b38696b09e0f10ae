"""What a batch of answers moves in the ledger: one leg per answer, verdict, value date and own account.

A payment block is held by one transfer. When a part of it is settled or refused, the hold ends and what is still open
is held anew, all in one go: at no moment could somebody spend what is on its way. What owners book against in transit
goes along: the ledger is locked once, when all the rows have been moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, Row, Uuid, bindparam, text

from domain.banking import cash
from domain.banking.outcomes import ORDER
from domain.banking.states import Direction, Verdict
from domain.ledger import service as ledger
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id
from domain.values.actor import BANK
from domain.values.money import Money

ANSWER_PREFIX = "ans"
MESSAGE_PREFIX = "msg"

_MOVED = text("""
    SELECT answer_id, array_position(CAST(:order AS text[]), verdict) AS place, verdict, said_on, own_account_id,
           direction, currency, sum(amount_minor)::bigint AS minor, count(*) AS items,
           min(instruction_id) AS first, max(instruction_id) AS last
    FROM pg_temp.bank_told WHERE verdict IN ('settled', 'returned')
    GROUP BY answer_id, verdict, said_on, own_account_id, direction, currency
    ORDER BY answer_id, place, said_on, own_account_id, direction
""")

_BLOCKS = text("""
    SELECT block.message_id, block.position, block.own_account_id, block.hold_transfer_id, message.due_on,
           message.direction, message.currency,
           (block.open_count - told.items)::integer AS open_count,
           (block.open_minor - told.minor)::bigint AS open_minor
    FROM (SELECT message_id, own_account_id, count(*) AS items, sum(amount_minor) AS minor
          FROM pg_temp.bank_told WHERE verdict IN ('settled', 'rejected') GROUP BY message_id, own_account_id) AS told
    JOIN bank_message AS message ON message.tenant_id = :tenant AND message.id = told.message_id
    JOIN bank_message_block AS block ON block.tenant_id = :tenant AND block.message_id = told.message_id
     AND block.own_account_id = told.own_account_id
    ORDER BY block.message_id, block.position
""")
_KEEP = text("""
    UPDATE bank_message_block AS block
    SET open_count = now.open_count, open_minor = now.open_minor, hold_transfer_id = now.hold
    FROM unnest(:messages, :positions, :counts, :minors, :holds)
         AS now (message_id, position, open_count, open_minor, hold)
    WHERE block.tenant_id = :tenant AND block.message_id = now.message_id AND block.position = now.position
""").bindparams(
    bindparam("messages", type_=ARRAY(Uuid)),
    bindparam("positions", type_=ARRAY(Integer)),
    bindparam("counts", type_=ARRAY(Integer)),
    bindparam("minors", type_=ARRAY(BigInteger)),
    bindparam("holds", type_=ARRAY(BigInteger)),
)
_NEXT_FINAL = text("""
    UPDATE bank_message AS message SET next_final_on = least(message.next_final_on, told.final_on)
    FROM (SELECT message_id, min(final_on) AS final_on FROM pg_temp.bank_told WHERE verdict = 'settled'
          GROUP BY message_id) AS told
    WHERE message.tenant_id = :tenant AND message.id = told.message_id
""")
# What happened to many at once is written once per message, what failed is written for each.
_RECORD = text(f"""
    INSERT INTO instruction_event (tenant_id, id, item_count, instruction_id, message_id, answer_id, of_date, state,
                                   reason, actor, at)
    SELECT :tenant, {SQL_UUID7}, count(*), NULL, message_id, answer_id, said_on, verdict, NULL, :actor, :now
    FROM pg_temp.bank_told WHERE verdict IN ('accepted', 'settled') GROUP BY message_id, answer_id, said_on, verdict
    UNION ALL
    SELECT :tenant, {SQL_UUID7}, 1, instruction_id, NULL, answer_id, said_on, verdict, reason, :actor, :now
    FROM pg_temp.bank_told WHERE verdict IN ('rejected', 'returned')
""")


@dataclass(frozen=True, slots=True)
class _Block:
    """A payment block as it is after the batch, and the hold it had."""

    message_id: UUID
    position: int
    hold_transfer_id: int
    open_count: int
    held_anew: Leg | None
    value_date: date

    @classmethod
    def read(cls, row: Row[Any]) -> "_Block":
        left = Money.from_minor(row.open_minor, row.currency)
        anew = cash.hold(Direction(row.direction), row.own_account_id, left) if row.open_minor else None
        return cls(row.message_id, row.position, row.hold_transfer_id, row.open_count, anew, row.due_on)


def settle(session: TenantSession, owned: Sequence[Posting], clock: Clock) -> None:
    """Book the batch in `bank_told` and what its owners want booked; keep what of each payment block is still open."""
    session.execute(_RECORD, {"tenant": session.tenant_id, "actor": str(BANK), "now": clock.now()})
    session.execute(_NEXT_FINAL, {"tenant": session.tenant_id})
    moved = session.execute(_MOVED, {"order": [verdict.value for verdict in ORDER]}).all()
    changed = [_Block.read(row) for row in session.execute(_BLOCKS, {"tenant": session.tenant_id})]
    messages = [list(own) for _, own in groupby(changed, key=lambda block: block.message_id)]
    holds = [_hold(blocks) for blocks in messages]
    posted = ledger.post_all(session, [*holds, *_postings(moved), *owned], actor=BANK, clock=clock)
    for blocks, done in zip(messages, posted, strict=False):
        _keep(session, blocks, done.transfer_ids[len(blocks) :])


def _hold(blocks: Sequence[_Block]) -> Posting:
    """First all holds of the message end, then what is open is held anew, block by block."""
    ended = [Leg.resolving(block.hold_transfer_id, Mode.VOID) for block in blocks]
    anew = [block.held_anew for block in blocks if block.held_anew is not None]
    return Posting(
        # A hold ends once, so that no other batch has its number.
        key=f"bank_message:{blocks[0].message_id}:hold:{blocks[0].hold_transfer_id}",
        event="bank.message_held",
        source=public_id(MESSAGE_PREFIX, blocks[0].message_id),
        value_date=blocks[0].value_date,
        legs=(*ended, *anew),
        explanation={"open_items": sum(block.open_count for block in blocks), "accounts": len(blocks)},
    )


def _keep(session: TenantSession, blocks: Sequence[_Block], holds: Sequence[int]) -> None:
    held = iter(holds)
    binds = {
        "messages": [block.message_id for block in blocks],
        "positions": [block.position for block in blocks],
        "counts": [block.open_count for block in blocks],
        "minors": [0 if block.held_anew is None else block.held_anew.amount.minor for block in blocks],
        "holds": [None if block.held_anew is None else next(held) for block in blocks],
    }
    session.execute(_KEEP, {"tenant": session.tenant_id} | binds)


def _postings(moved: Sequence[Row[Any]]) -> Iterator[Posting]:
    """One posting per answer, verdict and value date; settled before returned."""
    for (answer_id, place, said_on), rows in groupby(moved, key=lambda row: (row.answer_id, row.place, row.said_on)):
        legs = list(rows)
        verdict, first, last = ORDER[place - 1], min(leg.first for leg in legs), max(leg.last for leg in legs)
        yield Posting(
            # An instruction comes to a verdict once, so the first of them makes the key unlike any other.
            key=f"bank_answer:{answer_id}:{verdict.value}:{said_on}:{first}",
            event=f"bank.{verdict.value}",
            source=public_id(ANSWER_PREFIX, answer_id),
            value_date=said_on,
            legs=tuple(_leg(verdict, leg) for leg in legs),
            explanation={"items": sum(leg.items for leg in legs), "instructions": [str(first), str(last)]},
        )


def _leg(verdict: Verdict, moved: Row[Any]) -> Leg:
    direction, amount = Direction(moved.direction), Money.from_minor(moved.minor, moved.currency)
    if verdict is Verdict.RETURNED:
        return cash.give_back(direction, moved.own_account_id, amount)
    return cash.move(direction, moved.own_account_id, amount)
