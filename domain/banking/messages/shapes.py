"""Elements that look alike, read by one match each: a bank writes all entries of a file after the same few templates.

What an element looks like is learned once, as a pattern of its markup that leaves the texts out. Of the next one that
looks the same, one match gives all texts, for a third of what a walk through its children costs. The markup is that
which the parser writes, not the file's own: comments, CDATA and entities are gone by then. What does not fit a pattern
from its first character to its last is walked.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from lxml import etree

from domain.banking.messages.fields import Fields
from domain.banking.messages.xml import Element

MAX_SHAPES = 16  # of one name: a bank has a few; where all differ, looking for one is not to cost more than the walk
MAX_MARKUP = 20_000  # characters; what is longer hardly ever looks the same again
_TOKEN = re.compile(r"(?P<tag><(?P<end>/?)(?:[^\s/>]+:)?(?P<name>[^\s/>]+)[^>]*?(?P<empty>/?)>)(?P<text>[^<]*)")
_ESCAPED = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&apos;", "'"),
    ("&#13;", "\r"),
    ("&amp;", "&"),
)  # & goes last
_UNKNOWN = re.compile("&(?!(?:lt|gt|quot|apos|#13|amp);)")


class Shapes:
    """The elements of one stream as fields; what it has learned ends with it."""

    def __init__(self) -> None:
        self._learned: defaultdict[str, list[Shape]] = defaultdict(list)

    def fields(self, node: Element) -> Fields:
        """The texts below the element: those a walk finds."""
        markup: str = etree.tostring(node, encoding="unicode", with_tail=False)
        learned = self._learned[node.tag]
        for place, shape in enumerate(learned):
            found = shape.fields(markup)
            if found is not None:
                if place:  # the one just seen is the likeliest to come next
                    learned.insert(0, learned.pop(place))
                return found
        walked = Fields(node)
        if len(learned) < MAX_SHAPES and len(markup) <= MAX_MARKUP:
            shape = Shape.of(markup, walked)
            if shape.fields(markup) == walked:  # it is not where a text stands beside children
                learned.append(shape)
        return walked


class Matched(Fields):
    """What a walk would have found, from the texts of an element in their order."""

    __slots__ = ()

    def __init__(self, name: str, paths: Sequence[str], texts: Sequence[str], currencies: Mapping[str, str]) -> None:
        self.name = name
        self._values = dict(zip(paths, texts, strict=True))
        self._repeats = {}
        if len(self._values) < len(paths):
            self._values = {}
            for path, text in zip(paths, texts, strict=True):
                if path in self._values:
                    self._repeats.setdefault(path, []).append(text)
                else:
                    self._values[path] = text
        self._values |= currencies


@dataclass(frozen=True, slots=True)
class Shape:
    """The markup of an element, the paths of its texts in their order, and the currencies its attributes state."""

    name: str
    pattern: re.Pattern[str]
    paths: Sequence[str]
    currencies: Mapping[str, str]

    @classmethod
    def of(cls, markup: str, walked: Fields) -> Self:
        """The shape of one element."""
        parts = list(_parts(markup))
        pattern = re.compile("".join(part for part, _ in parts))
        return cls(walked.name, pattern, [path for _, path in parts if path is not None], walked.currencies)

    def fields(self, markup: str) -> Fields | None:
        """The texts of an element, None when it has another shape."""
        match = self.pattern.fullmatch(markup)
        texts = None if match is None else self.texts(match)
        return None if texts is None else Matched(self.name, self.paths, texts, self.currencies)

    def texts(self, match: re.Match[str]) -> Sequence[str] | None:
        """What a match of the pattern has found, in the order of the paths; None for a reference nobody here knows."""
        texts: Sequence[str] = match.groups()
        if "&" not in match[0]:
            return texts
        plain = [_plain(text) if "&" in text else text for text in texts]
        return None if None in plain else plain  # type: ignore[return-value] # it holds none


def _parts(markup: str) -> Iterator[tuple[str, str | None]]:
    """Patterns of the tags and of what stands behind each; with a path where that is the text of an element."""
    tokens = list(_TOKEN.finditer(markup))
    names: list[str] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        tag = re.escape(token["tag"])
        if token["end"] or token["empty"]:
            if token["end"]:
                names.pop()
            # Nobody reads what stands behind an element.
            yield tag if following is None else f"{tag}[^<]*+", None
            continue
        names.append(token["name"])
        if following is not None and following["end"]:
            yield (f"{tag}([^<]++)", "/".join(names[1:])) if token["text"] else (tag, None)
        else:
            yield rf"{tag}\s*+", None


@lru_cache(maxsize=4096)
def _plain(text: str) -> str | None:
    if _UNKNOWN.search(text):
        return None
    for escaped, character in _ESCAPED:
        text = text.replace(escaped, character)
    return text
