"""Dates as text."""

import re
from datetime import date
from functools import lru_cache

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@lru_cache(maxsize=1024)  # a file of a million rows names a few hundred days
def read_day(text: str) -> date | None:
    """The day that is written as 2026-03-27; None for what is no day, or is written in another way."""
    if not _DAY.fullmatch(text):  # `fromisoformat` also takes 20120203 and 2012-W05-5
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
