"""Money: an amount that knows its currency, holds whole minor units only, and never passes through a float."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering
from math import floor
from typing import Self

from domain.values.currency import MINOR_UNITS, minor_units
from domain.values.errors import DomainError
from domain.values.rounding import QUANTA, Rounding, to_places

_PLAIN_AMOUNT = re.compile(r"-?\d{1,15}(\.\d+)?", re.ASCII)
# BIGINT holds 9.2e18 minor units; two digits are left free so that sums of a whole ledger still fit.
MAX_MINOR = 10**17 - 1
LARGEST = {places: Decimal(MAX_MINOR).scaleb(-places) for places in set(MINOR_UNITS.values())}


class CurrencyMismatch(DomainError):
    """Two currencies met in one sum."""

    code = "currency_mismatch"
    status = 422
    en = "{left} and {right} cannot be added or compared. Convert one of them first."
    zh = "{left} 与 {right} 不能直接相加或比较,请先换算。"

    def __init__(self, *, left: str, right: str) -> None:
        super().__init__(left=left, right=right)


class BadAmount(DomainError):
    """The text is not an amount of that currency."""

    code = "bad_amount"
    status = 422
    en = "“{text}” is not an amount in {currency}: write digits with at most {places} decimals, such as {example}."
    zh = "“{text}”不是有效的 {currency} 金额:请填写数字,小数最多 {places} 位,例如 {example}。"

    def __init__(self, *, text: str, currency: str, places: int) -> None:
        example = to_places(Decimal("1234.5"), places)
        super().__init__(text=text, currency=currency, places=places, example=str(example))


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units, always a whole number of minor units of its currency.

    Build it with `of` (exact text or Decimal), `from_minor` (what the database holds) or `rounded` (a computed figure).
    Arithmetic between currencies raises CurrencyMismatch.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        places = minor_units(self.currency)
        assert isinstance(self.amount, Decimal), "money is made of Decimal, never of a float"
        if not self.amount.is_finite() or abs(self.amount) > LARGEST[places]:
            raise BadAmount(text=str(self.amount), currency=self.currency, places=places)
        exact = self.amount.quantize(QUANTA[places])  # rounded somehow: an amount that this changes is refused
        if exact != self.amount:
            raise BadAmount(text=str(self.amount), currency=self.currency, places=places)
        object.__setattr__(self, "amount", exact)

    @classmethod
    def of(cls, amount: str | Decimal, currency: str) -> Self:
        """Exactly this amount; raises BadAmount for what is not a plain number or has too many decimals."""
        if isinstance(amount, str) and not _PLAIN_AMOUNT.fullmatch(amount):
            raise BadAmount(text=amount, currency=currency, places=minor_units(currency))
        return cls(Decimal(amount), currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Self:
        """`minor` whole minor units: (123450, CNY) is 1234.50."""
        return cls(Decimal(minor).scaleb(-minor_units(currency)), currency)

    @classmethod
    def rounded(cls, amount: Decimal, currency: str, rounding: Rounding = Rounding.HALF_UP) -> Self:
        """A computed figure brought to the minor unit by the named rounding."""
        return cls(to_places(amount, minor_units(currency), rounding), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in `currency`."""
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, parts: Iterable[Self], currency: str) -> Self:
        """Σ parts; zero of `currency` when there are none."""
        return sum(parts, start=cls.zero(currency))

    @property
    def minor(self) -> int:
        """Whole minor units: what the database holds."""
        return int(self.amount.scaleb(minor_units(self.currency)))

    def times(self, factor: Decimal | int, rounding: Rounding = Rounding.HALF_UP) -> Self:
        """Amount × factor, rounded once."""
        return type(self).rounded(self.amount * factor, self.currency, rounding)

    def allocate(self, weights: Sequence[Decimal | int]) -> list[Self]:
        """Split by weights so that the parts sum to the whole: largest remainder, ties to the earliest.

        100.00 by [1, 1, 1] is 33.34, 33.33, 33.33. Weights are not negative and not all zero.
        """
        if self.amount < 0:
            return [-part for part in (-self).allocate(weights)]
        assert weights, "an allocation needs weights"
        # Fractions, not Decimals: a quotient rounded up to a whole number would give a cent too many.
        shares = [Fraction(weight) for weight in weights]
        assert min(shares) >= 0 < sum(shares), "weights are not negative and not all zero"
        exact = [self.minor * share / sum(shares) for share in shares]
        parts = [floor(part) for part in exact]
        by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
        for index in by_remainder[: self.minor - sum(parts)]:
            parts[index] += 1
        return [type(self).from_minor(minor, self.currency) for minor in parts]

    def __add__(self, other: Self) -> Self:
        self._require_same(other)
        return type(self)(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._require_same(other)
        return type(self)(self.amount - other.amount, self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.amount, self.currency)

    def __lt__(self, other: Self) -> bool:
        self._require_same(other)
        return self.amount < other.amount

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.amount:,f} {self.currency}"

    def _require_same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
