"""Reading XML that strangers wrote: streamed, without DTD, entities or network, the message kind checked first.

A document goes through an incremental parser in chunks; only the elements that a reader asks for come out, and each is
forgotten once read, so that memory does not grow with the file.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO

from lxml import etree

from domain.banking.messages.errors import (
    DoctypeForbidden,
    FieldRefused,
    MessageIncomplete,
    NotXml,
    UnexpectedMessage,
)
from domain.values.money import Money

Element = etree._Element  # noqa: SLF001 - lxml has no public name for it

CHUNK_BYTES = 65_536  # the root element must begin within the first chunk
_DECIMAL = re.compile(r"[+-]?(\d{1,18}(\.\d{0,17})?|\.\d{1,17})", re.ASCII)
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
    "camt.052": range(2, 9),
    "camt.053": range(2, 9),
    "camt.054": range(2, 9),
}


def stream(source: BinaryIO, kinds: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[Element]:
    """The elements with the local names `wanted`, each complete, in document order.

    An element is emptied once the next one is asked for; what stands before it in its parent stays readable. Raises
    NotXml, DoctypeForbidden, UnexpectedMessage.
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
        yield from _events(parser, source, kinds)
    except etree.XMLSyntaxError as error:
        if error.code in _ENTITY_ATTACKS:  # type: ignore[attr-defined] # the stubs leave the code out
            raise DoctypeForbidden from None
        raise NotXml(line=error.lineno or 1, detail=error.msg or "") from None


def _events(parser: etree.XMLPullParser, source: BinaryIO, kinds: tuple[str, ...]) -> Iterator[Element]:
    begun, fed = False, 0
    for chunk in iter(lambda: source.read(CHUNK_BYTES), b""):
        parser.feed(chunk)
        fed += len(chunk)
        for event, element in parser.read_events():
            assert isinstance(element, Element), "only elements were asked for"
            if event == "start":
                begun = begun or _check_root(element, kinds)
            elif etree.QName(element).localname != "Document":
                yield element
                _forget(element)
        if not begun and fed >= CHUNK_BYTES:
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


def next_named(elements: Iterator[Element], name: str) -> Element:
    """The next element of a stream, which must be a `name`. Raises MessageIncomplete."""
    element = next(elements, None)
    if element is None or etree.QName(element).localname != name:
        raise MessageIncomplete(element=name)
    return element


@lru_cache(maxsize=512)
def _any_namespace(path: str) -> str:
    return "/".join(step if step == "." else f"{{*}}{step}" for step in path.split("/"))


def find(node: Element, path: str) -> Element | None:
    """The first descendant at `path` (local names, slashes between), whatever its namespace."""
    return node.find(_any_namespace(path))


def find_all(node: Element, path: str) -> list[Element]:
    """All descendants at `path`."""
    return node.findall(_any_namespace(path))


def raw_text(node: Element, path: str) -> str | None:
    """Text at `path` exactly as written, None when absent or empty: for names and remittances."""
    return node.findtext(_any_namespace(path)) or None


def text(node: Element, *paths: str) -> str | None:
    """Text at the first of `paths` that has any, without the white space around it."""
    for path in paths:
        found = (node.findtext(_any_namespace(path)) or "").strip()
        if found:
            return found
    return None


def required(node: Element, *paths: str) -> str:
    """Like text, but raises MessageIncomplete when there is none."""
    found = text(node, *paths)
    if found is None:
        raise MessageIncomplete(element=f"{etree.QName(node).localname}/{paths[0]}")
    return found


def decimal_of(field: str, written: str) -> Decimal:
    """An xs:decimal; raises FieldRefused for anything else, exponents and NaN included."""
    if not _DECIMAL.fullmatch(written):
        raise FieldRefused.malformed(field, written, "1234.50")
    return Decimal(written)


def count_of(field: str, written: str) -> int:
    """A number of items; raises FieldRefused."""
    if not (written.isascii() and written.isdigit() and len(written) <= 15):  # noqa: PLR2004 - Max15NumericText
        raise FieldRefused.malformed(field, written, "1-15 digits")
    return int(written)


def money_of(node: Element, *paths: str) -> Money:
    """The amount at the first of `paths` with its Ccy attribute."""
    element = next((found for path in paths if (found := find(node, path)) is not None), None)
    if element is None:
        raise MessageIncomplete(element=f"{etree.QName(node).localname}/{paths[0]}")
    return Money(decimal_of("Amt", (element.text or "").strip()), element.get("Ccy", ""))


def date_of(node: Element, path: str) -> date | None:
    """The date at `path`, directly or in a Dt or DtTm below it: the day as written, whatever the zone."""
    element = find(node, path)
    written = "" if element is None else "".join(str(part) for part in element.itertext()).strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise FieldRefused.malformed(path, written, "YYYY-MM-DD") from None


def instant_of(node: Element, path: str) -> datetime:
    """The instant at `path` in UTC; banks that write no offset are read as UTC: it informs, it never decides."""
    written = required(node, path)
    try:
        instant = datetime.fromisoformat(written)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldRefused.malformed(path, written, "YYYY-MM-DDThh:mm:ss") from None
