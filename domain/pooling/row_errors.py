"""What can be wrong with one row of a till file: a code, and a sentence in two languages with the remedy."""

from enum import StrEnum

from domain.values.row_errors import RowError, RowErrors

__all__ = ["RowError", "RowProblem", "row_error"]


class RowProblem(StrEnum):
    """The stable codes of row errors; those that invoices know too have the same name there."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    BAD_AMOUNT = "bad_amount"
    BAD_DATE = "bad_date"
    WRONG_ENCODING = "wrong_encoding"
    UNKNOWN_BRANCH = "unknown_branch"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DIFFERS_FROM_BEFORE = "differs_from_before"


_SENTENCES: dict[RowProblem, tuple[str, str]] = {
    RowProblem.WRONG_ENCODING: (
        "This cell is not UTF-8 text. Save the file as UTF-8.",
        "此单元格不是 UTF-8 文本,请将文件另存为 UTF-8 编码。",
    ),
    RowProblem.UNKNOWN_BRANCH: (
        "No branch has the code “{value}”. Register it first, or correct the code.",
        "没有代码为“{value}”的门店,请先登记或更正代码。",
    ),
    RowProblem.DUPLICATE_IN_FILE: (
        "The same store, department and week stand in row {first_row}. Remove one of them.",
        "第 {first_row} 行已有相同的门店、部门和周,请删除其中一行。",
    ),
    RowProblem.DIFFERS_FROM_BEFORE: (
        "This week was imported before as {known}, now it is {value}. Book the difference as a correction.",
        "该周此前已导入,金额为 {known},现为 {value}。差额请作为更正入账。",
    ),
}

row_error = RowErrors(_SENTENCES)
