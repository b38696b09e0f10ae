"""Real files of banks: what they say comes out, with the surprises they hold."""

from decimal import Decimal
from pathlib import Path

import pytest

from domain.banking.messages.camt import read_statements
from domain.banking.messages.errors import ControlSumMismatch
from domain.banking.messages.model import StatementEntry
from domain.banking.messages.pain001 import read_credit_transfers
from domain.banking.messages.pain002 import read_status_report
from domain.banking.messages.pain008 import read_direct_debits
from domain.values.money import Money

RETURNS_NOTICE = "200519_camt054-returns_p_ch2909000000250094239_1109800798_0_2019052023472022.xml"
REJECTION = "pain002-epo_p_ch2909000000250094239_1109800799_0_2018032612092784.xml"


def entries_of(path: Path) -> list[StatementEntry]:
    with path.open("rb") as source:
        return [entry for statement in read_statements(source) for entry in statement.entries]


class TestPaymentFiles:
    def test_swiss_direct_debits(self, bank_samples: Path) -> None:
        with (bank_samples / "moov-io__iso20022/pain008-musterfile.xml").open("rb") as source:
            ((block, items),) = [(block, list(block.items)) for block in read_direct_debits(source).blocks]
        assert (block.collection_on.isoformat(), block.creditor.bank_id) == ("2018-03-16", "09000")
        assert block.creditor_scheme_id == "41100000000872849"
        # CHF 1.5 + 3.0 = 4.50
        assert [(item.end_to_end_id, item.amount) for item in items] == [
            ("E2EId-CHDD-1", Money.of("1.50", "CHF")),
            ("E2EId-CHDD-2", Money.of("3.00", "CHF")),
        ]

    def test_transfers_in_three_currencies_sum_irrespective_of_them(self, bank_samples: Path) -> None:
        with (bank_samples / "moov-io__iso20022/gistfile1.xml").open("rb") as source:
            file = read_credit_transfers(source)
            ((block, items),) = [(block, list(block.items)) for block in file.blocks]
        # JPY 10,000,000 + EUR 500,000 + USD 1,000,000 = 11,500,000
        assert (file.count, file.total, block.debtor.bank_id) == (3, Decimal(11_500_000), "BBBBUS33")
        assert [item.remittance for item in items] == ["4562", "ABC-13679", "987-AC"]

    def test_a_byte_order_mark_and_a_clearing_code_of_another_country(self, bank_samples: Path) -> None:
        with (bank_samples / "moov-io__iso20022/International_payment_RUB_naujas_1.xml").open("rb") as source:
            (items,) = [list(block.items) for block in read_credit_transfers(source).blocks]
        assert [item.creditor.bank_id for item in items] == ["044525593"]

    def test_a_schema_valid_file_that_counts_seven_and_holds_eight_is_refused(self, bank_samples: Path) -> None:
        with (bank_samples / "moov-io__iso20022/musterfile_pain.001_Nov2020.xml").open("rb") as source:
            blocks = iter(read_credit_transfers(source).blocks)
            dates = [next(blocks).execution_on.isoformat() for _ in range(5)]
            assert dates == ["2020-07-28", "2020-07-22", "2020-07-24", "2020-07-05", "2020-06-17"]
            with pytest.raises(ControlSumMismatch) as refusal:
                next(blocks)
        assert (refusal.value.facts["declared_count"], refusal.value.facts["actual_count"]) == (7, 8)


class TestStatusReports:
    def test_a_rejection_by_payment_block_and_item(self, bank_samples: Path) -> None:
        with (bank_samples / "moov-io__iso20022" / REJECTION).open("rb") as source:
            report = read_status_report(source)
            items = [(item.end_to_end_id, item.status, item.reason) for item in report.items]
        assert (report.original_message_id, report.group_status) == ("MsgId-006", None)
        assert [(block.status, block.reason, block.named) for block in report.blocks] == [("RJCT", "NARR", 1)]
        assert items == [("EndToEndId-006-01-01", "RJCT", "AC01")]

    def test_an_acceptance_of_the_whole_file(self, bank_samples: Path) -> None:
        name = "pain002-epo_p_0_0_0_2018031510491259.xml"
        with (bank_samples / "moov-io__iso20022" / name).open("rb") as source:
            report = read_status_report(source)
            assert (report.group_status, list(report.items)) == ("ACTC", [])


class TestStatements:
    # Signed sums of all entries, added up by hand from the files.
    @pytest.mark.parametrize(
        ("name", "count", "total"),
        [
            ("genkgo__camt/camt053.v8.xml", 1, "8.85 EUR"),
            ("genkgo__camt/camt053.v2.multi.statement.xml", 2, "1.85 EUR"),  # 8.85 − 7.00
            ("genkgo__camt/camt054.v8.xml", 1, "-200,000.00 SEK"),
            (
                "viafintech__camt_parser/053__valid_example_with_batch.xml",
                3,
                "2,934.26 EUR",
            ),  # 2,688 + 5,000 − 4,753.74
            ("viafintech__camt_parser/053__valid_example_with_debit.xml", 4, "-10.00 EUR"),  # 1 − 2 − 3 − 6
            ("viafintech__camt_parser/053__valid_example_with_other_id.xml", 0, "0.00 EUR"),
        ],
    )
    def test_entries_add_up(self, bank_samples: Path, name: str, count: int, total: str) -> None:
        entries = entries_of(bank_samples / name)
        assert len(entries) == count
        assert str(Money.total((entry.amount for entry in entries), total[-3:])) == total

    def test_a_returned_payment_names_its_reason_and_its_original(self, bank_samples: Path) -> None:
        (entry,) = entries_of(bank_samples / "moov-io__iso20022" / RETURNS_NOTICE)
        assert (entry.amount, entry.return_reason) == (Money.of("400.00", "CHF"), "AC01")
        assert entry.end_to_end_id == "EndToEndId-004-01-01"

    def test_a_refunded_debit_names_the_debtor_though_the_entry_is_a_debit(self, bank_samples: Path) -> None:
        entries = entries_of(bank_samples / "viafintech__camt_parser/054__valid_example.xml")
        refunds = [entry for entry in entries if entry.return_reason == "MD06"]
        assert [entry.counterparty_name for entry in refunds] == ["Bernasconi Maria", "Rutschmann Pia"]
