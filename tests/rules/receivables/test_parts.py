"""Into what a claim may be split, what its parts are called, and how long a certificate may run (R17, notice 77)."""

from datetime import date

import pytest

from domain.law.rows import packaged_limits
from domain.receivables.parts.errors import CertificateTermTooLong, PartNumberTooLong, PartsDiffer, TooManyParts
from domain.receivables.parts.rules import (
    MAX_PARTS,
    NUMBER_LENGTH,
    check_faces,
    part_numbers,
    runs_beyond_usual_term,
    split_evenly,
)
from domain.values.money import CurrencyMismatch, Money

LAW = packaged_limits()


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestFaces:
    def test_are_as_many_as_one_page_shows_and_no_more(self) -> None:
        whole = cny("1000.00")
        check_faces(whole, split_evenly(whole, MAX_PARTS))
        with pytest.raises(TooManyParts):
            split_evenly(whole, MAX_PARTS + 1)
        with pytest.raises(TooManyParts):
            check_faces(whole, [cny("9.90")] * (MAX_PARTS + 1))

    def test_add_up_to_the_claim_and_are_each_something(self) -> None:
        for faces in ([], [cny("999.99")], [cny("1000.01")], [cny("1000.00"), cny("0.00")], [cny("1001"), cny("-1")]):
            with pytest.raises(PartsDiffer):
                check_faces(cny("1000.00"), faces)

    def test_are_in_the_currency_of_the_claim(self) -> None:
        with pytest.raises(CurrencyMismatch):
            check_faces(cny("1.00"), [Money.of("1.00", "EUR")])


class TestNumbers:
    def test_say_the_place_in_the_whole(self) -> None:
        assert part_numbers("INV-1", 3) == ["INV-1/1", "INV-1/2", "INV-1/3"]

    def test_fit_where_a_number_stands(self) -> None:
        assert len(part_numbers("I" * (NUMBER_LENGTH - 2), 9)[-1]) == NUMBER_LENGTH
        with pytest.raises(PartNumberTooLong):
            part_numbers("I" * (NUMBER_LENGTH - 2), 10)


class TestCertificateTerm:
    """Six months in principle, never more than a year, for certificates issued from 15 June 2025."""

    def beyond(self, issued_on: date, due_on: date) -> bool:
        return runs_beyond_usual_term("EC-1", issued_on, due_on, LAW)

    def test_warns_from_the_day_after_six_months(self) -> None:
        assert [self.beyond(date(2026, 1, 5), date(2026, 7, day)) for day in (5, 6)] == [False, True]

    def test_refuses_from_the_day_after_a_year(self) -> None:
        assert self.beyond(date(2026, 1, 5), date(2027, 1, 5))
        with pytest.raises(CertificateTermTooLong, match="Notice 77 of 2025"):
            self.beyond(date(2026, 1, 5), date(2027, 1, 6))

    def test_binds_from_the_fifteenth_of_june_2025(self) -> None:
        assert not self.beyond(date(2025, 6, 14), date(2027, 6, 14))
        with pytest.raises(CertificateTermTooLong):
            self.beyond(date(2025, 6, 15), date(2027, 6, 15))
