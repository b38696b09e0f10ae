"""What bank messages of a million items cost: figures, not tests.

`python tests/benchmarks/messages.py [items]` writes a pain.008 and reads a pain.002, one item in twenty refused; what
a camt.053 costs, storing included, `statements.py` tells.
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time

from domain.banking.messages.model import (
    AccountNumber,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    ItemStatus,
    Party,
    StatusReport,
)
from domain.banking.messages.pain002 import read_status_report, write_status_report
from domain.banking.messages.pain008 import write_direct_debits
from domain.banking.references import end_to_end_ids
from domain.values.money import Money
from tests.benchmarks.banking import TENANT

ITEMS = 1_000_000
DEBTORS = 1_000
REFUSED_EVERY = 20
ON = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
AMOUNT = Money.of("100.01", "CNY")
OWN_NUMBER = "4000000000"
PARTIES = [
    Party(f"门店 {place} <A&B>", AccountNumber(f"62220200{place:08d}"), "102100099996") for place in range(DEBTORS)
]


class Watch:
    """Seconds passed, and seconds this process worked: the rest was waiting, or somebody else's."""

    def __init__(self) -> None:
        self.started, self.worked = perf_counter(), process_time()


def told(name: str, items: int, since: Watch, size: int = 0) -> None:
    seconds, worked = perf_counter() - since.started, process_time() - since.worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    written = f"{size / 2**20:8.0f} MiB" if size else " " * 12
    sys.stdout.write(
        f"{name:<34}{seconds:8.2f} s (CPU {worked:6.2f} s) {items / seconds:10,.0f}/s {written}   peak {peak} MiB\n"
    )


def debits(items: int) -> Iterator[DirectDebit]:
    reference = end_to_end_ids(TENANT)
    for number in range(1, items + 1):
        party = PARTIES[number % DEBTORS]
        yield DirectDebit(reference(number), AMOUNT, party, f"mnd_{number % DEBTORS:026d}", None, f"invoice {number}")


def write_debits(folder: Path, items: int) -> None:
    total = AMOUNT.amount * items
    block = DirectDebitBlock("1-1", ON, PARTIES[0], None, items, total, debits(items))
    start, path = Watch(), folder / "pain008.xml"
    with path.open("wb") as out:
        write_direct_debits(DirectDebitFile("RUN-1", AT, "HQ", items, total, [block]), out)
    told("pain.008 written", items, start, path.stat().st_size)
    path.unlink()


def read_report(folder: Path, items: int) -> None:
    reference, path = end_to_end_ids(TENANT), folder / "pain002.xml"
    statuses = (
        ItemStatus(reference(number), "RJCT", "AM04")
        if number % REFUSED_EVERY == 0
        else ItemStatus(reference(number), "ACSC", None, ON)
        for number in range(1, items + 1)
    )
    with path.open("wb") as out:
        write_status_report(StatusReport("R-1", AT, "RUN-1", "pain.008.001.08", "PART", statuses), out)
    start = Watch()
    with path.open("rb") as source:
        refused = sum(item.status == "RJCT" for item in read_status_report(source).items)
    assert refused == items // REFUSED_EVERY
    told("pain.002 read", items, start, path.stat().st_size)
    path.unlink()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as name:
        for measure in (write_debits, read_report):
            measure(Path(name), count)
