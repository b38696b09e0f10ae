"""The bank's side of a folder: files taken from `out`, its word put in `ack`, answers and statements in `in`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.bank_simulator.bank import Bank
from domain.banking.channels.folder import finished_files, is_plain, write_whole
from domain.values.errors import DomainError

_ANSWERS_AT_ONCE = 1_000


@dataclass(slots=True)
class FolderDesk:
    """Where a bank that has no gateway is met; `cursor` is the last answer it has handed out."""

    bank: Bank
    root: Path
    cursor: int = 0

    def work(self) -> int:
        """Take in what lies in `out` and hand out what is new; returns how many files were taken."""
        for folder in ("out", "ack", "in"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        files = finished_files(self.root / "out")
        for path in files:
            self._take(path)
        while answers := self.bank.answers_after(self.cursor, _ANSWERS_AT_ONCE).answers:
            for answer in answers:
                name = f"{answer.cursor:09d}-{answer.kind}.xml"
                write_whole(self.root / "in" / name, answer.xml.encode())
                self.cursor = answer.cursor
        return len(files)

    def _take(self, path: Path) -> None:
        """The word first, then the file goes: after a crash between both it is taken again, and says the same."""
        reply = self.bank.take_in(path.read_bytes())
        if is_plain(path.name):
            write_whole(self.root / "ack" / path.name, reply.answer.encode())
        path.unlink()

    def state(self, on: date) -> bool:
        """Put the statements of a day in `in`; False while the day has not been reached."""
        try:
            document = self.bank.statement_document(on, None)
        except DomainError:
            return False
        write_whole(self.root / "in" / f"statements-{on}.xml", document)
        return True
