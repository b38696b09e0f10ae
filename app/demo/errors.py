"""What may be wrong with a demo's input or its outcome."""

from pathlib import Path

from domain.values.errors import DomainError


class FileUnusable(DomainError):
    """A file the scenario is to be made from cannot be used as a whole."""

    code = "demo_file_unusable"
    status = 422
    en = "{path} {problem_en}. Give a file like the one the README describes."
    zh = "文件 {path}:{problem_zh}。请提供 README 所述格式的文件。"

    def __init__(self, *, path: Path, problem_en: str, problem_zh: str) -> None:
        super().__init__(path=str(path), problem_en=problem_en, problem_zh=problem_zh)
