"""What bank messages of a million items cost: figures, not tests.

`python tests/benchmarks/messages.py [items]` writes a pain.008, reads a pain.002 (one item in twenty is refused)
and imports a camt.053, storing included, into a cluster of its own (or the empty database TEST_DATABASE_URL names).
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time

from domain.banking.messages.camt import read_statements
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import (
    AccountNumber,
    Balance,
    DirectDebit,
    DirectDebitBlock,
    DirectDebitFile,
    ItemStatus,
    Party,
    Statement,
    StatementEntry,
    StatusReport,
)
from domain.banking.messages.pain002 import read_status_report, write_status_report
from domain.banking.messages.pain008 import write_direct_debits
from domain.banking.references import end_to_end_ids
from domain.banking.statements import import_statements
from domain.platform.database import Role
from domain.platform.encryption import KeyRing
from domain.values.money import Money
from tests.benchmarks.banking import CLOCK, TENANT, accounts, opened

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


def entries(items: int) -> Iterator[StatementEntry]:
    reference = end_to_end_ids(TENANT)
    for number in range(1, items + 1):
        party = PARTIES[number % DEBTORS]
        yield StatementEntry(
            amount=AMOUNT,
            booked_on=ON,
            value_date=ON,
            servicer_reference=f"BK{number}",
            end_to_end_id=reference(number),
            status="BOOK",
            bank_transaction_code="PMNT-IDDT-PMDD",
            return_reason=None,
            remittance=f"invoice {number}",
            counterparty_name=party.name,
            counterparty_account=party.account,
        )


def read_statement(folder: Path, items: int) -> None:
    path = folder / "camt053.xml"
    opening, closing = Money.of("0.00", "CNY"), Money(Decimal(AMOUNT.amount * items), "CNY")
    balances = Balance("OPBD", opening, ON), Balance("CLBD", closing, ON)
    number = AccountNumber(OWN_NUMBER)
    statement = Statement("ST-1", number, "CNY", ON, ON, AT, balances, entries(items))
    with path.open("wb") as out:
        write_statements([statement], out, kind="camt.053", message_id="M-1", created_at=AT)
    start = Watch()
    with path.open("rb") as source:
        count = sum(1 for statement in read_statements(source) for _ in statement.entries)
    assert count == items
    told("camt.053 read", items, start, path.stat().st_size)
    keys = KeyRing.generate()
    with opened() as database:
        with database.session(Role.WORKER, TENANT) as session:
            accounts(session, keys)
        start = Watch()
        with database.session(Role.WORKER, TENANT) as session:
            brought = import_statements(session, path.read_bytes(), keys=keys, clock=CLOCK)
        assert brought.entries_new == items
        told("camt.053 imported (read, stored)", items, start)
    path.unlink()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as name:
        for measure in (write_debits, read_report, read_statement):
            measure(Path(name), count)
