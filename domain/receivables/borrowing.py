"""The borrowing base (R20): what is left of a portfolio to lend on, every exclusion named, in practice's order. Pure.

Over-age, cross-age, contra, affiliate, concentration, rate: each step sees only what the steps before it left, so that
no amount is excluded twice and exclusions and base together are the whole.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.values.money import Money


class Exclusion(StrEnum):
    """Why an amount does not count, in the order of the steps."""

    OVER_AGE = "over_age"
    CROSS_AGE = "cross_age"
    CONTRA = "contra"
    AFFILIATE = "affiliate"
    CONCENTRATION = "concentration"


@dataclass(frozen=True, slots=True)
class BasePolicy:
    """A lender's terms for a base; rates and shares are fractions.

    `over_age_days` are days past due; a debtor whose over-age share reaches `cross_age_share` is left out whole;
    `concentration_cap` is the share of the base that one debtor may be.
    """

    advance_rate: Decimal
    concentration_cap: Decimal
    over_age_days: int = 90
    cross_age_share: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class PairBalance:
    """What one debtor owes one seller: all of it, the part that is over-age, and what the debtor could set off."""

    seller_id: UUID
    debtor_id: UUID
    balance: Money
    over_age: Money
    contra: Money
    affiliate: bool = False


@dataclass(frozen=True, slots=True)
class Excluded:
    """An amount that one step took out; concentration is a debtor's, whatever seller it owes."""

    reason: Exclusion
    debtor_id: UUID
    seller_id: UUID | None
    amount: Money


@dataclass(frozen=True, slots=True)
class BorrowingBase:
    """`gross` less `excluded` is `eligible`; `available` is the advance rate of that."""

    gross: Money
    excluded: tuple[Excluded, ...]
    eligible: Money
    advance_rate: Decimal
    available: Money

    def removed(self, reason: Exclusion) -> Money:
        """What one step took out, of all debtors."""
        return Money.total((each.amount for each in self.excluded if each.reason is reason), self.gross.currency)


def borrowing_base(pairs: Sequence[PairBalance], policy: BasePolicy, currency: str) -> BorrowingBase:
    """The base of a portfolio (R20).

    1,000,000 − 180,000 over-age − 120,000 cross-age − 50,000 contra − 100,000 affiliate = 550,000; a 50 % cap takes out
    125,000 of a debtor with 400,000; 425,000 × 85 % = 361,250.00. Source: asset-based lending practice.
    """
    gross = Money.total((pair.balance for pair in pairs), currency)
    crossed = _crossed(pairs, policy)
    excluded: list[Excluded] = []
    left: defaultdict[UUID, Money] = defaultdict(lambda: Money.zero(currency))
    for pair in pairs:
        steps = _steps(pair, crossed=pair.debtor_id in crossed)
        excluded += [Excluded(reason, pair.debtor_id, pair.seller_id, amount) for reason, amount in steps if amount]
        left[pair.debtor_id] += pair.balance - Money.total((amount for _, amount in steps), currency)
    cap = Money.total(left.values(), currency).times(policy.concentration_cap)
    over = {debtor_id: amount - cap for debtor_id, amount in left.items() if cap < amount}
    excluded += [Excluded(Exclusion.CONCENTRATION, debtor_id, None, amount) for debtor_id, amount in over.items()]
    order = list(Exclusion)
    excluded.sort(key=lambda each: (order.index(each.reason), each.debtor_id))
    eligible = gross - Money.total((each.amount for each in excluded), currency)
    assert not eligible < Money.zero(currency), "no step takes out more than is left"
    return BorrowingBase(gross, tuple(excluded), eligible, policy.advance_rate, eligible.times(policy.advance_rate))


def _crossed(pairs: Sequence[PairBalance], policy: BasePolicy) -> set[UUID]:
    """Debtors that are late with so much of what they owe that the rest is not trusted either."""
    balance: Counter[UUID] = Counter()
    over_age: Counter[UUID] = Counter()
    for pair in pairs:
        balance[pair.debtor_id] += pair.balance.minor
        over_age[pair.debtor_id] += pair.over_age.minor
    return {
        debtor_id
        for debtor_id, late in over_age.items()
        if late and late >= balance[debtor_id] * policy.cross_age_share
    }


def _steps(pair: PairBalance, *, crossed: bool) -> list[tuple[Exclusion, Money]]:
    """What the first four steps take out of one balance, one after the other."""
    zero = Money.zero(pair.balance.currency)
    left = pair.balance - pair.over_age
    cross_age = left if crossed else zero
    left -= cross_age
    contra = min(pair.contra, left)
    left -= contra
    return [
        (Exclusion.OVER_AGE, pair.over_age),
        (Exclusion.CROSS_AGE, cross_age),
        (Exclusion.CONTRA, contra),
        (Exclusion.AFFILIATE, left if pair.affiliate else zero),
    ]
