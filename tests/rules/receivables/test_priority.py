"""Two lenders, one receivable (R13, Civil Code art. 768)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.receivables.priority import Claim, priority
from domain.values.money import CurrencyMismatch, Money

FIRST, SECOND, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NOON = MORNING + timedelta(hours=3)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestPriority:
    def test_pays_whoever_registered_first(self) -> None:
        claims = [Claim(SECOND, cny("300000.00")), Claim(FIRST, cny("600000.00"), registered_at=NOON)]
        # 750,000 − 600,000 = 150,000 for the one that did not register   (R13)
        assert priority(claims, cny("750000.00")) == {FIRST: cny("600000.00"), SECOND: cny("150000.00")}

    def test_goes_by_the_earlier_registration(self) -> None:
        claims = [
            Claim(FIRST, cny("600000.00"), registered_at=NOON),
            Claim(SECOND, cny("300000.00"), registered_at=MORNING),
        ]
        assert priority(claims, cny("750000.00")) == {FIRST: cny("450000.00"), SECOND: cny("300000.00")}

    def test_puts_a_registration_before_an_earlier_notice(self) -> None:
        claims = [
            Claim(FIRST, cny("600000.00"), notified_at=MORNING),
            Claim(SECOND, cny("300000.00"), registered_at=NOON),
        ]
        assert priority(claims, cny("750000.00"))[SECOND] == cny("300000.00")

    def test_goes_by_notices_where_nobody_registered(self) -> None:
        claims = [
            Claim(FIRST, cny("600000.00"), notified_at=NOON),
            Claim(SECOND, cny("300000.00"), notified_at=MORNING),
            Claim(THIRD, cny("300000.00")),
        ]
        assert priority(claims, cny("750000.00")) == {
            FIRST: cny("450000.00"),
            SECOND: cny("300000.00"),
            THIRD: cny("0.00"),
        }

    def test_shares_by_financing_where_nothing_ranks(self) -> None:
        claims = [Claim(FIRST, cny("600000.00")), Claim(SECOND, cny("300000.00"))]
        # 750,000 × 600 / 900 and × 300 / 900
        assert priority(claims, cny("750000.00")) == {FIRST: cny("500000.00"), SECOND: cny("250000.00")}

    def test_shares_alike_between_registrations_of_the_same_moment(self) -> None:
        claims = [
            Claim(FIRST, cny("100.00"), registered_at=NOON),
            Claim(SECOND, cny("200.00"), registered_at=NOON.astimezone()),
            Claim(THIRD, cny("100.00"), registered_at=NOON + timedelta(microseconds=1)),
        ]
        # 100.00 by 1 : 2; the last cent to the larger remainder
        assert priority(claims, cny("100.00")) == {FIRST: cny("33.33"), SECOND: cny("66.67"), THIRD: cny("0.00")}

    def test_adds_up_what_one_lender_claims(self) -> None:
        claims = [
            Claim(FIRST, cny("100.00"), registered_at=MORNING),
            Claim(SECOND, cny("100.00"), registered_at=NOON),
            Claim(FIRST, cny("50.00")),
        ]
        assert priority(claims, cny("220.00")) == {FIRST: cny("120.00"), SECOND: cny("100.00")}

    def test_does_not_mix_currencies(self) -> None:
        with pytest.raises(CurrencyMismatch):
            priority([Claim(FIRST, Money.of("1.00", "USD"))], cny("1.00"))

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 4),
                st.integers(1, 10**9),
                st.none() | st.datetimes(timezones=st.just(UTC)),
                st.none() | st.datetimes(timezones=st.just(UTC)),
            ),
            max_size=8,
        ),
        st.integers(0, 10**9),
    )
    def test_hands_out_all_there_is_and_to_nobody_more_than_it_claims(
        self, rows: list[tuple[int, int, datetime | None, datetime | None]], minor: int
    ) -> None:
        claims = [
            Claim(UUID(int=lender), Money.from_minor(amount, "CNY"), registered, notified)
            for lender, amount, registered, notified in rows
        ]
        shares = priority(claims, Money.from_minor(minor, "CNY"))
        claimed = Money.total((claim.amount for claim in claims), "CNY")
        assert Money.total(shares.values(), "CNY") == min(claimed, Money.from_minor(minor, "CNY"))
        for lender, share in shares.items():
            own = Money.total((claim.amount for claim in claims if claim.lender_id == lender), "CNY")
            assert not share < cny("0.00")
            assert not own < share
