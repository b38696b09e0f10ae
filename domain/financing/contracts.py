"""Contract fields between prices and rows: what a facility proposes, an offer fixes and an advance keeps."""

from decimal import Decimal
from typing import Any

from domain.financing.errors import RateOutOfRange, SurplusIsTheSellers, WaterfallIncomplete
from domain.financing.quotes import Price, Reference
from domain.financing.tables import ContractFields, Facility, Offer
from domain.financing.tables.contracts import CONTRACT_FIELDS
from domain.financing.terms import Component, Terms, waterfall_text


def contract_columns(price: Price) -> dict[str, Any]:
    """The contract fields of a price, as facility, offer and advance keep them."""
    terms, reference = price.terms, price.reference
    columns = {name: getattr(terms, name) for name in CONTRACT_FIELDS if hasattr(terms, name)}
    return columns | {
        "waterfall": waterfall_text(terms.waterfall),
        "reference_name": reference.name if reference else None,
        "margin_bp": reference.margin_bp if reference else None,
        "reference_rate": reference.rate if reference else None,
        "reference_on": reference.effective_on if reference else None,
    }


def agreed_columns(row: ContractFields) -> dict[str, Any]:
    """The contract fields of an offer, as they are, for the advance that comes of it."""
    return {name: getattr(row, name) for name in CONTRACT_FIELDS}


def price_of(row: Facility | Offer) -> Price:
    """What a facility asks, or an offer holds."""
    return Price(row.advance_rate, row.fee_bp, row.terms, reference_of(row))


def reference_of(row: ContractFields) -> Reference | None:
    """The reference a contract follows, or followed on the day it was fixed."""
    if row.reference_name is None or row.margin_bp is None:
        return None
    return Reference(row.reference_name, row.margin_bp, row.reference_rate, row.reference_on)


def check_price(price: Price) -> None:
    """Refuse what is a slip of the keyboard: 90 % written as 90, or 5.5 % as 5.5.

    Raises RateOutOfRange, WaterfallIncomplete, SurplusIsTheSellers.
    """
    one, terms = Decimal(1), price.terms
    within("advance_rate", price.advance_rate, Decimal("0.01"), one)
    within("annual_rate", terms.annual_rate, Decimal(0), Decimal("0.36"))
    within("fee_bp", price.fee_bp, Decimal(0), Decimal(1000))
    within("overdue_multiplier", terms.overdue_multiplier, one, Decimal(3))
    within("grace_days", Decimal(terms.grace_days), Decimal(0), Decimal(90))
    within("min_interest_days", Decimal(terms.min_interest_days), Decimal(0), Decimal(90))
    within("early_settlement_bp", terms.early_settlement_bp, Decimal(0), Decimal(500))
    if price.reference is not None:
        within("margin_bp", price.reference.margin_bp, Decimal(-500), Decimal(3300))
    _check_agreement(terms)


def _check_agreement(terms: Terms) -> None:
    if sorted(terms.waterfall) != sorted(Component):
        raise WaterfallIncomplete(waterfall=waterfall_text(terms.waterfall))
    if terms.recourse and not terms.surplus_to_seller:
        raise SurplusIsTheSellers


def within(name: str, value: Decimal, low: Decimal, high: Decimal) -> None:
    """Raise RateOutOfRange for a figure that no contract has."""
    if not low <= value <= high:
        raise RateOutOfRange(field=name, value=value, low=low, high=high)
