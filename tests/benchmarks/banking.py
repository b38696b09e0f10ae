"""What a run of many debits costs from due to booked: figures, not tests.

`python tests/benchmarks/banking.py [items]` starts a cluster of its own, or uses the empty database TEST_DATABASE_URL
names. The bank is a function here: what it costs is not ours.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import literal, literal_column, select, text

from domain.banking import answers, inbox, instructions
from domain.banking.channels.port import Answer, Reply
from domain.banking.messages.model import ItemStatus, StatusReport
from domain.banking.messages.pain002 import write_status_report
from domain.banking.messages.pain008 import read_direct_debits
from domain.banking.preparation import prepare_messages
from domain.banking.submission import submit_message
from domain.migrations.models import metadata
from domain.parties.accounts import NewBankAccount, add_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key, uuid7
from domain.platform.schema import role_statements, wall_statements
from domain.values.actor import system

ITEMS = 10_000
DEBTORS = 1_000
ON = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CLOCK = FixedClock(AT)
TENANT = tenant_key("benchmark-banking")
BY = system("benchmark")


class SettlingBank:
    """A bank that takes every file and settles every item."""

    name = "settling"

    def __init__(self) -> None:
        self.reports: list[bytes] = []

    def submit(self, message_id: str, content: bytes) -> Reply:
        items = [
            ItemStatus(item.end_to_end_id, "ACSC", None, ON)
            for block in read_direct_debits(BytesIO(content)).blocks
            for item in block.items
        ]
        self.reports.append(_report(message_id, "ACSC", items))
        return Reply(accepted=True, report=_report(message_id, "ACTC", []))

    def inquire(self, message_id: str) -> Reply | None:
        raise NotImplementedError(message_id)

    def answers(self, after: str) -> list[Answer]:
        first = int(after or "0")
        return [Answer(str(first + 1), content) for content in self.reports[first : first + 1]]

    def statements(self, on: date) -> Iterator[BinaryIO]:
        raise NotImplementedError(on)


def _report(message_id: str, group: str, items: list[ItemStatus]) -> bytes:
    out = BytesIO()
    write_status_report(StatusReport(f"R-{group}", AT, message_id, "pain.008.001.08", group, items), out)
    return out.getvalue()


@contextmanager
def opened() -> Iterator[Database]:
    url = os.environ.get("TEST_DATABASE_URL")
    if url:
        yield prepared(url)
        return
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder, EmbeddedPostgres(Path(folder)) as endpoint:
        database = prepared(endpoint.url())
        yield database
        database.close()


def prepared(url: str) -> Database:
    database = Database(url)
    tables = metadata()
    with database.owner.begin() as connection:
        for statement in role_statements():
            connection.execute(text(statement))
        tables.create_all(connection)
        for statement in wall_statements(tables.sorted_tables):
            connection.execute(text(statement))
    return database


def accounts(session: TenantSession, keys: KeyRing) -> UUID:
    """A thousand debtors with an account each, and the account their money goes to."""
    kinds = [PartyKind.HQ] + [PartyKind.DEBTOR] * DEBTORS
    parties = register_parties(
        session,
        [NewParty(kind=kind, name=f"P{place}", code=str(place)) for place, kind in enumerate(kinds)],
        actor=BY,
        clock=CLOCK,
    )
    new = [
        NewBankAccount(
            party_id=party.id,
            holder_name=party.name,
            bank_id="102100099996",
            number=f"4000{place:06d}",
            currency="CNY",
            own=place == 0,
        )
        for place, party in enumerate(parties)
    ]
    return add_bank_accounts(session, new, keys, actor=BY, clock=CLOCK)[0].id


@contextmanager
def measured(name: str, items: int) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds = perf_counter() - start
    sys.stdout.write(f"{name:<28}{seconds:8.2f} s {items / seconds:12,.0f}/s\n")


def run(database: Database, items: int) -> None:
    """One night: due, frozen, in files, sent, answered, booked."""
    keys, bank, run_id = KeyRing.generate(), SettlingBank(), uuid7()
    with database.session(Role.WORKER, TENANT) as session:
        own = accounts(session, keys)
    debtor = text("""generate_series(1, :items) AS due (number)
        JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM bank_account
              WHERE tenant_id = :tenant AND NOT own) AS debtor ON debtor.place = 1 + due.number % :debtors""")
    columns: tuple[Any, ...] = (
        literal("debit").label("direction"),
        literal("receivable_collection").label("purpose"),
        literal_column("'loan-' || due.number").label("obligation_key"),
        literal_column("10000 + due.number % 977").label("amount_minor"),
        literal("CNY").label("currency"),
        literal(own).label("own_account_id"),
        literal_column("debtor.id").label("counter_account_id"),
        literal(uuid7()).label("mandate_id"),
        literal(uuid7()).label("subject_id"),
        literal(ON).label("due_on"),
        literal("invoice").label("remittance"),
    )
    due = select(*columns).select_from(debtor.bindparams(items=items, tenant=TENANT, debtors=DEBTORS))
    with database.session(Role.WORKER, TENANT) as session:
        with measured("insert_due", items):
            assert instructions.insert_due(session, due, run_id=run_id, clock=CLOCK) == items
        with measured("lock_run (with digest)", items):
            instructions.lock_run(session, run_id, actor=BY, clock=CLOCK)
        with measured("prepare_messages", items):
            messages = prepare_messages(session, run_id, keys=keys, clock=CLOCK)
    with measured(f"submit {len(messages)} messages", items):
        for message_id in messages:
            submit_message(database, bank, TENANT, message_id, keys=keys, clock=CLOCK)
    with measured("fetch_answers", items):
        inbox.fetch_answers(database, bank, TENANT, keys=keys, clock=CLOCK)
    with measured("apply_answers", items):
        told = 0
        while told < items:
            with database.session(Role.WORKER, TENANT) as session:
                told += len(answers.apply_answers(session, keys=keys, clock=CLOCK, limit=2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"peak memory {peak} MiB\n")


if __name__ == "__main__":
    with opened() as database:
        run(database, int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS)
