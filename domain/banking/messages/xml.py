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


class Part(NamedTuple):
    """An element that is not complete: its last child may be missing something."""

    element: Element


def stream(
    source: BinaryIO, kinds: tuple[str, ...], wanted: tuple[str, ...], *, limit_bytes: int = MAX_BYTES
) -> Iterator[Element]:
    """The elements with the local names `wanted`, each complete, in document order.

    An element is emptied once the next one is asked for; what stands before it in its parent stays readable. Raises
    NotXml, DoctypeForbidden, UnexpectedMessage, MessageTooLarge.
    """
    for element in stream_parts(source, kinds, wanted, "", limit_bytes=limit_bytes):
        assert not isinstance(element, Part), "nothing was asked for in parts"
        yield element


def stream_parts(
    source: BinaryIO,
    kinds: tuple[str, ...],
    wanted: tuple[str, ...],
    in_parts: str,
    *,
    limit_bytes: int = MAX_BYTES,
) -> Iterator[Element | Part]:
    """The same, but the elements named `in_parts` come as far as they have been read, too, again and again.

    Whoever gets a part takes out of it what he has read: all but the last child.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=["{*}Document", *(f"{{*}}{name}" for name in wanted)],
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        yield from _events(parser, source, kinds, in_parts, limit_bytes)
    except etree.XMLSyntaxError as error:
        is_deep = "depth" in (error.msg or "")  # the same code as for entities that grow too large
        if error.code in _ENTITY_ATTACKS and not is_deep:  # type: ignore[attr-defined] # the stubs leave the code out
            raise DoctypeForbidden from None
        raise NotXml(line=error.lineno or 1, detail=error.msg or "") from None


def _events(
    parser: etree.XMLPullParser, source: BinaryIO, kinds: tuple[str, ...], in_parts: str, limit_bytes: int
) -> Iterator[Element | Part]:
    begun, fed, growing = False, 0, None
    for chunk in iter(lambda: source.read(CHUNK_BYTES), b""):
        parser.feed(chunk)
        fed += len(chunk)
        if fed > limit_bytes:
            raise MessageTooLarge(limit_bytes=limit_bytes)
        events: Iterator[tuple[str, Element]] = parser.read_events()  # type: ignore[assignment] # no namespaces
        for event, element in events:
            if event == "start":
                begun = begun or _check_root(element, kinds)
                growing = element if in_parts and local_name(element.tag) == in_parts else growing
            elif not element.tag.endswith("}Document"):
                growing = None if element is growing else growing
                yield element
                _forget(element)
        if growing is not None and len(growing) > ENOUGH_OF_A_PART:
            yield Part(growing)
        if not begun and fed >= ROOT_WITHIN_BYTES:
            break
    else:
        parser.close()
    if not begun:
        raise UnexpectedMessage(expected=" / ".join(kinds), found="no Document element")


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


def next_named(elements: Iterator[Element | Part], name: str) -> Element:
    """The next element of a stream, which must be a `name`. Raises MessageIncomplete."""
    element = next(elements, None)
    if element is None or isinstance(element, Part) or etree.QName(element).localname != name:
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
