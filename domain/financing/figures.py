"""Where an advance stands: the sub-ledger's figures, and what follows from them. Pure."""

from dataclasses import dataclass
from datetime import date

from domain.financing.terms import Component
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Figures:
    """Where an advance stands at the start of `as_of`: all nights before it have borne interest.

    `principal` is what is still owed of it, `called` the part of that which the seller must pay back because credit
    notes took its security away (R10), `early_charged` what repaying it early cost (R9); the bases sum minor units ×
    days; `surplus` is what payments left for the seller (its reserve), or `kept` for the lender where the contract says
    so (R12); `overpaid` what the debtor paid beyond the invoice and the fee it bears, `debtor_fee_paid`. `bought_back`
    and `dilution_paid` came from the seller; `recovered` is what came in after a write-off.
    """

    funded_on: date | None
    as_of: date | None
    principal: Money
    disbursed: Money
    fee: Money
    interest_base: int
    penalty_base: int
    interest_accrued: Money
    interest_paid: Money
    penalty_accrued: Money
    penalty_paid: Money
    costs_charged: Money
    costs_paid: Money
    early_charged: Money
    early_paid: Money
    collected: Money
    surplus: Money
    released: Money
    debtor_fee_paid: Money
    overpaid: Money
    refunded: Money
    kept: Money
    diluted: Money
    called: Money
    dilution_paid: Money
    bought_back: Money
    principal_written_off: Money
    interest_written_off: Money
    penalty_written_off: Money
    recovered: Money

    @property
    def interest_open(self) -> Money:
        """Earned and not paid; below zero while front-ended interest is not yet earned."""
        return self.interest_accrued - self.interest_paid - self.interest_written_off

    @property
    def penalty_open(self) -> Money:
        """Accrued and not paid."""
        return self.penalty_accrued - self.penalty_paid - self.penalty_written_off

    @property
    def costs_open(self) -> Money:
        """Costs, and the charge on what was repaid early, as far as they are not paid."""
        return self.costs_charged + self.early_charged - self.costs_paid - self.early_paid

    @property
    def owed(self) -> dict[Component, Money]:
        """What a payment is set against."""
        return {
            Component.COSTS: self.costs_open,
            Component.PENALTY: self.penalty_open,
            Component.INTEREST: max(self.interest_open, Money.zero(self.principal.currency)),
            Component.PRINCIPAL: self.principal,
        }

    @property
    def payoff(self) -> Money:
        """What is owed now; what settling it early costs besides comes to it by `payoff_on`."""
        return Money.total(self.owed.values(), self.principal.currency)

    @property
    def held(self) -> Money:
        """The reserve that is the seller's and not yet released (R5)."""
        return max(self.surplus - self.released, Money.zero(self.principal.currency))

    @property
    def claim(self) -> Money:
        """What the seller got too much, because a payment was returned after its reserve had left."""
        return max(self.released - self.surplus, Money.zero(self.principal.currency))

    @property
    def wallet(self) -> Money:
        """What the debtor paid too much and has not got back."""
        return max(self.overpaid - self.refunded, Money.zero(self.principal.currency))

    @property
    def wallet_claim(self) -> Money:
        """What the debtor got back too much, because a payment was returned after its refund had left."""
        return max(self.refunded - self.overpaid, Money.zero(self.principal.currency))

    @property
    def written_off(self) -> Money:
        """What was given up, before anything came in after all."""
        return self.principal_written_off + self.interest_written_off + self.penalty_written_off

    @property
    def buy_back(self) -> Money:
        """What the seller pays to have its invoice back (R11): what is owed, and what it got too much."""
        return self.payoff + self.claim

    @property
    def repaid(self) -> bool:
        """Nothing is owed any more."""
        return not self.payoff


def unfunded(currency: str) -> Figures:
    """Before any money moved."""
    zero = Money.zero(currency)
    return Figures(None, None, zero, zero, zero, 0, 0, *(zero,) * 23)
