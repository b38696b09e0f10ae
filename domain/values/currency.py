"""Currencies and their minor units (ISO 4217, list one)."""

from domain.values.errors import DomainError

# Only what differs from two decimals is listed apart; the rest of the codes we accept have two.
# fmt: off
_TWO_DECIMALS = (
    "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "KZT",
    "LKR", "MOP", "MXN", "MYR", "NGN", "NOK", "NZD", "PHP", "PKR", "PLN", "QAR", "RON", "RUB", "SAR", "SEK", "SGD",
    "THB", "TRY", "TWD", "UAH", "USD", "UZS", "ZAR",
)
# fmt: on
_OTHER_DECIMALS = {
    "JPY": 0,
    "KRW": 0,
    "VND": 0,
    "CLP": 0,
    "ISK": 0,
    "BHD": 3,
    "KWD": 3,
    "JOD": 3,
    "OMR": 3,
    "TND": 3,
}
MINOR_UNITS: dict[str, int] = {**dict.fromkeys(_TWO_DECIMALS, 2), **_OTHER_DECIMALS}


class UnknownCurrency(DomainError):
    """The code is not one of the ISO 4217 currencies that Tributary keeps books in."""

    code = "unknown_currency"
    status = 422
    en = "“{currency}” is not a currency we keep books in. Use an ISO 4217 code such as CNY."
    zh = "“{currency}”不是本系统支持的币种,请使用 ISO 4217 代码,例如 CNY。"

    def __init__(self, *, currency: str) -> None:
        super().__init__(currency=currency)


def minor_units(currency: str) -> int:
    """Number of decimals of `currency`: CNY 2, JPY 0, KWD 3. Raises UnknownCurrency."""
    try:
        return MINOR_UNITS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency) from None
