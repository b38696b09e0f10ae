"""What we write is read by others' libraries, and what they write by us: a shared misreading would show."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from domain.banking.messages.camt029 import read_resolution, write_resolution
from domain.banking.messages.camt056 import read_recalls, write_recalls
from domain.banking.messages.corrections import (
    Recall,
    RecallDecision,
    RecallFile,
    Resolution,
    Reversal,
    ReversalFile,
)
from domain.banking.messages.errors import ControlSumMismatch, FieldRefused
from domain.banking.messages.model import CreditTransfer
from domain.banking.messages.mt940 import read_mt940
from domain.banking.messages.pain001 import read_credit_transfers
from domain.banking.messages.pain002 import write_status_report
from domain.banking.messages.pain007 import read_reversals, write_reversals
from domain.banking.messages.pain008 import read_direct_debits
from domain.values.money import Money

from .test_payment_files import BRANCH, debit, debits, transfers, written_debits, written_transfers
from .test_status_reports import REPORT

REVERSALS = ReversalFile(
    message_id="REV-1",
    created_at=datetime(2026, 1, 8, 8, tzinfo=UTC),
    initiating_name="流水集团 <&>",
    original_message_id="RUN-20260105-1",
    original_kind="pain.008.001.08",
    original_block_id="1-1",
    count=2,
    total=Decimal("15.01"),  # 10.01 + 5.00
    items=(
        Reversal("R-1", "E2E-1", Money.of("10.01", "CNY"), Money.of("10.01", "CNY"), "AM05", date(2026, 1, 6)),
        Reversal("R-2", "E2E-2", Money.of("10.01", "CNY"), Money.of("5.00", "CNY"), "MS02"),
    ),
)
RECALLS = RecallFile(
    message_id="REC-1",
    created_at=datetime(2026, 1, 8, 8, tzinfo=UTC),
    assigner="流水集团",
    bank_id="102100099996",
    original_message_id="PAY-20260105-1",
    original_kind="pain.001.001.09",
    count=2,
    total=Decimal("110.00"),
    items=(
        Recall("C-1", "E2E-1", Money.of("100.00", "CNY"), "DUPL", date(2026, 1, 6), "paid twice <sorry>"),
        Recall("C-2", "E2E-2", Money.of("10.00", "CNY"), "own reason"),
    ),
)
RESOLUTION = Resolution(
    message_id="RES-1",
    created_at=datetime(2026, 1, 9, 8, tzinfo=UTC),
    assigner="中国银行",
    original_message_id="REC-1",
    confirmation="PECR",
    decisions=(RecallDecision("C-1", "E2E-1", "ACCR"), RecallDecision("C-2", "E2E-2", "RJCR", "CUST")),
)


def written(write: Callable[..., object], message: object) -> bytes:
    out = BytesIO()
    write(message, out)
    return out.getvalue()


def seen_by_pyiso20022(document: bytes, kind: str, *, as_version: str | None = None) -> Any:  # noqa: ANN401
    """The document as the classes that pyiso20022 made of the official schemas; what they do not know is an error.

    Some versions it lacks: their neighbours, which have the same elements, stand in.
    """
    for needed in ("pyiso20022", "xsdata"):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    parsers = importlib.import_module("xsdata.formats.dataclass.parsers")
    version = as_version or kind
    module = importlib.import_module(f"pyiso20022.{version[:4]}.{version.replace('.', '_')}")
    strict = parsers.config.ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)
    parser = parsers.XmlParser(config=strict)
    return parser.from_bytes(document.replace(kind.encode(), version.encode()), module.Document)


class TestReversals:
    def test_read_back_as_they_were(self) -> None:
        read = read_reversals(BytesIO(written(write_reversals, REVERSALS)))
        assert replace(read, items=tuple(read.items)) == REVERSALS

    @pytest.mark.parametrize("version", ["pain.007.001.08", "pain.007.001.10"])
    def test_are_understood_by_another_reader(self, version: str) -> None:
        document = written(write_reversals, REVERSALS)
        seen = seen_by_pyiso20022(document, "pain.007.001.09", as_version=version).cstmr_pmt_rvsl
        (block,) = seen.orgnl_pmt_inf_and_rvsl
        assert [item.rvsd_instd_amt.value for item in block.tx_inf] == [Decimal("10.01"), Decimal("5.00")]
        assert (seen.grp_hdr.nb_of_txs, seen.grp_hdr.ctrl_sum) == ("2", Decimal("15.01"))

    def test_a_wrong_sum_is_not_written_and_not_read(self) -> None:
        with pytest.raises(ControlSumMismatch):
            written(write_reversals, replace(REVERSALS, total=Decimal("15.00")))
        document = written(write_reversals, REVERSALS).replace(b"15.01", b"15.02")
        with pytest.raises(ControlSumMismatch):
            list(read_reversals(BytesIO(document)).items)


class TestRecalls:
    def test_read_back_as_they_were(self) -> None:
        read = read_recalls(BytesIO(written(write_recalls, RECALLS)))
        assert replace(read, items=tuple(read.items)) == RECALLS

    def test_are_understood_by_another_reader(self) -> None:
        seen = seen_by_pyiso20022(written(write_recalls, RECALLS), "camt.056.001.08").fito_fipmt_cxl_req
        (underlying,) = seen.undrlyg
        assert [item.orgnl_end_to_end_id for item in underlying.tx_inf] == ["E2E-1", "E2E-2"]
        assert underlying.tx_inf[0].cxl_rsn_inf[0].addtl_inf == ["paid twice <sorry>"]

    def test_a_wrong_sum_is_not_written_and_not_read(self) -> None:
        with pytest.raises(ControlSumMismatch):
            written(write_recalls, replace(RECALLS, count=3))
        document = written(write_recalls, RECALLS).replace(b">110.00<", b">111.00<")
        with pytest.raises(ControlSumMismatch):
            list(read_recalls(BytesIO(document)).items)


class TestResolutions:
    def test_read_back_as_they_were(self) -> None:
        read = read_resolution(BytesIO(written(write_resolution, RESOLUTION)))
        assert replace(read, decisions=tuple(read.decisions)) == RESOLUTION

    def test_are_understood_by_another_reader(self) -> None:
        seen = seen_by_pyiso20022(written(write_resolution, RESOLUTION), "camt.029.001.09").rsltn_of_invstgtn
        (details,) = seen.cxl_dtls
        statuses = [str(item.tx_cxl_sts.value) for item in details.tx_inf_and_sts]
        assert statuses == ["ACCR", "RJCR"]

    def test_a_status_that_iso_does_not_know_is_not_written(self) -> None:
        odd = replace(RESOLUTION, decisions=(RecallDecision("C-1", "E2E-1", "DONE"),))
        with pytest.raises(FieldRefused, match="ACCR"):
            written(write_resolution, odd)


class TestPayments:
    def test_direct_debits_are_understood_by_another_reader(self) -> None:
        document = written_debits(debits(debit(1), debit(2)))
        seen = seen_by_pyiso20022(document, "pain.008.001.08", as_version="pain.008.001.09").cstmr_drct_dbt_initn
        (block,) = seen.pmt_inf
        assert [item.instd_amt.value for item in block.drct_dbt_tx_inf] == [Decimal("10.01")] * 2

    def test_transfers_are_understood_by_another_reader(self) -> None:
        item = CreditTransfer("E2E-1", Money.of("100.00", "CNY"), BRANCH, "sweep <back>")
        seen = seen_by_pyiso20022(written_transfers(transfers(item)), "pain.001.001.09").cstmr_cdt_trf_initn
        (paid,) = seen.pmt_inf[0].cdt_trf_tx_inf
        assert (paid.amt.instd_amt.value, paid.rmt_inf.ustrd) == (Decimal("100.00"), ["sweep <back>"])

    def test_status_reports_are_understood_by_another_reader(self) -> None:
        seen = seen_by_pyiso20022(written(write_status_report, REPORT), "pain.002.001.10").cstmr_pmt_sts_rpt
        (block,) = seen.orgnl_pmt_inf_and_sts
        assert [item.tx_sts for item in block.tx_inf_and_sts] == ["ACSC", "RJCT"]


CONFIG: dict[str, object] = {"name": "Muster & Sohn", "IBAN": "NL50BANK1234567890", "BIC": "BANKNL2A"}


class TestFilesOfAnotherWriter:
    @pytest.mark.parametrize("schema", ["pain.008.001.02", "pain.008.001.08"])
    def test_its_direct_debits_are_read(self, schema: str) -> None:
        sepaxml = pytest.importorskip("sepaxml", reason="sepaxml is not installed")
        config = CONFIG | {"batch": True, "creditor_id": "DE26ZZZ00000000000", "currency": "EUR"}
        writer = sepaxml.SepaDD(config, schema=schema, clean=True)
        for number in (1, 2):
            writer.add_payment(
                {
                    "name": "Test von Testenstein",
                    "IBAN": "NL50BANK1234567890",
                    "BIC": "BANKNL2A",
                    "amount": 1012 * number,  # cents
                    "type": "RCUR",
                    "collection_date": date(2026, 1, 6),
                    "mandate_id": f"M-{number}",
                    "mandate_date": date(2025, 1, 6),
                    "description": "Test transaction",
                    "endtoend_id": f"E{number}",
                }
            )
        (block,) = [list(block.items) for block in read_direct_debits(BytesIO(writer.export(validate=True))).blocks]
        assert [(item.end_to_end_id, str(item.amount), item.mandate_id) for item in block] == [
            ("E1", "10.12 EUR", "M-1"),
            ("E2", "20.24 EUR", "M-2"),
        ]

    @pytest.mark.parametrize("schema", ["pain.001.001.03", "pain.001.001.09"])
    def test_its_transfers_are_read(self, schema: str) -> None:
        sepaxml = pytest.importorskip("sepaxml", reason="sepaxml is not installed")
        writer = sepaxml.SepaTransfer(CONFIG | {"batch": True, "currency": "EUR"}, schema=schema, clean=True)
        writer.add_payment(
            {
                "name": "Test",
                "IBAN": "NL50BANK1234567890",
                "BIC": "BANKNL2A",
                "amount": 5000,
                "execution_date": date(2026, 1, 6),
                "description": "rent",
                "endtoend_id": "E1",
            }
        )
        (block,) = [list(block.items) for block in read_credit_transfers(BytesIO(writer.export(validate=True))).blocks]
        assert [(item.end_to_end_id, str(item.amount), item.remittance) for item in block] == [
            ("E1", "50.00 EUR", "rent")
        ]


@pytest.mark.parametrize(
    "name",
    [
        "citi__mt940.txt",
        "jejik__abnamro.sta",
        "jejik__ing.sta",
        "jejik__postfinance.sta",
        "jejik__rabobank.sta",
        "jejik__triodos.sta",
        "mBank__mt942.sta",
        "sberbank__171011_01234945.sta",
        "self-provided__february_30.sta",
        "self-provided__multiline.sta",
    ],
)
def test_mt940_comes_to_the_same_amounts_as_in_another_reader(bank_samples: Path, name: str) -> None:
    mt940 = pytest.importorskip("mt940", reason="mt-940 is not installed")
    path = bank_samples / "wolph__mt940" / name
    with path.open("rb") as source:
        ours = [entry.amount.amount for statement in read_mt940(source) for entry in statement.entries]
    theirs = [each.data["amount"].amount for each in mt940.parse(path.read_text("utf-8"))]
    assert ours == theirs
