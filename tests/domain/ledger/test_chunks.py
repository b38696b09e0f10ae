"""Batches in chunks: killed between any two statements and called again, they come to the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from domain.ledger import bulk
from domain.ledger import service as ledger
from domain.ledger.batch import Batch, BatchPosted
from domain.ledger.errors import BatchChanged, BatchRefused, InsufficientFunds, PostingKeyReused
from domain.ledger.posting import Leg
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.ids import tenant_key
from domain.values.actor import Actor
from tests.domain.ledger.books import MONDAY, Books

PAYERS = 6
ROWS = 25  # three chunks of ten, the last one half full


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 10)


def rows_of(books: Books) -> list[tuple[int, int, int, int]]:
    """25 debits of 1.00, 2.00 … from six funded wallets into the header: 1 + 2 + … + 25 = 325.00."""
    refs = [books.header, *(books.wallet(number) for number in range(1, PAYERS + 1))]
    books.post("funding", *(Leg(books.suspense, ref, books.cny("100.00")) for ref in refs[1:]))
    header, *payers = [ledger.open_accounts(books.session, refs, clock=books.clock)[ref] for ref in refs]
    books.session.commit()
    return [(payers[n % PAYERS], header, n * 100, n) for n in range(1, ROWS + 1)]


def batch(rows: list[tuple[int, int, int, int]], **other: Any) -> Batch:  # noqa: ANN401 - any field of Batch
    return Batch("run", "test.collected", "run 1", MONDAY, "CNY", rows, **other)


def post(database: Database, books: Books, batch: Batch) -> BatchPosted:
    return ledger.post_in_chunks(database, books.session.tenant_id, batch, actor=books.actor, clock=books.clock)


class TestChunks:
    def test_each_has_its_posting_and_the_sum_is_the_batch(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        done = ledger.post_in_chunks(
            database, books.session.tenant_id, batch(rows), actor=books.actor, clock=books.clock
        )
        assert (len(done.posting_ids), done.accepted, str(done.total), done.repeated) == (3, 25, "325.00 CNY", False)
        assert books.posted(books.header) == "325.00"
        assert ledger.check(books.session) == []
        assert ledger.verify(books.session) == []

    def test_repeats_return_the_result_without_reading_the_rows(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        post(database, books, batch(rows))
        again = post(database, books, batch([]))
        assert (again.repeated, again.accepted) == (True, 25)

    def test_other_content_under_the_key_is_refused(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        post(database, books, batch(rows))
        with pytest.raises(PostingKeyReused):
            post(database, books, batch(rows, plan_digest=b"other"))

    def test_a_key_is_booked_whole_or_in_chunks_not_both(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        post(database, books, batch(rows))
        with pytest.raises(PostingKeyReused):
            ledger.post_rows(books.session, batch(rows), actor=books.actor, clock=books.clock)
        whole = replace(batch(rows[:1]), key="whole", rows=[(*rows[0][:3], 99)])
        ledger.post_rows(books.session, whole, actor=books.actor, clock=books.clock)
        books.session.commit()
        with pytest.raises(PostingKeyReused):
            post(database, books, whole)

    def test_short_of_funds_it_stops_and_goes_on_once_funded(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        poor = rows[0][0]
        rows.append((poor, rows[0][1], 100_00, 26))  # wallet 1 pays 7 + 13 + 19 + 25 + 1 = 65.00, and now 100.00 more
        with pytest.raises(InsufficientFunds):
            post(database, books, batch(rows))
        books.fund(books.wallet(2), "65.00")
        books.session.commit()
        done = post(database, books, batch(rows))
        assert (done.accepted, books.posted(books.header)) == (26, "425.00")

    def test_stopped_by_a_bad_row_it_is_finished_leniently(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        rows[-1] = (rows[-1][0], 999_999, 25_00, 25)  # 25.00 to nobody
        with pytest.raises(BatchRefused, match="unknown_account"):
            post(database, books, batch(rows))
        done = post(database, books, batch(rows, strict=False))
        assert (done.accepted, done.rejected, str(done.total)) == (24, 1, "300.00 CNY")  # 325.00 - 25.00

    def test_other_rows_under_a_batch_that_was_begun_are_refused(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        short = [*rows, (rows[0][0], rows[0][1], 100_00, 26)]
        with pytest.raises(InsufficientFunds):
            post(database, books, batch(short))
        with pytest.raises(BatchChanged):
            post(database, books, batch(rows))

    def test_lenient_chunks_record_their_rejects(self, database: Database, books: Books) -> None:
        rows = rows_of(books)
        rows[3] = (rows[3][0], 999_999, 400, 4)  # 4.00 to nobody
        done = post(database, books, batch(rows, strict=False))
        assert (done.accepted, done.rejected, str(done.total)) == (24, 1, "321.00 CNY")
        assert ledger.check(books.session) == []


@contextmanager
def killed_before(database: Database, statement: int) -> Iterator[Callable[[], int]]:
    """Terminate the worker's backend before its n-th statement; gives a count of the statements that began."""
    begun = 0

    def kill(connection: Connection, *_: object) -> None:
        nonlocal begun
        begun += 1
        if begun == statement:
            backend = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
            with database.owner.connect() as owner:
                owner.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})

    engine = database.engines[Role.WORKER]
    event.listen(engine, "before_cursor_execute", kill)
    try:
        yield lambda: begun
    finally:
        event.remove(engine, "before_cursor_execute", kill)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_killed_between_any_two_statements_it_resumes_to_the_same_totals(
    database: Database, actor: Actor, clock: FixedClock
) -> None:
    statement, statements = 0, 1
    while statement < statements:
        statement += 1
        tenant_id = tenant_key(f"killed-{statement}-{id(database)}")
        with database.session(Role.WORKER, tenant_id) as session:
            rows = rows_of(Books(session, actor, clock))[:15]  # 1 + 2 + … + 15 = 120.00 in two chunks
        with killed_before(database, statement) as begun:
            try:
                ledger.post_in_chunks(database, tenant_id, batch(rows), actor=actor, clock=clock)
            except DBAPIError:
                statements = statement + 1
            else:
                statements = begun()
        done = ledger.post_in_chunks(database, tenant_id, batch(rows), actor=actor, clock=clock)
        assert (done.accepted, str(done.total)) == (15, "120.00 CNY"), statement
        with database.session(Role.WORKER, tenant_id) as session:
            books = Books(session, actor, clock)
            assert books.posted(books.header) == "120.00", statement
            assert ledger.check(session) == [], statement
            ledger.seal(session, clock=clock)
            assert ledger.verify(session) == [], statement
    assert statement > 30, "every statement of two chunks was killed once"
