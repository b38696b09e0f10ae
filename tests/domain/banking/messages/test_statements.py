"""Statements, intraday reports and notices."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from domain.banking.messages.camt import read_statements
from domain.banking.messages.camt_writer import StatementKind, write_statements
from domain.banking.messages.model import AccountNumber, Balance, Batch, EntryDetail, Statement, StatementEntry
from domain.values.money import Money

OWN = AccountNumber("6222020000000000001")
DAY = date(2026, 1, 6)
AT = datetime(2026, 1, 6, 23, tzinfo=UTC)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


COLLECTED = StatementEntry(
    amount=cny("10.01"),
    booked_on=DAY,
    value_date=DAY,
    servicer_reference="BK20260106-1C",
    end_to_end_id="E2E-1",
    status="BOOK",
    bank_transaction_code="PMNT-IDDT-PMDD",
    return_reason=None,
    remittance="rent <2026-01>",
    counterparty_name="上海 A&B 店",
    counterparty_account=AccountNumber("6222020000000000017"),
)
RETURNED = COLLECTED._replace(
    amount=cny("-10.01"),
    servicer_reference="BK20260109-7D",
    bank_transaction_code="PMNT-IDDT-UPDD",
    return_reason="MD06",
)
BARE = StatementEntry(cny("0.00"), DAY, DAY, "BK-B", None, "BOOK", "PMNT-IDDT-PMDD", None, "", None, None)
FIRST = EntryDetail(cny("10.01"), "BK-1", "E2E-1", None, None, "rent", "分店 <1>", AccountNumber("6222020000000017"))
SECOND = EntryDetail(cny("5.00"), None, "E2E-2", "PMNT-IDDT-PMDD", None, "", None, None)
STATEMENT = Statement(
    statement_id="ST-20260106-1",
    account=OWN,
    currency="CNY",
    from_on=DAY,
    to_on=DAY,
    created_at=AT,
    balances=(Balance("OPBD", cny("100.00"), DAY), Balance("CLBD", cny("100.00"), DAY)),
    entries=(COLLECTED, RETURNED),
)


def written(*statements: Statement, kind: StatementKind = "camt.053") -> bytes:
    out = BytesIO()
    write_statements(statements, out, kind=kind, message_id="STMT-20260106", created_at=AT)
    return out.getvalue()


def read(document: bytes) -> list[Statement]:
    return [replace(each, entries=tuple(each.entries)) for each in read_statements(BytesIO(document))]


class TestWriting:
    def test_is_valid_by_the_official_schemas(self, assert_valid: Callable[[bytes], None]) -> None:
        bare = StatementEntry(cny("0.00"), None, None, None, None, "PDNG", None, None, "", None, None)
        own_code = bare._replace(bank_transaction_code="544", counterparty_name="Åsa")
        assert_valid(written(STATEMENT, replace(STATEMENT, entries=(bare, own_code))))
        assert_valid(written(replace(STATEMENT, balances=()), kind="camt.054"))
        assert_valid(written(STATEMENT, kind="camt.052"))

    def test_reads_back_as_it_was_collection_and_return_alike(self) -> None:
        other = replace(STATEMENT, statement_id="ST-2", entries=())
        assert read(written(STATEMENT, other, STATEMENT)) == [STATEMENT, other, STATEMENT]

    def test_a_batch_is_read_back_as_one_entry_with_its_transactions(
        self, assert_valid: Callable[[bytes], None]
    ) -> None:
        # 10.01 + 5.00 = 15.01
        batch = BARE._replace(amount=cny("15.01"), batch=Batch("RUN-1", "1-1", 2), details=(FIRST, SECOND))
        assert batch.adds_up
        document = written(replace(STATEMENT, entries=(batch, COLLECTED)))
        assert_valid(document)
        assert read(document) == [replace(STATEMENT, entries=(batch, COLLECTED))]

    def test_transactions_may_be_without_amounts_or_not_add_up_and_the_entry_stands(self) -> None:
        without = BARE._replace(amount=cny("15.01"), details=(replace(FIRST, amount=None), SECOND))
        short = BARE._replace(amount=cny("15.02"), details=(FIRST, SECOND))
        assert [without.adds_up, short.adds_up] == [True, False]
        (statement,) = read(written(replace(STATEMENT, entries=(without, short))))
        assert statement.entries == (without, short)

    @given(
        entries=st.lists(
            st.builds(
                StatementEntry._replace,
                st.sampled_from([COLLECTED, RETURNED]),
                amount=st.integers(-(10**12), 10**12).map(lambda minor: Money.from_minor(minor, "CNY")),
                counterparty_name=st.text("汇流<&>' x", min_size=1, max_size=140),
                remittance=st.text("汇流<&>' x", max_size=140),
                end_to_end_id=st.one_of(st.none(), st.just("E2E-9")),
            ),
            max_size=4,
        )
    )
    def test_reads_back_any_entry(self, entries: list[StatementEntry], assert_valid: Callable[[bytes], None]) -> None:
        document = written(replace(STATEMENT, entries=entries))
        assert_valid(document)
        assert read(document) == [replace(STATEMENT, entries=tuple(entries))]


def report(entries: str) -> bytes:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"><BkToCstmrDbtCdtNtfctn>'
        "<GrpHdr><MsgId>N</MsgId><CreDtTm>2026-01-06T12:00:00</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id>"
        f"<Acct><Id><Othr><Id>622200</Id></Othr></Id></Acct>{entries}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


class TestReading:
    def test_direction_comes_from_the_entry_not_from_its_details(self) -> None:
        details = '<NtryDtls><TxDtls><Amt Ccy="CNY">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls></NtryDtls>'
        (statement,) = read(
            report(f'<Ntry><Amt Ccy="CNY">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>{details}</Ntry>')
        )
        assert [entry.amount for entry in statement.entries] == [cny("-5.00")]

    def test_a_batch_of_several_transactions_has_no_end_to_end_id_of_its_own(self) -> None:
        transaction = "<TxDtls><Refs><EndToEndId>E{}</EndToEndId></Refs></TxDtls>"
        details = f"<NtryDtls>{transaction.format(1)}{transaction.format(2)}</NtryDtls>"
        (statement,) = read(
            report(f'<Ntry><Amt Ccy="CNY">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>{details}</Ntry>')
        )
        assert [entry.end_to_end_id for entry in statement.entries] == [None]

    def test_a_notice_without_entries_names_no_currency(self) -> None:
        (statement,) = read(report(""))
        assert (statement.currency, statement.entries) == ("XXX", ())

    def test_entries_the_caller_skipped_do_not_leak_into_the_next_account(self) -> None:
        document = written(STATEMENT, replace(STATEMENT, statement_id="ST-2", entries=(RETURNED,)))
        seen = [
            (each.statement_id, list(each.entries))
            for each in read_statements(BytesIO(document))
            if "2" in each.statement_id[-1]
        ]
        assert seen == [("ST-2", [RETURNED])]

    def test_a_balance_is_found_by_its_kind(self) -> None:
        assert STATEMENT.balance("CLBD") == cny("100.00")
        assert STATEMENT.balance("ITBD") is None
