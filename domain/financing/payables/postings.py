"""Postings of payables as data: what is owed, how it is paid, what the discount earned."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.financing.payables.states import MovementKind
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg
from domain.values.money import Money

# What stands against the payable when it moves without cash of ours.
_AGAINST = {
    MovementKind.CONFIRMED: AccountKind.PURCHASES,
    MovementKind.DILUTED: AccountKind.PURCHASES,
    MovementKind.LENDER: AccountKind.PAID_ELSEWHERE,
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What a programme's payables moved by, on one date, in one way; the sign is that on what is open."""

    buyer_id: UUID
    kind: MovementKind
    value_date: date
    amount: Money


def movement_leg(moved: Moved) -> Leg:
    """The buyer's payable against what it was bought for, or against accounts these books do not keep."""
    payable = trade_payable(moved.buyer_id, moved.amount.currency)
    against = AccountRef(_AGAINST[moved.kind], moved.amount.currency, moved.buyer_id)
    if moved.amount.minor > 0:
        return Leg(debit=against, credit=payable, amount=moved.amount)
    return Leg(debit=payable, credit=against, amount=-moved.amount)


def payment_legs(buyer_id: UUID, payer_id: UUID, transit: AccountRef, net: Money, discount: Money) -> tuple[Leg, ...]:
    """An invoice paid: the buyer's payable is settled by cash and by the discount its cash earned (R18)."""
    payable = trade_payable(buyer_id, net.currency)
    income = AccountRef(AccountKind.DISCOUNT_INCOME, net.currency, payer_id)
    earned = (Leg(debit=payable, credit=income, amount=discount),) if discount else ()
    return Leg(debit=payable, credit=transit, amount=net), *earned


def reversed_legs(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """A payment that came back: the same the other way round."""
    return tuple(Leg(debit=leg.credit, credit=leg.debit, amount=leg.amount) for leg in legs)


def trade_payable(buyer_id: UUID, currency: str) -> AccountRef:
    """What a buyer owes under its programmes."""
    return AccountRef(AccountKind.TRADE_PAYABLE, currency, buyer_id)
