"""Seals: what somebody with the database's own rights changed is named, row by row."""

from datetime import datetime
from hashlib import sha256
from struct import pack

import pytest
from sqlalchemy import text

from domain.ledger import seals as ledger_seals
from domain.ledger import service as ledger
from domain.ledger.posting import Leg
from domain.platform import seals
from domain.platform.clock import FixedClock
from domain.platform.database import Database
from domain.platform.seals import LEAF_BYTES, Breach, BreachKind, first_difference
from tests.domain.ledger.books import Books


@pytest.fixture
def sealed(books: Books) -> Books:
    """Five transfers, sealed."""
    for number in range(1, 6):
        books.fund(books.wallet(number), f"{number}.00")
    ledger.seal(books.session, clock=books.clock)
    books.session.commit()
    return books


def tamper(database: Database, books: Books, change: str) -> None:
    with database.owner.begin() as owner:
        owner.execute(text(change), {"t": books.session.tenant_id})


_COPY_AS = """
    INSERT INTO ledger_transfer
    SELECT tenant_id, {}, posting_id, debit_account_id, credit_account_id, amount, reference, pending_id, value_date,
           mode
    FROM ledger_transfer WHERE tenant_id = :t AND id = 1
"""
_SWAP = """
    UPDATE ledger_transfer AS one
    SET posting_id = other.posting_id, amount = other.amount, credit_account_id = other.credit_account_id
    FROM ledger_transfer AS other
    WHERE one.tenant_id = :t AND other.tenant_id = :t AND (one.id, other.id) IN ((2, 4), (4, 2))
"""


def breach(books: Books) -> Breach | None:
    return next(iter(ledger.verify(books.session)), None)


class TestSealing:
    def test_covers_every_row_once(self, sealed: Books) -> None:
        assert ledger.seal(sealed.session, clock=sealed.clock) == 0
        sealed.fund(sealed.wallet(1), "9.00")
        assert ledger.seal(sealed.session, clock=sealed.clock) == 2  # a transfer and its posting; the account was there
        assert ledger.verify(sealed.session) == []

    def test_splits_into_blocks(self, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(seals, "BLOCK_ROWS", 2)
        for number in range(1, 6):
            books.fund(books.wallet(number), "1.00")
        ledger.seal(books.session, clock=books.clock)
        head = ledger.heads(books.session)["transfers"]
        assert (head.block_no, head.last_id) == (3, 5)  # 2 + 2 + 1 rows
        assert ledger.verify(books.session) == []

    def test_an_outsider_recomputes_the_digest_from_the_documented_bytes(self, books: Books) -> None:
        books.fund(books.wallet(1), "7.00")
        ledger.seal(books.session, clock=books.clock)
        bigint, date_type, smallint = 20, 1082, 21
        days = (datetime(2026, 3, 2) - datetime(2000, 1, 1)).days  # noqa: DTZ001 - a count of days
        accounts = ledger.find_accounts(books.session, [books.suspense, books.wallet(1)])
        debit, credit = accounts[books.suspense], accounts[books.wallet(1)]
        row = pack(">i", 8)  # columns
        for value in (1, debit, credit, 700):  # posting, debit, credit, amount
            row += pack(">iiq", bigint, 8, value)
        row += 2 * pack(">ii", bigint, -1)  # no reference, no hold
        row += pack(">iii", date_type, 4, days) + pack(">iih", smallint, 2, 0)
        leaf = sha256(row).digest()[:LEAF_BYTES]
        place = pack(">qqqq", books.session.tenant_id, 1, 1, 1)  # tenant, block, first id, last id
        assert (
            ledger.heads(books.session)["transfers"].digest == sha256(bytes(32) + place + b"transfers" + leaf).digest()
        )


class TestVerify:
    @pytest.mark.parametrize(
        ("change", "breach_of"),
        [
            ("UPDATE ledger_transfer SET amount = 1 WHERE tenant_id = :t AND id = 3", "ledger_transfer: row 3 altered"),
            ("DELETE FROM ledger_transfer WHERE tenant_id = :t AND id = 2", "ledger_transfer: row 2 missing"),
            ("DELETE FROM ledger_transfer WHERE tenant_id = :t", "ledger_transfer: row 1 missing"),
            (_COPY_AS.format(0), "ledger_transfer: row 0 inserted"),
            (_COPY_AS.format(6), "ledger_transfer: row 6 inserted"),
            (_SWAP, "ledger_transfer: row 2 reordered"),
            ("UPDATE ledger_posting SET actor = 'x' WHERE tenant_id = :t AND id = 5", "ledger_posting: row 5 altered"),
            ("UPDATE ledger_posting SET explanation = '{}' WHERE tenant_id = :t", "ledger_posting: row 1 altered"),
            (
                "UPDATE ledger_account SET owner = NULL WHERE tenant_id = :t AND id = 3",
                "ledger_account: row 3 altered",
            ),
        ],
    )
    def test_names_the_first_row_that_differs(
        self, database: Database, sealed: Books, change: str, breach_of: str
    ) -> None:
        tamper(database, sealed, change)
        assert str(breach(sealed)) == breach_of

    def test_names_a_row_that_vanished_before_it_was_sealed(self, database: Database, sealed: Books) -> None:
        sealed.fund(sealed.wallet(1), "8.00")
        sealed.session.commit()
        tamper(database, sealed, "DELETE FROM ledger_transfer WHERE tenant_id = :t AND id = 6")
        assert str(breach(sealed)) == "ledger_transfer: row 6 missing"

    def test_names_the_block_whose_seal_was_changed(self, database: Database, sealed: Books) -> None:
        tamper(database, sealed, "UPDATE seal_block SET sealed_at = now(), digest = sha256('x') WHERE tenant_id = :t")
        found = breach(sealed)
        assert (found and found.kind, found and found.block_no) == (BreachKind.CHAIN_BROKEN, 1)

    def test_a_chain_rewritten_as_a_whole_differs_from_what_was_quoted(self, database: Database, sealed: Books) -> None:
        quoted = ledger.heads(sealed.session)
        tamper(database, sealed, "UPDATE ledger_transfer SET amount = amount + 1 WHERE tenant_id = :t AND id = 3")
        tamper(database, sealed, "DELETE FROM seal_block WHERE tenant_id = :t")
        ledger.seal(sealed.session, clock=FixedClock(sealed.clock.at))
        assert ledger.verify(sealed.session) == []
        assert [found.kind for found in ledger.verify(sealed.session, quoted)] == [BreachKind.CHAIN_BROKEN]

    def test_seals_of_other_tables_are_the_same_function(self) -> None:
        assert {chain.name for chain in ledger_seals.CHAINS} == {"transfers", "postings", "accounts"}


class TestFirstDifference:
    leaves = b"".join(bytes([letter]) * LEAF_BYTES for letter in b"abc")

    def leaf(self, letter: str) -> bytes:
        return letter.encode() * LEAF_BYTES

    def test_tells_altered_from_reordered_from_missing(self) -> None:
        a, b, c, x = (self.leaf(letter) for letter in "abcx")
        assert first_difference(7, self.leaves, {7: a, 8: x, 9: c}) == (BreachKind.ALTERED, 8)
        assert first_difference(7, self.leaves, {7: b, 8: a, 9: c}) == (BreachKind.REORDERED, 7)
        assert first_difference(7, self.leaves, {7: a, 9: c}) == (BreachKind.MISSING, 8)


def test_a_gap_is_not_sealed_over(database: Database, books: Books) -> None:
    for number in (1, 2, 3):
        books.post(f"k{number}", Leg(books.suspense, books.wallet(number), books.cny("1.00")))
    books.session.commit()
    tamper(database, books, "DELETE FROM ledger_transfer WHERE tenant_id = :t AND id = 2")
    with pytest.raises(seals.RowsMissing):
        ledger.seal(books.session, clock=books.clock)
