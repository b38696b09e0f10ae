"""Postings of advances out of sales as data: the legs that bring the books from some figures to others."""

from dataclasses import dataclass
from uuid import UUID

from domain.financing.postings import pair
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
    def income(self) -> AccountRef:
        """What the lender has earned."""
        return AccountRef(AccountKind.SALES_ADVANCE_INCOME, self.currency, self.lender_id)

    @property
    def wallet(self) -> AccountRef:
        """What the merchant paid too much."""
        return AccountRef(AccountKind.WALLET, self.currency, self.merchant_id)

    @property
    def earned_at_night(self) -> tuple[tuple[AccountRef, AccountRef], ...]:
        """What grows at night, with the income it grows by."""
        return ((self.asset, self.income),)


def income_leg(lender_id: UUID, earned: Money) -> Leg:
    """What a lender's advances earned (R15); below zero takes back what a corrected date had earned too much."""
    asset = AccountRef(AccountKind.SALES_ADVANCE, earned.currency, lender_id)
    income = AccountRef(AccountKind.SALES_ADVANCE_INCOME, earned.currency, lender_id)
    return Leg(asset, income, earned) if earned.minor > 0 else Leg(income, asset, -earned)


def positions(accounts: SalesAccounts, contract: SalesContract, figures: SalesFigures) -> dict[AccountRef, int]:
    """What an advance at `figures` adds to each account but cash, in minor units: debits above zero, credits below."""
    return {
        accounts.asset: carrying(contract, figures).minor,
        accounts.wallet: -figures.overpaid.minor,
        accounts.income: -figures.income.minor,
    }


def movement(
    accounts: SalesAccounts, contract: SalesContract, before: SalesFigures, after: SalesFigures, cash: AccountRef
) -> tuple[Leg, ...]:
    """The legs from `before` to `after`: what was earned first, then what cash paid out or brought in."""
    old, new = positions(accounts, contract, before), positions(accounts, contract, after)
    change = {account: new[account] - old[account] for account in new}
    earned = after.income - before.income
    change[accounts.asset] -= earned.minor
    change[accounts.income] += earned.minor
    earning = (income_leg(accounts.lender_id, earned),) if earned else ()
    return (*earning, *pair({cash: -sum(change.values())} | change))
