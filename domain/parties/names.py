"""Names in Chinese order: the pinyin key a list is sorted by, the initials people type. Pure.

The key is the name's syllables without tones, lower case, one space apart: a space sorts before every letter, so 西安
(`xi an`) comes before 鲜 (`xian`), as in a dictionary. Everything else is folded to plain letters and digits, so that
“Ｓｏｃｉéｔé 7天” and “Societe 7 tian” meet.
"""

import re
import unicodedata

from domain.values.pinyin import pinyin

_NOT_KEY = re.compile(r"[^a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def name_key(name: str) -> str:
    """Where Chinese order puts `name`: 上海大润发 → `shang hai da run fa`, 7天 Inn → `7 tian inn`.

    Equal sounds give equal keys; lists break the tie by id. A name without any letter we know keeps its own characters.
    """
    folded = _folded(name)
    syllables = pinyin(folded, errors=lambda rest: f" {rest} ", v_to_u=False)
    key = _NOT_KEY.sub(" ", " ".join(_without_accents(part) for part in syllables)).strip()
    return key or folded.strip()


def initials(name: str) -> str:
    """The first letter of each syllable or word: 上海大润发 → `shdrf`."""
    return "".join(syllable[0] for syllable in name_key(name).split())


def has_han(text: str) -> bool:
    """Whether `text` holds a Chinese character."""
    return _HAN.search(text) is not None


def key_pattern(typed: str) -> str | None:
    """A regular expression over keys for pinyin as typed, with or without spaces, from the start of any syllable.

    `darunfa`, `da run fa` and `drunf…` differ: letters must follow each other. None when nothing is left to look for.
    """
    letters = _NOT_KEY.sub("", _without_accents(_folded(typed)))
    return "(^| )" + " ?".join(letters) if letters else None


def typed_initials(typed: str) -> str | None:
    """What was typed, as initials to look for; None when it holds anything but letters and digits."""
    folded = _without_accents(_folded(typed)).strip()
    return folded if folded and not _NOT_KEY.search(folded) else None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
