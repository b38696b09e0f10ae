"""An advance out of sales as it is proposed: what its maker says, what of it is kept, what its checker decides on."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.financing.sales.quotes import SalesQuote, SalesTerms
from domain.financing.sales.tables import SUB_LEDGER, SalesAdvance

GRACE_DAYS = 5  # a share that came late over a weekend or a bank holiday is not arrears


@dataclass(frozen=True, slots=True)
class NewSalesAdvance:
    """An advance as the lender's maker proposes it; `contract_reference` is what the merchant has signed.

    On `final_on` everything unpaid falls due, whatever was sold. A share that is `grace_days` late makes it overdue.
    """

    facility_id: UUID
    merchant_id: UUID
    terms: SalesTerms
    contract_reference: str
    funding_on: date
    final_on: date
    grace_days: int = GRACE_DAYS


def columns_of(terms: SalesTerms, figures: SalesQuote) -> dict[str, Any]:
    """The terms, and what they come to, as the row keeps them."""
    return {
        "volume_minor": terms.volume.minor,
        "share": terms.share,
        "year_days": terms.year_days,
        "net_minor": terms.net.minor,
        "fee_minor": terms.fee.minor,
        "early_rebate": terms.early_rebate,
        "penalty_rate": terms.penalty_rate,
        "daily_minor": figures.plan.daily.minor,
        "payments": figures.payments,
        "daily_rate": figures.daily_rate,
        "annual_effective": figures.annual_effective,
        "quoted_simple": figures.all_in.simple,
        "quoted_effective": figures.all_in.effective,
    }


# Beside the columns of the sub-ledger, which a replay fills.
_UNDECIDED = {"state", "created_at", "made_by", "collection_round", "failure_reason", "findings", "debtor_id"}
# A term that is not agreed stands for nothing, and what was proposed before there was one keeps its digest.
_LATER_TERMS = ("early_rebate", "penalty_rate")


def digest_of(row: SalesAdvance) -> str:
    """What the checker decides on: the whole contract, and from which account to which the money goes."""
    unagreed = {name for name in _LATER_TERMS if not getattr(row, name)}
    decided = row.model_dump(mode="json", exclude=_UNDECIDED | SUB_LEDGER | unagreed)
    return sha256(repr(sorted(decided.items())).encode()).hexdigest()
