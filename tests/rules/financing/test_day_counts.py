"""Day counts held against QuantLib over random dates (R2)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.values.day_count import DayCount

ql = pytest.importorskip("QuantLib")
THEIRS = {
    DayCount.ACT_360: ql.Actual360(),
    DayCount.ACT_365F: ql.Actual365Fixed(),
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
}
DATES = st.dates(date(2000, 1, 1), date(2080, 12, 31))


@given(basis=st.sampled_from(DayCount), first=DATES, second=DATES)
def test_days_between_any_two_dates_agree_with_quantlib(basis: DayCount, first: date, second: date) -> None:
    start, end = sorted((first, second))
    theirs = THEIRS[basis].dayCount(ql.Date(start.day, start.month, start.year), ql.Date(end.day, end.month, end.year))
    assert basis.days(start, end) == theirs
