"""Late interest over HTTP: R28's worked numbers, whom the law protects, and the seller's demand."""

from typing import Any

import pytest

from domain.access.rules import KEY_PERMISSIONS, Permission
from tests.api.groups import Client, Group
from tests.api.test_receivables import Desk, cny

P = Permission
MILLION = "1000000.00"


def firms(desk: Desk, *, seller_small: bool = True, debtor_small: bool = False) -> Desk:
    for kind, small in (("supplier", seller_small), ("debtor", debtor_small)):
        body = {"kind": kind, "name": kind, "code": f"F-{kind}", "country": "DE", "tax_id": f"DE-{kind}"}
        desk.firms[kind] = desk.done("parties", body | {"is_small": small})["id"]
    return desk


@pytest.fixture
def desk(client: Client, group: Group) -> Desk:
    return Desk(client, group, group.key(*KEY_PERMISSIONS))


@pytest.fixture
def small(desk: Desk) -> Desk:
    """A small seller and a buyer that is not."""
    return firms(desk)


def ask(desk: Desk, receivable: str, **parameters: str) -> Any:  # noqa: ANN401 - a view
    asked = "&".join(f"{name}={value}" for name, value in parameters.items())
    return desk.get(f"receivables/{receivable}/late-interest?{asked}")


class TestTheFigure:
    def test_is_half_a_per_mille_a_day_where_nothing_was_agreed(self, small: Desk) -> None:
        # 1,000,000 × 0.05 % × 10 = 5,000.00   (R28); due 27 March 2026, so 6 April is ten days late.
        found = ask(small, small.confirmed(MILLION), as_of="2026-04-06")
        assert (found["amount"], found["late_days"], found["unpaid"]) == (cny("5000.00"), 10, cny(MILLION))
        assert (found["rate_a_day"], found["lpr_at_signing"], found["rules"]) == ("0.0005", "0.03", ["R28"])
        assert "Decree 802" in found["citation"]
        assert "art. 17" in found["citation"]

    def test_is_never_below_the_lpr_at_signing(self, small: Desk) -> None:
        # 1,000,000 × 3.00 % × 10 / 360 = 833.33   (R28's floor), although 1 % was agreed
        found = ask(small, small.confirmed(MILLION), as_of="2026-04-06", agreed_rate="0.01")
        assert (found["amount"], found["floor"]) == (cny("833.33"), cny("833.33"))

    def test_takes_the_lpr_of_the_day_the_contract_was_signed(self, small: Desk) -> None:
        # Until 19 May 2025 the LPR was 3.10 %: 1,000,000 × 3.10 % × 10 / 360 = 861.11   (R28)
        found = ask(small, small.confirmed(MILLION), as_of="2026-04-06", agreed_rate="0.01", signed_on="2025-05-19")
        assert (found["lpr_at_signing"], found["amount"]) == ("0.031", cny("861.11"))

    def test_is_nothing_on_the_due_date(self, small: Desk) -> None:
        assert ask(small, small.confirmed(MILLION), as_of="2026-03-27")["amount"] == cny("0.00")

    @pytest.mark.parametrize(("seller_small", "debtor_small"), [(False, False), (True, True)])
    def test_protects_small_sellers_from_buyers_that_are_not(
        self, desk: Desk, *, seller_small: bool, debtor_small: bool
    ) -> None:
        firms(desk, seller_small=seller_small, debtor_small=debtor_small)
        path = f"/v1/receivables/{desk.confirmed(MILLION)}/late-interest"
        answer = desk.client.get(path, headers=desk.group.headers)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no_late_interest")


class TestTheDemand:
    def test_keeps_who_demanded_what_and_as_of_when(self, small: Desk) -> None:
        receivable = small.confirmed(MILLION, due_on="2026-02-20")
        seller = small.of("supplier", P.RECEIVABLES_READ, P.RECEIVABLES_WRITE)
        path = f"receivables/{receivable}/late-interest-demands"
        # 20 February to 2 March are ten days: 5,000.00   (R28)
        made = small.done(path, {"as_of": "2026-03-02", "note": "Letter 7"}, by=seller)
        assert (made["amount"], made["late_days"], made["note"]) == (cny("5000.00"), 10, "Letter 7")
        assert small.refused(path, {"as_of": "2026-03-02"}, by=seller) == (409, "already_demanded")
        assert small.refused(path, {"as_of": "2026-03-03"}, by=seller) == (422, "value_date_ahead")
        for firm in ("supplier", "debtor"):
            listed = small.get("receivables/late-interest-demands", by=small.of(firm, P.RECEIVABLES_READ))
            assert [each["id"] for each in listed["items"]] == [made["id"]]

    def test_is_the_sellers_to_make(self, small: Desk) -> None:
        path = f"receivables/{small.confirmed(MILLION)}/late-interest-demands"
        debtor = small.of("debtor", P.RECEIVABLES_READ, P.RECEIVABLES_WRITE)
        assert small.refused(path, {"as_of": "2026-03-02"}, by=debtor) == (404, "not_found")

    def test_needs_something_late(self, small: Desk) -> None:
        path = f"receivables/{small.confirmed(MILLION)}/late-interest-demands"
        assert small.refused(path, {"as_of": "2026-03-02"}) == (409, "nothing_late")
