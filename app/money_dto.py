"""Money in JSON: `{"amount": "1234.50", "currency": "CNY"}`. A JSON number passes through a float and is refused."""

from decimal import Decimal
from typing import Annotated, Self

import msgspec

from app.validation import FieldRefused
from domain.values.errors import DomainError
from domain.values.money import Money

Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,3})?$",
        max_length=20,
        description="Decimal digits, with at most as many decimals as the currency has.",
        examples=["1234.50"],
    ),
]
CurrencyCode = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Z]{3}$", max_length=3, description="ISO 4217.", examples=["CNY"])
]
Rate = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,9})?$",
        max_length=13,
        description="A fraction: 0.055 is 5.5 %.",
        examples=["0.055"],
    ),
]


class MoneyDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """An amount with its currency."""

    amount: Amount
    currency: CurrencyCode

    def __post_init__(self) -> None:
        """Refuse at this field what is no amount of that currency."""
        try:
            self.money()
        except DomainError as refusal:
            raise FieldRefused(refusal) from None

    def money(self) -> Money:
        """The value."""
        return Money.of(self.amount, self.currency)

    @classmethod
    def of(cls, money: Money) -> Self:
        """The value as JSON shows it."""
        return cls(amount=f"{money.amount:f}", currency=money.currency)

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Self:
        """What the database holds."""
        return cls.of(Money.from_minor(minor, currency))


def shown(money: Money) -> MoneyDto:
    """The amount as views hold it."""
    return MoneyDto.of(money)


def shown_rate(rate: Decimal) -> str:
    """A rate without trailing zeros and never in powers of ten."""
    return f"{rate.normalize():f}"
