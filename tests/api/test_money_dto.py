"""Money in JSON: patterned strings, no numbers."""

from decimal import Decimal

import msgspec
import pytest

from app.money_dto import MoneyDto, shown, shown_rate
from app.refusals import ValidationFailed
from app.validation import decode_body
from domain.values.money import Money


class Offer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    amounts: list[MoneyDto]


def faults(content: bytes) -> list[tuple[str | None, str]]:
    with pytest.raises(ValidationFailed) as refused:
        decode_body(content, Offer)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_an_amount_is_a_text_with_its_currency() -> None:
    offer = decode_body(b'{"amounts": [{"amount": "1234.50", "currency": "CNY"}]}', Offer)
    assert offer.amounts[0].money() == Money.of("1234.50", "CNY")


def test_a_json_number_is_refused_at_its_place() -> None:
    assert faults(b'{"amounts": [{"amount": 1234.5, "currency": "CNY"}]}') == [("#/amounts/0/amount", "wrong_type")]


@pytest.mark.parametrize("amount", ["1e3", "1,234.50", "１２", "0x10", "+1", ".5", "1.", "", "NaN", "1234567890123456"])
def test_what_is_no_plain_amount_is_refused_at_its_place(amount: str) -> None:
    content = msgspec.json.encode({"amounts": [{"amount": amount, "currency": "CNY"}]})
    assert [place for place, _ in faults(content)] == ["#/amounts/0/amount"]


def test_more_decimals_than_the_currency_has_is_the_business_refusing_at_that_amount() -> None:
    good = b'{"amount": "1.00", "currency": "CNY"}'
    bad = b'{"amount": "12.345", "currency": "CNY"}'
    assert faults(b'{"amounts": [' + good + b"," + bad + b"]}") == [("#/amounts/1", "bad_amount")]


def test_a_currency_nobody_keeps_books_in_is_refused_at_that_amount() -> None:
    assert faults(b'{"amounts": [{"amount": "1", "currency": "XXX"}]}') == [("#/amounts/0", "unknown_currency")]


def test_shown_as_it_is_read() -> None:
    assert msgspec.json.encode(shown(Money.of("1234.5", "CNY"))) == b'{"amount":"1234.50","currency":"CNY"}'
    assert msgspec.json.encode(shown(Money.of("-5", "JPY"))) == b'{"amount":"-5","currency":"JPY"}'


def test_a_rate_is_shown_without_powers_of_ten() -> None:

    assert [shown_rate(Decimal(rate)) for rate in ("0.055000000", "0", "1E-7", "10")] == [
        "0.055",
        "0",
        "0.0000001",
        "10",
    ]
