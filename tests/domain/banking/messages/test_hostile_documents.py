"""What strangers may send instead of a bank message."""

from collections.abc import Callable
from io import BytesIO

import pytest
from lxml import etree

from domain.banking.messages.camt import read_statements
from domain.banking.messages.errors import (
    ControlSumMismatch,
    DoctypeForbidden,
    FieldRefused,
    MessageIncomplete,
    MessageTooLarge,
    NotXml,
    UnexpectedMessage,
)
from domain.banking.messages.fields import Fields
from domain.banking.messages.pain001 import read_credit_transfers
from domain.banking.messages.pain002 import read_status_report
from domain.banking.messages.pain008 import read_direct_debits
from domain.banking.messages.xml import CHUNK_BYTES, stream
from domain.values.errors import DomainError

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"


def pain008(
    *, doctype: str = "", namespace: str = NAMESPACE, count: str = "1", amount: str = "5.00", name: str = "A"
) -> bytes:
    account = "<Id><Othr><Id>62</Id></Othr></Id>"
    return (
        f'<?xml version="1.0"?>{doctype}<Document xmlns="{namespace}"><CstmrDrctDbtInitn><GrpHdr><MsgId>M</MsgId>'
        f"<CreDtTm>2026-01-05T08:00:00Z</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>5</CtrlSum></GrpHdr>"
        f"<PmtInf><ReqdColltnDt>2026-01-06</ReqdColltnDt><CdtrAcct>{account}</CdtrAcct><DrctDbtTxInf>"
        f'<PmtId><EndToEndId>E</EndToEndId></PmtId><InstdAmt Ccy="CNY">{amount}</InstdAmt><Dbtr><Nm>{name}</Nm></Dbtr>'
        f"<DbtrAcct>{account}</DbtrAcct></DrctDbtTxInf></PmtInf></CstmrDrctDbtInitn></Document>"
    ).encode()


def names_read(document: bytes) -> list[str]:
    return [item.debtor.name for block in read_direct_debits(BytesIO(document)).blocks for item in block.items]


BILLION_LAUGHS = (
    '<!DOCTYPE Document [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


class TestAttacks:
    @pytest.mark.parametrize(
        ("doctype", "name"),
        [
            (BILLION_LAUGHS, "&i;"),
            ('<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>', "&x;"),
            ('<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/evil.dtd">', "A"),
            ('<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd">%p;]>', "A"),
            ("<!DOCTYPE Document>", "A"),
        ],
        ids=["billion laughs", "local file", "remote DTD", "parameter entity", "bare doctype"],
    )
    def test_a_document_with_a_dtd_is_not_read(self, doctype: str, name: str) -> None:
        with pytest.raises(DoctypeForbidden):
            names_read(pain008(doctype=doctype, name=name))

    def test_an_entity_nobody_declared_is_no_xml(self) -> None:
        with pytest.raises(NotXml):
            names_read(pain008(name="&unknown;"))

    def test_comments_and_instructions_do_not_split_a_name(self) -> None:
        assert names_read(pain008(name="A<!-- hidden -->B<?x y?>C")) == ["ABC"]

    def test_a_cdata_section_is_text(self) -> None:
        assert names_read(pain008(name="<![CDATA[A&B]]>")) == ["A&B"]


class TestBrokenDocuments:
    @pytest.mark.parametrize("document", [b"", b"hello", b"\x00\xff", b"{}", b'<?xml version="1.0"?>'])
    def test_what_is_no_xml_is_refused_as_such(self, document: bytes) -> None:
        with pytest.raises(NotXml):
            names_read(document)

    def test_a_document_cut_anywhere_is_never_taken_for_a_whole_one(self) -> None:
        whole = pain008()
        for length in range(len(whole)):
            with pytest.raises(NotXml):
                names_read(whole[:length])

    @pytest.mark.parametrize("reader", [read_credit_transfers, read_direct_debits, read_statements])
    def test_another_kind_of_message_is_named(self, reader: Callable[[BytesIO], object]) -> None:
        pacs = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.11"><X/></Document>'
        with pytest.raises(UnexpectedMessage, match=r"pacs\.002\.001\.11") as refusal:
            list(reader(BytesIO(pacs)))  # type: ignore[call-overload]
        assert "pacs.002.001.11" in refusal.value.message("zh")

    def test_a_debit_file_is_no_status_report(self) -> None:
        with pytest.raises(UnexpectedMessage):
            read_status_report(BytesIO(pain008()))

    @pytest.mark.parametrize("namespace", ["", "urn:evil", NAMESPACE.replace(".08", ".99"), NAMESPACE + ".x"])
    def test_an_unknown_namespace_or_version_is_refused(self, namespace: str) -> None:
        with pytest.raises(UnexpectedMessage):
            names_read(pain008(namespace=namespace))

    def test_a_document_that_does_not_begin_is_not_read_to_its_end(self) -> None:
        source = BytesIO(b"<other>" + b"<x/>" * 100_000)
        with pytest.raises(UnexpectedMessage):
            read_direct_debits(source)
        assert source.tell() == 65_536

    def test_a_count_that_is_not_that_of_the_items_is_refused(self) -> None:
        with pytest.raises(ControlSumMismatch):
            names_read(pain008(count="2"))

    @pytest.mark.parametrize("count", ["-1", "1.0", "٣", "9" * 16])
    def test_a_count_is_digits(self, count: str) -> None:
        with pytest.raises(FieldRefused, match="NbOfTxs"):
            names_read(pain008(count=count))

    @pytest.mark.parametrize("amount", ["", "5,00", "1e3", "NaN", "Infinity", "0x5", "5.001", "9" * 18])
    def test_an_amount_that_is_none_is_refused(self, amount: str) -> None:
        with pytest.raises(DomainError):
            names_read(pain008(amount=amount))

    @pytest.mark.parametrize(
        "missing", [b"<MsgId>M</MsgId>", b"<EndToEndId>E</EndToEndId>", b"<Id><Othr><Id>62</Id></Othr></Id>"]
    )
    def test_a_message_without_what_it_means_is_refused(self, missing: bytes) -> None:
        with pytest.raises(MessageIncomplete):
            names_read(pain008().replace(missing, b""))

    def test_a_date_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(FieldRefused, match="2026-02-30"):
            names_read(pain008().replace(b"2026-01-06", b"2026-02-30"))


def test_the_first_item_comes_out_before_the_document_is_read_through() -> None:
    item = pain008().split(b"<DrctDbtTxInf>")[1].split(b"</DrctDbtTxInf>")[0]
    many = (b"<DrctDbtTxInf>" + item + b"</DrctDbtTxInf>") * 10_000
    source = BytesIO(pain008().replace(b"<DrctDbtTxInf>" + item + b"</DrctDbtTxInf>", many))
    next(iter(next(iter(read_direct_debits(source).blocks)).items))
    assert source.tell() < 200_000 < len(many)


class TestLimits:
    def test_nesting_deeper_than_the_parser_goes_is_refused(self) -> None:
        deep = pain008().replace(b"<Nm>A</Nm>", b"<Nm>" * 300 + b"A" + b"</Nm>" * 300)
        with pytest.raises(NotXml):
            [list(block.items) for block in read_direct_debits(BytesIO(deep)).blocks]

    def test_what_never_ends_is_given_up(self) -> None:
        nodes = stream(Endless(pain008()[:400]), ("pain.008",), ("GrpHdr",), limit_bytes=1_000_000)
        with pytest.raises(MessageTooLarge, match="1000000 bytes"):
            list(nodes)

    def test_a_leaf_repeated_a_hundred_thousand_times_costs_its_length_only(self) -> None:
        document = etree.fromstring("<a>" + "<b>1</b>" * 100_000 + "</a>")
        assert len(Fields(document).every("b")) == 100_000


class Endless(BytesIO):
    """A sender that does not stop."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) or b" " * (size or 0)


@pytest.mark.parametrize("broken", ["&nbsp;", "<b:Nm/>"], ids=["undeclared entity", "unbound prefix"])
def test_what_follows_an_error_is_no_document_of_its_own(broken: str) -> None:
    """Some errors make a parser begin anew: the rest of the file, were it well formed, would pass for the whole."""
    first = pain008(name=broken)
    second = pain008().partition(b"?>")[2]
    content = first.ljust(CHUNK_BYTES) + second
    with pytest.raises(NotXml):
        names_read(content)
