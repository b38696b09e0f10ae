"""Balances on a date, statements page by page, and the way back to the rule."""

from datetime import date

import pytest

from domain.ledger import service as ledger
from domain.ledger.chart import Section
from domain.ledger.posting import Leg, Mode
from domain.values.errors import NotFound
from tests.domain.ledger.books import Books

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


@pytest.fixture
def week(books: Books) -> Books:
    """Wallet 1: +10.00 on Monday, -4.00 on Tuesday (booked last), +1.00 on Wednesday; 2.00 held on Wednesday."""
    books.post("mon", Leg(books.suspense, books.wallet(1), books.cny("10.00")), on=MONDAY)
    books.post("wed", Leg(books.suspense, books.wallet(1), books.cny("1.00")), on=WEDNESDAY)
    books.post("hold", Leg(books.wallet(1), books.wallet(2), books.cny("2.00"), Mode.PENDING), on=WEDNESDAY)
    books.post("tue", Leg(books.wallet(1), books.wallet(2), books.cny("4.00")), on=TUESDAY)
    return books


class TestBalance:
    def test_is_by_value_date(self, week: Books) -> None:
        days = (date(2026, 3, 1), MONDAY, TUESDAY, WEDNESDAY)
        assert [week.posted(week.wallet(1), day) for day in days] == ["0.00", "10.00", "6.00", "7.00"]

    def test_holds_count_from_their_value_date(self, week: Books) -> None:
        before = ledger.balance(week.session, week.wallet(1), as_of=TUESDAY)
        now = ledger.balance(week.session, week.wallet(1))
        assert (str(before.available), str(now.available)) == ("6.00 CNY", "5.00 CNY")

    def test_of_an_account_never_opened_is_zero(self, week: Books) -> None:
        assert week.posted(week.wallet(404)) == "0.00"


class TestTrialBalance:
    def test_both_sides_are_equal_on_every_date(self, week: Books) -> None:
        for day, turned in ((MONDAY, "10.00"), (TUESDAY, "10.00"), (WEDNESDAY, "11.00"), (None, "11.00")):
            lines = ledger.trial_balance(week.session, as_of=day)
            debits, credits_ = (sum(getattr(line, side).amount for line in lines) for side in ("debit", "credit"))
            assert str(debits) == str(credits_) == turned

    def test_shows_an_account_on_the_side_where_it_stands(self, week: Books) -> None:
        lines = {line.account: line for line in ledger.trial_balance(week.session)}
        assert str(lines[week.suspense].debit) == "11.00 CNY"  # a liability, for once on the other side
        assert lines[week.suspense].section is Section.LIABILITIES
        assert str(lines[week.wallet(1)].credit) == "7.00 CNY"


class TestAccountStatement:
    def test_runs_from_opening_to_closing_by_value_date(self, week: Books) -> None:
        statement = ledger.account_statement(week.session, week.wallet(1), since=TUESDAY, until=WEDNESDAY)
        assert (str(statement.opening), str(statement.closing)) == ("10.00 CNY", "7.00 CNY")
        assert [(line.value_date, str(line.change), str(line.balance)) for line in statement.lines] == [
            (TUESDAY, "-4.00 CNY", "6.00 CNY"),
            (WEDNESDAY, "1.00 CNY", "7.00 CNY"),
        ]
        assert [line.counter for line in statement.lines] == [week.wallet(2), week.suspense]
        assert statement.after is None

    def test_pages_go_on_where_the_last_one_ended(self, week: Books) -> None:
        for number in range(5):
            week.post(f"n{number}", Leg(week.suspense, week.wallet(1), week.cny("0.10")), on=MONDAY)
        seen, after = [], None
        while True:
            page = ledger.account_statement(
                week.session, week.wallet(1), since=MONDAY, until=WEDNESDAY, after=after, limit=3
            )
            seen += [str(line.balance.amount) for line in page.lines]
            if (after := page.after) is None:
                break
        # 10.00, five times 0.10, - 4.00, + 1.00
        assert seen == ["10.00", "10.10", "10.20", "10.30", "10.40", "10.50", "6.50", "7.50"]

    def test_of_an_account_never_opened_is_not_found(self, week: Books) -> None:
        with pytest.raises(NotFound):
            ledger.account_statement(week.session, week.wallet(404), since=MONDAY, until=MONDAY)


class TestExplanation:
    def test_leads_from_a_line_to_the_rule_and_its_inputs(self, week: Books) -> None:
        line = ledger.account_statement(week.session, week.wallet(1), since=MONDAY, until=MONDAY).lines[0]
        why = ledger.explain_transfer(week.session, line.transfer_id)
        assert (why.key, why.event, why.actor, why.explanation) == (
            "mon",
            "test.moved",
            "person:tester",
            {"rule": "R2"},
        )
        assert [(leg.debit, leg.credit, str(leg.amount), leg.mode) for leg in why.legs] == [
            (week.suspense, week.wallet(1), "10.00 CNY", Mode.POSTED)
        ]

    def test_of_nothing_is_not_found(self, week: Books) -> None:
        for explain in (ledger.explain, ledger.explain_transfer):
            with pytest.raises(NotFound):
                explain(week.session, 404)
