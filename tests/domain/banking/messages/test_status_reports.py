"""Answers of the bank: a status for the file, for each item, or for both."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.model import BlockStatus, ItemStatus, StatusReport
from domain.banking.messages.pain002 import read_status_report, write_status_report

SETTLED = ItemStatus("E2E-1", "ACSC", None, date(2026, 1, 6))
SHORT = ItemStatus("E2E-2", "RJCT", "AM04", None)
REPORT = StatusReport(
    message_id="RPT-1",
    created_at=datetime(2026, 1, 6, 12, tzinfo=UTC),
    original_message_id="RUN-20260105-1",
    original_kind="pain.008.001.08",
    group_status="PART",
    items=(SETTLED, SHORT),
)


def written(report: StatusReport) -> bytes:
    out = BytesIO()
    write_status_report(report, out)
    return out.getvalue()


def read(document: bytes) -> StatusReport:
    report = read_status_report(BytesIO(document))
    return replace(report, items=tuple(report.items), blocks=tuple(report.blocks))


class TestWriting:
    def test_is_valid_by_the_official_schema(self, assert_valid: Callable[[bytes], None]) -> None:
        assert_valid(written(REPORT))
        assert_valid(written(replace(REPORT, group_status="ACTC", items=())))
        assert_valid(written(replace(REPORT, group_status="RJCT", group_reason="AM10", items=())))
        assert_valid(written(replace(REPORT, group_status=None, items=(SHORT._replace(reason="余额不足-0017"),))))
        two_blocks = (SETTLED._replace(block_id="1-1"), SHORT._replace(block_id="1-2"))
        assert_valid(written(replace(REPORT, items=two_blocks, blocks=(BlockStatus("1-3", "RJCT", "AC02"),))))

    @given(
        st.lists(
            st.builds(
                ItemStatus,
                end_to_end_id=st.text("ABC0189-/&<渠", min_size=1, max_size=35),
                status=st.sampled_from(["ACSC", "ACCP", "PDNG", "RJCT"]),
                reason=st.sampled_from([None, "AM04", "AC01", "own reason"]),
                value_date=st.one_of(st.none(), st.dates()),
                block_id=st.sampled_from([None, "1-1", "1-2"]),
            )
        ),
        st.lists(st.builds(BlockStatus, st.sampled_from(["1-3", "1-4"]), st.sampled_from(["RJCT", "ACSC"]))),
    )
    def test_reads_back_as_it_was(self, items: list[ItemStatus], blocks: list[BlockStatus]) -> None:
        report = replace(REPORT, items=tuple(items), blocks=tuple(blocks))
        assert read(written(report)) == report

    def test_refuses_a_status_that_is_no_code(self) -> None:
        with pytest.raises(FieldRefused, match="four characters"):
            written(replace(REPORT, items=(SHORT._replace(status="REJECTED"),)))


def swiss(body: str) -> bytes:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>R</MsgId><CreDtTm>2026-01-06T12:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId></OrgnlGrpInfAndSts>{body}"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


REJECTED_BLOCK = (
    "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>"
    "<StsRsnInf><Rsn><Cd>AC02</Cd></Rsn></StsRsnInf></OrgnlPmtInfAndSts>"
)
ACCEPTED_BLOCK = (
    "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P2</OrgnlPmtInfId><PmtInfSts>ACCP</PmtInfSts>"
    "<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>"
)


class TestBanksThatSpeakOfPaymentBlocks:
    def test_a_rejected_block_is_told_with_its_reason_and_is_not_yet_a_rejected_file(self) -> None:
        report = read(swiss(REJECTED_BLOCK))
        assert report.blocks == (BlockStatus("P1", "RJCT", "AC02", named=0),)
        assert (report.group_status, report.group_reason) == (None, None)

    def test_one_rejected_block_of_two_says_nothing_of_the_other(self) -> None:
        report = read(swiss(REJECTED_BLOCK + ACCEPTED_BLOCK))
        assert report.blocks == (BlockStatus("P1", "RJCT", "AC02", named=0), BlockStatus("P2", "ACCP", None, named=1))
        assert (report.group_status, report.group_reason) == (None, None)

    def test_an_item_without_a_status_has_that_of_its_block(self) -> None:
        assert read(swiss(ACCEPTED_BLOCK)).items == (ItemStatus("E1", "ACCP", block_id="P2"),)


class Trickle(BytesIO):
    """A file that comes a few bytes at a time, whatever is asked for."""

    def read(self, _size: int | None = -1) -> bytes:
        return super().read(97)


ODD = (
    "<TxInfAndSts><StsId>1</StsId><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>",
    '<TxInfAndSts xmlns:a="a"><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>',
    "<TxInfAndSts>\n <OrgnlEndToEndId> {} </OrgnlEndToEndId><!-- TxInfAndSts --><TxSts>ACSC</TxSts>\n</TxInfAndSts>",
    "<TxInfAndSts><OrgnlEndToEndId><![CDATA[{}]]></OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>",
)


class TestLongReports:
    @pytest.mark.parametrize("odd", ODD)
    @pytest.mark.parametrize("source", [BytesIO, Trickle])
    def test_every_item_is_read_once_and_in_order_whatever_stands_between(
        self, source: type[BytesIO], odd: str
    ) -> None:
        plain = "<TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>\n"
        body = "".join((odd if number % 37 == 0 else plain).format(f"E{number}") for number in range(500))
        block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId>{body}</OrgnlPmtInfAndSts>"
        report = read_status_report(source(swiss(block + block.replace(">E", ">F").replace("> E", "> F"))))
        items = list(report.items)
        # Two blocks; only the second one's CDATA has the same names again.
        assert [int(item.end_to_end_id[1:]) for item in items] == [*range(500), *range(500)]
        assert {(item.status, item.block_id) for item in items} == {("ACSC", "P1")}

    def test_a_prefix_is_no_odder_than_none(self) -> None:
        items = [ItemStatus(f"E{number}", "RJCT" if number % 5 else "ACSC", "AM04") for number in range(200)]
        document = written(replace(REPORT, items=items)).decode()
        prefixed = re.sub(r"<(/?)(?=[A-Z])", r"<\1p:", document).replace("xmlns=", "xmlns:p=")
        assert list(read(prefixed.encode()).items) == items

    def test_an_item_outside_of_any_block_is_not_passed_over(self) -> None:
        stray = "<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"
        with pytest.raises(MessageIncomplete):
            read(swiss(REJECTED_BLOCK + stray))
