"""Limits: what they cover, what they leave, and which of them bound (R1, R22). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from uuid import UUID

from domain.values.money import Money
from domain.values.rounding import Rounding

CONTRA_BOUND = "contra"  # what the seller owes the debtor is left out of the balance (R20), and that decided
RATE_BOUND = "advance_rate"  # no limit was narrower than the rate on the eligible balance


@dataclass(frozen=True, slots=True)
class Scope:
    """Which advances a limit counts; a party that is None is any."""

    lender_id: UUID | None
    seller_id: UUID | None
    debtor_id: UUID | None
    currency: str

    @property
    def key(self) -> str:
        """What finds its limit: one text, since an index finds no row by a key with gaps."""
        parties = (self.lender_id, self.seller_id, self.debtor_id)
        return "|".join([*("-" if party is None else party.hex for party in parties), self.currency])

    @property
    def name(self) -> str:
        """What the limit is called in answers: `debtor`, `pair`, `lender`, `lender_debtor`, …."""
        named = (self.seller_id is not None, self.debtor_id is not None)
        inner = {(False, False): "", (True, False): "seller", (False, True): "debtor", (True, True): "pair"}[named]
        return "_".join(part for part in ("lender" if self.lender_id else "", inner) if part)

    def over(self) -> tuple["Scope", ...]:
        """Every scope that counts an advance of these three parties: seven, from the widest."""
        named = product((None, self.lender_id), (None, self.seller_id), (None, self.debtor_id))
        return tuple(
            Scope(lender, seller, debtor, self.currency)
            for lender, seller, debtor in named
            if lender or seller or debtor
        )


@dataclass(frozen=True, slots=True)
class Availability:
    """What may be lent, which of the limits decided it, and every headroom that was looked at."""

    amount: Money
    bound_by: str
    headrooms: Mapping[str, Money]


def availability(
    unpaid: Money, advance_rate: Decimal, headrooms: Mapping[str, Money], *, contra: Money | None = None
) -> Availability:
    """min(rate × eligible balance, every headroom), never below zero, and which of them bound (R1).

    The eligible balance is what is unpaid less `contra` (R20). 1,000,000.00 at 90 % with no narrower limit is
    900,000.00, bound by the rate; with 100,000.00 of contra it is 810,000.00.
    """
    looked_at = {RATE_BOUND: unpaid.times(advance_rate, Rounding.FLOOR), **headrooms}
    if contra:
        looked_at[CONTRA_BOUND] = (unpaid - contra).times(advance_rate, Rounding.FLOOR)
    bound_by = min(looked_at, key=looked_at.__getitem__)
    return Availability(max(looked_at[bound_by], Money.zero(unpaid.currency)), bound_by, looked_at)


def concentration_headroom(risk_assets: Money, on_debtor: Money, cap: Decimal) -> Money:
    """What may still be lent on a debtor whose share of the risk assets is capped; lending moves both (R22).

    x ≤ (c·RA - D) / (1 - c), never below zero: RA 20m, D 9.2m, c 50 % leave 1,600,000.00.
    """
    assert 0 < cap < 1, "a cap is a share"
    room = (cap * risk_assets.amount - on_debtor.amount) / (1 - cap)
    return max(Money.rounded(room, risk_assets.currency, Rounding.FLOOR), Money.zero(risk_assets.currency))


def beyond(limit_minor: int | None, used_minor: int) -> int:
    """What stands beyond a limit, in minor units; nothing where there is none."""
    return 0 if limit_minor is None else max(used_minor - limit_minor, 0)
