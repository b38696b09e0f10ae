"""The entries of a file on their way into the books: streamed beside them, then kept by a few statements for all.

Most are new and are kept as they come. One whose identity the books have already is set aside until the file has ended.
Then it is counted which occurrence of its content within its statement it is: the first is known, a second may be new.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CursorResult, TextClause, text

from domain.banking.entry_details import DetailStaging
from domain.banking.portions import Told
from domain.platform.database import TenantSession, driver_of
from domain.platform.numbers import reserve
from domain.platform.temporary import dropped

ENTRY_SERIES = "statement_entry"

_COLUMNS = """
    id, statement_id, account_id, currency, identity, direction, amount_minor, booked_on, value_date,
    servicer_reference, end_to_end_id, claimed_instruction_id, bank_transaction_code, return_reason, remittance,
    counterparty_name, counterparty_hash, counterparty_masked, state
"""
# `telling` is the number of the first entry of the same telling: a file may tell one statement twice.
_CREATE = f"""
    {dropped("entry_staged", "entry_met_again")};
    CREATE TEMPORARY TABLE entry_staged (
      telling bigint, id bigint, statement_id uuid, account_id uuid, currency text, identity text, direction text,
      amount_minor bigint, booked_on date, value_date date, servicer_reference text, end_to_end_id text,
      claimed_instruction_id bigint, bank_transaction_code text, return_reason text, remittance text,
      counterparty_name text, counterparty_hash bytea, counterparty_masked text, state text) ON COMMIT DROP;
    CREATE TEMPORARY TABLE entry_met_again (LIKE entry_staged) ON COMMIT DROP
"""
_COPY = f"COPY pg_temp.entry_staged (telling, {_COLUMNS}) FROM STDIN"


def _insert(source: str) -> TextClause:
    # What another session has kept in the meantime is met again, too.
    return text(f"""
        INSERT INTO statement_entry (tenant_id, {_COLUMNS}) SELECT :tenant, {_COLUMNS} FROM pg_temp.{source} ORDER BY id
        ON CONFLICT DO NOTHING
    """)


_KEEP, _KEEP_LATER = _insert("entry_staged"), _insert("entry_met_again")
_SET_ASIDE = text("""
    INSERT INTO pg_temp.entry_met_again SELECT * FROM pg_temp.entry_staged AS staged
    WHERE NOT EXISTS (SELECT FROM statement_entry AS kept WHERE kept.tenant_id = :tenant AND kept.id = staged.id)
""")
# Of the entries set aside, the first of a content is the second in its telling if the telling's first was kept.
_NUMBER = text("""
    WITH counted AS (
      SELECT id, row_number() OVER (PARTITION BY telling, account_id, identity ORDER BY id)
                 + EXISTS (SELECT FROM statement_entry AS kept
                           WHERE kept.tenant_id = :tenant AND kept.account_id = met.account_id
                             AND kept.identity = met.identity AND kept.id BETWEEN met.telling AND met.id)::integer
                 AS occurrence
      FROM pg_temp.entry_met_again AS met)
    UPDATE pg_temp.entry_met_again AS met SET identity = met.identity || '#' || occurrence
    FROM counted WHERE counted.id = met.id AND occurrence > 1
""")
# What was announced is booked: it is the entry it was, on the dates it has now, those of the first that says so.
_BOOK = text("""
    UPDATE statement_entry AS entry SET state = 'imported', booked_on = said.booked_on, value_date = said.value_date
    FROM (SELECT DISTINCT ON (account_id, identity) account_id, identity, booked_on, value_date
          FROM pg_temp.entry_met_again WHERE state = 'imported' ORDER BY account_id, identity, id) AS said
    WHERE entry.tenant_id = :tenant AND entry.account_id = said.account_id AND entry.identity = said.identity
      AND entry.state = 'pending'
""")

Placed = tuple[UUID, UUID, Told]  # a statement or a part of one, behind the ids of that statement and its account


class EntryStaging:
    """The entries of one file, portion by portion; `first_id` is the first number they took."""

    def __init__(self, session: TenantSession) -> None:
        self.first_id: int | None = None
        self._session = session
        self._telling = 0
        self._some_met_again = False
        self._details = DetailStaging(session)
        driver_of(session).execute(_CREATE.encode())

    def keep(self, placed: Sequence[Placed]) -> int:
        """Keep those that are not known by their identity; returns how many."""
        told = sum(len(part.entries) for _, _, part in placed)
        if not told:
            return 0
        ids = reserve(self._session, ENTRY_SERIES, told)
        self.first_id = self.first_id or ids.start
        self._stream(placed, ids.start)
        kept = self._run(_KEEP)
        if kept < told:
            self._run(_SET_ASIDE)
            self._some_met_again = True
        return kept

    def finish(self) -> int:
        """With the file at its end look at what was met again; returns how many of it are new after all."""
        kept = 0
        if self._some_met_again:
            driver_of(self._session).execute(b"ANALYZE pg_temp.entry_met_again")
            if self._run(_NUMBER):
                kept = self._run(_KEEP_LATER)
            self._run(_BOOK)
        self._details.keep()
        return kept

    def _stream(self, placed: Sequence[Placed], first_id: int) -> None:
        driver, details = driver_of(self._session), []
        driver.execute(b"TRUNCATE pg_temp.entry_staged")
        entry_id = first_id
        with driver.cursor() as cursor, cursor.copy(_COPY.encode()) as copy:
            for statement_id, account_id, part in placed:
                if part.is_first:
                    self._telling = entry_id
                telling, statement, account, currency = self._telling, str(statement_id), str(account_id), part.currency
                for entry in part.entries:
                    # All but the last column as they stand: a million times a copy of their names would be dear.
                    copy.write_row((telling, entry_id, statement, account, currency, *entry[:-1]))
                    if entry.details:
                        details.append((entry_id, entry.details))
                    entry_id += 1
        self._details.stream(details)

    def _run(self, statement: TextClause) -> int:
        result = self._session.execute(statement, {"tenant": self._session.tenant_id})
        assert isinstance(result, CursorResult)
        return result.rowcount
