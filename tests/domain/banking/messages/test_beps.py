"""The batch pair 380 and 381 on lines of fixed fields, counted in bytes."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest

from domain.banking.messages.beps import read_beps_report, write_beps_debits
from domain.banking.messages.errors import (
    ControlSumMismatch,
    FieldRefused,
    MessageIncomplete,
    UnexpectedMessage,
)
from domain.banking.messages.model import ItemStatus

from .test_payment_files import BRANCH, debit, debit_block, debit_file, debits

ANSWER = (
    "381H"
    + "RPT-1".ljust(35)
    + "20260107"
    + "RUN-20260105-1".ljust(35)
    + "PART"
    + "    "
    + "\r\n381D"
    + "E2E-1".ljust(35)
    + "PR05"
    + "    "
    + "20260106"
    + "\r\n381D"
    + "E2E-2".ljust(35)
    + "PR09"
    + "RJ03"
    + "        "
    + "\r\n381T00000002\r\n"
)


def written(file: object) -> list[bytes]:
    out = BytesIO()
    write_beps_debits(file, out)  # type: ignore[arg-type]
    return out.getvalue().split(b"\r\n")


class TestCollections:
    def test_every_line_has_the_length_of_its_fields_in_bytes(self) -> None:
        # batch 4 + 35 + 8 + 8 + 8 + 18 + 3 + 14 + 34 + 60 + 35 = 227
        # item 4 + 8 + 35 + 18 + 14 + 34 + 60 + 35 + 60 = 268
        assert [len(line) for line in written(debits(debit(1), debit(2)))] == [227, 268, 268, 30, 0]

    def test_amounts_are_fen_and_names_gb18030(self) -> None:
        _batch, first, _second, end, _nothing = written(debits(debit(1), debit(2)))
        # 2 × 10.01 = 20.02
        assert end == b"380T00000002000000000000002002"
        assert first[47:65] == b"000000000000001001"
        assert "上海 A&B <浦东>店".encode("gb18030").ljust(60) in first

    def test_a_name_of_thirty_characters_fits_and_of_thirty_one_is_refused(self) -> None:
        written(debits(replace(debit(), debtor=replace(BRANCH, name="店" * 30))))
        with pytest.raises(FieldRefused, match="at most 60"):
            written(debits(replace(debit(), debtor=replace(BRANCH, name="店" * 31))))

    def test_a_line_break_in_a_name_cannot_forge_a_line(self) -> None:
        with pytest.raises(FieldRefused, match="line breaks"):
            written(debits(replace(debit(), debtor=replace(BRANCH, name="a\r\n380D"))))

    def test_a_second_block_and_a_wrong_sum_are_refused(self) -> None:
        with pytest.raises(FieldRefused, match="one block"):
            written(debit_file(debit_block(debit(1)), debit_block(debit(2), block_id="1-2")))
        with pytest.raises(ControlSumMismatch):
            written(replace(debits(debit(1)), count=2))


class TestAnswers:
    def test_a_partial_answer_tells_each_debit_it_names(self) -> None:
        report = read_beps_report(BytesIO(ANSWER.encode("gb18030")))
        assert (report.message_id, report.original_message_id, report.group_status) == (
            "RPT-1",
            "RUN-20260105-1",
            "PART",
        )
        assert list(report.items) == [
            ItemStatus("E2E-1", "ACSC", None, date(2026, 1, 6)),
            ItemStatus("E2E-2", "RJCT", "AM04"),
        ]

    @pytest.mark.parametrize(
        ("code", "reason"),
        # 账号不存在; 超过规定上限; 指定协议不存在; 超过协议授权范围; 账户状态异常; 业务已撤销
        [("RJ01", "AC01"), ("RJ04", "AM14"), ("RJ06", "MD01"), ("RJ07", "AM14"), ("RJ11", "AC06"), ("RJ20", "DS02")],
    )
    def test_a_reject_code_becomes_the_reason_that_rules_act_on(self, code: str, reason: str) -> None:
        report = read_beps_report(BytesIO(ANSWER.replace("RJ03", code).encode("gb18030")))
        assert [item.reason for item in report.items] == [None, reason]

    def test_what_is_netted_is_not_settled_yet(self) -> None:
        report = read_beps_report(BytesIO(ANSWER.replace("PR05", "PR03").encode("gb18030")))
        assert [item.status for item in report.items] == ["ACSP", "RJCT"]

    def test_a_code_no_table_translates_is_nobodys_guess(self) -> None:
        report = read_beps_report(BytesIO(ANSWER.replace("RJ03", "RJ99").encode("gb18030")))
        assert [item.reason for item in report.items] == [None, "381:RJ99"]

    @pytest.mark.parametrize(
        ("document", "refusal"),
        [
            (ANSWER.replace("381T00000002", "381T00000003"), ControlSumMismatch),
            (ANSWER.replace("381T00000002", "381T0000000x"), FieldRefused),
            (ANSWER[: ANSWER.index("381T")], MessageIncomplete),  # cut off between two lines
            (ANSWER[:-40], FieldRefused),  # and within one
            (ANSWER.replace("PR05", "PR99"), FieldRefused),
            (ANSWER.replace("20260106", "20261306"), FieldRefused),
            ("380H" + ANSWER[4:], UnexpectedMessage),
            ("", UnexpectedMessage),
        ],
    )
    def test_what_is_cut_off_or_unknown_is_refused(self, document: str, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            list(read_beps_report(BytesIO(document.encode("gb18030"))).items)
