"""Accounting entries of intercompany interest, as data: what a branch earns its header owes, and the other way round.

Accrued interest stands in control accounts of the header's party, branch by branch in `pool_leg`; both companies' sides
are booked, so receivable is payable and income is expense at every commit.
"""

from uuid import UUID

from domain.banking.cash import cash_at_bank, in_transit
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode
from domain.values.money import Money


def accrued_legs(header_id: UUID, amount: Money) -> list[Leg]:
    """Interest that accrued; a negative amount takes back what was accrued too much."""
    receivable, payable, income, expense = (
        AccountRef(kind, amount.currency, header_id)
        for kind in (
            AccountKind.IC_INTEREST_RECEIVABLE,
            AccountKind.IC_INTEREST_PAYABLE,
            AccountKind.IC_INTEREST_INCOME,
            AccountKind.IC_INTEREST_EXPENSE,
        )
    )
    if amount.amount > 0:
        return [Leg(receivable, income, amount), Leg(expense, payable, amount)]
    if amount.amount < 0:
        return [Leg(income, receivable, -amount), Leg(payable, expense, -amount)]
    return []


def capitalised_legs(branch_id: UUID, header_id: UUID, *, earned: Money, owed: Money) -> list[Leg]:
    """Accrued interest becomes position: what the branch earned grows its claim, what it owes shrinks it."""
    currency = earned.currency
    receivable = AccountRef(AccountKind.IC_INTEREST_RECEIVABLE, currency, header_id)
    payable = AccountRef(AccountKind.IC_INTEREST_PAYABLE, currency, header_id)
    due_from = AccountRef(AccountKind.IC_DUE_FROM_HEADER, currency, branch_id)
    due_to = AccountRef(AccountKind.IC_DUE_TO_BRANCH, currency, branch_id)
    legs = _moved(due_from, receivable, earned) + _moved(payable, due_to, earned)
    return legs + _moved(due_to, receivable, owed) + _moved(payable, due_from, owed)


def paid_legs(
    header_id: UUID, *, payer: UUID, payee: UUID, net: Money, accrued: Money, back: bool = False
) -> list[Leg]:
    """The cash of a payment reaches the other account, and what had accrued is settled; `back` when it was returned."""
    currency = net.currency
    arrived = cash_at_bank(payee, currency), in_transit(payer, currency)
    receivable = AccountRef(AccountKind.IC_INTEREST_RECEIVABLE, currency, header_id)
    payable = AccountRef(AccountKind.IC_INTEREST_PAYABLE, currency, header_id)
    if back:
        return [Leg(arrived[1], arrived[0], net, Mode.IMPOSED), *_moved(receivable, payable, accrued)]
    return [Leg(*arrived, net), *_moved(payable, receivable, accrued)]


def _moved(debit: AccountRef, credit: AccountRef, amount: Money) -> list[Leg]:
    """One leg, turned around for a negative amount; none for nothing."""
    if amount.amount == 0:
        return []
    return [Leg(debit, credit, amount) if amount.amount > 0 else Leg(credit, debit, -amount)]
