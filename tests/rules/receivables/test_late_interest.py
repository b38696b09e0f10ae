"""What a debtor owes a small seller for paying late (R28, SME payment regulation, art. 17)."""

from datetime import date
from decimal import Decimal

import pytest

from domain.law.limits import Limit, limit_on
from domain.law.rows import packaged_limits
from domain.receivables.rules import late_interest
from domain.values.day_count import NegativeDays
from domain.values.money import Money

MILLION = Money.of("1000000.00", "CNY")
LPR, A_DAY = Decimal("0.03"), Decimal("0.0005")


def owed(days: int, agreed: str | None = None) -> str:
    rate = None if agreed is None else Decimal(agreed)
    return str(late_interest(MILLION, days, rate_a_day=A_DAY, lpr_at_signing=LPR, agreed_rate=rate).amount)


class TestLateInterest:
    def test_is_half_a_per_mille_a_day_where_nothing_was_agreed(self) -> None:
        # 1,000,000 × 0.05 % × 10 = 5,000.00   (R28)
        assert owed(10) == "5000.00"

    def test_is_what_was_agreed_above_the_lpr(self) -> None:
        # 1,000,000 × 6 % × 10 / 360 = 1,666.67
        assert owed(10, "0.06") == "1666.67"

    @pytest.mark.parametrize("agreed", ["0", "0.02", "0.03"])
    def test_is_never_below_the_lpr_at_signing(self, agreed: str) -> None:
        # 1,000,000 × 3.00 % × 10 / 360 = 833.33   (R28's floor)
        assert owed(10, agreed) == "833.33"

    def test_is_nothing_on_the_due_date(self) -> None:
        assert owed(0) == "0.00"

    def test_knows_no_negative_days(self) -> None:
        with pytest.raises(NegativeDays):
            owed(-1)


class TestTheLaw:
    @pytest.mark.parametrize(
        ("due_on", "citation"),
        [
            (date(2020, 8, 31), None),
            (date(2020, 9, 1), "Decree 728"),
            (date(2025, 5, 31), "Decree 728"),
            (date(2025, 6, 1), "Decree 802"),
        ],
    )
    def test_gives_late_interest_from_a_day_on(self, due_on: date, citation: str | None) -> None:
        row = limit_on(packaged_limits(), Limit.LATE_INTEREST, due_on)
        assert (row and row.value) == (citation and A_DAY)
        assert citation is None or citation in row.citation  # type: ignore[union-attr]
