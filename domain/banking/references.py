"""End-to-end ids: derived from tenant and instruction, so that any of them is read back without a lookup.

`T`, the tenant as 16 hex digits, the instruction as hex digits, and two check digits (ISO 7064 mod 97-10 over the
number both make): at most 34 of the 35 characters a bank takes, all of them in every bank's character set.
"""

import re
from collections.abc import Callable
from uuid import UUID

from domain.banking.errors import ForeignReference

MAX_INSTRUCTION_ID = (
    16**15 - 1
)  # 15 hex digits leave room for the check digits: a million a day for three billion years
_SHAPE = re.compile(r"T([0-9A-F]{16})([1-9A-F][0-9A-F]{0,14})(\d\d)", re.ASCII)


def end_to_end_id(tenant_id: int, instruction_id: int) -> str:
    """What the bank sees as the instruction's reference: (1, 42) is T00000000000000012A77."""
    return end_to_end_ids(tenant_id)(instruction_id)


def end_to_end_ids(tenant_id: int) -> Callable[[int], str]:
    """The same for many instructions of one tenant."""
    tenant = f"{tenant_id:016X}"

    def derived(instruction_id: int) -> str:
        assert 0 < instruction_id <= MAX_INSTRUCTION_ID, "instruction ids are reserved from 1 on"
        digits = f"{tenant}{instruction_id:X}"
        return f"T{digits}{_check_digits(digits)}"

    return derived


def parse_end_to_end_id(reference: str) -> tuple[int, int]:
    """Tenant and instruction behind an end-to-end id. Raises ForeignReference for anything else."""
    match = _SHAPE.fullmatch(reference)
    if match is None or _check_digits(match[1] + match[2]) != match[3]:
        raise ForeignReference(reference=reference)
    return int(match[1], 16), int(match[2], 16)


def own_instruction_id(tenant_id: int, reference: str | None) -> int | None:
    """The instruction of this tenant that the reference names; None when it names none."""
    match = _SHAPE.fullmatch(reference or "")
    if match is None or int(match[1], 16) != tenant_id or _check_digits(match[1] + match[2]) != match[3]:
        return None
    return int(match[2], 16)


def _check_digits(digits: str) -> str:
    return f"{98 - int(digits, 16) * 100 % 97:02d}"


def bank_message_id(message_id: UUID) -> str:
    """What the bank sees as the id of a file: the same whenever it is sent again."""
    return message_id.hex.upper()


def parse_bank_message_id(text: str) -> UUID | None:
    """The message behind the id in an answer; None when it is not one of our shape."""
    return UUID(hex=text) if re.fullmatch(r"[0-9A-F]{32}", text) else None
