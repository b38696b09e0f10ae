"""What must hold between instructions, the ledger and the bank; each check returns what does not."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, text

from domain.banking.cash import cash_at_bank, in_transit
from domain.ledger.balances import balances
from domain.platform.database import TenantSession
from domain.values.money import Money

_AT_THE_BANK = text("""
    SELECT own_account_id, currency,
           coalesce(sum(amount_minor) FILTER (WHERE is_open AND direction = 'debit'), 0)::bigint AS coming_in,
           coalesce(sum(amount_minor) FILTER (WHERE is_open AND direction = 'credit'), 0)::bigint AS going_out
    FROM (SELECT *, state IN ('submitted', 'accepted') AS is_open FROM instruction WHERE tenant_id = :tenant) AS ordered
    GROUP BY own_account_id, currency ORDER BY own_account_id, currency
""").bindparams(bindparam("tenant", type_=BigInteger))

_TWICE = text("""
    SELECT obligation_key FROM instruction
    WHERE tenant_id = :tenant AND state NOT IN ('rejected', 'returned', 'cancelled')
    GROUP BY obligation_key HAVING count(*) > 1 ORDER BY obligation_key
""").bindparams(bindparam("tenant", type_=BigInteger))


@dataclass(frozen=True, slots=True)
class HoldDifference:
    """Cash held in the ledger for an own account that is not the sum of its instructions at the bank."""

    own_account_id: UUID
    side: str
    held: Money
    instructed: Money


@dataclass(frozen=True, slots=True)
class InTransit:
    """Money that was settled at the bank and booked by nobody."""

    own_account_id: UUID
    amount: Money


def check_holds(session: TenantSession) -> list[HoldDifference]:
    """Σ holds in the ledger = Σ instructions at the bank, per own account and side; returns the differences."""
    rows = session.execute(_AT_THE_BANK, {"tenant": session.tenant_id}).all()
    held = balances(session, [cash_at_bank(row.own_account_id, row.currency) for row in rows])
    sides = [
        (row.own_account_id, side, pending, Money.from_minor(instructed, row.currency))
        for row in rows
        for balance in [held[cash_at_bank(row.own_account_id, row.currency)]]
        for side, pending, instructed in (
            ("in", balance.pending_in, row.coming_in),
            ("out", balance.pending_out, row.going_out),
        )
    ]
    return [HoldDifference(*side) for side in sides if side[2] != side[3]]


def check_transit(session: TenantSession) -> list[InTransit]:
    """Nothing booked stays in transit once outcomes are recorded; returns the accounts where something does."""
    rows = session.execute(_AT_THE_BANK, {"tenant": session.tenant_id}).all()
    found = balances(session, [in_transit(row.own_account_id, row.currency) for row in rows])
    return [InTransit(ref.owner, balance.posted) for ref, balance in found.items() if ref.owner and balance.posted]


# No foreign key is checked for each of a million instructions: this says what one would have refused.
_ORPHANS = text("""
    SELECT id FROM instruction AS item
    WHERE tenant_id = :tenant
      AND (NOT EXISTS (SELECT FROM bank_account WHERE tenant_id = :tenant AND id = item.own_account_id)
           OR NOT EXISTS (SELECT FROM bank_account WHERE tenant_id = :tenant AND id = item.counter_account_id)
           OR message_id IS NOT NULL AND NOT EXISTS (
             SELECT FROM bank_message AS message
             WHERE message.tenant_id = :tenant AND message.id = item.message_id AND message.run_id = item.run_id
               AND item.id BETWEEN message.first_instruction_id AND message.last_instruction_id))
    ORDER BY id
""").bindparams(bindparam("tenant", type_=BigInteger))

_BLOCKS = text("""
    SELECT block.message_id
    FROM bank_message_block AS block
    JOIN bank_message AS message ON message.tenant_id = :tenant AND message.id = block.message_id
    LEFT JOIN LATERAL (
      SELECT count(*) AS items, coalesce(sum(amount_minor), 0) AS minor FROM instruction AS item
      WHERE item.tenant_id = :tenant AND item.run_id = message.run_id AND item.message_id = message.id
        AND item.own_account_id = block.own_account_id AND item.state IN ('submitted', 'accepted')) AS found ON true
    WHERE block.tenant_id = :tenant AND (block.open_count, block.open_minor) <> (found.items, found.minor)
    ORDER BY block.message_id
""").bindparams(bindparam("tenant", type_=BigInteger))


def orphans(session: TenantSession) -> list[int]:
    """Instructions whose accounts or message are not there, or whose message does not span them."""
    return list(session.execute(_ORPHANS, {"tenant": session.tenant_id}).scalars())


def blocks_miscounted(session: TenantSession) -> list[UUID]:
    """Messages of which a block says something else is open than its items do."""
    return list(session.execute(_BLOCKS, {"tenant": session.tenant_id}).scalars())


def obligations_held_twice(session: TenantSession) -> list[str]:
    """Obligations with two instructions on their way or settled; the database lets none come to be."""
    return list(session.execute(_TWICE, {"tenant": session.tenant_id}).scalars())
