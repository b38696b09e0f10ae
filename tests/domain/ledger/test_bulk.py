"""Batches: the steps of a single posting over rows that stay in the database."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import BigInteger, Select, column, func, literal, select, text, values

from domain.ledger import bulk
from domain.ledger import service as ledger
from domain.ledger.batch import Batch, BatchPosted
from domain.ledger.errors import BatchRefused, BatchTooLarge, InsufficientFunds, PostingKeyReused
from domain.ledger.posting import Leg, Mode
from tests.domain.ledger.books import MONDAY, Books

Rows = Select[Any] | Iterable[tuple[int, int, int, int | None] | tuple[int]]


@pytest.fixture
def ids(books: Books) -> list[int]:
    """Header (no money), wallets 1 to 3 with 100.00 each."""
    for number in (1, 2, 3):
        books.fund(books.wallet(number), "100.00")
    refs = [books.header, *(books.wallet(number) for number in (1, 2, 3))]
    found = ledger.open_accounts(books.session, refs, clock=books.clock)
    return [found[ref] for ref in refs]


def post(books: Books, rows: Rows, key: str = "run", **other: Any) -> BatchPosted:  # noqa: ANN401 - any field of Batch
    batch = Batch(key, "test.collected", "run 1", MONDAY, "CNY", rows, **other)
    return ledger.post_rows(books.session, batch, actor=books.actor, clock=books.clock)


class TestStrict:
    def test_books_all_rows_and_updates_each_account_once(self, books: Books, ids: list[int]) -> None:
        header, one, two, _ = ids
        done = post(books, [(one, header, 10_00, 1), (two, header, 20_00, 2), (one, header, 5_00, 3)])
        assert (done.accepted, done.rejected, str(done.total)) == (3, 0, "35.00 CNY")
        assert (books.posted(books.wallet(1)), books.posted(books.header)) == ("85.00", "35.00")
        assert ledger.check(books.session) == []

    def test_takes_a_select_as_well(self, books: Books, ids: list[int]) -> None:
        header, one, two, _ = ids
        due = values(column("payer", BigInteger), column("amount", BigInteger), name="due").data(
            [(one, 7_00), (two, 8_00)]
        )
        done = post(books, select(due.c.payer, literal(header), due.c.amount, literal(None, BigInteger)))
        assert (done.accepted, books.posted(books.header)) == (2, "15.00")

    def test_repeats_return_the_stored_result(self, books: Books, ids: list[int]) -> None:
        rows = [(ids[1], ids[0], 10_00, 1)]
        first, second = post(books, rows), post(books, rows)
        assert (first.repeated, second.repeated) == (False, True)
        assert (second.posting_ids, second.total) == (first.posting_ids, first.total)
        assert books.posted(books.header) == "10.00"

    def test_a_key_with_another_plan_is_refused(self, books: Books, ids: list[int]) -> None:
        rows = [(ids[1], ids[0], 10_00, 1)]
        post(books, rows, plan_digest=b"one")
        with pytest.raises(PostingKeyReused):
            post(books, rows, plan_digest=b"two")

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            ((1, 0, 0, 7), "amount_not_positive"),
            ((1, 0, -5, 7), "amount_not_positive"),
            ((1, 1, 500, 7), "same_account"),
            ((1, 999, 500, 7), "unknown_account"),
            ((1, 0, 500, 1), "reference_used"),
        ],
    )
    def test_one_bad_row_refuses_the_batch_by_its_line(
        self, books: Books, ids: list[int], bad: tuple[int, int, int, int], reason: str
    ) -> None:
        debit, credit, amount, reference = bad
        other = dict(enumerate(ids)).get(credit, 999_999)
        with pytest.raises(BatchRefused) as refusal:
            post(books, [(ids[2], ids[0], 10_00, 1), (ids[debit], other, amount, reference)])
        # The repeated reference is the second in the order of booking, which is by account: line 1.
        assert refusal.value.facts["line"] == (1 if reason == "reference_used" else 2)
        assert refusal.value.facts["reason"] == reason
        assert (books.posted(books.header), books.rows("ledger_transfer")) == ("0.00", 3)
        assert ledger.check(books.session) == []

    def test_an_overdraft_names_the_account(self, books: Books, ids: list[int]) -> None:
        with pytest.raises(InsufficientFunds) as refusal:
            post(books, [(ids[1], ids[0], 60_00, 1), (ids[1], ids[0], 40_01, 2)])  # 60.00 + 40.01 > 100.00
        assert refusal.value.account == books.wallet(1)
        assert books.posted(books.header) == "0.00"

    def test_another_currency_is_refused(self, books: Books, ids: list[int]) -> None:
        with pytest.raises(BatchRefused, match="other_currency"):
            ledger.post_rows(
                books.session,
                Batch("k", "e", "s", MONDAY, "JPY", [(ids[1], ids[0], 1, None)]),
                actor=books.actor,
                clock=books.clock,
            )


class TestLenient:
    def test_bad_rows_go_to_the_rejects_with_their_reason(self, books: Books, ids: list[int]) -> None:
        header, one, two, three = ids
        post(books, [(three, header, 1_00, 50)], key="before")
        rows = [
            (one, header, 10_00, 1),
            (one, header, 0, 2),  # 2: nothing
            (two, two, 5_00, 3),  # 3: to itself
            (two, 999_999, 5_00, 4),  # 4: to nobody
            (two, header, 5_00, 50),  # 5: reference of the batch before
            (two, header, 5_00, 6),
            (two, header, 5_00, 6),  # 7: reference of line 6
            (three, header, 99_00, 8),  # 100.00 - 1.00 = 99.00: just covered
            (three, header, 1, 9),  # 9: a cent too many
        ]
        done = post(books, rows, strict=False)
        assert (done.accepted, done.rejected, str(done.total)) == (3, 6, "114.00 CNY")  # 10 + 5 + 99
        assert self.rejects(books) == {
            2: "amount_not_positive",
            3: "same_account",
            4: "unknown_account",
            5: "reference_used",
            7: "reference_used",
            9: "insufficient_funds",
        }
        assert ledger.check(books.session) == []

    def test_nothing_left_is_a_posting_without_transfers(self, books: Books, ids: list[int]) -> None:
        done = post(books, [(ids[1], ids[0], 100_01, 1)], strict=False)
        assert (done.accepted, done.rejected) == (0, 1)
        assert ledger.check(books.session) == []

    @staticmethod
    def rejects(books: Books) -> dict[int, str]:
        found = books.session.execute(
            text("SELECT line, reason FROM ledger_reject WHERE tenant_id = :t"), {"t": books.session.tenant_id}
        )
        return {line: reason for line, reason in found}  # noqa: C416 - rows, not pairs


class TestHolds:
    def test_a_batch_of_holds_is_ended_by_a_batch(self, books: Books, ids: list[int]) -> None:
        header, one, two, _ = ids
        post(books, [(one, header, 10_00, 1), (two, header, 20_00, 2)], mode=Mode.PENDING)
        assert (books.available(books.wallet(1)), books.available(books.header)) == ("90.00", "0.00")
        holds = text("SELECT id FROM ledger_transfer WHERE tenant_id = :t AND mode = 1 ORDER BY id")
        pending = [row.id for row in books.session.execute(holds, {"t": books.session.tenant_id})]
        post(books, [(pending[0],)], key="settled", mode=Mode.POST)
        post(books, [(pending[1],)], key="refused", mode=Mode.VOID)
        assert (books.posted(books.header), books.available(books.wallet(2))) == ("10.00", "100.00")
        with pytest.raises(BatchRefused, match="not_pending"):
            post(books, [(pending[0],)], key="again", mode=Mode.POST)
        assert ledger.check(books.session) == []

    def test_the_same_hold_twice_in_a_batch_ends_once(self, books: Books) -> None:
        books.fund(books.wallet(1), "3.00")
        held = books.post("hold", Leg(books.wallet(1), books.header, books.cny("3.00"), Mode.PENDING)).transfer_ids[0]
        done = post(books, [(held,), (held,), (999,)], mode=Mode.POST, strict=False)
        assert (done.accepted, done.rejected, books.posted(books.header)) == (1, 2, "3.00")

    def test_imposed_rows_are_booked_without_cover(self, books: Books, ids: list[int]) -> None:
        post(books, [(ids[1], ids[0], 130_00, 1)], mode=Mode.IMPOSED)
        assert books.posted(books.wallet(1)) == "-30.00"
        assert ledger.check(books.session) == []


class TestLimit:
    def series(self, ids: list[int], rows: int) -> Select[Any]:
        number = func.generate_series(1, rows).table_valued("n").render_derived()
        return select(literal(ids[1]), literal(ids[0]), literal(1, BigInteger), number.c.n)

    def test_one_transaction_takes_the_limit_and_not_one_more(
        self, books: Books, ids: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk, "MAX_ROWS", 1_000)
        assert post(books, self.series(ids, 1_000)).accepted == 1_000
        with pytest.raises(BatchTooLarge):
            post(books, self.series(ids, 1_001), key="more")
