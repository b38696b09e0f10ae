"""Every real file of the collection: what comes of it, or why it is refused."""

from decimal import Decimal
from pathlib import Path

from domain.banking.messages.balances import CLOSING, OPENING, Agreement, Tally
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.formats import read_any_statements
from domain.banking.messages.model import AccountNumber, Statement, StatementEntry
from domain.banking.messages.pain001 import read_credit_transfers
from domain.banking.messages.pain002 import read_status_report
from domain.banking.messages.pain008 import read_direct_debits
from domain.values.errors import DomainError
from domain.values.money import Money

# Statements | entries + transactions inside batches | the signed sum of the entries | on which basis the balances of a
# statement agree with its entries. Payment files and reports: items, and what they come to. Else the refusal's code.
NAME_LENGTH = 40  # of a file's name, as much as tells it from the others
EXPECTED = {
    "cn-csv/example-boc-records.csv": "1 | 17+0 | 426.70 CNY | booked",
    "cn-csv/example-cmb-records.csv": "1 | 5+0 | -779.14 CNY | off",
    "cn-csv/example-icbc-debit-v2-records.csv": "message_field_refused",
    "genkgo__camt/camt052.v1.xml": "1 | 1+0 | -200,000.00 SEK | unstated",
    "genkgo__camt/camt052.v2.with-account-name.xml": "1 | 1+0 | -200,000.00 SEK | unstated",
    "genkgo__camt/camt052.v4.xml": "message_currencies_mixed",
    "genkgo__camt/camt052.v6.xml": "message_currencies_mixed",
    "genkgo__camt/camt053.v2.all-balance-types.xml": "1 | 1+0 | 8.85 EUR | off",
    "genkgo__camt/camt053.v2.minimal.ultimate.xml": "1 | 1+0 | 8.85 EUR | off",
    "genkgo__camt/camt053.v2.multi.statement.xml": "2 | 2+0 | 1.85 EUR | booked",
    "genkgo__camt/camt053.v2.with-party-ids.xml": "1 | 1+0 | 8.85 EUR | off",
    "genkgo__camt/camt053.v3.xml": "1 | 1+0 | 8.85 EUR | off",
    "genkgo__camt/camt053.v8.xml": "1 | 1+0 | 8.85 EUR | off",
    "genkgo__camt/camt054.v2.xml": "1 | 1+3 | -200,000.00 SEK | unstated",
    "genkgo__camt/camt054.v8-with-UETR.xml": "1 | 1+0 | -200,000.00 SEK | unstated",
    "genkgo__camt/camt054.v8.xml": "1 | 1+3 | -200,000.00 SEK | unstated",
    "moov-io__iso20022/200519_camt.052_P_CH2909000000250094239_": "1 | 2+0 | -1,016.00 CHF | unstated",
    "moov-io__iso20022/200519_camt.054-Debit_P_CH29090000002500": "1 | 1+0 | -913.00 CHF | unstated",
    "moov-io__iso20022/200519_camt054-ESR-ASR_P_CH2909000000250": "1 | 2+5 | 1,390.00 CHF | unstated",
    "moov-io__iso20022/200519_camt054-epo_p_ch51090000002500922": "1 | 1+3 | -750.00 CHF | unstated",
    "moov-io__iso20022/200519_camt054-returns_p_ch2909000000250": "1 | 1+0 | 400.00 CHF | unstated",
    "moov-io__iso20022/200924_camt.054_P_CH2909000000250094239_": "1 | 1+2 | 1,692.22 CHF | unstated",
    "moov-io__iso20022/FI_camt_053_sample.xml.xml": "1 | 10+5 | 13,644.83 EUR | booked",
    "moov-io__iso20022/International_payment_RUB_naujas_1.xml": "1 payments, 1000.00",
    "moov-io__iso20022/camt.053_P_CH2909000000250094239_1110092": "1 | 5+0 | 4,656.02 CHF | valued",
    "moov-io__iso20022/gistfile1.xml": "3 payments, 11500000.00",
    "moov-io__iso20022/musterfile_pain.001_Nov2020.xml": "control_sum_mismatch",
    "moov-io__iso20022/pain002-epo_p_0_0_0_2018031510491259.xml": "report ACTC, 0 items",
    "moov-io__iso20022/pain002-epo_p_ch2909000000250094239_1109": "report None, 1 items",
    "moov-io__iso20022/pain008-musterfile.xml": "2 payments, 4.50",
    "moov-io__iso20022/statement_1.xml": "1 | 4+0 | -2,768.08 EUR | unstated",
    "moov-io__iso20022/valid_auth_v02.xml": "message_unexpected",
    "moov-io__iso20022/valid_pacs_v11.xml": "message_unexpected",
    "moov-io__iso20022/valid_reda_v01.xml": "message_unexpected",
    "viafintech__camt_parser/052__valid_example.xml": "1 | 2+0 | 5.00 EUR | booked",
    "viafintech__camt_parser/052__valid_namespace.xml": "message_incomplete",
    "viafintech__camt_parser/053__valid_example_with_batch.xml": "1 | 3+0 | 2,934.26 EUR | off",
    "viafintech__camt_parser/053__valid_example_with_debit.xml": "1 | 4+2 | -10.00 EUR | off",
    "viafintech__camt_parser/053__valid_example_with_other_id.xml": "1 | 0+0 | nothing | unstated",
    "viafintech__camt_parser/054__valid_example.xml": "1 | 4+2 | 59.03 CHF | unstated",
    "wolph__mt940/ASNB__mt940.txt": "31 | 8+0 | 56.94 EUR | booked",
    "wolph__mt940/betterplace__amount_formats.sta": "message_unexpected",
    "wolph__mt940/betterplace__empty_86.sta": "message_unexpected",
    "wolph__mt940/betterplace__empty_line.sta": "message_incomplete",
    "wolph__mt940/betterplace__sepa_mt9401.sta": "20 | 97+0 | -9,269,135.90 EUR | booked",
    "wolph__mt940/betterplace__sepa_snippet_broken.sta": "message_field_refused",
    "wolph__mt940/citi__mt940.txt": "1 | 5+0 | -1,142.75 USD | booked",
    "wolph__mt940/cmxl__account_balance_debit.sta": "message_unexpected",
    "wolph__mt940/cmxl__account_identification_legacy.sta": "message_unexpected",
    "wolph__mt940/cmxl__closing_balance.sta": "message_unexpected",
    "wolph__mt940/cmxl__reference.sta": "message_incomplete",
    "wolph__mt940/cmxl__statement_line.sta": "message_unexpected",
    "wolph__mt940/jejik__abnamro.sta": "2 | 10+0 | -345.93 EUR | off/unstated",
    "wolph__mt940/jejik__ing.sta": "1 | 7+0 | -45.59 EUR | off",
    "wolph__mt940/jejik__postfinance.sta": "1 | 4+0 | 159.40 CHF | off",
    "wolph__mt940/jejik__rabobank.sta": "4 | 5+0 | -1,589.09 EUR | booked/off/valued",
    "wolph__mt940/jejik__triodos.sta": "1 | 2+0 | -715.70 EUR | off",
    "wolph__mt940/mBank__mt942.sta": "1 | 3+0 | 0.03 PLN | unstated",
    "wolph__mt940/sberbank__171011_01234945.sta": "1 | 3+0 | -9,437.00 HUF | booked",
    "wolph__mt940/self-provided__details_60-63.sta": "1 | 1+0 | -233.15 EUR | off",
    "wolph__mt940/self-provided__february_30.sta": "1 | 1+0 | -6.00 EUR | booked",
    "wolph__mt940/self-provided__invalid_statement.sta": "message_account_not_named",
    "wolph__mt940/self-provided__malformed_details.sta": "1 | 1+0 | -233.15 EUR | off",
    "wolph__mt940/self-provided__multiline.sta": "1 | 2+0 | 114.00 EUR | valued",
    "wolph__mt940/self-provided__raiffeisen-cmi.sta": "1 | 7+0 | -1,012,213.50 HUF | off",
    "wolph__mt940/self-provided__sparkassen.sta": "message_unexpected",
    "wolph__mt940/self-provided__whitespace.sta": "1 | 1+0 | -233.15 EUR | off",
}
ACCOUNTS = {"boc": "6217000000003167", "cmb": "6225880000000001", "icbc": "6222000000009876"}


def told(path: Path) -> str:
    try:
        return _statements(path)
    except UnexpectedMessage as unexpected:
        kind = str(unexpected.facts["found"])
        try:
            return _payments(path, kind) or unexpected.code
        except DomainError as refusal:
            return refusal.code
    except DomainError as refusal:
        return refusal.code


def _statements(path: Path) -> str:
    bank = next((number for name, number in ACCOUNTS.items() if name in path.name), None)
    with path.open("rb") as source:
        statements = [
            (each, list(each.entries)) for each in read_any_statements(source, AccountNumber(bank) if bank else None)
        ]
    entries = [entry for _, own in statements for entry in own]
    inside = sum(len(entry.details) for entry in entries)
    total = Money.total((entry.amount for entry in entries), statements[0][0].currency) if entries else "nothing"
    bases = sorted({_basis(each, own).value for each, own in statements})
    assert all(entry.adds_up for entry in entries)
    return f"{len(statements)} | {len(entries)}+{inside} | {total} | {'/'.join(bases)}"


def _basis(statement: Statement, entries: list[StatementEntry]) -> Agreement:
    opening, closing = (
        next((found for kind in kinds if (found := statement.balance(kind)) is not None), None)
        for kinds in (OPENING, CLOSING)
    )
    last_on = next((balance.on for balance in statement.balances if balance.kind in CLOSING), statement.to_on)
    tally = Tally(last_on or statement.created_at.date())
    assert list(tally.counting(entries)) == entries
    return tally.agreement(opening, closing)


def _payments(path: Path, kind: str) -> str | None:
    with path.open("rb") as source:
        if "pain.002" in kind:
            report = read_status_report(source)
            return f"report {report.group_status}, {len(list(report.items))} items"
        if "pain.001" in kind:
            items = [item.amount.amount for block in read_credit_transfers(source).blocks for item in block.items]
        elif "pain.008" in kind:
            items = [item.amount.amount for block in read_direct_debits(source).blocks for item in block.items]
        else:
            return None
    return f"{len(items)} payments, {sum(items, Decimal(0))}"


def test_every_file_is_imported_or_refused_for_the_right_reason(bank_samples: Path) -> None:
    files = sorted(path for path in bank_samples.glob("*/*") if path.is_file())
    found = {f"{path.parent.name}/{path.name[:NAME_LENGTH]}": told(path) for path in files}
    assert len(found) == len(files)
    assert found == EXPECTED
