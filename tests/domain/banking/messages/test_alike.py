"""Elements that look alike, read past the parser: what it would have found, never less and nothing else."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.banking.messages.alike import Alike, stream_alike
from domain.banking.messages.errors import NotXml
from domain.banking.messages.fields import Fields
from domain.banking.messages.xml import Element, stream
from domain.values.errors import DomainError

KINDS, WANTED = ("camt.053",), ("Ntry", "TxDtls", "Stmt")
ENTRY = "<Ntry>\n<Amt Ccy='CNY'>{}</Amt><NtryDtls><TxDtls><Nm>{}</Nm></TxDtls></NtryDtls></Ntry>\n"


class Drip(BytesIO):
    """A file that comes some bytes at a time, so that its seams are everywhere."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size if size is None or size < 0 else min(size, self.size))


def document(*inner: str, encoding: str = "UTF-8") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"'
        f' xmlns:b="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><Stmt>{"".join(inner)}</Stmt></Document>'
    )
    return text.encode(encoding)


Read = list[tuple[str, Fields]]


def parsed(content: bytes) -> Read | str:
    """What the parser finds, or why it refuses the document."""
    try:
        return [_named(node) for node in stream(BytesIO(content), KINDS, WANTED)]
    except DomainError as refusal:
        return refusal.code


def read(content: bytes, size: int = 64) -> tuple[Read | str, int]:
    """The same, and how many elements came past the parser."""
    found: Read = []
    passed_by = 0
    try:
        for node in stream_alike(Drip(content, size), KINDS, WANTED, whole="Ntry", part="NtryDtls/TxDtls"):
            if isinstance(node, Alike):
                passed_by += 1
                found += [] if node.part is None else [("TxDtls", node.part)]
                found.append(("Ntry", node.told))
            else:
                found.append(_named(node))
    except DomainError as refusal:
        return refusal.code, passed_by
    return found, passed_by


def _named(node: Element) -> tuple[str, Fields]:
    fields = Fields(node)
    return fields.name, fields


TEXTS = st.sampled_from(["1.00", "汇 & co", "", " ", "a>b", "<![CDATA[<Ntry>x</Ntry>]]>", "&#27719;", "x\r\ny", "\t"])
ODDITIES = st.sampled_from(
    [
        "<!-- <Ntry><Amt>9</Amt></Ntry> -->",
        "<!-- </Ntry> -->",
        "<?bank </Ntry>?>",
        "<Ntry/>",
        "<Ntry><Amt></Amt></Ntry >",
        "<b:Ntry><b:Amt Ccy='CNY'>2</b:Amt></b:Ntry>",
        "</Stmt>\n<Stmt>",
        "<Ntry><NtryDtls><TxDtls><Nm>a</Nm></TxDtls><TxDtls><Nm>b</Nm></TxDtls></NtryDtls></Ntry>",
        "<Ntry>mixed<Amt>1</Amt>with</Ntry>",
        "text",
        "&nbsp;",
        "\x0b",
        "]]>",
        "\ufffe",
        "<Ntry>",
    ]
)


def escaped(text: str) -> str:
    return text if text.startswith(("<!", "&#")) else text.replace("&", "&amp;")


ENTRIES = st.builds(lambda amount, name: ENTRY.format(escaped(amount), escaped(name)), TEXTS, TEXTS)


class TestReading:
    @given(st.lists(st.one_of(ENTRIES, ENTRIES, ENTRIES, ODDITIES), max_size=12), st.integers(20, 400))
    def test_past_the_parser_finds_what_the_parser_finds(self, inner: list[str], size: int) -> None:
        content = document(*inner)
        assert read(content, size)[0] == parsed(content)

    @pytest.mark.parametrize("end_of_line", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("prefix", ["", "b:"])
    def test_takes_all_but_the_first_entries_past_the_parser(self, end_of_line: str, prefix: str) -> None:
        entries = [ENTRY.format(f"{number}.00", f"门店 {number} &lt;A&amp;B&gt;") for number in range(100)]
        text = "".join(entries).replace("<", f"<{prefix}").replace(f"<{prefix}/", f"</{prefix}")
        content = document(text.replace("\n", end_of_line))
        found, passed_by = read(content)
        assert found == parsed(content)
        assert len(found) == 201  # 100 entries, a transaction of each, and the statement
        assert passed_by >= 95

    @pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "GB18030"])
    def test_leaves_other_character_sets_to_the_parser(self, encoding: str) -> None:
        content = document(*(ENTRY.format("1.00", "é") for _ in range(50)), encoding=encoding)
        found, passed_by = read(content)
        assert (found, passed_by) == (parsed(content), 0)

    @pytest.mark.parametrize(
        "hidden", ["<!-- {} -->", "<Ntry><Nm><![CDATA[{}]]></Nm></Ntry>", "<?bank {}?>"], ids=["comment", "CDATA", "PI"]
    )
    def test_does_not_take_what_only_looks_like_an_entry(self, hidden: str) -> None:
        entry = ENTRY.format("1.00", "A")
        for size in range(30, 400, 7):
            content = document(entry * 5, hidden.format(entry * 5), entry * 5)
            assert read(content, size)[0] == parsed(content)

    @pytest.mark.parametrize("broken", ["&nbsp;", "\x01", "<Amt>", "]]>", "\ufffe"])
    def test_refuses_what_the_parser_refuses_and_names_the_line(self, broken: str) -> None:
        # Two lines of the head, then two for each of 50 entries: the broken one begins on line 102.
        content = document(*(ENTRY.format("1.00", "A") for _ in range(50)), ENTRY.format("1.00", broken))
        lines = []
        for nodes in (
            stream(BytesIO(content), KINDS, WANTED),
            stream_alike(Drip(content, 64), KINDS, WANTED, whole="Ntry", part="NtryDtls/TxDtls"),
        ):
            with pytest.raises(NotXml) as refusal:
                list(nodes)
            lines.append(refusal.value.facts["line"])
        assert lines == [103, 103]

    def test_refuses_bytes_that_are_no_utf8(self) -> None:
        content = document(*(ENTRY.format("1.00", "A") for _ in range(50))).replace(b">A<", b">\xff<", 49)
        assert read(content)[0] == parsed(content) == "message_not_xml"
