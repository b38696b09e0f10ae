"""`tributary advances failed` and `present`: what waits for a person, tried first and asked for again."""

import json

import pytest
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from tests.api.groups import Group
from tests.api.test_failed_debits import failed_share
from tests.api.test_sales_advances import Desk
from tests.api.treasury import Treasury

from .conftest import Command


@pytest.fixture
def desk(database: Database, group: Group, keys: KeyRing) -> Desk:
    house = Installation(database=database, keys=keys)
    with TestClient(create_app(house)) as client:
        return failed_share(Treasury.of(client, group), house)


def test_is_shown_tried_and_presented_once(tributary: Command, desk: Desk) -> None:
    (failed,) = json.loads(tributary("advances", "failed", "--json").stdout)
    reference = failed["sales_advance_id"]
    tried = tributary("advances", "present", reference, "--dry-run")
    assert (tried.exit_code, tried.stdout.split()[0]) == (0, reference)
    assert tributary("advances", "present", "--lender", desk.shop).stdout == ""
    assert tributary("advances", "present", "--lender", desk.lender).stdout.split()[0] == reference
    assert tributary("advances", "failed").stdout == ""
