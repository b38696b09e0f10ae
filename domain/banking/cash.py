"""What an instruction does to cash at the bank: held when it leaves for the bank, moved or let go by the bank's word.

The other side is in transit; the owner of the purpose clears it in the transaction that books the outcome.
"""

from uuid import UUID

from domain.banking.states import Direction
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode
from domain.values.money import Money


def cash_at_bank(own_account_id: UUID, currency: str) -> AccountRef:
    """What the bank holds for us on an own account."""
    return AccountRef(AccountKind.CASH_AT_BANK, currency, own_account_id)


def in_transit(own_account_id: UUID, currency: str) -> AccountRef:
    """What is on its way to or from an own account."""
    return AccountRef(AccountKind.IN_TRANSIT, currency, own_account_id)


def hold(direction: Direction, own_account_id: UUID, amount: Money) -> Leg:
    """Reserve what we pay before it leaves; announce what we collect, which cannot be spent yet."""
    return _leg(direction, own_account_id, amount, Mode.PENDING)


def move(direction: Direction, own_account_id: UUID, amount: Money) -> Leg:
    """The bank has moved it: to us what we collect, from us what we pay."""
    return _leg(direction, own_account_id, amount, Mode.POSTED)


def _leg(direction: Direction, own_account_id: UUID, amount: Money, mode: Mode) -> Leg:
    cash, transit = cash_at_bank(own_account_id, amount.currency), in_transit(own_account_id, amount.currency)
    if direction is Direction.CREDIT:
        return Leg(debit=transit, credit=cash, amount=amount, mode=mode)
    return Leg(debit=cash, credit=transit, amount=amount, mode=mode)


def give_back(direction: Direction, own_account_id: UUID, amount: Money) -> Leg:
    """A settled item that came back. The bank has taken a returned collection already, covered or not."""
    cash, transit = cash_at_bank(own_account_id, amount.currency), in_transit(own_account_id, amount.currency)
    if direction is Direction.CREDIT:
        return Leg(debit=cash, credit=transit, amount=amount)
    return Leg(debit=transit, credit=cash, amount=amount, mode=Mode.IMPOSED)
