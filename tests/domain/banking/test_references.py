"""References that banks carry: derived, checked, read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.banking.errors import ForeignReference
from domain.banking.references import (
    MAX_NUMBER,
    bank_message_id,
    end_to_end_id,
    own_instruction_id,
    parse_end_to_end_id,
    parse_message_id,
    parse_payment_block_id,
    payment_block_id,
)

TENANTS = st.integers(0, 2**63 - 1)
INSTRUCTIONS = st.integers(1, MAX_NUMBER)


def test_an_end_to_end_id_is_tenant_and_instruction_in_hex_with_two_check_digits() -> None:
    # 98 - (0x12A x 100) mod 97 = 98 - 29,800 mod 97 = 98 - 21 = 77
    assert end_to_end_id(1, 42) == "T0000000000000001" + "2A" + "77"


@given(TENANTS, INSTRUCTIONS)
def test_an_end_to_end_id_fits_the_bank_and_is_read_back(tenant_id: int, instruction_id: int) -> None:
    reference = end_to_end_id(tenant_id, instruction_id)
    assert len(reference) <= 35
    assert parse_end_to_end_id(reference) == (tenant_id, instruction_id)
    assert own_instruction_id(tenant_id, reference) == instruction_id


@given(INSTRUCTIONS, st.integers(1, 999_999))
def test_a_payment_block_id_fits_the_bank_and_is_read_back(number: int, position: int) -> None:
    assert payment_block_id(300, 2) == "12C-2"
    reference = payment_block_id(number, position)
    assert len(reference) <= 35
    assert parse_payment_block_id(reference) == (number, position)


@pytest.mark.parametrize("reference", ["", "P1", "12C", "12C-0", "012C-2", "12c-2", "M0-1-2"])
def test_what_is_no_payment_block_id_is_nobodys(reference: str) -> None:
    with pytest.raises(ForeignReference):
        parse_payment_block_id(reference)


def test_the_longest_end_to_end_id_has_34_characters_and_one_more_is_not_made() -> None:
    # 1 + 16 + 15 + 2 = 34
    assert len(end_to_end_id(2**63 - 1, MAX_NUMBER)) == 34
    with pytest.raises(AssertionError, match="reserved from 1 on"):
        end_to_end_id(1, MAX_NUMBER + 1)


@given(TENANTS, INSTRUCTIONS, st.data())
def test_one_mistyped_character_makes_it_nobodys(tenant_id: int, instruction_id: int, data: st.DataObject) -> None:
    reference = end_to_end_id(tenant_id, instruction_id)
    place = data.draw(st.integers(0, len(reference) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFTM").filter(lambda character: character != reference[place]))
    with pytest.raises(ForeignReference):
        parse_end_to_end_id(reference[:place] + other + reference[place + 1 :])


@pytest.mark.parametrize("reference", ["", "NOTPROVIDED", "T1", "T00000000000000012A78", "INV-2026-1", None])
def test_what_others_write_names_none_of_our_instructions(reference: str | None) -> None:
    assert own_instruction_id(1, reference) is None


def test_another_tenants_reference_names_none_of_ours() -> None:
    assert own_instruction_id(2, end_to_end_id(1, 42)) is None


def test_a_message_keeps_its_id_at_the_bank() -> None:
    # 98 - (0x17 x 100) mod 97 = 98 - 2,300 mod 97 = 98 - 69 = 29: tenant 1, message 7
    assert bank_message_id(1, 7) == "M0000000000000001" + "7" + "29"
    assert parse_message_id("M0000000000000001729") == (1, 7)


def test_a_message_id_is_no_end_to_end_id() -> None:
    with pytest.raises(ForeignReference):
        parse_end_to_end_id(bank_message_id(1, 7))
    with pytest.raises(ForeignReference):
        parse_message_id(end_to_end_id(1, 7))
