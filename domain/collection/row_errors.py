"""What can be wrong with one row of a file of mandates or plans: a code, and a sentence in two languages."""

from enum import StrEnum

from domain.values.errors import DomainError
from domain.values.row_errors import RowError, worded

__all__ = ["RowError", "RowProblem", "refused_row", "row_error"]


class RowProblem(StrEnum):
    """The stable codes of row errors; those that invoices know too have the same name there."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY_CELLS = "too_many_cells"
    WRONG_ENCODING = "wrong_encoding"
    BAD_AMOUNT = "bad_amount"
    NOT_POSITIVE = "not_positive"
    BAD_DATE = "bad_date"
    BAD_NUMBER = "bad_number"
    UNKNOWN_CURRENCY = "unknown_currency"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_PARTY = "unknown_party"
    UNKNOWN_MANDATE = "unknown_mandate"
    OTHER_PAYER = "other_payer"
    OTHER_PARTS = "other_parts"


_SENTENCES: dict[RowProblem, tuple[str, str]] = {
    RowProblem.EMPTY: ("This cell is empty. Fill it in.", "此单元格为空,请填写。"),
    RowProblem.TOO_LONG: (
        "“{value}” has more than {limit} characters. Shorten it.",
        "“{value}”超过 {limit} 个字符,请缩短。",
    ),
    RowProblem.TOO_MANY_CELLS: (
        "The row has {value} cells, the header {limit}. Put values with commas into quotes.",
        "该行有 {value} 个单元格,表头只有 {limit} 列。含逗号的内容请加引号。",
    ),
    RowProblem.WRONG_ENCODING: (
        "This cell is not readable text. Save the file as UTF-8.",
        "此单元格编码无法识别,请将文件另存为 UTF-8 编码。",
    ),
    RowProblem.BAD_AMOUNT: (
        "“{value}” is not an amount in {currency}: write digits with at most {places} decimals, such as {example}.",
        "“{value}”不是有效的 {currency} 金额:请填写数字,小数最多 {places} 位,例如 {example}。",
    ),
    RowProblem.NOT_POSITIVE: ("An amount is above zero, not {value}.", "金额须大于零,当前为 {value}。"),
    RowProblem.BAD_DATE: (
        "“{value}” is not a date of the calendar. Write it as {example}.",
        "“{value}”不是有效日期,请按 {example} 的格式填写。",
    ),
    RowProblem.BAD_NUMBER: (
        "“{value}” is not a whole number from {least} to {most}.",
        "“{value}”不是 {least} 至 {most} 的整数。",
    ),
    RowProblem.UNKNOWN_CURRENCY: (
        "“{value}” is not a currency we keep books in. Use an ISO 4217 code such as CNY.",
        "“{value}”不是支持的币种,请使用 ISO 4217 代码,例如 CNY。",
    ),
    RowProblem.UNKNOWN_WORD: ("“{value}” is not one of: {words}.", "“{value}”不在可选项之内:{words}。"),
    RowProblem.UNKNOWN_ACCOUNT: (
        "No account ends in {value} in that currency. Register it first, or correct the number.",
        "没有该币种下尾号为 {value} 的账户,请先登记或更正账号。",
    ),
    RowProblem.UNKNOWN_PARTY: (
        "No firm of the group has the code “{value}”. Register it first, or correct the code.",
        "集团内没有代码为“{value}”的企业,请先登记或更正代码。",
    ),
    RowProblem.UNKNOWN_MANDATE: (
        "No mandate has the reference “{value}”. Register it first, or correct the reference.",
        "没有编号为“{value}”的授权,请先登记或更正编号。",
    ),
    RowProblem.OTHER_PAYER: (
        "The account belongs to “{holder}”, not to “{value}”. Correct one of them.",
        "该账户属于“{holder}”,并非“{value}”,请更正其一。",
    ),
    RowProblem.OTHER_PARTS: (
        "Row {first_row} has the same reference and says another {heading}. Parts of one plan agree in it.",
        "第 {first_row} 行编号相同,但{heading}不同。同一计划的各期须一致。",
    ),
}


def row_error(row: int, column: str, problem: RowProblem, **facts: object) -> RowError:
    """The error of a row, its sentences filled with the facts."""
    return worded(_SENTENCES, row, column, problem, facts)


def refused_row(row: int, column: str, refusal: DomainError) -> RowError:
    """A row whose cells can be read, and which is refused all the same."""
    return RowError(row, column, refusal.code, refusal.message("en"), refusal.message("zh"))
