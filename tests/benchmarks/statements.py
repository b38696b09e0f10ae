"""What a camt.053 of a million entries costs from file to books: figures, not tests.

`python tests/benchmarks/statements.py [entries]` reads and imports a file of that many entries and one of twice as many
into a cluster of its own (or the empty database TEST_DATABASE_URL names), each in a process of its own, so that the
peak of memory is its own, too; then it imports the file once more, when everything in it is known.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import text

from domain.banking.messages.camt import read_statements
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import AccountNumber, Balance, Statement, StatementEntry
from domain.banking.references import end_to_end_ids
from domain.banking.statements import import_statements
from domain.platform.database import Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.values.money import Money
from tests.benchmarks.banking import CLOCK, TENANT, accounts, opened

ENTRIES = 1_000_000
PAYERS = 1_000
ON = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
AMOUNT = Money.of("100.01", "CNY")
OWN_NUMBER = AccountNumber("4000000000")
TICK = os.sysconf("SC_CLK_TCK")


def entries(count: int) -> Iterator[StatementEntry]:
    """What many payers paid in, each entry with the reference of its instruction."""
    reference = end_to_end_ids(TENANT)
    payers = [(f"门店 {place} <A&B>", AccountNumber(f"62220200{place:08d}")) for place in range(PAYERS)]
    for number in range(1, count + 1):
        name, account = payers[number % PAYERS]
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
            counterparty_name=name,
            counterparty_account=account,
        )


def write(path: Path, count: int) -> None:
    """The file, its balances true."""
    opening, closing = Money.zero("CNY"), Money(Decimal(AMOUNT.amount * count), "CNY")
    balances = Balance("OPBD", opening, ON), Balance("CLBD", closing, ON)
    statement = Statement("ST-1", OWN_NUMBER, "CNY", ON, ON, AT, balances, entries(count))
    with path.open("wb") as out:
        write_statements([statement], out, kind="camt.053", message_id="M-1", created_at=AT)


def server_seconds(pid: int) -> float:
    """CPU seconds of the process that serves us; 0 where it runs elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def measured(what: str, count: int, server: int | None = None) -> Iterator[None]:
    """Print what it took: seconds by the clock, of our CPU and of the server's."""
    start, worked, served = perf_counter(), process_time(), server_seconds(server) if server else 0.0
    yield
    wall, own = perf_counter() - start, process_time() - worked
    theirs = server_seconds(server) - served if server else 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{what:<24}{count:>10,} {wall:7.2f} s, CPU ours {own:6.2f} s, server's {theirs:6.2f} s, "
        f"{count / wall:8,.0f}/s, peak {peak:,} MiB\n"
    )
    sys.stdout.flush()


def server_of(session: TenantSession) -> int:
    """The server process behind this session's connection."""
    pid: int = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return pid


def run(count: int) -> None:
    """Read the file alone, then import it into empty books, then once more."""
    keys = KeyRing.generate()
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder, opened() as database:
        path = Path(folder) / "camt053.xml"
        write(path, count)
        with measured("read", count), path.open("rb") as source:
            assert sum(1 for statement in read_statements(source) for _ in statement.entries) == count
        with database.session(Role.WORKER, TENANT) as session:
            accounts(session, keys)
        for what, new in (("imported (read, stored)", count), ("imported once more", 0)):
            opening = database.session(Role.WORKER, TENANT)
            with opening as session, path.open("rb") as source, measured(what, count, server_of(session)):
                brought = import_statements(session, source, keys=keys, clock=CLOCK)
                assert brought.entries_new == new
                session.commit()


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    if "--once" in sys.argv:
        run(size)
    else:
        for each in (size, 2 * size):
            subprocess.run([sys.executable, __file__, str(each), "--once"], check=True)
