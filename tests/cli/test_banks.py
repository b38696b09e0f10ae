"""`tributary bank`: how each bank is spoken to, and where it is met from here."""

import json
from pathlib import Path

from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.banking.states import ChannelKind
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.settings import BankWay, Settings
from jobs.banks import place_of
from tests.api.groups import Group

from .conftest import Command

ICBC = "102100099996"


def test_connections_are_listed_with_where_they_lead(
    tributary: Command, database: Database, group: Group, keys: KeyRing
) -> None:
    body = {"profile": "standard", "channel": "directory", "cut_offs": [{"slot": "0800", "until": "09:30"}]}
    with TestClient(create_app(Installation(database=database, keys=keys))) as client:
        put = client.put(f"/v1/bank-connections/{ICBC}", json=body, headers=group.headers)
        assert (put.status_code, put.json()["channel"]) == (200, "directory")
    (shown,) = json.loads(tributary("bank", "connections", "--json").stdout)
    assert (shown["connection"]["bank_id"], shown["connection"]["channel"], shown["place"]) == (ICBC, "directory", "")
    assert "0800-09:30" in tributary("bank", "connections").stdout


def test_a_bank_is_met_at_its_own_place_or_at_that_of_all() -> None:
    everywhere = Settings.from_environment(
        {
            "TRIBUTARY_BANK_URL": "https://gateway.example",
            "TRIBUTARY_BANK_FOLDER": "/srv/banks",
            "TRIBUTARY_BANK_308100005027_URL": "https://cmb.example/",
            "TRIBUTARY_BANK_308100005027_KEY": "hmac:1:c2VjcmV0",
            "TRIBUTARY_BANK_104100000004_FOLDER": "/mnt/boc",
        }
    )
    assert everywhere.banks == {
        "104100000004": BankWay(folder=Path("/mnt/boc")),
        "308100005027": BankWay(url="https://cmb.example", key="hmac:1:c2VjcmV0"),
    }
    assert "c2VjcmV0" not in repr(everywhere)

    def places(settings: Settings, bank_id: str) -> list[str | None]:
        return [place_of(settings, "acme", bank_id, kind) for kind in (ChannelKind.HTTP, ChannelKind.DIRECTORY)]

    assert places(everywhere, ICBC) == ["https://gateway.example", f"/srv/banks/acme/{ICBC}"]
    assert places(everywhere, "308100005027") == ["https://cmb.example", "/srv/banks/acme/308100005027"]
    assert places(everywhere, "104100000004") == ["https://gateway.example", "/mnt/boc/acme/104100000004"]
    one_folder = Settings.from_environment({"TRIBUTARY_BANK_FOLDER": "/srv/bank"})
    assert places(one_folder, ICBC) == [None, "/srv/bank"]
    assert places(Settings.from_environment({}), ICBC) == [None, None]
