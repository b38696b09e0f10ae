"""Files to the bank: what is written is valid, complete, and reads back as it was."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.banking.messages.errors import ControlSumMismatch, FieldRefused
from domain.banking.messages.initiation import PAGE
from domain.banking.messages.model import (
    AccountNumber,
    ControlSum,
    CreditTransfer,
    CreditTransferBlock,
    CreditTransferFile,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    Party,
)
from domain.banking.messages.pain001 import read_credit_transfers, write_credit_transfers
from domain.banking.messages.pain008 import read_direct_debits, write_direct_debits
from domain.values.money import Money

HEADQUARTERS = Party("流水集团有限公司", AccountNumber("6222020000000000001"), "102100099996")
BRANCH = Party("上海 A&B <浦东>店", AccountNumber("6222020000000000017"), "ICBKCNBJ")
AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
NAMES = st.text(
    st.one_of(
        st.sampled_from("汇流成河<>&\"';{}]]> é€😀"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=140,
)
AMOUNTS = st.integers(1, 10**12).map(lambda minor: Money.from_minor(minor, "CNY"))


def debit(number: int = 1, amount: str = "10.01", remittance: str = "rent 2026-01") -> DirectDebit:
    return DirectDebit(
        end_to_end_id=f"E2E-{number}",
        amount=Money.of(amount, "CNY"),
        debtor=BRANCH,
        mandate_id="MND-1",
        mandate_signed_on=date(2025, 6, 1),
        remittance=remittance,
    )


def debit_block(*items: DirectDebit, block_id: str = "1-1") -> DirectDebitBlock:
    return DirectDebitBlock(
        block_id=block_id,
        collection_on=date(2026, 1, 6),
        creditor=HEADQUARTERS,
        creditor_scheme_id="CN99TRB000001",
        count=len(items),
        total=sum((item.amount.amount for item in items), Decimal(0)),
        items=iter(items),
    )


def debit_file(*blocks: DirectDebitBlock) -> DirectDebitFile:
    return DirectDebitFile(
        message_id="RUN-20260105-1",
        created_at=AT,
        initiating_name="流水集团",
        count=sum(block.count or 0 for block in blocks),
        total=sum((block.total or Decimal(0) for block in blocks), Decimal(0)),
        blocks=blocks,
    )


def debits(*items: DirectDebit) -> DirectDebitFile:
    return debit_file(debit_block(*items))


def transfer_block(*items: CreditTransfer, block_id: str = "1-1", debtor: Party = HEADQUARTERS) -> CreditTransferBlock:
    return CreditTransferBlock(
        block_id=block_id,
        execution_on=date(2026, 1, 6),
        debtor=debtor,
        count=len(items),
        total=sum((item.amount.amount for item in items), Decimal(0)),
        items=iter(items),
    )


def transfer_file(*blocks: CreditTransferBlock) -> CreditTransferFile:
    return CreditTransferFile(
        message_id="PAY-20260105-1",
        created_at=AT,
        initiating_name="流水集团",
        count=sum(block.count or 0 for block in blocks),
        total=sum((block.total or Decimal(0) for block in blocks), Decimal(0)),
        blocks=blocks,
    )


def transfers(*items: CreditTransfer) -> CreditTransferFile:
    return transfer_file(transfer_block(*items))


def debits_read(file: DirectDebitFile) -> DirectDebitFile:
    """The file with everything in it read."""
    return replace(file, blocks=tuple(replace(block, items=tuple(block.items)) for block in file.blocks))


def transfers_read(file: CreditTransferFile) -> CreditTransferFile:
    """The file with everything in it read."""
    return replace(file, blocks=tuple(replace(block, items=tuple(block.items)) for block in file.blocks))


def written_debits(file: DirectDebitFile) -> bytes:
    out = BytesIO()
    write_direct_debits(file, out)
    return out.getvalue()


def written_transfers(file: CreditTransferFile) -> bytes:
    out = BytesIO()
    write_credit_transfers(file, out)
    return out.getvalue()


class TestDirectDebits:
    def test_are_valid_by_the_official_schema(self, assert_valid: Callable[[bytes], None]) -> None:
        bare = replace(
            debit(2), mandate_id=None, mandate_signed_on=None, remittance="", debtor=replace(BRANCH, bank_id=None)
        )
        unsigned = replace(debit(3), mandate_signed_on=None)
        assert_valid(written_debits(debits(debit(1), bare, unsigned)))
        assert_valid(written_debits(debit_file(replace(debit_block(debit(1)), creditor_scheme_id=None))))
        two = debit_file(debit_block(debit(1)), debit_block(debit(2), debit(3), block_id="1-2"))
        assert_valid(written_debits(two))

    def test_read_back_as_they_were(self) -> None:
        def file() -> DirectDebitFile:
            return debit_file(debit_block(debit(1), debit(2, "0.99")), debit_block(debit(3), block_id="1-2"))

        # 10.01 + 0.99 = 11.00 in the first block, 10.01 in the second: 3 items, 21.01
        read = read_direct_debits(BytesIO(written_debits(file())))
        assert (read.count, read.total) == (3, Decimal("21.01"))
        assert debits_read(read) == debits_read(file())

    @given(names=st.lists(st.tuples(NAMES, NAMES, AMOUNTS), min_size=1, max_size=4))
    def test_carry_any_name_and_amount_unharmed(
        self, names: list[tuple[str, str, Money]], assert_valid: Callable[[bytes], None]
    ) -> None:
        items = [
            replace(debit(number), debtor=replace(BRANCH, name=name), remittance=remittance, amount=amount)
            for number, (name, remittance, amount) in enumerate(names)
        ]
        document = written_debits(debits(*items))
        assert_valid(document)
        (read,) = [list(block.items) for block in read_direct_debits(BytesIO(document)).blocks]
        assert read == items

    def test_return_the_control_sum_they_wrote(self) -> None:
        # 10.01 + 0.99 = 11.00
        assert write_direct_debits(debits(debit(1), debit(2, "0.99")), BytesIO()) == ControlSum(2, Decimal("11.00"))

    @pytest.mark.parametrize(("count", "total"), [(1, "20.02"), (3, "20.02"), (2, "20.03")])
    def test_are_refused_when_the_items_are_not_what_the_header_says(self, count: int, total: str) -> None:
        file, block = debits(), debit_block(debit(1), debit(2))
        stated = {"count": count, "total": Decimal(total)}
        for wrong in (replace(file, blocks=[block], **stated), debit_file(replace(block, **stated))):  # type: ignore[arg-type]
            with pytest.raises(ControlSumMismatch) as refusal:
                written_debits(
                    replace(wrong, blocks=[replace(each, items=[debit(1), debit(2)]) for each in wrong.blocks])
                )
            assert (refusal.value.facts["actual_count"], refusal.value.facts["actual_total"]) == (2, "20.02")

    @pytest.mark.parametrize("total", ["10.01", "20.02", "30.03"])
    def test_with_one_control_sum_of_three_off_are_refused_when_read(self, total: str) -> None:
        # 10.01 in the first block, 2 x 10.01 = 20.02 in the second, 30.03 in all
        document = written_debits(debit_file(debit_block(debit(1)), debit_block(debit(2), debit(3), block_id="1-2")))
        stated = f"<CtrlSum>{total}<".encode()
        assert document.count(stated) == 1
        with pytest.raises(ControlSumMismatch):
            debits_read(read_direct_debits(BytesIO(document.replace(stated, b"<CtrlSum>40.04<"))))

    def test_are_not_written_without_a_control_sum(self) -> None:
        with pytest.raises(FieldRefused, match="CtrlSum"):
            written_debits(replace(debits(debit(1)), total=None))
        with pytest.raises(FieldRefused, match="CtrlSum"):
            written_debits(debit_file(replace(debit_block(debit(1)), total=None)))

    def test_a_sum_of_more_than_eighteen_digits_is_refused(self) -> None:
        written_debits(debits(debit(1, "123456789012345.67")))
        with pytest.raises(FieldRefused, match="CtrlSum"):
            written_debits(replace(debits(debit(1)), total=Decimal("12345678901234567.89")))

    def test_are_written_page_by_page_as_they_come(self) -> None:
        out, sizes = BytesIO(), []

        def items() -> Iterator[DirectDebit]:
            for number in range(3 * PAGE):
                sizes.append(out.tell())
                yield debit(number)

        # 3 pages of 512 items; 1,536 × 10.01 = 15,375.36
        block = replace(debit_block(), count=1536, total=Decimal("15375.36"), items=items())
        write_direct_debits(debit_file(block), out)
        assert sizes[0] < sizes[PAGE] < sizes[2 * PAGE] < out.tell()


class TestCreditTransfers:
    def test_are_valid_by_the_official_schema(self, assert_valid: Callable[[bytes], None]) -> None:
        known = CreditTransfer("E2E-1", Money.of("100.00", "CNY"), BRANCH, "sweep back")
        abroad = CreditTransfer(
            "E2E-2", Money.of("70", "JPY"), Party("Åsa", AccountNumber("GB82 WEST 1234 5698 7654 32"), None)
        )
        assert_valid(written_transfers(transfers(known, abroad)))

    @given(name=NAMES, remittance=st.one_of(st.just(""), NAMES), amount=AMOUNTS)
    def test_read_back_as_they_were(self, name: str, remittance: str, amount: Money) -> None:
        items = (CreditTransfer("E2E-1", amount, replace(BRANCH, name=name), remittance),)
        read = read_credit_transfers(BytesIO(written_transfers(transfers(*items))))
        assert transfers_read(read) == transfers_read(transfers(*items))

    def test_from_several_accounts_are_one_valid_file(self, assert_valid: Callable[[bytes], None]) -> None:
        def file() -> CreditTransferFile:
            up = CreditTransfer("E2E-1", Money.of("100.00", "CNY"), HEADQUARTERS, "sweep up")
            down = CreditTransfer("E2E-2", Money.of("40.50", "CNY"), BRANCH, "sweep down")
            return transfer_file(transfer_block(up, debtor=BRANCH), transfer_block(down, block_id="1-2"))

        document = written_transfers(file())
        assert_valid(document)
        read = read_credit_transfers(BytesIO(document))
        # 100.00 + 40.50 = 140.50
        assert (read.count, read.total) == (2, Decimal("140.50"))
        assert transfers_read(read) == transfers_read(file())

    def test_instants_are_written_in_utc_whatever_the_zone(self) -> None:
        beijing = datetime(2026, 1, 5, 16, 30, tzinfo=timezone(timedelta(hours=8)))
        document = written_transfers(
            replace(transfers(CreditTransfer("E", Money.of("1", "CNY"), BRANCH)), created_at=beijing)
        )
        assert b"<CreDtTm>2026-01-05T08:30:00+00:00</CreDtTm>" in document


class TestWhatTheSchemaDoesNotAllow:
    def test_a_name_of_140_characters_is_written_and_of_141_refused(
        self, assert_valid: Callable[[bytes], None]
    ) -> None:
        assert_valid(written_debits(debits(replace(debit(), debtor=replace(BRANCH, name="店" * 140)))))
        with pytest.raises(FieldRefused, match="at most 140 characters are allowed, this has 141") as refusal:
            written_debits(debits(replace(debit(), debtor=replace(BRANCH, name="店" * 141))))
        assert "最多 140 个字符" in refusal.value.message("zh")

    def test_an_id_of_35_characters_is_written_and_of_36_refused(self, assert_valid: Callable[[bytes], None]) -> None:
        assert_valid(written_debits(debits(replace(debit(), end_to_end_id="E" * 35))))
        with pytest.raises(FieldRefused, match="at most 35 characters"):
            written_debits(debits(replace(debit(), end_to_end_id="E" * 36)))

    def test_an_id_may_hold_markup_but_no_white_space_around_it(self, assert_valid: Callable[[bytes], None]) -> None:
        assert_valid(written_debits(debits(replace(debit(), end_to_end_id="A&B<1>"))))
        with pytest.raises(FieldRefused, match="white space"):
            written_debits(debits(replace(debit(), end_to_end_id=" E1")))

    @pytest.mark.parametrize("name", ["", "a\nb", "a\tb", "a\x00b", "a\x1bb", "\ud800", "a\uffff", "a\x85b"])
    def test_names_that_xml_cannot_carry_are_refused(self, name: str) -> None:
        with pytest.raises(FieldRefused):
            written_debits(debits(replace(debit(), debtor=replace(BRANCH, name=name))))

    @pytest.mark.parametrize("number", ["", "1" * 35, "62<22", "6222 ", "６２２２"])
    def test_account_numbers_of_another_shape_are_refused_without_being_shown(self, number: str) -> None:
        party = replace(BRANCH, account=AccountNumber(number))
        with pytest.raises(FieldRefused) as refusal:
            written_debits(debits(replace(debit(), debtor=party)))
        assert not number[:-4] or number not in str(refusal.value)

    @pytest.mark.parametrize("amount", ["0.00", "-1.00"])
    def test_nothing_and_less_than_nothing_cannot_be_collected(self, amount: str) -> None:
        with pytest.raises(FieldRefused, match="above zero"):
            written_debits(debits(debit(1, amount)))


class TestAccountNumbers:
    def test_an_iban_is_told_by_its_check_digits(self) -> None:
        # ISO 13616's own example: 3214282912345698765432161182 mod 97 = 1
        assert AccountNumber("GB82 WEST 1234 5698 7654 32").iban == "GB82WEST12345698765432"
        assert AccountNumber("GB83 WEST 1234 5698 7654 32").iban is None
        assert AccountNumber("6222020000000000001").iban is None

    def test_never_print_whole(self) -> None:
        assert repr(BRANCH) == "Party(name='上海 A&B <浦东>店', account=AccountNumber(…0017), bank_id='ICBKCNBJ')"
