"""Text files that strangers wrote, line by line: in one of the character sets that may be meant, with limits."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from domain.banking.messages.errors import CharsetUnknown, FieldRefused, MessageTooLarge
from domain.banking.messages.xml import MAX_BYTES

MAX_LINE_BYTES = 32_768  # ten times the longest line of a bank's export; a file without line breaks is none


def text_lines(source: BinaryIO, charsets: tuple[str, ...]) -> Iterator[str]:
    """The lines without their ends and control characters. The character set is the first that fits the file so far.

    Raises CharsetUnknown when none does, FieldRefused for an endless line, MessageTooLarge.
    """
    seen, number, left = 0, 0, list(charsets)
    while raw := source.readline(MAX_LINE_BYTES + 1):
        number += 1
        seen += len(raw)
        if len(raw) > MAX_LINE_BYTES:
            raise FieldRefused.malformed(f"line {number}", "…", f"at most {MAX_LINE_BYTES} bytes in a line")
        if seen > MAX_BYTES:
            raise MessageTooLarge(limit_bytes=MAX_BYTES)
        yield _tidy(_decoded(raw, left, number))


def _decoded(raw: bytes, charsets: list[str], number: int) -> str:
    """What does not fit any more is dropped from `charsets`: a file has one, and pure ASCII fits them all."""
    while charsets:
        try:
            return codecs.decode(raw, charsets[0])
        except UnicodeDecodeError:
            charsets.pop(0)
    raise CharsetUnknown(line=number)


def _tidy(line: str) -> str:
    return "".join(character for character in line if character >= " " or character == "\t").replace("\ufeff", "")
