"""Many at once: no update is lost, no floor is passed, nothing is booked twice, nobody deadlocks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from domain.ledger import service as ledger
from domain.ledger.errors import InsufficientFunds
from domain.ledger.posting import Leg, Posting
from domain.platform.database import Database, Role
from tests.domain.ledger.books import Books

AT_ONCE = 20  # connections in the pool of a role: beyond it, threads wait for one another there
THREADS = 50


def together(count: int, act: Callable[[int], str]) -> list[str]:
    """Run `act` in `count` threads that start at the same moment."""
    barrier = Barrier(count)

    def wait_and_act(number: int) -> str:
        barrier.wait(timeout=10)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(wait_and_act, range(count)))


def poster(database: Database, books: Books, role: Role, make: Callable[[int], Posting]) -> Callable[[int], str]:
    def act(number: int) -> str:
        try:
            with database.session(role, books.session.tenant_id) as session:
                done = ledger.post(session, make(number), actor=books.actor, clock=books.clock)
        except InsufficientFunds:
            return "short"
        return "repeated" if done.repeated else "booked"

    return act


def test_fifty_threads_on_one_account_never_pass_its_floor(database: Database, books: Books) -> None:
    books.fund(books.wallet(1), "30.00")
    books.session.commit()
    take = poster(
        database,
        books,
        Role.API,
        lambda number: books.posting(f"take {number}", Leg(books.wallet(1), books.header, books.cny("1.00"))),
    )
    outcomes = together(THREADS, take)
    assert (outcomes.count("booked"), outcomes.count("short")) == (30, 20)
    assert (books.posted(books.wallet(1)), books.posted(books.header)) == ("0.00", "30.00")
    assert ledger.check(books.session) == []


def test_one_key_in_many_threads_is_booked_once(database: Database, books: Books) -> None:
    same = poster(
        database,
        books,
        Role.WORKER,
        lambda _: books.posting("once", Leg(books.suspense, books.wallet(1), books.cny("1.00"))),
    )
    outcomes = together(AT_ONCE, same)
    assert (outcomes.count("booked"), outcomes.count("repeated")) == (1, AT_ONCE - 1)
    assert books.posted(books.wallet(1)) == "1.00"


def test_opposite_directions_and_new_accounts_do_not_deadlock(database: Database, books: Books) -> None:
    def make(number: int) -> Posting:
        one, two = (books.wallet(1), books.wallet(2)) if number % 2 else (books.wallet(2), books.wallet(1))
        new = books.wallet(100 + number // 2)
        legs = (Leg(one, two, books.cny("1.00")), Leg(two, one, books.cny("1.00")))
        return books.posting(f"k {number}", *legs, Leg(books.suspense, new, books.cny("1.00")))

    outcomes = together(THREADS, poster(database, books, Role.WORKER, make))
    assert outcomes.count("booked") == THREADS
    assert books.posted(books.wallet(110)) == "2.00"  # opened by two threads, once
    assert ledger.check(books.session) == []


def test_sealing_meanwhile_forks_no_chain_and_misses_no_row(database: Database, books: Books) -> None:
    post = poster(
        database,
        books,
        Role.WORKER,
        lambda number: books.posting(f"k {number}", Leg(books.suspense, books.wallet(number), books.cny("1.00"))),
    )

    def post_or_seal(number: int) -> str:
        if number % 4:
            return post(number)
        with database.session(Role.WORKER, books.session.tenant_id) as session:
            ledger.seal(session, clock=books.clock)
        return "sealed"

    together(AT_ONCE, post_or_seal)
    ledger.seal(books.session, clock=books.clock)
    assert ledger.heads(books.session)["transfers"].last_id == 15  # 20 threads, a quarter of them sealing
    assert ledger.verify(books.session) == []


def test_the_lock_is_asked_for_once_and_again_after_a_savepoint_or_a_transaction_gave_it_back(
    database: Database, books: Books
) -> None:
    def held() -> bool:
        """Whether another session would have to wait."""
        with database.session(Role.WORKER, books.session.tenant_id) as other:
            rows = other.execute(_FREE, {"tenant": books.session.tenant_id}).all()
        return not rows

    books.fund(books.wallet(1), "1.00")
    books.session.commit()
    with database.session(Role.WORKER, books.session.tenant_id) as session:
        savepoint = session.begin_nested()
        assert (ledger.lock_ledger(session), ledger.lock_ledger(session), held()) == (True, False, True)
        savepoint.rollback()
        assert not held()
        assert (ledger.lock_ledger(session), held()) == (True, True)
        with session.begin_nested():
            assert not ledger.lock_ledger(session)
        session.commit()
        assert not held()
        assert (ledger.lock_ledger(session), held()) == (True, True)


_FREE = text("SELECT 1 FROM number_head WHERE tenant_id = :tenant AND series = 'ledger_posting' FOR UPDATE SKIP LOCKED")
