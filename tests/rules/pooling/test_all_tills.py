"""The takings of 3,331 tills over 143 weeks, pooled through till, store, region and headquarters."""

import csv
import gzip
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.pooling.evaluation import Account
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.simulation import Rates, replay

FILE = Path(__file__).parents[4] / "shared" / "data" / "takings.csv.gz"
NONE = Rates(Decimal(0), Decimal(0), Decimal(0))
ZERO = SweepTerms(SweepMethod.ZERO, "CNY", two_way=True)


def weeks() -> dict[date, dict[str, int]]:
    """Minor units by week and till; the file has at most two decimals."""
    found: dict[date, dict[str, int]] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            whole, _, cents = row["Weekly_Sales"].partition(".")
            minor = int(whole.lstrip("-")) * 100 + int(cents.ljust(2, "0"))
            week = found.setdefault(date.fromisoformat(row["Date"]), {})
            week[f"{row['Store']}/{row['Dept']}"] = -minor if whole.startswith("-") else minor
    return found


def chain(flows: Mapping[date, Mapping[str, int]]) -> list[Account]:
    """Headquarters, nine regions of five stores below it, the tills below those."""
    tills = sorted({till for week in flows.values() for till in week})
    stores = sorted({till.partition("/")[0] for till in tills})
    return [
        Account("HQ", 0),
        *(Account(region, 0, ZERO, "HQ") for region in sorted({region_of(store) for store in stores})),
        *(Account(store, 0, ZERO, region_of(store)) for store in stores),
        *(Account(till, 0, ZERO, till.partition("/")[0]) for till in tills),
    ]


def region_of(store: str) -> str:
    """The file knows no regions: stores 1 to 5 are the first."""
    return f"R{(int(store) - 1) // 5 + 1}"


@pytest.mark.skipif(not FILE.exists(), reason="the takings are not part of this checkout")
def test_every_cent_reaches_headquarters_and_every_negative_week_is_corrected() -> None:
    flows = weeks()
    accounts = chain(flows)
    total = sum(minor for week in flows.values() for minor in week.values())
    corrections = [minor for week in flows.values() for minor in week.values() if minor < 0]
    assert (len(flows), len(accounts), len(corrections)) == (143, 1 + 9 + 45 + 3331, 1285)

    run = replay(accounts, flows, sorted(flows), NONE)

    assert run.balances == {account.key: total if account.key == "HQ" else 0 for account in accounts}
    # A till whose returns exceeded its sales is given what it lacks by its store; no store ever lacks any itself.
    assert run.total("down") == -sum(corrections)
    assert run.total("failed") == 0
    assert run.total("idle") == 0
    assert f"{Decimal(total) / 100:,.2f}" == "6,737,218,987.11"
