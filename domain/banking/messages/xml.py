"""Reading XML that strangers wrote: streamed, without DTD, entities or network, the message kind checked first.

A document goes through an incremental parser in chunks; only the elements that a reader asks for come out, and each is
forgotten once read, so that memory does not grow with the file. Nesting deeper than 256 levels and texts of more than
10 MB are refused by the parser itself.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from lxml import etree

from domain.banking.messages.errors import (
    DoctypeForbidden,
    MessageIncomplete,
    MessageTooLarge,
    NotXml,
    UnexpectedMessage,
)
from domain.values.errors import DomainError

Element = etree._Element  # noqa: SLF001 - lxml has no public name for it

ROOT_WITHIN_BYTES = 65_536  # the root element must begin within so much
CHUNK_BYTES = 8_192  # fed at a time: more of the tree than the processor keeps at hand costs a tenth more
ENOUGH_OF_A_PART = 24  # children, for which it is worth to look at it
MAX_BYTES = 4_000_000_000  # a file of a million debits is 0.6 GB; what never ends is no message
# ISO's own namespaces, and those Swiss banks publish for the same messages.
_NAMESPACE = re.compile(
    r"(?:urn:iso:std:iso:20022:tech:xsd:|http://www\.six-interbank-clearing\.com/de/)"
    r"(?P<kind>[a-z]{4}\.\d{3})\.001\.(?P<version>\d{2})(?:\.ch\.\d{2}\.xsd)?"
)
# What the parser reports when entities multiply before the first element is even handed out.
_ENTITY_ATTACKS = {89, 114}  # XML_ERR_ENTITY_LOOP, XML_ERR_RESOURCE_LIMIT
# Versions whose structure the readers know, by kind.
VERSIONS = {
    "pain.001": range(3, 10),
    "pain.002": range(3, 11),
    "pain.008": range(2, 9),
    "pain.007": range(2, 11),
    "pain.009": range(1, 7),
    "pain.010": range(1, 7),
    "pain.011": range(1, 7),
    "pain.012": range(1, 7),
    "camt.029": range(3, 12),
    "camt.052": range(1, 9),
    "camt.053": range(1, 9),
    "camt.054": range(1, 9),
    "camt.056": range(1, 11),
}


def stream(
    source: BinaryIO, kinds: tuple[str, ...], wanted: tuple[str, ...], *, limit_bytes: int = MAX_BYTES
) -> Iterator[Element]:
    """The elements with the local names `wanted`, each complete, in document order.

    An element is emptied once the next one is asked for; what stands before it in its parent stays readable. Raises
    NotXml, DoctypeForbidden, UnexpectedMessage, MessageTooLarge.
    """
    parsing = Parsing(kinds, wanted, limit_bytes=limit_bytes)
    for chunk in parsing.chunks(source):
        yield from parsing.finished(chunk)
    parsing.end()


class Part(NamedTuple):
    """An element that is not complete: its last child may be missing something."""

    element: Element


def stream_parts(
    source: BinaryIO, kinds: tuple[str, ...], wanted: tuple[str, ...], in_parts: str
) -> Iterator[Element | Part]:
    """The same, but an element named `in_parts` comes as far as it has been read, too, again and again.

    Whoever gets a part takes out of it what he has read: all but the last child.
    """
    parsing, growing = Parsing(kinds, wanted), None
    for chunk in parsing.chunks(source):
        for event, element in parsing.events(chunk):
            if event == "end":
                growing = None if element is growing else growing
                yield element
            elif local_name(element.tag) == in_parts:
                growing = element
        if growing is not None and len(growing) > ENOUGH_OF_A_PART:
            yield Part(growing)
    parsing.end()


class Parsing:
    """A document on its way through the parser. Every step raises what `stream` does."""

    def __init__(self, kinds: tuple[str, ...], wanted: tuple[str, ...], *, limit_bytes: int = MAX_BYTES) -> None:
        self._kinds, self._limit_bytes = kinds, limit_bytes
        self._begun, self._read, self._lines_passed_by = False, 0, 0
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=["{*}Document", *(f"{{*}}{name}" for name in wanted)],
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def chunks(self, source: BinaryIO, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """What is left of the source, so much at a time."""
        while chunk := source.read(size):
            self._read += len(chunk)
            if self._read > self._limit_bytes:
                raise MessageTooLarge(limit_bytes=self._limit_bytes)
            yield chunk

    def finished(self, chunk: bytes) -> Iterator[Element]:
        """The wanted elements that end in a chunk."""
        return (element for event, element in self.events(chunk) if event == "end")

    def events(self, chunk: bytes) -> Iterator[tuple[str, Element]]:
        """Starts and ends of the wanted elements in a chunk."""
        try:
            self._parser.feed(chunk)
            # After some errors a parser says nothing and takes what comes next for another document.
            for error in self._parser.feed_error_log.filter_from_errors():
                raise self._refusal(error.type, error.message, error.line)
            events: Iterator[tuple[str, Element]] = self._parser.read_events()  # type: ignore[assignment] # no namespaces
            for event, element in events:
                if event == "start":
                    self._begun = self._begun or _check_root(element, self._kinds)
                if not element.tag.endswith("}Document"):
                    yield event, element
                    if event == "end":
                        _forget(element)
        except etree.XMLSyntaxError as error:
            raise self._refused(error) from None
        if not self._begun and self._read >= ROOT_WITHIN_BYTES:
            self._require_root()

    def pass_by(self, lines: int) -> None:
        """The parser does not get to see so many lines."""
        self._lines_passed_by += lines

    def end(self) -> None:
        """There is no more."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._refused(error) from None
        self._require_root()

    def _require_root(self) -> None:
        if not self._begun:
            raise UnexpectedMessage(expected=" / ".join(self._kinds), found="no Document element")

    def _refused(self, error: etree.XMLSyntaxError) -> DomainError:
        code: int = error.code  # type: ignore[attr-defined] # the stubs leave it out
        return self._refusal(code, error.msg or "", error.lineno or 1)

    def _refusal(self, code: int, message: str, line: int) -> DomainError:
        is_deep = "depth" in message  # the same code as for entities that grow too large
        if code in _ENTITY_ATTACKS and not is_deep:
            return DoctypeForbidden()
        return NotXml(line=line + self._lines_passed_by, detail=message)


def _check_root(element: Element, kinds: tuple[str, ...]) -> bool:
    if element.getroottree().docinfo.internalDTD is not None:
        raise DoctypeForbidden
    namespace = etree.QName(element).namespace or ""
    match = _NAMESPACE.fullmatch(namespace)
    known = match is not None and match["kind"] in kinds and int(match["version"]) in VERSIONS[match["kind"]]
    if not known or element.getparent() is not None:
        raise UnexpectedMessage(expected=" / ".join(kinds), found=namespace or "no namespace")
    return True


def _forget(element: Element) -> None:
    """Empty a finished element and drop those of its name before it; its neighbours, headers of a block, stay."""
    element.clear()
    parent, previous = element.getparent(), element.getprevious()
    if parent is not None and previous is not None and previous.tag == element.tag:
        parent.remove(previous)


def next_named(elements: Iterator[object], name: str) -> Element:
    """The next element of a stream, which must be a `name`. Raises MessageIncomplete."""
    element = next(elements, None)
    if not isinstance(element, Element) or etree.QName(element).localname != name:
        raise MessageIncomplete(element=name)
    return element


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return etree.QName(tag).localname


@lru_cache(maxsize=64)
def _any_namespace(path: str) -> str:
    return "/".join(f"{{*}}{step}" for step in path.split("/"))


def find_all(node: Element, path: str) -> list[Element]:
    """All descendants at `path` (local names, slashes between), whatever their namespace."""
    return node.findall(_any_namespace(path))
