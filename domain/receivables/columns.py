"""Which column of a file holds what: given as a value, or recognised from the header."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.receivables.errors import MissingColumns


class InvoiceField(StrEnum):
    """What a file of invoices may say of each."""

    SELLER_CODE = "seller_code"
    DEBTOR_CODE = "debtor_code"
    INVOICE_CODE = "invoice_code"
    INVOICE_NUMBER = "invoice_number"
    ISSUED_ON = "issued_on"
    DUE_ON = "due_on"
    AMOUNT = "amount"
    CURRENCY = "currency"
    DELIVERED_ON = "delivered_on"
    CONTRACT_REFERENCE = "contract_reference"
    NOT_ASSIGNABLE = "not_assignable"
    RED_LETTERED = "red_lettered"
    IS_CERTIFICATE = "is_certificate"


class DateOrder(StrEnum):
    """How a date with slashes and the year at its end is read; one that begins with the year needs no telling."""

    UNTOLD = "untold"
    MONTH_DAY_YEAR = "mdy"
    DAY_MONTH_YEAR = "dmy"


REQUIRED = (
    InvoiceField.DEBTOR_CODE,
    InvoiceField.INVOICE_NUMBER,
    InvoiceField.ISSUED_ON,
    InvoiceField.DUE_ON,
    InvoiceField.AMOUNT,
)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The header of the column that holds each field, and how the file writes its dates."""

    headers: dict[InvoiceField, str]
    date_order: DateOrder = DateOrder.UNTOLD


# The IBM sample of late payments names its columns so, and writes American dates.
US_PAYMENT_HISTORY = ColumnMap(
    {
        InvoiceField.DEBTOR_CODE: "customerID",
        InvoiceField.INVOICE_NUMBER: "invoiceNumber",
        InvoiceField.ISSUED_ON: "InvoiceDate",
        InvoiceField.DUE_ON: "DueDate",
        InvoiceField.AMOUNT: "InvoiceAmount",
    },
    DateOrder.MONTH_DAY_YEAR,
)

_ALIASES: dict[InvoiceField, tuple[str, ...]] = {
    InvoiceField.SELLER_CODE: ("seller", "seller code", "supplier", "supplier code", "供应商", "供应商代码", "卖方"),
    InvoiceField.DEBTOR_CODE: (
        *("debtor", "debtor code", "customer", "customer id", "customer code", "buyer", "buyer code"),
        *("付款方", "付款方代码", "客户", "客户代码", "客户编号", "买方", "买方代码", "债务人"),
    ),
    InvoiceField.INVOICE_CODE: ("invoice code", "发票代码"),
    InvoiceField.INVOICE_NUMBER: ("invoice number", "invoice no", "invoice", "发票号码", "发票号", "发票编号"),
    InvoiceField.ISSUED_ON: ("issued on", "issue date", "invoice date", "开票日期", "发票日期", "开票日"),
    InvoiceField.DUE_ON: ("due on", "due date", "到期日", "到期日期", "付款到期日"),
    InvoiceField.AMOUNT: (
        *("amount", "total", "face amount", "invoice amount", "gross amount"),
        *("金额", "发票金额", "价税合计", "含税金额"),
    ),
    InvoiceField.CURRENCY: ("currency", "币种", "货币"),
    InvoiceField.DELIVERED_ON: ("delivered on", "delivery date", "交付日期", "交货日期", "验收日期"),
    InvoiceField.CONTRACT_REFERENCE: ("contract reference", "contract", "contract number", "合同编号", "合同号"),
    InvoiceField.NOT_ASSIGNABLE: ("not assignable", "anti assignment", "禁止转让", "不得转让"),
    InvoiceField.RED_LETTERED: ("red lettered", "红冲", "已红冲"),
    InvoiceField.IS_CERTIFICATE: ("is certificate", "payment certificate", "电子凭证", "付款凭证"),
}


def recognise_columns(header: Sequence[str]) -> ColumnMap:
    """The map of a header in Chinese or English, whatever its case and spacing. Raises MissingColumns."""
    if set(US_PAYMENT_HISTORY.headers.values()) <= set(header):
        return US_PAYMENT_HISTORY
    by_name = {_folded(name): name for name in reversed(header)}
    found = {
        wanted: by_name[alias]
        for wanted, aliases in _ALIASES.items()
        for alias in reversed([_folded(alias) for alias in aliases])
        if alias in by_name
    }
    return check_columns(ColumnMap(found), header)


def check_columns(columns: ColumnMap, header: Sequence[str]) -> ColumnMap:
    """The map itself, if the header has every column it needs. Raises MissingColumns."""
    missing = [wanted.value for wanted in REQUIRED if columns.headers.get(wanted) not in header]
    missing += [name for name in columns.headers.values() if name not in header and name not in missing]
    if missing:
        raise MissingColumns(missing=missing, found=[name for name in header if name])
    return columns


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in text if character.isalnum())
