"""The bank's own database: SQLite, in memory or a file, one writer at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

# A move debits one account and credits another, so that the sum over all accounts is zero by construction; `world` is
# where cash comes from and goes to. Amounts are whole minor units. An item without a status is still to be executed.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS business_date (only INTEGER PRIMARY KEY CHECK (only = 1), today TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, name TEXT NOT NULL, currency TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('own', 'external', 'world')), closed_on TEXT, balance INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS move (
    id INTEGER PRIMARY KEY, booked_on TEXT NOT NULL, value_date TEXT NOT NULL,
    debit_account INTEGER NOT NULL REFERENCES account, credit_account INTEGER NOT NULL REFERENCES account,
    amount INTEGER NOT NULL CHECK (amount > 0), kind TEXT NOT NULL, end_to_end_id TEXT, remittance TEXT NOT NULL,
    counterparty_name TEXT, return_reason TEXT, CHECK (debit_account <> credit_account)
);
CREATE INDEX IF NOT EXISTS move_booked_on ON move (booked_on);
CREATE INDEX IF NOT EXISTS move_debit ON move (debit_account, booked_on);
CREATE INDEX IF NOT EXISTS move_credit ON move (credit_account, booked_on);
CREATE TABLE IF NOT EXISTS deposit (
    reference TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account,
    amount INTEGER NOT NULL CHECK (amount <> 0), due_on TEXT NOT NULL, text TEXT NOT NULL,
    counterparty_name TEXT, booked_on TEXT
);
CREATE TABLE IF NOT EXISTS shortage (
    account TEXT NOT NULL, reference TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY (account, reference)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deposit_waiting ON deposit (due_on) WHERE booked_on IS NULL;
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, digest TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ACTC', 'RJCT')), answer TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS mandate (mandate_id TEXT PRIMARY KEY, ended_on TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES message, direction TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL, currency TEXT NOT NULL, own_account TEXT NOT NULL,
    other_account TEXT NOT NULL, other_name TEXT NOT NULL, remittance TEXT NOT NULL, due_on TEXT NOT NULL,
    block TEXT NOT NULL, status TEXT CHECK (status IN ('ACSC', 'RJCT')), reason TEXT, settled_on TEXT,
    report_on TEXT, reported INTEGER NOT NULL DEFAULT 0, return_on TEXT, return_reason TEXT, returned_on TEXT
);
CREATE INDEX IF NOT EXISTS item_message ON item (message);
CREATE INDEX IF NOT EXISTS item_waiting ON item (due_on) WHERE status IS NULL;
CREATE INDEX IF NOT EXISTS item_unreported ON item (report_on) WHERE reported = 0 AND report_on IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_returning ON item (return_on) WHERE return_on IS NOT NULL AND returned_on IS NULL;
CREATE TABLE IF NOT EXISTS answer (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, message_id TEXT NOT NULL, issued_on TEXT NOT NULL,
    xml TEXT NOT NULL
);
"""


class Store:
    """The connection and the lock around it; `transaction` is the only way to the rows."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the books at `path`, or keep them in memory."""
        self._lock = Lock()
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one at a time: handlers run in threads and share the connection."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._connection.close()
