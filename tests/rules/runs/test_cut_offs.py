"""Slots and cut-offs of a bank."""

from datetime import time

import pytest

from domain.banking.rules import next_slot, open_slot

CUT_OFFS = {"0800": time(9, 30), "1400": time(15)}


@pytest.mark.parametrize(
    ("now", "is_open", "following"),
    [
        (time(7, 59), None, "0800"),
        (time(8), "0800", "1400"),
        (time(9, 30), "0800", "1400"),
        (time(9, 31), None, "1400"),
        (time(15), "1400", "0800"),
        (time(15, 1), None, "0800"),  # of the next day
    ],
)
def test_files_are_taken_from_a_slot_to_its_cut_off(now: time, is_open: str | None, following: str) -> None:
    assert (open_slot(now, CUT_OFFS), next_slot(now, CUT_OFFS)) == (is_open, following)


def test_a_bank_without_slots_has_no_next_one() -> None:
    assert next_slot(time(8), {}) is None
