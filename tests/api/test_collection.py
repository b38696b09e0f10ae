"""Entrusted collection over HTTP: two people for terms, plans item by item, mandates amended by digest."""

import pytest

from domain.access.rules import Permission
from domain.collection import layout, notices
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.ids import parse_public_id
from domain.values.business_days import BusinessCalendar
from tests.api.groups import Client, Group
from tests.api.seed import collection_client, register_plan
from tests.api.treasury import NOON, Treasury


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


@pytest.fixture
def payer(treasury: Treasury) -> tuple[str, str]:
    party = treasury.party("payer", "P1")
    return party, treasury.account(party, "33001616781053000701", own=False)


class TestClients:
    def test_are_approved_by_another_person_on_the_terms_that_were_seen(self, treasury: Treasury) -> None:
        client = collection_client(treasury)
        shown = treasury.get(f"collection/clients/{client}")
        assert (shown["state"], shown["fee_bp"], shown["dunning_days"]) == ("active", "30", [3, 10, 20])
        assert shown["fee_per_item"] == {"amount": "0.50", "currency": "CNY"}
        again = treasury.post(f"collection/clients/{client}/approve", {"digest": shown["digest"]})
        assert (again.status_code, again.json()["type"]) == (409, "/problems/already_decided")

    def test_suspended_nothing_is_registered_for_them(self, treasury: Treasury, payer: tuple[str, str]) -> None:
        client = collection_client(treasury)
        treasury.done(f"collection/clients/{client}/suspend", {"reason": "review"})
        body = {"items": [{**_plan(), "payer_id": payer[0], "mandate_id": "mnd_01j00000000000000000000000"}]}
        refused = treasury.post(f"collection/clients/{client}/plans", body)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/client_not_active")
        treasury.done(f"collection/clients/{client}/resume", {"reason": "done"}, by=treasury.checker)
        assert treasury.get(f"collection/clients/{client}")["state"] == "active"

    def test_an_account_of_somebody_else_does_not_collect(self, treasury: Treasury, payer: tuple[str, str]) -> None:
        nothing = {"amount": "0.00", "currency": "CNY"}
        body = {"party_id": payer[0], "own_account_id": payer[1], "purpose": "rent", "fee_per_item": nothing}
        refused = treasury.post("collection/clients", body | {"risk_limit": nothing})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid_value")


class TestPlans:
    def test_are_registered_or_refused_each_by_itself(self, treasury: Treasury, payer: tuple[str, str]) -> None:
        client = collection_client(treasury)
        answer = register_plan(treasury, client, *payer)
        assert (len(answer["registered"]), answer["refused"]) == (1, [])
        (plan,) = treasury.get(f"collection/plans?filter=client:eq:{client}")["items"]
        assert (plan["reference"], plan["day"], plan["frequency"]) == ("POLICY-1", 31, "monthly")
        wrong = [{**_plan(), "payer_id": payer[0], "mandate_id": plan["mandate_id"], **each} for each in _WRONG]
        refused = treasury.done(f"collection/clients/{client}/plans", {"items": wrong})["refused"]
        assert [(each["place"], each["code"]) for each in refused] == [
            (0, "plan_exists"),
            (1, "no_such_day"),
            (2, "plan_needs_dates"),
            (3, "mandate_does_not_fit"),
        ]
        assert all(each["message_zh"] for each in refused)

    def test_pause_resume_and_end(self, treasury: Treasury, payer: tuple[str, str]) -> None:
        client = collection_client(treasury)
        (plan,) = register_plan(treasury, client, *payer)["registered"]
        for step, state in [("pause", "paused"), ("resume", "active"), ("end", "ended")]:
            assert treasury.done(f"collection/plans/{plan}/{step}", {"reason": "asked"})["state"] == state
        late = treasury.post(f"collection/plans/{plan}/resume", {"reason": "asked"})
        assert (late.status_code, late.json()["type"]) == (409, "/problems/dues_moved")


class TestDues:
    def test_a_payer_sees_its_own_and_what_it_was_told_is_proved(
        self, treasury: Treasury, payer: tuple[str, str], database: Database
    ) -> None:
        client = collection_client(treasury)
        register_plan(treasury, client, *payer)
        clock = FixedClock(NOON)
        with database.session(Role.WORKER, treasury.group.tenant_id) as session:
            layout.lay_out(session, clock.today(), calendar=BusinessCalendar(), clock=clock)
            notices.prenotify(session, clock.today(), clock=clock)
        (due,) = treasury.get(f"collection/dues?filter=payer:eq:{payer[0]}")["items"]
        assert (due["due_on"], due["state"], due["amount"]["amount"]) == ("2026-03-31", "planned", "120.00")
        proof = {"due_id": due["id"], "notice": "prenotice:1", "means": "sms", "carrier_reference": "8842"}
        body = {"items": [proof | {"digest": "0" * 64, "delivered_at": "2026-03-02T04:00:00Z"}]}
        assert treasury.done("collection/dues/proofs", body) == {"count": 1}
        assert treasury.done("collection/dues/proofs", body) == {"count": 0}
        own = treasury.group.key(Permission.COLLECTION_READ, party_id=parse_public_id("pty", payer[0]))
        other = treasury.group.key(
            Permission.COLLECTION_READ, party_id=parse_public_id("pty", treasury.party("payer", "P2"))
        )
        seen = [treasury.client.get("/v1/collection/dues", headers=by).json()["items"] for by in (own, other)]
        assert [len(items) for items in seen] == [1, 0]

    def test_are_cancelled_all_or_none_and_presented_anew_only_when_they_failed(
        self, treasury: Treasury, payer: tuple[str, str]
    ) -> None:
        client = collection_client(treasury)
        register_plan(treasury, client, *payer, kind="one_off", frequency=None, day=None)
        (due,) = treasury.get("collection/dues")["items"]
        anew = {"dues": [due["id"]], "debit_on": "2026-04-01", "reason": "asked"}
        refused = treasury.post("collection/dues/present-anew", anew, by=treasury.checker)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/dues_moved")
        cancel = {"dues": [due["id"]], "reason": "policy ended"}
        assert treasury.done("collection/dues/cancel", cancel) == {"count": 1}
        assert treasury.post("collection/dues/cancel", cancel).status_code == 409


class TestAmendments:
    def test_new_terms_need_a_second_person_who_sends_the_same(
        self, treasury: Treasury, payer: tuple[str, str]
    ) -> None:
        register_plan(treasury, collection_client(treasury), *payer)
        (mandate,) = treasury.get("mandates")["items"]
        path = f"mandates/{mandate['id']}"
        limits = {"max_amount": {"amount": "500.00", "currency": "CNY"}, "cycle": "month", "max_per_cycle": 1}
        terms = {"account_id": payer[1], "limits": limits, "evidence_digest": "ab" * 32}
        treasury.done(f"{path}/amend", terms)
        assert treasury.get(path)["state"] == "amending"
        own = treasury.post(f"{path}/approve-amendment", terms)
        assert (own.status_code, own.json()["type"]) == (403, "/problems/same_person")
        other = treasury.post(f"{path}/approve-amendment", terms | {"ends_on": "2027-01-01"}, by=treasury.checker)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/digest_changed")
        approved = treasury.done(f"{path}/approve-amendment", terms, by=treasury.checker)
        assert (approved["state"], approved["version"]) == ("active", 2)
        versions = treasury.get(f"{path}/versions")["versions"]
        assert [(each["version"], each["limits"]["max_per_cycle"]) for each in versions] == [(1, None), (2, 1)]
        assert treasury.get(f"{path}/refusals") == {"refusals": []}


def _plan() -> dict[str, object]:
    return {
        "reference": "POLICY-2",
        "kind": "subscription",
        "frequency": "monthly",
        "amount": {"amount": "120.00", "currency": "CNY"},
        "first_on": "2026-03-31",
    }


_WRONG: list[dict[str, object]] = [
    {"reference": "POLICY-1"},
    {"day": 30},
    {"ends_on": "2026-03-30"},
    {"amount": {"amount": "1.00", "currency": "EUR"}},
]
