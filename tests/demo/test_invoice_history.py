"""The late-payment history of 2,466 invoices, lived through in parts against two lenders, without any takings.

The two years as a whole are a benchmark (`tests/benchmarks/invoice_history.py`): they take a quarter of an hour.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.demo.files import feed_from_files
from app.demo.run import SLUG, Play, run_demo
from domain.platform.database import Database, Role
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key

HISTORY = Path(__file__).parents[2].parent / "shared" / "data" / "receivables.csv"
DAYS = 12
LENDERS = {"Harbour Factoring", "River Bank"}
pytestmark = pytest.mark.skipif(not HISTORY.exists(), reason="the invoice history is not beside the project")

# Straight from the rows, whatever the demo says of itself: an invoice is what its fingerprint says it is.
_TIMES_FINANCED = text("""
    SELECT count(*) AS advances, count(DISTINCT receivable.fingerprint) AS invoices
    FROM advance JOIN receivable ON receivable.tenant_id = advance.tenant_id AND receivable.id = advance.receivable_id
    WHERE advance.tenant_id = :tenant AND advance.state NOT IN ('lapsed', 'funding_failed')
""")


def lived(database: Database, folder: Path, start: date) -> dict[str, Any]:
    feed = feed_from_files(HISTORY, None, start=start, days=DAYS)
    play = Play(feed, seed=1, faults="none", bank_store=folder / "bank.sqlite")
    summary = run_demo(database, KeyRing.generate(), play, on_day=lambda _: None)
    facts: dict[str, Any] = json.loads(summary.as_json())
    return facts


@pytest.mark.parametrize("start", [date(2012, 5, 2), date(2013, 5, 2)], ids=["2012", "2013"])
def test_no_invoice_is_financed_twice_the_books_balance_and_rates_are_told(
    database: Database, tmp_path: Path, start: date
) -> None:
    facts = lived(database, tmp_path, start)
    with database.session(Role.WORKER, tenant_key(SLUG)) as session:
        found = session.execute(_TIMES_FINANCED, {"tenant": session.tenant_id}).one()
    assert found.advances == found.invoices == facts["advances"] > 0
    assert (facts["financed_twice"], facts["debited_twice"]) == (0, 0)
    assert (facts["books_balance"], facts["bank_agrees"], facts["differences"]) == (True, True, [])
    rates = {each["lender"]: each for each in facts["all_in_rates"]}
    assert rates
    assert rates.keys() <= LENDERS
    assert sum(each["advances"] for each in rates.values()) <= facts["repaid"]
    for each in rates.values():
        # A price of 5.5 % and 20 bp, or 6.8 % and 10 bp, costs its headline at least (R14).
        assert "0.055" < each["quoted_simple"] < each["quoted_effective"]
        assert each["realised_simple"] > "0.055"
