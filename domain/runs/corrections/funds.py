"""What is put aside for payers: taken from the owner's account, so that nobody sweeps or pays it out meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select

from domain.banking.cash import in_transit
from domain.banking.states import Purpose
from domain.banking.tables import Instruction
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.runs.corrections.queries import payer_of
from domain.runs.corrections.tables import Correction
from domain.values.actor import system
from domain.values.money import Money

BY = system("corrections")


class Note(Protocol):
    """Takes note of an amount that is put aside of an instruction's collection."""

    def __call__(self, session: TenantSession, instruction: Instruction, amount: Money, *, clock: Clock) -> None:
        """Take note."""


@dataclass(frozen=True, slots=True)
class RefundOwner:
    """What the owner of a purpose says: what is due (obligation_key, amount_minor), and where collections went.

    `funds` None: such a collection is only given back whole, and the owner hears of it as of a return. `reserve` is
    asked before a part is put aside, and may refuse; `release` hears when it is given back to the owner after all.
    """

    amounts_due: Callable[[TenantSession], Select[Any]]
    funds: Callable[[TenantSession, Instruction], AccountRef] | None = None
    reserve: Note | None = None
    release: Note | None = None


RefundOwners = Mapping[Purpose, RefundOwner]


def set_aside(party_id: UUID, currency: str) -> AccountRef:
    """What is kept for a payer."""
    return AccountRef(AccountKind.WALLET, currency, party_id)


def freeze(
    session: TenantSession,
    key: str,
    instruction: Instruction,
    amount: Money,
    funds: AccountRef,
    *,
    clock: Clock,
    mode: Mode = Mode.POSTED,
) -> None:
    """Put the amount aside for the payer of the instruction, out of `funds`; imposed, whatever they hold."""
    leg = Leg(funds, set_aside(payer_of(session, instruction), amount.currency), amount, mode)
    _post(session, f"{key}:freeze", "over_debit.frozen", instruction, value_date=clock.today(), leg=leg, clock=clock)


def thaw(
    session: TenantSession, key: str, instruction: Instruction, amount: Money, funds: AccountRef, *, clock: Clock
) -> None:
    """Give back to the owner's account what was put aside: the money leaves another way, or not at all."""
    leg = Leg(set_aside(payer_of(session, instruction), amount.currency), funds, amount)
    _post(session, f"{key}:thaw", "over_debit.thawed", instruction, value_date=clock.today(), leg=leg, clock=clock)


def pay_refund(
    session: TenantSession,
    correction: Correction,
    instruction: Instruction,
    value_date: date,
    *,
    clock: Clock,
    mode: Mode = Mode.POSTED,
) -> None:
    """The refund has left: out of what was put aside; imposed, it is the payer's debt where nothing is left aside."""
    amount = correction.amount
    kept = set_aside(payer_of(session, instruction), amount.currency)
    leg = Leg(kept, in_transit(instruction.own_account_id, amount.currency), amount, mode)
    _post(
        session,
        f"correction:{correction.id}:paid",
        "correction.paid",
        instruction,
        value_date=value_date,
        leg=leg,
        clock=clock,
    )


def regain_parts(
    session: TenantSession,
    last: Correction,
    instruction: Instruction,
    funds: AccountRef,
    value_date: date,
    *,
    clock: Clock,
) -> None:
    """With the last part of a collection the whole is booked as returned: the funds have what the parts took again."""
    leg = Leg(in_transit(instruction.own_account_id, instruction.currency), funds, instruction.amount)
    key = f"correction:{last.id}:regained"
    _post(session, key, "correction.regained", instruction, value_date=value_date, leg=leg, clock=clock)


def keep_refund(
    session: TenantSession, correction: Correction, instruction: Instruction, value_date: date, *, clock: Clock
) -> None:
    """The refund came back: it is kept for the payer."""
    amount = correction.amount
    kept = set_aside(payer_of(session, instruction), amount.currency)
    leg = Leg(in_transit(instruction.own_account_id, amount.currency), kept, amount)
    _post(
        session,
        f"correction:{correction.id}:came_back",
        "correction.came_back",
        instruction,
        value_date=value_date,
        leg=leg,
        clock=clock,
    )


def _post(
    session: TenantSession, key: str, event: str, about: Instruction, *, value_date: date, leg: Leg, clock: Clock
) -> None:
    posting = Posting(key=key, event=event, source=about.end_to_end_id, value_date=value_date, legs=(leg,))
    ledger.post(session, posting, actor=BY, clock=clock)
