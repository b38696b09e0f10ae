"""What the bank knows our instructions and messages by: derived from tenant and number, read back without a lookup.

A letter (`T` for an instruction's end-to-end id, `M` for a message), the tenant as 16 hex digits, the number as hex
digits, and two check digits (ISO 7064 mod 97-10 over what both make): at most 34 of the 35 characters a bank takes, all
of them in every bank's character set. A payment block is known by the number of its message and its position in it.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from domain.banking.errors import ForeignReference

MAX_NUMBER = 16**15 - 1  # 15 hex digits leave room for the check digits: a million a day for three billion years
INSTRUCTION, MESSAGE = "T", "M"
_HEAD = 17
_SHIFTS = [16**digits % 97 for digits in range(16)]
_BLOCK = re.compile(r"([1-9A-F][0-9A-F]{0,14})-([1-9][0-9]{0,5})", re.ASCII)
_SHAPE = re.compile(r"([TM])([0-9A-F]{16})([1-9A-F][0-9A-F]{0,14})(\d\d)", re.ASCII)


def end_to_end_id(tenant_id: int, instruction_id: int) -> str:
    """What the bank sees as the instruction's reference: (1, 42) is T00000000000000012A77."""
    return end_to_end_ids(tenant_id)(instruction_id)


def end_to_end_ids(tenant_id: int) -> Callable[[int], str]:
    """The same for many instructions of one tenant."""
    return _derived(INSTRUCTION, tenant_id)


def bank_message_id(tenant_id: int, number: int) -> str:
    """What the bank sees as the id of a file: the same whenever it is sent again."""
    return _derived(MESSAGE, tenant_id)(number)


def _derived(letter: str, tenant_id: int) -> Callable[[int], str]:
    head, left = f"{letter}{tenant_id:016X}", tenant_id % 97

    def derived(number: int) -> str:
        assert 0 < number <= MAX_NUMBER, "numbers are reserved from 1 on"
        digits = f"{number:X}"
        # The check digits of the tenant's and the number's digits, from what the tenant leaves of them.
        return f"{head}{digits}{98 - (left * _SHIFTS[len(digits)] + number) * 100 % 97:02d}"

    return derived


def payment_block_id(number: int, position: int) -> str:
    """What the bank knows a payment block by, unlike that of any other file: (300, 2) is 12C-2."""
    return f"{number:X}-{position}"


def parse_payment_block_id(reference: str) -> tuple[int, int]:
    """Message number and position behind the id of a payment block. Raises ForeignReference for anything else."""
    match = _BLOCK.fullmatch(reference)
    if match is None:
        raise ForeignReference(reference=reference)
    return int(match[1], 16), int(match[2])


def parse_end_to_end_id(reference: str) -> tuple[int, int]:
    """Tenant and instruction behind an end-to-end id. Raises ForeignReference for anything else."""
    return _parsed(INSTRUCTION, reference)


def parse_message_id(reference: str) -> tuple[int, int]:
    """Tenant and message number behind the id of a file. Raises ForeignReference for anything else."""
    return _parsed(MESSAGE, reference)


def own_instruction_id(tenant_id: int, reference: str | None) -> int | None:
    """The instruction of this tenant that the reference names; None when it names none."""
    return own_instruction_ids(tenant_id)(reference or "")


@lru_cache(maxsize=64)
def own_instruction_ids(tenant_id: int) -> Callable[[str], int | None]:
    """The same for the thousands of references of an answer."""
    derived = _derived(INSTRUCTION, tenant_id)

    def found(reference: str) -> int | None:
        try:
            number = int(reference[_HEAD:-2], 16)
        except ValueError:
            return None
        # It is ours exactly when we would write it so: tenant, check digits, capitals, no zeros before it.
        return number if 0 < number <= MAX_NUMBER and derived(number) == reference else None

    return found


def _parsed(letter: str, reference: str) -> tuple[int, int]:
    found = _found(letter, reference)
    if found is None:
        raise ForeignReference(reference=reference)
    return found


def _found(letter: str, reference: str) -> tuple[int, int] | None:
    match = _SHAPE.fullmatch(reference)
    if match is None or match[1] != letter or _check_digits(match[2] + match[3]) != match[4]:
        return None
    return int(match[2], 16), int(match[3], 16)


def _check_digits(digits: str) -> str:
    return f"{98 - int(digits, 16) * 100 % 97:02d}"
