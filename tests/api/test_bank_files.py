"""Files of banks over HTTP: a list with the account it is of, and answers that the bank brings itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from httpx import Response
from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.access.rules import Permission
from domain.banking.channels.signing import signed_headers
from tests.api.groups import Client, Group
from tests.api.treasury import Treasury
from tests.channels.test_signing import PRIVATE, PUBLIC
from tests.domain.banking.messages.test_status_reports import REPORT, written

CMB = """记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要
2026-03-02,CNY,"1,234.00","1,271.66",转账汇款,张三 66666666666666,货款
"""
PATH = "/v1/bank-answers"


@pytest.fixture
def treasury(client: Client, group: Group) -> Treasury:
    return Treasury.of(client, group)


class TestLists:
    def test_a_list_is_imported_for_the_account_that_is_named(self, treasury: Treasury) -> None:
        account = treasury.account(treasury.party("hq", "HQ"), "6222001")
        taken = treasury.upload(f"statements/imports?account={account}", CMB.encode("gb18030"))
        assert (taken.status_code, taken.json()["entries_new"]) == (201, 1)
        (row,) = treasury.get("statements")["items"]
        # 1,271.66 − 1,234.00 = 37.66
        assert (row["opening"]["amount"], row["closing"]["amount"]) == ("37.66", "1271.66")

    def test_without_an_account_or_with_a_stranger_it_is_refused(self, treasury: Treasury) -> None:
        assert treasury.upload("statements/imports", CMB.encode()).json()["type"] == (
            "/problems/message_account_not_named"
        )
        unknown = "acc_01h9n5tqy5ax5qkkknpc49k00q"
        assert treasury.upload(f"statements/imports?account={unknown}", CMB.encode()).status_code == 404


@pytest.fixture
def connected(house: Installation) -> Iterator[Client]:
    """The application of a house whose bank brings its answers."""
    with TestClient(create_app(replace(house, bank_keys=(PUBLIC,))), raise_server_exceptions=False) as client:
        yield client


def bring(client: Client, group: Group, house: Installation, content: bytes, *, minutes: int = 0) -> Response:
    signed = signed_headers(PRIVATE, "POST", PATH, content, at=house.clock.now() - timedelta(minutes=minutes))
    return client.post(PATH, content=content, headers={**group.headers, **signed})


class TestCallbacks:
    def test_an_answer_that_is_signed_is_kept_once(self, connected: Client, group: Group, house: Installation) -> None:
        first, again = (bring(connected, group, house, written(REPORT)) for _ in range(2))
        assert (first.status_code, first.json()) == (201, {"new": True})
        assert (again.status_code, again.json()) == (201, {"new": False})

    def test_one_that_is_altered_old_or_not_signed_is_not(
        self, connected: Client, group: Group, house: Installation
    ) -> None:
        signed = signed_headers(PRIVATE, "POST", PATH, written(REPORT), at=house.clock.now())
        altered = connected.post(PATH, content=written(REPORT) + b" ", headers={**group.headers, **signed})
        unsigned = connected.post(PATH, content=written(REPORT), headers=group.headers)
        elsewhere = connected.post(f"{PATH}?x=1", content=written(REPORT), headers={**group.headers, **signed})
        old = bring(connected, group, house, written(REPORT), minutes=6)
        refused = [altered, unsigned, old]
        assert [answer.status_code for answer in refused] == [401, 401, 401]
        assert {answer.json()["type"] for answer in refused} == {"/problems/signature_refused"}
        assert elsewhere.status_code == 422

    def test_what_is_no_answer_is_refused_though_it_is_signed(
        self, connected: Client, group: Group, house: Installation
    ) -> None:
        refused = bring(connected, group, house, b"<html/>")
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/message_unexpected")

    def test_a_house_without_keys_of_its_bank_takes_none(
        self, client: Client, group: Group, house: Installation
    ) -> None:
        assert bring(client, group, house, written(REPORT)).status_code == 401

    def test_reading_is_not_writing(self, connected: Client, group: Group) -> None:
        reader = group.key(Permission.STATEMENTS_READ)
        assert connected.post(PATH, content=written(REPORT), headers=reader).status_code == 403
