"""A bank over a folder, such as one mounted by SFTP: files put in one place, answers found in another.

| folder | who writes | what |
| --- | --- | --- |
| `out` | we | messages, `<message id>.xml`; the bank takes them away |
| `ack` | the bank | its word on a message, a pain.002 under the message's name |
| `in` | the bank | answers and statements, under any name |
| `kept` | we | answers as they were taken, numbered in the order they came |
| `statements` | we | statements, by the day they close on |
| `sent` | we | the digest of every message that was put in `out` |
| `quarantine` | we | what is no message, each with a `.reason.txt` |

A file appears whole, by a rename. What the bank is still writing (a name that says so, or XML that has not ended) is
left until it is complete; a file that has neither ended nor grown from one look to the next is put in quarantine. The
same bytes a second time are one file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Self

from domain.banking.channels.folder import finished_files, is_plain, locked, move_whole, write_whole
from domain.banking.channels.port import Answer, Reply
from domain.banking.errors import BankUnavailable, NotSent, OutcomeUnknown
from domain.banking.messages.formats import LOOK_AT_BYTES, Kind, kind_of, read_any_report, read_any_statements
from domain.banking.messages.parts import NOT_PROVIDED
from domain.values.errors import DomainError

FOLDERS = ("out", "ack", "in", "kept", "statements", "sent", "quarantine")
ANSWERS_PER_CALL = 100
MAX_BYTES = 1_000_000_000  # a file of a million debits is 0.6 GB
_END_OF_XML = re.compile(rb"</[\w:.-]+>\s*\Z")
_ENDS_WITHIN_BYTES = 256


@dataclass(slots=True)
class DirectoryChannel:
    """One bank's folder; made where it is missing. Raises BankUnavailable when it cannot be read or written."""

    root: Path
    name: str = "directory"
    _looked: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            for folder in FOLDERS:
                (self.root / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BankUnavailable(what="folder", detail=type(error).__name__) from error

    def submit(self, message_id: str, content: bytes) -> Reply:
        """Put a message in `out`. Raises NotSent, and OutcomeUnknown until the bank has acknowledged it: ask then."""
        if not is_plain(message_id):
            raise NotSent(detail="the message id is no file name")
        try:
            self._put(message_id, content)
        except OSError as error:
            # A rename has happened or has not; which of both is not told when the server went away.
            raise OutcomeUnknown(message_id=message_id, detail=type(error).__name__) from error
        reply = self._acknowledged(message_id)
        if reply is None:
            raise OutcomeUnknown(message_id=message_id, detail="not acknowledged yet")
        return reply

    def _put(self, message_id: str, content: bytes) -> None:
        digest, sent = sha256(content).hexdigest(), self.root / "sent" / message_id
        if sent.exists():
            if sent.read_text("ascii") != digest:
                raise NotSent(detail="another file was sent under this id")
            return
        # First the file, then the note: after a crash between both it is put there again, the same bytes.
        write_whole(self.root / "out" / f"{message_id}.xml", content)
        write_whole(sent, digest.encode("ascii"))

    def inquire(self, message_id: str) -> Reply | None:
        """What the bank has put in `ack`; None when we never put the message there. Raises BankUnavailable."""
        if not is_plain(message_id):
            return None
        try:
            reply, was_sent = self._acknowledged(message_id), (self.root / "sent" / message_id).exists()
        except OSError as error:
            raise BankUnavailable(what=f"message {message_id}", detail=type(error).__name__) from error
        if reply is None and was_sent:
            raise BankUnavailable(what=f"message {message_id}", detail="not acknowledged yet")
        return reply

    def _acknowledged(self, message_id: str) -> Reply | None:
        try:
            report = (self.root / "ack" / f"{message_id}.xml").read_bytes()
        except FileNotFoundError:
            return None
        try:
            told = read_any_report(BytesIO(report))
            for _item in told.items:
                pass  # a report is whole when its last item is read
        except DomainError:
            return None  # still being written; one that stays unreadable is as good as none
        # A bank that could not read the message knows it by the name of its file only.
        if told.original_message_id not in {message_id, NOT_PROVIDED}:
            return None
        return Reply(accepted=told.group_status != "RJCT", report=report)

    def answers(self, after: str) -> list[Answer]:
        """Up to a hundred answers behind the cursor, in the order they were taken. Raises BankUnavailable."""
        try:
            self._take_in()
            kept = [path for path in finished_files(self.root / "kept") if path.name[:12] > after]
            return [Answer(path.name[:12], path.read_bytes()) for path in kept[:ANSWERS_PER_CALL]]
        except OSError as error:
            raise BankUnavailable(what="answers", detail=type(error).__name__) from error

    def statements(self, on: date) -> Iterator[BinaryIO]:
        """The statements that close on that day. Raises BankUnavailable."""
        try:
            self._take_in()
            found = [path for path in finished_files(self.root / "statements") if path.name.startswith(f"{on}-")]
        except OSError as error:
            raise BankUnavailable(what="statements", detail=type(error).__name__) from error
        for path in found:
            with _opened(path) as source:
                yield source

    def _take_in(self) -> None:
        """Bring everything complete from `in` to where it belongs, one worker at a time."""
        with locked(self.root):
            arrived = sorted(finished_files(self.root / "in"), key=lambda path: (path.stat().st_mtime_ns, path.name))
            if not arrived:
                return
            kept = [path.name for path in finished_files(self.root / "kept")]
            shelf = _Shelf({name[13:29] for name in kept}, int(kept[-1][:12]) if kept else 0)
            for path in arrived:
                self._take(path, shelf)

    def _take(self, path: Path, shelf: "_Shelf") -> None:
        size, changed = path.stat().st_size, path.stat().st_mtime_ns
        if size > MAX_BYTES:
            self._quarantine(path, f"It is larger than {MAX_BYTES} bytes.")
        elif _has_ended(path):
            self._sort(path, shelf)
        elif self._looked.get(path.name) == (size, changed):
            self._quarantine(path, "It is empty, or XML that has not ended and is no longer written.")
        else:
            self._looked[path.name] = size, changed

    def _sort(self, path: Path, shelf: "_Shelf") -> None:
        self._looked.pop(path.name, None)
        with path.open("rb") as source:
            kind = kind_of(source.read(LOOK_AT_BYTES))
            source.seek(0)
            digest = file_digest(source, "sha256").hexdigest()[:16]
        if kind is None:
            self._quarantine(path, "It is neither a status report, a notice, nor a statement.")
        elif kind is Kind.STATEMENT:
            self._keep_statement(path, digest)
        elif digest in shelf.digests:
            path.unlink()  # the same bytes are one answer
        else:
            move_whole(path, self.root / "kept" / shelf.place(digest))

    def _keep_statement(self, path: Path, digest: str) -> None:
        try:
            with path.open("rb") as source:
                first = next(iter(read_any_statements(source)))
        except DomainError as refusal:
            self._quarantine(path, refusal.message("en"))
            return
        move_whole(path, self.root / "statements" / f"{first.to_on or first.created_at.date()}-{digest}.xml")

    def _quarantine(self, path: Path, reason: str) -> None:
        self._looked.pop(path.name, None)
        digest = sha256(path.name.encode() + path.stat().st_mtime_ns.to_bytes(16)).hexdigest()[:16]
        # The reason first: a file in quarantine never lies there without one.
        write_whole(self.root / "quarantine" / f"{digest}.reason.txt", f"{path.name}: {reason}\n".encode())
        move_whole(path, self.root / "quarantine" / digest)

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(slots=True)
class _Shelf:
    """The answers kept so far: what they are, and the number of the last."""

    digests: set[str]
    last: int

    def place(self, digest: str) -> str:
        """The name of the next one."""
        self.digests.add(digest)
        self.last += 1
        return f"{self.last:012d}-{digest}.xml"


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BankUnavailable(what="statements", detail=type(error).__name__) from error


def _has_ended(path: Path) -> bool:
    """Whether the content says that it is complete: XML by its last tag, an MT940 or a list by its last line's end."""
    with path.open("rb") as source:
        start = source.read(_ENDS_WITHIN_BYTES)
        source.seek(max(0, path.stat().st_size - _ENDS_WITHIN_BYTES))
        end = source.read(_ENDS_WITHIN_BYTES)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _END_OF_XML.search(end) is not None and b"Document>" in end
    return end.endswith((b"\n", b"-}", b"-"))
