"""Postings of advances out of sales as data: the legs that bring the books from some figures to others."""

from dataclasses import dataclass
from uuid import UUID

from domain.financing.sales.replay import SalesContract, SalesFigures, carrying
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class SalesAccounts:
    """Whose accounts an advance moves."""

    lender_id: UUID
    merchant_id: UUID
    currency: str

    @property
    def asset(self) -> AccountRef:
        """What the lender has out, at amortised cost."""
        return AccountRef(AccountKind.SALES_ADVANCE, self.currency, self.lender_id)

    @property
    def wallet(self) -> AccountRef:
        """What the merchant paid too much."""
        return AccountRef(AccountKind.WALLET, self.currency, self.merchant_id)


def income_leg(lender_id: UUID, earned: Money) -> Leg:
    """What a lender's advances earned (R15); below zero takes back what a corrected date had earned too much."""
    asset = AccountRef(AccountKind.SALES_ADVANCE, earned.currency, lender_id)
    income = AccountRef(AccountKind.SALES_ADVANCE_INCOME, earned.currency, lender_id)
    return Leg(asset, income, earned) if earned.minor > 0 else Leg(income, asset, -earned)


def movement(
    accounts: SalesAccounts, contract: SalesContract, before: SalesFigures, after: SalesFigures, cash: AccountRef
) -> tuple[Leg, ...]:
    """The legs from `before` to `after`: what was earned first, then what cash paid out or brought in."""
    earned = after.income - before.income
    out = carrying(contract, after) - carrying(contract, before) - earned
    overpaid = after.overpaid - before.overpaid
    return (
        *((income_leg(accounts.lender_id, earned),) if earned else ()),
        *_between(accounts.asset, cash, out),
        *_between(cash, accounts.wallet, overpaid),
    )


def _between(debit: AccountRef, credit: AccountRef, amount: Money) -> tuple[Leg, ...]:
    if not amount:
        return ()
    return (Leg(debit, credit, amount) if amount.minor > 0 else Leg(credit, debit, -amount),)
