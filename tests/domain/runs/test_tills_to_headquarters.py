"""Fifty-nine tills over twelve weeks: their takings through the bank, stores and regions to headquarters."""

from datetime import date

import pytest

from domain.platform.database import Database
from domain.pooling.till_file import TillRow
from tests.benchmarks.tills import FILE, TillWeeks, live_through

STORES = {"1", "2", "6", "10", "11", "12"}  # of three regions, two each
TILLS = {"1", "2", "3", "4", "5", "7", "8", "9", "47", "78"}
LAST = date(2010, 4, 23)  # the twelfth week's end


def wanted(row: TillRow) -> bool:
    return row.store in STORES and row.till in TILLS and row.week_ends_on <= LAST


@pytest.mark.skipif(not FILE.exists(), reason="the takings are not part of this checkout")
def test_every_cent_of_every_till_reaches_headquarters_and_bears_its_interest(
    database: Database, tenant_id: int
) -> None:
    with FILE.open("rb") as source:
        weeks = TillWeeks.read(source, wanted)
    assert (len({(row.store, row.till) for row in weeks.rows}), len(weeks.mondays)) == (59, 13)
    assert (len(weeks.rows), len(weeks.negatives), str(weeks.total)) == (611, 10, "22,364,750.65 CNY")
    assert sum(row.amount_minor for row in weeks.negatives) == -360_614
    assert str(weeks.interest(date(2010, 4, 25))) == "67,957.26 CNY"

    pooled = live_through(database, tenant_id, weeks)

    assert (pooled.taken.taken, pooled.taken.refused_count, str(pooled.taken.total)) == (611, 0, "22,364,750.65 CNY")
    # 13 Mondays x (6 stores + 3 regions) = 117, each on two statements
    assert (pooled.sweeps, pooled.confirmed, pooled.disagreeing) == (117, 234, 0)
