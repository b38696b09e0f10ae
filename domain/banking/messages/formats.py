"""A file in whatever format it came: told by how it begins."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

from domain.banking.messages.bank_csv import read_bank_csv
from domain.banking.messages.beps import is_beps_report, read_beps_report
from domain.banking.messages.camt import read_statements
from domain.banking.messages.errors import AccountNotNamed
from domain.banking.messages.model import AccountNumber, Statement, StatusReport
from domain.banking.messages.mt940 import read_mt940
from domain.banking.messages.pain002 import read_status_report

LOOK_AT_BYTES = 4_096
_TAG = re.compile(rb"^:\d{2}[A-Z]?:", re.MULTILINE)
_NAMESPACE = re.compile(rb"xmlns(?::\w+)?=[\"'][^\"']*?((?:pain|camt)\.\d{3})\.001\.")
_ANSWERS = {b"pain.002", b"pain.012", b"camt.029", b"camt.054"}
_STATEMENTS = {b"camt.052", b"camt.053"}
_BOM = b"\xef\xbb\xbf"


class Kind(StrEnum):
    """What a document of a bank is for."""

    ANSWER = "answer"  # to a message or a movement of ours: status report, notice, resolution
    STATEMENT = "statement"


def kind_of(content: bytes) -> Kind | None:
    """What a document is by its beginning, without reading it; None for what no bank sends."""
    start = content[:LOOK_AT_BYTES]
    match = _NAMESPACE.search(start)
    if match:
        return Kind.ANSWER if match[1] in _ANSWERS else Kind.STATEMENT if match[1] in _STATEMENTS else None
    if is_beps_report(start):
        return Kind.ANSWER
    return Kind.STATEMENT if _TAG.search(start) else None


def read_any_statements(source: BinaryIO, account: AccountNumber | None = None) -> Iterator[Statement]:
    """camt.052-054, MT940, MT942, or a bank's CSV, which is of `account`; `source` can be read from its start again.

    Raises AccountNotNamed for a CSV without an account, and what the reader of the format raises.
    """
    start = source.read(LOOK_AT_BYTES)
    source.seek(0)
    text = start.removeprefix(_BOM).lstrip()
    if text.startswith(b"<") or not text:
        return read_statements(source)
    if _TAG.search(start):
        return read_mt940(source)
    if account is None:
        raise AccountNotNamed
    return iter([read_bank_csv(source, account)])


def read_any_report(source: BinaryIO) -> StatusReport:
    """A pain.002 or a 381, its items streamed; `source` can be read from its start again. Raises what they raise."""
    start = source.read(LOOK_AT_BYTES)
    source.seek(0)
    return read_beps_report(source) if is_beps_report(start) else read_status_report(source)
