"""The one filter grammar."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import pytest

from domain.values.filters import (
    MAX_CHOICES,
    MAX_CONDITIONS,
    BadFilter,
    Condition,
    Operator,
    TooManyFilters,
    UnknownFilterField,
    choice_field,
    date_field,
    flag_field,
    moment_field,
    money_field,
    parse_filters,
    text_field,
)
from domain.values.money import Money


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


FIELDS = {
    "name": text_field("春秋"),
    "state": choice_field(Mood),
    "due_on": date_field(),
    "at": moment_field(),
    "face": money_field(),
    "own": flag_field(),
}


class TestReading:
    def test_a_condition_is_a_field_an_operator_and_a_value(self) -> None:
        assert parse_filters(["state:eq:good"], FIELDS) == (Condition("state", Operator.EQ, (Mood.GOOD,)),)

    def test_in_takes_several_values(self) -> None:
        assert parse_filters(["state:in:good,bad"], FIELDS)[0].values == (Mood.GOOD, Mood.BAD)

    def test_several_conditions_all_hold(self) -> None:
        found = parse_filters(["due_on:ge:2026-04-01", "due_on:lt:2026-05-01"], FIELDS)
        assert [condition.values for condition in found] == [(date(2026, 4, 1),), (date(2026, 5, 1),)]

    def test_only_the_first_two_colons_separate(self) -> None:
        assert parse_filters(["name:has:a:b:c"], FIELDS)[0].values == ("a:b:c",)
        moment = datetime(2026, 4, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))
        assert parse_filters(["at:ge:2026-04-01T09:00:00+08:00"], FIELDS)[0].values == (moment,)

    def test_an_amount_carries_its_currency(self) -> None:
        assert parse_filters(["face:ge:1000.00:CNY"], FIELDS)[0].values == (Money.of("1000.00", "CNY"),)

    def test_a_flag_is_true_or_false(self) -> None:
        assert parse_filters(["own:eq:true"], FIELDS)[0].values == (True,)

    def test_utc_may_be_written_as_z(self) -> None:
        assert parse_filters(["at:lt:2026-04-01T00:00:00Z"], FIELDS)[0].values == (datetime(2026, 4, 1, tzinfo=UTC),)


class TestRefusing:
    def test_a_field_that_is_not_listed_names_those_that_are(self) -> None:
        with pytest.raises(UnknownFilterField, match="at, due_on, face, name, own, state"):
            parse_filters(["password_hash:has:a"], FIELDS)

    @pytest.mark.parametrize(
        "text",
        [
            "state",
            "state:eq",
            "state:eq:",
            "state:lt:good",
            "state:eq:fine",
            "due_on:eq:2026-02-30",
            "due_on:eq:2026-W14-3",
            "due_on:eq:20260401",
            "at:ge:2026-04-01T09:00:00",
            "at:in:2026-04-01T09:00:00Z",
            "face:ge:1000.00",
            "face:ge:1000.005:CNY",
            "face:ge:1e3:CNY",
            "own:eq:yes",
            "name:has:",
            "name:eq:a\x00b",
            "name:like:a",
        ],
    )
    def test_what_is_no_condition_is_told_how_to_write_it(self, text: str) -> None:
        with pytest.raises(BadFilter, match=text.split(":", maxsplit=1)[0] + ":"):
            parse_filters([text], FIELDS)

    def test_twenty_conditions_are_taken_and_not_one_more(self) -> None:
        assert len(parse_filters(["own:eq:true"] * MAX_CONDITIONS, FIELDS)) == 20
        with pytest.raises(TooManyFilters):
            parse_filters(["own:eq:true"] * (MAX_CONDITIONS + 1), FIELDS)

    def test_fifty_choices_are_taken_and_not_one_more(self) -> None:
        assert len(parse_filters(["name:in:" + ",".join(["a"] * MAX_CHOICES)], FIELDS)[0].values) == 50
        with pytest.raises(TooManyFilters):
            parse_filters(["name:in:" + ",".join(["a"] * (MAX_CHOICES + 1))], FIELDS)
