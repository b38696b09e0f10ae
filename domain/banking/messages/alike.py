"""Elements that follow one another and look alike, read from the file itself: the parser does not get to see them.

Where the parser has just finished an element, it is certain what follows: white space, and then perhaps another element
after the same template. One match of the template's pattern takes it, for a fifth of what parsing costs, and the parser
goes on behind it as if it had not been there. Whatever a pattern does not cover from its first character to its last is
parsed: comments, CDATA, references to characters, characters that XML does not know, another shape. So what comes out
is what the parser would have found. Only UTF-8 is read like this, which is what banks write.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Self
from xml.sax.saxutils import quoteattr

from lxml import etree

from domain.banking.messages.fields import Fields
from domain.banking.messages.shapes import MAX_MARKUP, MAX_SHAPES, Matched, Shape
from domain.banking.messages.xml import MAX_BYTES, Element, Parsing, find_all, local_name

BLOCK_BYTES = 65_536
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*?(?:encoding\s*=\s*[\"']([\w.:-]+)[^>]*)?\?>)?\s*<")
# Where one of these stands, a tag may be hidden in a comment, an instruction or a CDATA section.
_HIDING = re.compile(r"<[!?]|-->|\?>|\]\]>")

Names = dict[str | None, str]  # namespaces by prefix


class Alike(NamedTuple):
    """An element that looked like one before it: its texts, and apart from them those of the part inside it."""

    told: Fields
    part: Fields | None


def stream_alike(
    source: BinaryIO,
    kinds: tuple[str, ...],
    wanted: tuple[str, ...],
    *,
    whole: str,
    part: str,
    limit_bytes: int = MAX_BYTES,
) -> Iterator[Element | Alike]:
    """What `xml.stream` gives; only that a `whole` may come at once with what stands at the path `part` in it."""
    parsing = Parsing(kinds, wanted, limit_bytes=limit_bytes)
    is_utf8: bool | None = None
    rest: _Rest | None = None
    for chunk in parsing.chunks(source):
        is_utf8 = _is_utf8(chunk) if is_utf8 is None else is_utf8
        for element in parsing.finished(chunk):
            if is_utf8 and local_name(element.tag) == whole:
                rest = _Rest(parsing, element.prefix, whole, part)
            yield element
        if rest is not None:
            yield from rest.elements(source)
    parsing.end()


def _is_utf8(start: bytes) -> bool:
    declared = _DECLARATION.match(start)
    return declared is not None and (declared[1] or b"UTF-8").upper() in {b"UTF-8", b"US-ASCII"}


class _Rest:
    """What is left of a document behind the chunk with its first `whole`."""

    def __init__(self, parsing: Parsing, prefix: str | None, whole: str, part: str) -> None:
        self._parsing, self._whole, self._part = parsing, whole, part
        name = f"{prefix}:{whole}" if prefix else whole
        self._start_tag, self._end_tag = re.compile(rf"<{re.escape(name)}[\s/>]"), f"</{name}>"
        self._shapes: list[_Shape] = []
        self._lessons_left = MAX_SHAPES
        self._is_behind_one = False  # the parser has just finished a `whole`

    def elements(self, source: BinaryIO) -> Iterator[Element | Alike]:
        """The elements in their order."""
        end_tag, left = self._end_tag.encode(), b""
        for chunk in self._parsing.chunks(source, BLOCK_BYTES):
            left += chunk
            before, found, behind = left.rpartition(end_tag)
            if not found and len(left) <= BLOCK_BYTES:
                continue
            # An element larger than a block goes through in pieces.
            block, left = (before + found, behind) if found else (left, b"")
            text = _plain_text(block) if found else None
            if text is None:
                self._is_behind_one = False
                yield from self._parsing.finished(block)
            else:
                yield from self._of_text(text)
        yield from self._parsing.finished(left)

    def _of_text(self, text: str) -> Iterator[Element | Alike]:
        """Those of a text that ends with an end tag."""
        place = 0
        while place < len(text):
            if self._is_behind_one:
                start = place
                for shape in self._shapes:
                    while (match := shape.pattern.match(text, place)) and (alike := shape.alike(match)):
                        place = match.end()
                        yield alike
                self._parsing.pass_by(text.count("\n", start, place))
                if place > start:
                    continue
            end = text.index(self._end_tag, place) + len(self._end_tag)
            yield from self._parsed(text[place:end])
            place = end

    def _parsed(self, piece: str) -> Iterator[Element]:
        """Those of a piece that ends with the first end tag in it; how the last of them looks is learned."""
        has_begun, last, parts = False, None, 0
        for event, element in self._parsing.events(piece.encode()):
            is_whole = local_name(element.tag) == self._whole
            last = element if event == "end" and is_whole else None
            if event == "end":
                parts += not is_whole
                yield element
            elif is_whole:
                has_begun, parts = True, 0
        starts = [match.start() for match in self._start_tag.finditer(piece)]
        self._is_behind_one = last is not None and has_begun and bool(starts) and not _HIDING.search(piece)
        if last is not None and self._is_behind_one and parts <= 1:
            self._learn(piece[starts[-1] :], last.nsmap)

    def _learn(self, markup: str, names: Names) -> None:
        if (
            not self._lessons_left
            or len(markup) > MAX_MARKUP
            or any(each.whole.fields(markup) for each in self._shapes)
        ):
            return
        self._lessons_left -= 1
        shape = _Shape.of(markup, names, self._part)
        self._shapes += [] if shape is None else [shape]


def _plain_text(block: bytes) -> str | None:
    """A block as text, the ends of its lines as a parser sees them; None where it would refuse something."""
    if len(block.translate(None, _CONTROLS)) < len(block) or any(each in block for each in _NO_CHARACTERS):
        return None
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return None
    return None if "]]>" in text else text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an element looks in the file, and which of its texts are those of its part."""

    whole: Shape
    pattern: re.Pattern[str]
    inside: slice
    told: "_Paths"
    part: "_Paths | None"

    @classmethod
    def of(cls, markup: str, names: Names, part: str) -> Self | None:
        """None for what is always to be parsed, as texts beside children are."""
        node = etree.fromstring(_rooted(markup, names), etree.XMLParser(resolve_entities=False, no_network=True))[0]
        walked, parts = Fields(node), find_all(node, part)
        shape = Shape.of(markup, walked)
        if len(parts) > 1 or shape.fields(markup) != walked:
            return None
        prefix = f"{part}/"
        places = [place for place, path in enumerate(shape.paths) if path.startswith(prefix)]
        inside = slice(places[0], places[-1] + 1) if places else slice(0, 0)
        return cls(
            shape,
            re.compile(rf"\s*+{shape.pattern.pattern}"),
            inside,
            _Paths.of(shape, [*shape.paths[: inside.start], *shape.paths[inside.stop :]], ""),
            _Paths.of(shape, shape.paths[inside], prefix) if parts else None,
        )

    def alike(self, match: re.Match[str]) -> Alike | None:
        """The element; None where a text refers to what only a parser knows."""
        texts = self.whole.texts(match)
        if texts is None:
            return None
        inside = self.inside
        told = self.told.fields([*texts[: inside.start], *texts[inside.stop :]])
        return Alike(told, None if self.part is None else self.part.fields(texts[inside]))


def _rooted(markup: str, names: Names) -> str:
    declared = "".join(
        f" xmlns{f':{prefix}' if prefix else ''}={quoteattr(name)}" for prefix, name in names.items() if prefix != "xml"
    )
    return f"<root{declared}>{markup}</root>"


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where some of the texts stand, and the currencies stated there."""

    name: str
    paths: tuple[str, ...]
    currencies: dict[str, str]

    @classmethod
    def of(cls, shape: Shape, paths: Sequence[str], prefix: str) -> Self:
        """The paths as they are seen from below `prefix`."""
        name = prefix.rstrip("/").rpartition("/")[2] or shape.name
        below = {f"{path}@Ccy": path.removeprefix(prefix) for path in paths}
        currencies = {f"{below[path]}@Ccy": value for path, value in shape.currencies.items() if path in below}
        return cls(name, tuple(path.removeprefix(prefix) for path in paths), currencies)

    def fields(self, texts: Sequence[str]) -> Fields:
        """The texts by path."""
        return Matched(self.name, self.paths, texts, self.currencies)
