"""One bad row of a file: where it stands and why it was not taken, in both languages. The good rows go on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Problem = TypeVar("Problem", bound=StrEnum)
Sentences = tuple[str, str]  # English, Chinese

# What is wrong with cells of any file, by its code.
_OF_ANY_FILE: Mapping[str, Sentences] = {
    "empty": ("This cell is empty. Fill it in.", "此单元格为空,请填写。"),
    "too_long": ("“{value}” has more than {limit} characters. Shorten it.", "“{value}”超过 {limit} 个字符,请缩短。"),
    "bad_amount": (
        "“{value}” is not an amount in {currency}: write digits with at most {places} decimals, such as {example}.",
        "“{value}”不是有效的 {currency} 金额:请填写数字,小数最多 {places} 位,例如 {example}。",
    ),
    "bad_date": (
        "“{value}” is not a date of the calendar. Write it as {example}.",
        "“{value}”不是有效日期,请按 {example} 的格式填写。",
    ),
    "wrong_encoding": (
        "“{value}” is not text in the file's encoding. Save the file as UTF-8 and check this cell.",
        "“{value}”与文件编码不一致,请将文件另存为 UTF-8 并核对此单元格。",
    ),
}


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that was refused: where (the header is row 1), and why."""

    row: int
    column: str
    code: str
    message_en: str
    message_zh: str

    def as_json(self) -> dict[str, object]:
        """As the import's row keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RowErrors(Generic[Problem]):
    """The errors of the rows of one kind of file: its own sentences beside those that every file has."""

    sentences: Mapping[Problem, Sentences]

    def __call__(self, row: int, column: str, problem: Problem, **facts: object) -> RowError:
        """The error of a row, its sentences filled with the facts."""
        english, chinese = self.sentences.get(problem) or _OF_ANY_FILE[problem.value]
        return RowError(row, column, problem.value, english.format(**facts), chinese.format(**facts))
