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
    def penalty(self) -> AccountRef:
        """The penalty that is owed (R6)."""
        return AccountRef(AccountKind.PENALTY_RECEIVABLE, self.currency, self.lender_id)

    @property
    def penalty_income(self) -> AccountRef:
        """The penalty that was earned."""
        return AccountRef(AccountKind.PENALTY_INCOME, self.currency, self.lender_id)

    @property
    def bad_debt(self) -> AccountRef:
        """What was given up, less what came in after all (R23)."""
        return AccountRef(AccountKind.BAD_DEBT, self.currency, self.lender_id)

    @property
    def earned_at_night(self) -> tuple[tuple[AccountRef, AccountRef], ...]:
        """What grows at night, with the income it grows by."""
        return ((self.asset, self.income), (self.penalty, self.penalty_income))


def earned_legs(lender_id: UUID, income: Money, penalty: Money) -> tuple[Leg, ...]:
    """What a lender's advances earned (R15, R6); below zero takes back what a corrected date had earned too much."""
    accounts = SalesAccounts(lender_id, lender_id, income.currency)
    legs = []
    for (asset, earned_on), amount in zip(accounts.earned_at_night, (income, penalty), strict=True):
        if amount.minor > 0:
            legs.append(Leg(asset, earned_on, amount))
        elif amount.minor < 0:
            legs.append(Leg(earned_on, asset, -amount))
    return tuple(legs)


def positions(accounts: SalesAccounts, contract: SalesContract, figures: SalesFigures) -> dict[AccountRef, int]:
    """What an advance at `figures` adds to each account but cash, in minor units: debits above zero, credits below.

    The order is that of a payment: what it is set against first stands first.
    """
    return {
        accounts.penalty: figures.penalty_open.minor,
        accounts.asset: carrying(contract, figures).minor,
        accounts.bad_debt: figures.to_recover.minor,
        accounts.wallet: -figures.overpaid.minor,
        accounts.income: -figures.income.minor,
        accounts.penalty_income: -figures.penalty_accrued.minor,
    }


def movement(
    accounts: SalesAccounts, contract: SalesContract, before: SalesFigures, after: SalesFigures, cash: AccountRef
) -> tuple[Leg, ...]:
    """The legs from `before` to `after`: what was earned first, then what cash paid out or brought in."""
    old, new = positions(accounts, contract, before), positions(accounts, contract, after)
    change = {account: new[account] - old[account] for account in new}
    earned = (after.income - before.income, after.penalty_accrued - before.penalty_accrued)
    for (asset, income), amount in zip(accounts.earned_at_night, earned, strict=True):
        change[asset] -= amount.minor
        change[income] += amount.minor
    return (*earned_legs(accounts.lender_id, *earned), *pair({cash: -sum(change.values())} | change))
