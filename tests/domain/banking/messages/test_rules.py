"""Rules above the schema: each is named with its place, and a file may be valid and yet refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.banking.messages.model import AccountNumber, Address, DirectDebitFile, Party
from domain.banking.messages.rules import AddressForm, CharsetPolicy, FileRules, Finding, Rule, SchemeId, check_file
from domain.banking.profiles import bank_profile, bank_profiles
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError

from .test_payment_files import BRANCH, debit, debit_block, debit_file, debits, transfers, written_debits

ANY = FileRules(checked_numbers=False)
# A Saturday that is worked and a Friday that is not: 10 October and 2 October 2026.
CHINA = BusinessCalendar({date(2026, 10, 10): True, date(2026, 10, 2): False})


def found(file: DirectDebitFile, rules: FileRules) -> list[tuple[Rule, str]]:
    return [(finding.rule, finding.place) for finding in check_file(file, rules, CHINA)]


def test_a_good_file_has_no_findings() -> None:
    good = replace(debit(), debtor=replace(BRANCH, account=AccountNumber("6222021001116245702")))
    block = replace(debit_block(good), creditor=replace(BRANCH, account=AccountNumber("310066001018150008888")))
    assert found(debit_file(block), FileRules()) == []
    assert list(check_file(transfers(), ANY, CHINA)) == []


@pytest.mark.parametrize("number", ["6222021001116245703", "GB83WEST12345698765432"])
def test_a_card_or_iban_whose_check_digits_do_not_fit_shows_only_its_end(number: str) -> None:
    wrong = replace(debit(), debtor=replace(BRANCH, account=AccountNumber(number)))
    block = replace(debit_block(wrong), creditor=Party("HQ", AccountNumber("310066001018150008888")))
    assert list(check_file(debit_file(block), FileRules(), CHINA)) == [
        Finding(Rule.ACCOUNT_NUMBER, "block 1-1, item E2E-1, DbtrAcct", f"…{number[-4:]}")
    ]


@pytest.mark.parametrize(
    ("scheme_id", "is_right"),
    [("91350100M000100Y43", True), ("91350100M000100Y44", False), ("CN99TRB000001", False), (None, False)],
)
def test_the_creditor_is_known_by_its_unified_social_credit_code(scheme_id: str | None, is_right: bool) -> None:
    file = debit_file(replace(debit_block(debit()), creditor_scheme_id=scheme_id))
    expected = [] if is_right else [(Rule.SCHEME_ID, "block 1-1, CdtrSchmeId")]
    assert found(file, replace(ANY, scheme_id=SchemeId.USCC)) == expected


@pytest.mark.parametrize(
    ("on", "is_worked"),
    [(date(2026, 10, 10), True), (date(2026, 10, 2), False), (date(2026, 10, 11), False), (date(2026, 10, 9), True)],
)
def test_a_bank_books_on_business_days_only(on: date, is_worked: bool) -> None:
    file = debit_file(replace(debit_block(debit()), collection_on=on))
    expected = [] if is_worked else [(Rule.BUSINESS_DAY, "block 1-1")]
    assert found(file, replace(ANY, business_days_only=True)) == expected


def test_an_end_to_end_id_stands_once_in_a_file_though_in_two_blocks() -> None:
    file = debit_file(debit_block(debit(1)), debit_block(debit(1), block_id="1-2"))
    assert found(file, ANY) == [(Rule.END_TO_END_ID_REPEATED, "block 1-2, item E2E-1")]


def test_a_block_id_stands_once_in_a_file() -> None:
    assert (Rule.BLOCK_ID_REPEATED, "block 1-1") in found(debit_file(debit_block(debit(1)), debit_block(debit(2))), ANY)


def test_counts_and_sums_are_added_up_by_block_and_file() -> None:
    file = debit_file(replace(debit_block(debit(1), debit(2)), count=3, total=Decimal("20.03")))
    assert found(file, ANY) == [
        (Rule.COUNT, "block 1-1"),
        (Rule.CONTROL_SUM, "block 1-1"),
        (Rule.COUNT, "file"),
        (Rule.CONTROL_SUM, "file"),
    ]


class TestCharacters:
    def test_a_bank_of_latin_letters_refuses_chinese_though_the_schema_takes_it(
        self, assert_valid: Callable[[bytes], None]
    ) -> None:
        assert_valid(written_debits(debits(debit())))
        assert (Rule.CHARACTERS, "block 1-1, item E2E-1, Dbtr/Nm") in found(
            debits(debit()), replace(ANY, charset=CharsetPolicy.LATIN)
        )

    def test_gb18030_counts_its_bytes(self) -> None:
        # a Chinese character takes two bytes: 30 × 2 = 60 fit, 30 × 2 + 1 do not
        rules = replace(ANY, charset=CharsetPolicy.GB18030, text_limit=60)
        fits, long = (
            debits(replace(debit(), debtor=replace(BRANCH, name=name))) for name in ("店" * 30, "店" * 30 + "a")
        )
        assert found(fits, rules) == []
        assert found(long, rules) == [(Rule.TOO_LONG, "block 1-1, item E2E-1, Dbtr/Nm")]

    def test_ids_are_ascii_and_no_longer_than_the_bank_takes(self) -> None:
        rules = replace(ANY, id_limit=5)
        assert found(debits(replace(debit(), end_to_end_id="E2E-11")), rules)[-1] == (
            Rule.TOO_LONG,
            "block 1-1, item E2E-11, EndToEndId",
        )
        assert (Rule.CHARACTERS, "block 1-1, item 编号, EndToEndId") in found(
            debits(replace(debit(), end_to_end_id="编号")), ANY
        )


class TestAddresses:
    TOWN = Address(country="CN", town="上海", street="世纪大道", building="100", postcode="200120")

    @pytest.mark.parametrize(
        ("address", "form", "is_right"),
        [
            (TOWN, AddressForm.STRUCTURED, True),
            (replace(TOWN, in_lines=True), AddressForm.STRUCTURED, False),
            (replace(TOWN, in_lines=True), AddressForm.LINES, True),
            (None, AddressForm.LINES, False),
            (None, AddressForm.NONE, True),
        ],
    )
    def test_stand_in_the_form_the_bank_wants(
        self, address: Address | None, form: AddressForm, is_right: bool, assert_valid: Callable[[bytes], None]
    ) -> None:
        party = replace(BRANCH, address=address)
        block = replace(debit_block(replace(debit(), debtor=party)), creditor=party)
        places = [finding.place for finding in check_file(debit_file(block), replace(ANY, address=form), CHINA)]
        assert places == ([] if is_right else ["block 1-1, Cdtr/PstlAdr"])
        block = replace(debit_block(replace(debit(), debtor=party)), creditor=party)
        assert_valid(written_debits(debit_file(block)))


@pytest.mark.parametrize(("limit", "rule"), [("max_items", Rule.TOO_MANY_ITEMS), ("max_blocks", Rule.TOO_MANY_BLOCKS)])
def test_a_file_may_hold_as_much_as_the_bank_takes_and_not_one_more(limit: str, rule: Rule) -> None:
    def file() -> DirectDebitFile:
        return debit_file(debit_block(debit(1)), debit_block(debit(2), block_id="1-2"))

    assert found(file(), replace(ANY, **{limit: 2})) == []  # type: ignore[arg-type]
    assert found(file(), replace(ANY, **{limit: 1})) == [(rule, "file")]  # type: ignore[arg-type]


class TestProfiles:
    def test_what_a_table_leaves_out_is_as_in_the_standard_profile(self) -> None:
        one = bank_profile("one_account")
        assert (one.max_blocks, one.max_items, one.charset) == (1, 50_000, CharsetPolicy.UNICODE)

    def test_a_sepa_debit_comes_back_within_eight_weeks(self) -> None:
        assert bank_profile("sepa").debit_window_days == 8 * 7

    def test_every_profile_is_read(self) -> None:
        assert set(bank_profiles()) == {"standard", "one_account", "latin", "beps", "sepa"}

    def test_an_unknown_profile_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(DomainError, match="one_account"):
            bank_profile("nobody")
