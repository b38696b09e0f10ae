"""Tax ids and account numbers: what adds up, what is only shown in part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.errors import InvalidAccountNumber, InvalidTaxId
from domain.parties.rules import (
    TaxIdDoubt,
    check_tax_id,
    iban_adds_up,
    luhn_adds_up,
    masked,
    normal_account_number,
    normal_bank_id,
    normal_tax_id,
    uscc_check_character,
)

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class TestTaxId:
    def test_the_standards_own_example_adds_up(self) -> None:
        # GB 32100-2015, annex: 91350100M000100Y4 gives 3
        assert uscc_check_character("91350100M000100Y4") == "3"
        assert check_tax_id("91350100M000100Y43", "CN") is None

    @given(st.text(USCC_CHARACTERS, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(USCC_CHARACTERS))
    def test_any_single_slip_is_found(self, first_17: str, place: int, slip: str) -> None:
        # weights 3^i are prime to 31, so one changed character always changes the sum modulo 31
        good = first_17 + uscc_check_character(first_17)
        assert check_tax_id(good, "CN") is None
        bad = good[:place] + slip + good[place + 1 :]
        if bad != good:
            with pytest.raises(InvalidTaxId):
                check_tax_id(bad, "CN")

    def test_a_letter_the_standard_leaves_out_is_named(self) -> None:
        with pytest.raises(InvalidTaxId, match="no I, O, S, V or Z"):
            check_tax_id("91350100M000I00Y43", "CN")

    def test_an_old_chinese_id_is_accepted_with_a_doubt(self) -> None:
        assert check_tax_id("350100123456789", "CN") is TaxIdDoubt.NOT_A_USCC

    @pytest.mark.parametrize(("given_id", "country"), [("DE 129-273-398", "DE"), ("91350100M000100Y44", "SG")])
    def test_ids_of_other_countries_are_taken_as_they_are(self, given_id: str, country: str) -> None:
        assert check_tax_id(normal_tax_id(given_id), country) is None

    def test_what_cannot_be_an_id_anywhere_is_refused(self) -> None:
        with pytest.raises(InvalidTaxId):
            check_tax_id("?", "DE")


class TestAccountNumber:
    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("gb29nwbk60161331926819", "GB29NWBK60161331926819"),
            ("6222-0212-3456-7890-128", "6222021234567890128"),
            ("0200 0033 0902 7106 8", "02000033090271068"),
            ("31006657001800123456", "31006657001800123456"),
        ],
    )
    def test_ibans_cards_and_company_accounts_are_brought_to_one_form(self, written: str, plain: str) -> None:
        assert normal_account_number(written) == plain

    @pytest.mark.parametrize(
        "wrong", ["DE88370400440532013000", "6222021234567890129", "1234", "", "6222 abc! 000", "1" * 35]
    )
    def test_a_wrong_check_or_shape_is_refused_without_repeating_the_number(self, wrong: str) -> None:
        with pytest.raises(InvalidAccountNumber) as refusal:
            normal_account_number(wrong)
        assert len(wrong) < 5 or wrong not in str(refusal.value)

    def test_the_check_formulas_agree_with_published_numbers(self) -> None:
        assert luhn_adds_up("79927398713")  # the usual textbook number
        assert not luhn_adds_up("79927398710")
        assert iban_adds_up("CH9300762011623852957")

    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            ("6222021234567890128", "**** **** **** 0128"),
            ("12345678901", "**** **** **** *901"),
            ("12345", "**** **** **** ***5"),
            ("", "**** **** **** ****"),
        ],
    )
    def test_a_mask_shows_four_digits_at_most_a_third_of_the_number_and_not_its_length(
        self, number: str, shown: str
    ) -> None:
        assert masked(number) == shown

    @pytest.mark.parametrize(
        ("written", "plain"),
        [("icbkcnbj", "ICBKCNBJ"), ("102100000030", "102100000030"), ("12", None), ("工商银行", None)],
    )
    def test_a_bank_is_named_by_code(self, written: str, plain: str | None) -> None:
        assert normal_bank_id(written) == plain
