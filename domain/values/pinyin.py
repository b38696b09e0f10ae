"""Chinese characters as their syllables."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any


def pinyin(text: str, **options: Any) -> list[str]:  # noqa: ANN401 - those of `pypinyin.lazy_pinyin`
    """The syllables of a text without tones; what is no character is handled as `errors` says."""
    return _lazy_pinyin()(text, **options)


@cache
def _lazy_pinyin() -> Callable[..., list[str]]:
    """Read once somebody asks: the tables take 55 MB, and a worker that writes files in Chinese never needs them."""
    function: Callable[..., list[str]] = import_module("pypinyin").lazy_pinyin
    return function
