"""MT940 and MT942: what banks write into their fields, and what is refused rather than guessed."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest

from domain.banking.messages.errors import (
    ControlSumMismatch,
    FieldRefused,
    MessageIncomplete,
    UnexpectedMessage,
)
from domain.banking.messages.lines import MAX_LINE_BYTES
from domain.banking.messages.model import Statement, StatementEntry
from domain.banking.messages.mt940 import read_mt940


def statements(text: str) -> list[Statement]:
    return list(read_mt940(BytesIO(text.encode())))


def statement(*lines: str, opening: str = ":60F:C260105CNY100,", closing: str = ":62F:C260106CNY100,") -> str:
    return "\n".join([":20:REF", ":25:6222001", ":28C:1/1", opening, *lines, closing, "-", ""])


def entry(*lines: str) -> StatementEntry:
    (told,) = statements(statement(*lines))
    (found,) = told.entries
    return found


class TestLines:
    @pytest.mark.parametrize(
        ("mark", "amount"), [("C", "5.00"), ("D", "-5.00"), ("RC", "-5.00"), ("RD", "5.00"), ("CN", "5.00")]
    )
    def test_a_reversed_credit_takes_money_away(self, mark: str, amount: str) -> None:
        assert str(entry(f":61:260106{mark}5,NTRFNONREF").amount.amount) == amount

    @pytest.mark.parametrize(
        ("written", "value_date", "booked_on"),
        [
            ("2601060107", date(2026, 1, 6), date(2026, 1, 7)),
            ("2512311231", date(2025, 12, 31), date(2025, 12, 31)),
            ("2512310102", date(2025, 12, 31), date(2026, 1, 2)),  # booked in the new year
            ("2601021230", date(2026, 1, 2), date(2025, 12, 30)),  # valued in it
            ("260106    ", date(2026, 1, 6), date(2026, 1, 6)),
            ("260230", date(2026, 2, 28), date(2026, 2, 28)),  # banks that count 30 days in every month
        ],
    )
    def test_the_booking_day_lies_in_the_year_nearest_to_the_value_date(
        self, written: str, value_date: date, booked_on: date
    ) -> None:
        found = entry(f":61:{written}C5,NTRFNONREF")
        assert (found.value_date, found.booked_on) == (value_date, booked_on)

    def test_references_are_theirs_behind_the_slashes_and_ours_before(self) -> None:
        found = entry(":61:260106C5,NTRFE2E-1//BK-1")
        assert (found.end_to_end_id, found.servicer_reference) == ("E2E-1", "BK-1")
        found = entry(":61:260106C5,NTRFNONREF//NONREF")
        assert (found.end_to_end_id, found.servicer_reference) == (None, None)

    def test_a_returned_transfer_names_its_original_and_the_banks_code(self) -> None:
        found = entry(":61:260106C5,NTRFNONREF", ":86:159?00RETOURE?20EREF+E2E-7?21SVWZ+not there?32CHEN?33 WEI?34914")
        assert (found.end_to_end_id, found.return_reason) == ("E2E-7", "914")
        assert (found.remittance, found.counterparty_name) == ("not there", "CHEN WEI")

    def test_words_between_slashes_are_told_apart(self) -> None:
        told = ":86:/TRTP/SEPA/EREF/E2E-8/NAME/ACME BV/IBAN/NL50BANK1234567890/REMI/rent january"
        found = entry(":61:260106C5,NTRFNONREF", told)
        assert (found.end_to_end_id, found.counterparty_name, found.remittance) == ("E2E-8", "ACME BV", "rent january")

    def test_a_line_that_begins_with_a_hyphen_is_text_and_ends_nothing(self) -> None:
        found = entry(":61:260106C5,NTRFNONREF", ":86:rent", "-paid late")
        assert found.remittance == "rent -paid late"

    @pytest.mark.parametrize(
        "line", ["260106X5,NTRF", "26010C5,NTRF", "260106C,NTRF", "261306C5,NTRF", "260106C5,5,NTRF"]
    )
    def test_a_line_that_is_none_is_refused(self, line: str) -> None:
        with pytest.raises(FieldRefused):
            entry(f":61:{line}")


class TestStatements:
    def test_pages_that_continue_one_another_are_one_statement(self) -> None:
        first = statement(":61:260106C5,NTRFNONREF", closing=":62M:C260106CNY105,")
        second = statement(":61:260106C6,NTRFNONREF", opening=":60M:C260106CNY105,", closing=":62F:C260106CNY111,")
        (told,) = statements(first + second)
        # 100 + 5 + 6 = 111
        assert [str(each.amount.amount) for each in told.entries] == ["5.00", "6.00"]
        assert (str(told.balance("OPBD")), str(told.balance("CLBD"))) == ("100.00 CNY", "111.00 CNY")

    def test_information_behind_the_closing_balance_belongs_to_no_entry(self) -> None:
        (told,) = statements(statement(":61:260106C5,NTRFNONREF").replace("\n-\n", "\n:86:all of it\n-\n"))
        assert [each.remittance for each in told.entries] == [""]

    def test_two_accounts_in_a_statement_are_refused(self) -> None:
        with pytest.raises(FieldRefused, match="one account"):
            statements(statement(":61:260106C5,NTRFNONREF", ":25:6222009"))

    def test_balances_below_zero(self) -> None:
        (told,) = statements(statement(opening=":60F:D260105CNY100,50"))
        assert str(told.balance("OPBD")) == "-100.50 CNY"

    @pytest.mark.parametrize("tag", [":25:6222001\n", ":60F:C260105CNY100,\n:62F:C260106CNY100,\n"])
    def test_without_account_or_currency_it_means_nothing(self, tag: str) -> None:
        bare = ":20:REF\n:25:6222001\n:60F:C260105CNY100,\n:62F:C260106CNY100,\n"
        with pytest.raises(MessageIncomplete):
            statements(bare.replace(tag, ""))

    def test_a_file_of_something_else_is_named(self) -> None:
        with pytest.raises(UnexpectedMessage):
            statements("hello\n")

    def test_an_endless_line_is_refused(self) -> None:
        with pytest.raises(FieldRefused, match="bytes in a line"):
            statements(statement(":86:" + "x" * MAX_LINE_BYTES))


class TestIntraday:
    MT942 = (
        ":20:R\n:25:6222001\n:28C:1/1\n:34F:CNY0,\n:13D:2601061215+0800\n:61:260106C5,NTRFNONREF//BK-1\n"
        ":61:260106D2,NTRFNONREF//BK-2\n:90D:1CNY2,\n:90C:1CNY5,\n-\n"
    )

    def test_is_stated_at_its_instant_and_has_no_balances(self) -> None:
        (told,) = statements(self.MT942)
        assert (told.created_at, told.balances) == (datetime(2026, 1, 6, 4, 15, tzinfo=UTC), ())
        assert (told.currency, told.to_on) == ("CNY", date(2026, 1, 6))

    @pytest.mark.parametrize(("right", "wrong"), [("90D:1CNY2,", "90D:2CNY2,"), ("90C:1CNY5,", "90C:1CNY6,")])
    def test_counts_and_sums_are_proved(self, right: str, wrong: str) -> None:
        with pytest.raises(ControlSumMismatch):
            statements(self.MT942.replace(right, wrong))
