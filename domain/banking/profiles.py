"""What one bank wants of its files and how long its debits can come back: data in `profiles.toml`, a bank a table."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from domain.banking.errors import ProfileUnknown
from domain.banking.messages.rules import AddressForm, CharsetPolicy, FileRules, SchemeId
from domain.banking.states import Direction

_STANDARD = "standard"


class DebitFormat(StrEnum):
    """In which format a bank takes collections; payments are pain.001."""

    PAIN_008 = "pain.008"
    BEPS_380 = "beps_380"  # one block a file


@dataclass(frozen=True, slots=True, kw_only=True)
class BankProfile(FileRules):
    """How one bank is spoken to.

    The finality windows are days after the value date, until which the bank may take the money back; a
    payment of ours is final when it is settled.
    """

    name: str = _STANDARD
    debit_window_days: int = 7
    credit_window_days: int = 0
    batch_booking: bool = False
    debit_format: DebitFormat = DebitFormat.PAIN_008
    creditor_scheme_id: str | None = None

    def window_days(self, direction: Direction) -> int:
        """Days from the value date to finality."""
        return self.debit_window_days if direction is Direction.DEBIT else self.credit_window_days


_KINDS = {"charset": CharsetPolicy, "address": AddressForm, "scheme_id": SchemeId, "debit_format": DebitFormat}


@cache
def bank_profiles() -> Mapping[str, BankProfile]:
    """Every profile by name, what a table leaves out taken from the standard one."""
    tables = tomllib.loads(files(__package__).joinpath("profiles.toml").read_text("utf-8"))
    read = {name: _profile(name, tables[_STANDARD] | table) for name, table in tables.items()}
    return MappingProxyType(read)


def bank_profile(name: str) -> BankProfile:
    """The profile of that name. Raises ProfileUnknown."""
    profile = bank_profiles().get(name)
    if profile is None:
        raise ProfileUnknown(name=name, known=", ".join(sorted(bank_profiles())))
    return profile


def _profile(name: str, table: dict[str, Any]) -> BankProfile:
    values: dict[str, Any] = {key: _KINDS[key](value) if key in _KINDS else value for key, value in table.items()}
    return BankProfile(name=name, **values)


STANDARD = bank_profile(_STANDARD)
