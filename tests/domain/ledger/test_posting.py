"""Single postings: booked once, whole, or not at all."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from domain.ledger import service as ledger
from domain.ledger.chart import CHART, AccountKind, AccountRef, Side
from domain.ledger.errors import (
    AmountNotPositive,
    CannotReverse,
    InsufficientFunds,
    NotPending,
    PostingKeyReused,
    SameAccount,
)
from domain.ledger.posting import Leg, Mode, Posted
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import CurrencyMismatch, Money
from tests.domain.ledger.books import Books


class TestOnce:
    def test_a_repeated_key_returns_the_stored_result(self, books: Books) -> None:
        leg = Leg(books.suspense, books.wallet(1), books.cny("5.00"))
        first = books.post("k", leg)
        second = books.post("k", leg)
        assert (first.transfer_ids, first.repeated) == ((1,), False)
        assert (second.posting_id, second.transfer_ids, second.repeated) == (first.posting_id, (1,), True)
        assert books.posted(books.wallet(1)) == "5.00"

    def test_a_key_with_other_content_is_refused(self, books: Books) -> None:
        books.post("k", Leg(books.suspense, books.wallet(1), books.cny("5.00")))
        with pytest.raises(PostingKeyReused):
            books.post("k", Leg(books.suspense, books.wallet(1), books.cny("5.01")))

    def test_a_key_twice_in_one_call_is_booked_once(self, books: Books) -> None:
        posting = books.posting("k", Leg(books.suspense, books.wallet(1), books.cny("5.00")))
        results = ledger.post_all(books.session, [posting, posting], actor=books.actor, clock=books.clock)
        assert [result.repeated for result in results] == [False, True]
        assert books.posted(books.wallet(1)) == "5.00"

    def test_many_events_share_the_statements_and_keep_their_transfers(self, books: Books) -> None:
        legs = [Leg(books.suspense, books.wallet(n), books.cny("1.00")) for n in range(1, 4)]
        postings = [books.posting("a", *legs[:2]), books.posting("b", legs[2])]
        first, second = ledger.post_all(books.session, postings, actor=books.actor, clock=books.clock)
        assert (first.transfer_ids, second.transfer_ids) == ((1, 2), (3,))
        assert ledger.explain_transfer(books.session, 3).key == "b"

    def test_numbers_have_no_gaps_after_refusals_and_repeats(self, books: Books) -> None:
        books.fund(books.wallet(1), "1.00")
        with pytest.raises(InsufficientFunds):
            books.post("too much", Leg(books.wallet(1), books.suspense, books.cny("1.01")))
        books.fund(books.wallet(1), "1.00")
        assert books.post("next", Leg(books.suspense, books.wallet(2), books.cny("1.00"))).transfer_ids == (2,)
        assert ledger.check(books.session) == []


class TestOverdraft:
    def test_names_the_account_what_it_has_and_what_is_needed(self, books: Books) -> None:
        books.fund(books.wallet(1), "100.00")
        with pytest.raises(InsufficientFunds) as refusal:
            books.post("k", Leg(books.wallet(1), books.suspense, books.cny("100.01")))
        assert refusal.value.account == books.wallet(1)
        assert refusal.value.facts["available"] == "100.00 CNY"
        assert refusal.value.facts["required"] == "100.01 CNY"
        assert "往来钱包" in refusal.value.message("zh")

    def test_leaves_everything_as_it_was_even_in_a_transaction_that_goes_on(self, books: Books) -> None:
        books.fund(books.wallet(1), "100.00")
        with pytest.raises(InsufficientFunds):
            books.post(
                "k",
                Leg(books.suspense, books.wallet(2), books.cny("7.00")),
                Leg(books.wallet(1), books.suspense, books.cny("100.01")),
            )
        books.session.commit()
        assert (books.posted(books.wallet(1)), books.posted(books.wallet(2))) == ("100.00", "0.00")
        assert (books.rows("ledger_posting"), books.rows("ledger_transfer")) == (1, 1)

    def test_counts_the_net_of_a_posting_not_its_order(self, books: Books) -> None:
        # out 5.00, in 5.00: the wallet needs nothing
        books.post(
            "k",
            Leg(books.wallet(1), books.suspense, books.cny("5.00")),
            Leg(books.suspense, books.wallet(1), books.cny("5.00")),
        )
        assert books.posted(books.wallet(1)) == "0.00"

    def test_a_debit_normal_account_has_its_floor_on_the_other_side(self, books: Books) -> None:
        cash = AccountRef(AccountKind.CASH_AT_BANK, "CNY", UUID(int=5))
        books.post("in", Leg(cash, books.suspense, books.cny("3.00")))
        with pytest.raises(InsufficientFunds):
            books.post("out", Leg(books.suspense, cash, books.cny("3.01")))

    def test_is_refused_by_the_database_whatever_sql_ran(self, books: Books) -> None:
        books.fund(books.wallet(1), "1.00")
        overdraw = text("UPDATE ledger_account SET debits_posted = 101 WHERE tenant_id = :tenant AND kind = 'wallet'")
        with pytest.raises(IntegrityError, match="ck_ledger_account_floor"):
            books.session.execute(overdraw, {"tenant": books.session.tenant_id})


class TestImposed:
    """The bank returned a debit after the account was swept: the books follow."""

    @pytest.fixture
    def overdrawn(self, books: Books) -> Books:
        books.fund(books.wallet(1), "10.00")
        books.post("sweep", Leg(books.wallet(1), books.suspense, books.cny("10.00")))
        books.post("return", Leg(books.wallet(1), books.suspense, books.cny("4.00"), Mode.IMPOSED))
        return books

    def test_goes_below_the_floor(self, overdrawn: Books) -> None:
        assert overdrawn.posted(overdrawn.wallet(1)) == "-4.00"
        assert ledger.check(overdrawn.session) == []

    def test_our_own_acts_may_not_go_further(self, overdrawn: Books) -> None:
        with pytest.raises(InsufficientFunds):
            overdrawn.post("more", Leg(overdrawn.wallet(1), overdrawn.suspense, overdrawn.cny("0.01")))

    def test_the_floor_rises_with_what_comes_in_and_stays_up(self, overdrawn: Books) -> None:
        overdrawn.fund(overdrawn.wallet(1), "3.00")  # -4.00 + 3.00 = -1.00
        with pytest.raises(InsufficientFunds):
            overdrawn.post("again", Leg(overdrawn.wallet(1), overdrawn.suspense, overdrawn.cny("1.00")))
        overdrawn.fund(overdrawn.wallet(1), "2.00")  # 1.00
        overdrawn.post("spend", Leg(overdrawn.wallet(1), overdrawn.suspense, overdrawn.cny("1.00")))
        with pytest.raises(InsufficientFunds):
            overdrawn.post("below", Leg(overdrawn.wallet(1), overdrawn.suspense, overdrawn.cny("0.01")))


class TestHolds:
    def hold(self, books: Books, amount: str) -> int:
        books.fund(books.wallet(1), "10.00")
        held = books.post("hold", Leg(books.wallet(1), books.wallet(2), books.cny(amount), Mode.PENDING))
        return held.transfer_ids[0]

    def test_a_hold_cannot_be_spent_by_either_side(self, books: Books) -> None:
        self.hold(books, "6.00")
        payer, payee = (ledger.balance(books.session, books.wallet(n)) for n in (1, 2))
        assert (str(payer.posted), str(payer.pending_out), str(payer.available)) == (
            "10.00 CNY",
            "6.00 CNY",
            "4.00 CNY",
        )
        assert (str(payee.pending_in), str(payee.available)) == ("6.00 CNY", "0.00 CNY")
        with pytest.raises(InsufficientFunds):
            books.post("spend", Leg(books.wallet(1), books.suspense, books.cny("4.01")))

    def test_posting_it_moves_the_money(self, books: Books) -> None:
        books.post("done", Leg.resolving(self.hold(books, "6.00"), Mode.POST))
        assert (books.available(books.wallet(1)), books.available(books.wallet(2))) == ("4.00", "6.00")

    def test_voiding_it_lets_go(self, books: Books) -> None:
        books.post("done", Leg.resolving(self.hold(books, "6.00"), Mode.VOID))
        assert (books.available(books.wallet(1)), books.available(books.wallet(2))) == ("10.00", "0.00")

    @pytest.mark.parametrize("mode", [Mode.POST, Mode.VOID])
    def test_it_ends_once(self, books: Books, mode: Mode) -> None:
        held = self.hold(books, "6.00")
        books.post("done", Leg.resolving(held, Mode.POST))
        with pytest.raises(NotPending, match="already"):
            books.post("again", Leg.resolving(held, mode))

    def test_it_ends_once_within_one_posting(self, books: Books) -> None:
        held = self.hold(books, "6.00")
        with pytest.raises(NotPending):
            books.post("both", Leg.resolving(held, Mode.POST), Leg.resolving(held, Mode.VOID))

    def test_what_is_no_hold_cannot_end(self, books: Books) -> None:
        books.fund(books.wallet(1), "10.00")
        with pytest.raises(NotPending, match="no pending transfer"):
            books.post("k", Leg.resolving(1, Mode.POST))


class TestLegs:
    def test_refuse_nothing_and_less(self, books: Books) -> None:
        for amount in ("0.00", "-1.00"):
            with pytest.raises(AmountNotPositive):
                Leg(books.wallet(1), books.wallet(2), books.cny(amount))

    def test_refuse_an_account_with_itself(self, books: Books) -> None:
        with pytest.raises(SameAccount):
            Leg(books.wallet(1), books.wallet(1), books.cny("1.00"))

    def test_refuse_two_currencies(self, books: Books) -> None:
        with pytest.raises(CurrencyMismatch):
            Leg(books.wallet(1), books.wallet(2), Money.of("1", "JPY"))


class TestReversal:
    def reverse(self, books: Books, posting_id: int, key: str = "undo") -> Posted:
        return ledger.reverse(
            books.session,
            posting_id,
            key=key,
            reason="entered twice",
            value_date=date(2026, 3, 3),
            actor=books.actor,
            clock=books.clock,
        )

    def test_books_the_opposite_and_names_what_it_reverses(self, books: Books) -> None:
        posted = books.post("k", Leg(books.suspense, books.wallet(1), books.cny("5.00")))
        undone = self.reverse(books, posted.posting_id)
        assert books.posted(books.wallet(1)) == "0.00"
        assert ledger.explain(books.session, undone.posting_id).reverses == posted.posting_id
        assert ledger.explain(books.session, posted.posting_id).reversed_by == undone.posting_id

    def test_happens_once(self, books: Books) -> None:
        posted = books.post("k", Leg(books.suspense, books.wallet(1), books.cny("5.00")))
        self.reverse(books, posted.posting_id)
        assert self.reverse(books, posted.posting_id).repeated
        with pytest.raises(CannotReverse, match="reversed before"):
            self.reverse(books, posted.posting_id, key="other")

    def test_lets_an_open_hold_go(self, books: Books) -> None:
        books.fund(books.wallet(1), "10.00")
        held = books.post("hold", Leg(books.wallet(1), books.wallet(2), books.cny("6.00"), Mode.PENDING))
        self.reverse(books, held.posting_id)
        assert books.available(books.wallet(1)) == "10.00"
        assert ledger.check(books.session) == []

    def test_refuses_a_hold_that_has_ended(self, books: Books) -> None:
        books.fund(books.wallet(1), "10.00")
        held = books.post("hold", Leg(books.wallet(1), books.wallet(2), books.cny("6.00"), Mode.PENDING))
        books.post("done", Leg.resolving(held.transfer_ids[0], Mode.POST))
        with pytest.raises(CannotReverse, match="has ended"):
            self.reverse(books, held.posting_id)

    def test_refuses_when_the_money_is_gone(self, books: Books) -> None:
        posted = books.post("k", Leg(books.suspense, books.wallet(1), books.cny("5.00")))
        books.post("spent", Leg(books.wallet(1), books.suspense, books.cny("5.00")))
        with pytest.raises(InsufficientFunds):
            self.reverse(books, posted.posting_id)

    def test_of_nothing_is_not_found(self, books: Books) -> None:
        with pytest.raises(NotFound):
            self.reverse(books, 404)


class TestWall:
    def test_the_api_role_posts_and_sees_its_own_tenant_only(
        self, database: Database, api_session: TenantSession, actor: Actor, clock: FixedClock, books: Books
    ) -> None:
        books.fund(books.wallet(1), "5.00")
        books.session.commit()
        own = books.posting("api", Leg(books.wallet(1), books.suspense, books.cny("5.00")))
        assert not ledger.post(api_session, own, actor=actor, clock=clock).repeated
        api_session.commit()
        with database.session(Role.API, tenant_key("somebody else")) as stranger:
            for table in ("ledger_account", "ledger_posting", "ledger_transfer", "seal_block"):
                assert stranger.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0

    @pytest.mark.parametrize(
        "table", ["ledger_posting", "ledger_transfer", "ledger_reject", "ledger_batch", "seal_block"]
    )
    @pytest.mark.parametrize("change", ["UPDATE {} SET tenant_id = 1", "DELETE FROM {}"])
    def test_neither_role_changes_what_was_booked(
        self, session: TenantSession, api_session: TenantSession, table: str, change: str
    ) -> None:
        for bound in (session, api_session):
            with pytest.raises(ProgrammingError, match="permission denied"):
                bound.execute(text(change.format(table)))


def test_the_chart_names_every_kind_in_both_languages() -> None:
    assert set(CHART) == set(AccountKind)
    assert len({line.en for line in CHART.values()}) == len({line.zh for line in CHART.values()}) == len(CHART)
    assert CHART[AccountKind.CASH_AT_BANK].normal_side is Side.DEBIT
    assert CHART[AccountKind.WALLET].normal_side is Side.CREDIT
    assert not CHART[AccountKind.CASH_AT_BANK].may_go_negative
