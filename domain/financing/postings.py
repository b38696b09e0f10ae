"""Postings of advances as data: what the books must show for given figures, and the legs from one to the next.

One function serves funding, repayment, return and release alike, because each of them is a change of figures that cash
paid for; its test is the accounting entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.financing.events import EventKind
from domain.financing.figures import Figures
from domain.financing.terms import Contract, waterfall_text
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg
from domain.values.money import Money

RULES: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.FUNDED: ("R3", "R4"),
    EventKind.DILUTED: ("R10",),
    EventKind.COST: ("R7",),
    EventKind.COLLECTED: ("R2", "R6", "R7", "R9", "R5"),
    EventKind.RECEIVED: ("R2", "R6", "R7", "R9", "R5"),
    EventKind.DILUTION_PAID: ("R10",),
    EventKind.BOUGHT_BACK: ("R11",),
    EventKind.WRITTEN_OFF: ("R23",),
    EventKind.RELEASED: ("R5",),
    EventKind.REFUNDED: ("R7",),
    EventKind.RETURNED: ("R7", "R5"),
}


_INTEREST = (AccountKind.INTEREST_RECEIVABLE, AccountKind.INTEREST_INCOME)
_PENALTY = (AccountKind.PENALTY_RECEIVABLE, AccountKind.PENALTY_INCOME)


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose accounts an advance moves."""

    lender_id: UUID
    seller_id: UUID
    debtor_id: UUID
    currency: str

    def of_lender(self, kind: AccountKind) -> AccountRef:
        """An account of the lender."""
        return AccountRef(kind, self.currency, self.lender_id)


def positions(owners: Owners, figures: Figures) -> dict[AccountRef, int]:
    """What an advance at `figures` adds to each account but cash, in minor units: debits above zero, credits below.

    The order is that of a payment: what it is set against first stands first.
    """
    lender = owners.of_lender
    return {
        lender(AccountKind.COST_RECOVERY): -figures.costs_paid.minor,
        lender(AccountKind.PENALTY_RECEIVABLE): figures.penalty_open.minor,
        lender(AccountKind.INTEREST_RECEIVABLE): figures.interest_open.minor,
        lender(AccountKind.DILUTION_CLAIM): figures.called.minor,
        lender(AccountKind.ADVANCE_PRINCIPAL): (figures.principal - figures.called).minor,
        lender(AccountKind.BAD_DEBT): (figures.written_off - figures.recovered).minor,
        AccountRef(AccountKind.HOLDBACK_PAYABLE, owners.currency, owners.seller_id): -figures.held.minor,
        lender(AccountKind.RECOURSE_CLAIM): figures.claim.minor,
        lender(AccountKind.DEBTOR_CLAIM): figures.wallet_claim.minor,
        AccountRef(AccountKind.WALLET, owners.currency, owners.debtor_id): -figures.wallet.minor,
        lender(AccountKind.FEE_INCOME): -_fees(figures).minor,
        lender(AccountKind.INTEREST_INCOME): -figures.interest_accrued.minor,
        lender(AccountKind.PENALTY_INCOME): -figures.penalty_accrued.minor,
    }


def _fees(figures: Figures) -> Money:
    """The lender's income beside interest: its fees, whoever bears them, and what is left where that is its own."""
    return figures.fee + figures.debtor_fee_paid + figures.early_paid + figures.kept


def movement(owners: Owners, before: Figures, after: Figures, cash: AccountRef) -> tuple[Leg, ...]:
    """The legs that bring the books from `before` to `after`, paid from or into `cash`.

    What accrued is entered first, so that the payment's own legs read as its waterfall.
    """
    interest = after.interest_accrued - before.interest_accrued
    penalty = after.penalty_accrued - before.penalty_accrued
    old, new = positions(owners, before), positions(owners, after)
    change = {account: new[account] - old[account] for account in new}
    for (receivable, income), accrued in ((_INTEREST, interest), (_PENALTY, penalty)):
        change[owners.of_lender(receivable)] -= accrued.minor
        change[owners.of_lender(income)] += accrued.minor
    legs = accrual_legs(owners.lender_id, interest, penalty)
    return (*legs, *pair({cash: -sum(change.values())} | change))


def accrual_legs(lender_id: UUID, interest: Money, penalty: Money) -> tuple[Leg, ...]:
    """What a lender's advances earned; below zero takes back what a corrected date had earned too much."""
    legs = []
    for (receivable, income), amount in ((_INTEREST, interest), (_PENALTY, penalty)):
        debit = AccountRef(receivable, amount.currency, lender_id)
        credit = AccountRef(income, amount.currency, lender_id)
        if amount.minor > 0:
            legs.append(Leg(debit, credit, amount))
        elif amount.minor < 0:
            legs.append(Leg(credit, debit, -amount))
    return tuple(legs)


def pair(change: Mapping[AccountRef, int]) -> tuple[Leg, ...]:
    """Set debits against credits, both in the order given, until nothing is left of either."""
    debits = [(account, amount) for account, amount in change.items() if amount > 0]
    owing = [(account, -amount) for account, amount in change.items() if amount < 0]
    legs: list[Leg] = []
    while debits:
        (debit, due), (credit, owed) = debits[0], owing[0]
        moved = min(due, owed)
        legs.append(Leg(debit, credit, Money.from_minor(moved, debit.currency)))
        debits[:1] = [(debit, due - moved)] if due > moved else []
        owing[:1] = [(credit, owed - moved)] if owed > moved else []
    return tuple(legs)


def explanation(
    contract: Contract, kind: EventKind, amount: Money, before: Figures, after: Figures
) -> dict[str, object]:
    """What a figure of the posting can be traced to: the rules, the contract's fields, and the figures around it."""
    terms = contract.terms
    return {
        "rules": list(RULES[kind]),
        "amount": str(amount.amount),
        "annual_rate": str(terms.annual_rate),
        "penalty_rate": str(terms.penalty_rate),
        "day_count": terms.day_count.value,
        "rounding": terms.rounding.value,
        "waterfall": waterfall_text(terms.waterfall),
        "due_on": contract.dates.rolled_due_on.isoformat(),
        "penalty_from": contract.dates.penalty_from.isoformat(),
        "before": _stand(before),
        "after": _stand(after),
    }


def _stand(figures: Figures) -> dict[str, str | None]:
    return {
        "as_of": figures.as_of.isoformat() if figures.as_of else None,
        "principal": str(figures.principal.amount),
        "interest_accrued": str(figures.interest_accrued.amount),
        "interest_paid": str(figures.interest_paid.amount),
        "penalty_accrued": str(figures.penalty_accrued.amount),
        "penalty_paid": str(figures.penalty_paid.amount),
        "costs_open": str(figures.costs_open.amount),
        "early_charged": str(figures.early_charged.amount),
        "debtor_fee_paid": str(figures.debtor_fee_paid.amount),
        "called": str(figures.called.amount),
        "written_off": str(figures.written_off.amount),
        "surplus": str(figures.surplus.amount),
        "released": str(figures.released.amount),
    }
