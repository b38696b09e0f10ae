"""What can be wrong with one row of a file of invoices: a code, and a sentence in two languages with the remedy."""

from enum import StrEnum

from domain.values.row_errors import RowError, RowErrors

__all__ = ["RowError", "RowProblem", "row_error"]


class RowProblem(StrEnum):
    """The stable codes of row errors."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    BAD_AMOUNT = "bad_amount"
    NOT_POSITIVE = "not_positive"
    BAD_DATE = "bad_date"
    AMBIGUOUS_DATE = "ambiguous_date"
    DUE_BEFORE_ISSUE = "due_before_issue"
    UNKNOWN_CURRENCY = "unknown_currency"
    UNKNOWN_DEBTOR = "unknown_debtor"
    UNKNOWN_SELLER = "unknown_seller"
    NO_TAX_ID = "no_tax_id"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_INVOICE = "duplicate_invoice"
    REGISTERED_ELSEWHERE = "registered_elsewhere"
    TOO_MANY_CELLS = "too_many_cells"
    WRONG_ENCODING = "wrong_encoding"
    BAD_FLAG = "bad_flag"
    RESEMBLES_REGISTERED = "resembles_registered"


_SENTENCES: dict[RowProblem, tuple[str, str]] = {
    RowProblem.NOT_POSITIVE: (
        "An invoice is for more than zero, not {value}. Enter credit notes as such.",
        "发票金额必须大于零,当前为 {value}。红字发票请按红字登记。",
    ),
    RowProblem.AMBIGUOUS_DATE: (
        "“{value}” can be read in two ways. Write it as {example}, or say which order the file uses.",
        "“{value}”的日期顺序不明确,请按 {example} 的格式填写,或指定文件的日期顺序。",
    ),
    RowProblem.DUE_BEFORE_ISSUE: (
        "The invoice falls due on {value}, before it was issued on {issued_on}. Correct one of the dates.",
        "到期日 {value} 早于开票日 {issued_on},请更正日期。",
    ),
    RowProblem.UNKNOWN_CURRENCY: (
        "“{value}” is not a currency we keep books in. Use an ISO 4217 code such as CNY.",
        "“{value}”不是支持的币种,请使用 ISO 4217 代码,例如 CNY。",
    ),
    RowProblem.UNKNOWN_DEBTOR: (
        "No debtor has the code “{value}”. Register it first, or correct the code.",
        "没有代码为“{value}”的付款方,请先登记或更正代码。",
    ),
    RowProblem.UNKNOWN_SELLER: (
        "No seller has the code “{value}”. Register it first, or correct the code.",
        "没有代码为“{value}”的供应商,请先登记或更正代码。",
    ),
    RowProblem.NO_TAX_ID: (
        "“{value}” has no tax id, and without it an invoice cannot be told from another firm's. Add it to the party.",
        "“{value}”未登记税号,无法与其他企业的发票区分,请先补充税号。",
    ),
    RowProblem.DUPLICATE_IN_FILE: (
        "The same invoice stands in row {first_row}. Remove one of them.",
        "与第 {first_row} 行为同一发票,请删除其中一行。",
    ),
    RowProblem.DUPLICATE_INVOICE: (
        "This invoice is already registered. Nothing needs to be done.",
        "该发票已登记,无需重复处理。",
    ),
    # Says neither by whom nor when: that is another firm's business.
    RowProblem.REGISTERED_ELSEWHERE: (
        "This invoice cannot be registered: it is already pledged. Contact the operator if it is yours.",
        "该发票已被登记,无法再次登记。如确属贵司,请联系平台运营人员。",
    ),
    # Registered all the same, and held for a person; again neither whose the other one is, nor since when.
    RowProblem.RESEMBLES_REGISTERED: (
        "An invoice of this number between these firms has another date or total. An operator will compare the two.",
        "相同交易双方、相同号码的发票已有登记,但日期或金额不同,须由运营人员核对。",
    ),
    RowProblem.BAD_FLAG: (
        "“{value}” is neither yes nor no. Write yes or no, or leave the cell empty.",
        "“{value}”不是“是”或“否”,请填写“是”或“否”,或留空。",
    ),
    RowProblem.TOO_MANY_CELLS: (
        "The row has {value} cells and the header {limit}. Check for a separator inside a cell.",
        "该行有 {value} 个单元格,而表头只有 {limit} 个,请检查单元格内是否含有分隔符。",
    ),
}

row_error = RowErrors(_SENTENCES)
