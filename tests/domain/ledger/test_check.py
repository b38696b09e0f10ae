"""The check adds everything up again, and says what does not hold."""

import pytest
from sqlalchemy import text

from domain.ledger import service as ledger
from domain.ledger.posting import Leg, Mode
from domain.platform.database import Database
from tests.domain.ledger.books import Books


@pytest.fixture
def kept(books: Books) -> Books:
    """Two funded wallets, a hold that was posted and one that is open."""
    books.fund(books.wallet(1), "10.00")
    books.fund(books.wallet(2), "10.00")
    leg = Leg(books.wallet(1), books.wallet(2), books.cny("3.00"), Mode.PENDING)
    held = books.post("hold", leg)
    books.post("end", Leg.resolving(held.transfer_ids[0], Mode.POST))
    books.post("open", leg)
    books.session.commit()
    return books


def findings(database: Database, books: Books, change: str) -> list[str]:
    with database.owner.begin() as owner:
        owner.execute(text(change), {"t": books.session.tenant_id})
    return [str(finding) for finding in ledger.check(books.session)]


def test_right_books_have_no_findings(kept: Books) -> None:
    assert ledger.check(kept.session) == []


def test_an_empty_ledger_has_no_findings(books: Books) -> None:
    assert ledger.check(books.session) == []


def test_a_counter_that_was_moved_differs_from_its_transfers_and_unbalances_the_currency(
    database: Database, kept: Books
) -> None:
    found = findings(database, kept, "UPDATE ledger_account SET credits_posted = 1301 WHERE tenant_id = :t AND id = 3")
    # wallet 2: 10.00 + 3.00 in, 3.00 held to come in
    assert found[0] == "counters_differ: account 3: recorded 0 1301 0 300, recomputed 0 1300 0 300"
    assert found[1].startswith("sides_differ: CNY")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE ledger_transfer SET amount = amount + 1 WHERE tenant_id = :t AND id = 1", "counters_differ"),
        ("UPDATE ledger_transfer SET amount = amount + 1 WHERE tenant_id = :t AND id = 4", "hold_differs"),
        ("UPDATE ledger_account SET currency = 'USD' WHERE tenant_id = :t AND id = 3", "currencies_mixed"),
        ("DELETE FROM ledger_transfer WHERE tenant_id = :t AND id = 1", "posting_differs"),
        ("DELETE FROM ledger_transfer WHERE tenant_id = :t AND id = 5", "numbers_differ"),
        ("UPDATE ledger_transfer SET value_date = '2026-01-01' WHERE tenant_id = :t AND id = 1", "posting_differs"),
        ("DELETE FROM ledger_posting WHERE tenant_id = :t AND id = 1", "posting_differs"),
        (
            "UPDATE ledger_account SET floor_minor = -9000, debits_posted = 9000 WHERE tenant_id = :t AND id = 2",
            "below_floor",
        ),
    ],
)
def test_names_what_was_changed(database: Database, kept: Books, change: str, kind: str) -> None:
    assert kind in {found.split(":")[0] for found in findings(database, kept, change)}
