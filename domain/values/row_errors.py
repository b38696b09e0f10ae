"""One bad row of a file: where it stands and why it was not taken, in both languages. The good rows go on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar

Problem = TypeVar("Problem", bound=StrEnum)


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


def worded(
    sentences: Mapping[Problem, tuple[str, str]], row: int, column: str, problem: Problem, facts: Mapping[str, object]
) -> RowError:
    """The error of a row, its sentences (English, Chinese) filled with the facts."""
    english, chinese = sentences[problem]
    return RowError(row, column, problem.value, english.format(**facts), chinese.format(**facts))
