"""What a server said before it ended."""

from pathlib import Path

from domain.platform.embedded.home import Home

# From then on the server writes to its own log and no longer to the start's.
HANDED_OVER = "redirecting log output to logging collector"


def last_words(home: Home) -> str:
    """The log of the start, or the server's own once it had one."""
    said = home.start_log.read_text(errors="replace") if home.start_log.exists() else ""
    if HANDED_OVER in said:
        newest = max((home.data / "log").glob("*.log"), key=_written_at, default=home.start_log)
        said = newest.read_text(errors="replace")
    return said


def _written_at(path: Path) -> float:
    return path.stat().st_mtime
