"""Listings: filters become SQL, pages follow each other, a firm sees its own."""

import pytest

from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.listing import Listing, find_row, id_field, list_rows
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.filters import BadFilter, UnknownFilterField, choice_field, text_field

PARTIES = Listing(
    "parties",
    Party,
    fields={
        "kind": choice_field(PartyKind),
        "name": text_field("春秋"),
        "tax_id": text_field("9"),
        "parent": id_field("pty"),
    },
    columns={"kind": Party.kind, "name": Party.name, "tax_id": Party.tax_id, "parent": Party.parent_id},
    owners=(Party.id, Party.parent_id),
)


@pytest.fixture
def parties(session: TenantSession, actor: Actor, clock: FixedClock) -> list[Party]:
    """100 % Wool, 春秋 A_B and its two branches."""
    wool = NewParty(kind=PartyKind.SUPPLIER, name="100 % Wool", code="S1", tax_id="TAX42", country="DE")
    hq = NewParty(kind=PartyKind.HQ, name="春秋 A_B", code="HQ")
    new = [
        wool,
        hq,
        NewParty(kind=PartyKind.BRANCH, name="杭州店", code="B1", parent_id=hq.id),
        NewParty(kind=PartyKind.BRANCH, name="上海店", code="B2", parent_id=hq.id),
    ]
    return register_parties(session, new, actor=actor, clock=clock)


def codes(session: TenantSession, *filters: str) -> list[str]:
    return [row.code for row in list_rows(session, PARTIES, filters=filters, limit=10)]


@pytest.mark.usefixtures("parties")
class TestFilters:
    def test_newest_come_first(self, session: TenantSession) -> None:
        assert codes(session) == ["B2", "B1", "HQ", "S1"]

    def test_all_conditions_hold(self, session: TenantSession) -> None:
        assert codes(session, "kind:in:branch,hq", "name:has:店") == ["B2", "B1"]

    def test_a_percent_sign_or_underscore_is_itself(self, session: TenantSession) -> None:
        assert codes(session, "name:has:0 %") == ["S1"]
        assert codes(session, "name:has:A_B") == ["HQ"]
        assert codes(session, "name:has:A%B") == []

    def test_an_empty_field_differs_from_every_value(self, session: TenantSession) -> None:
        assert codes(session, "tax_id:ne:TAX42") == ["B2", "B1", "HQ"]

    def test_what_no_listing_declares_is_refused(self, session: TenantSession) -> None:
        with pytest.raises(UnknownFilterField):
            codes(session, "tenant_id:eq:1")
        with pytest.raises(BadFilter):
            codes(session, "parent:eq:nobody")


class TestPages:
    def test_a_page_begins_below_the_last_id(self, session: TenantSession, parties: list[Party]) -> None:
        rows = list_rows(session, PARTIES, before=parties[2].id, limit=1)
        assert [row.code for row in rows] == ["HQ"]

    def test_a_firm_sees_what_names_it(self, session: TenantSession, parties: list[Party]) -> None:
        assert [row.code for row in list_rows(session, PARTIES, party_id=parties[1].id, limit=9)] == ["B2", "B1", "HQ"]
        assert [row.code for row in list_rows(session, PARTIES, party_id=parties[3].id, limit=9)] == ["B2"]

    def test_of_a_listing_that_belongs_to_nobody_a_firm_sees_nothing(
        self, session: TenantSession, parties: list[Party]
    ) -> None:
        nobodys = Listing("all", Party, fields={}, columns={})
        assert list_rows(session, nobodys, party_id=parties[1].id, limit=9) == []

    def test_a_row_that_is_not_there_is_named_as_it_was_asked_for(
        self, session: TenantSession, parties: list[Party]
    ) -> None:
        assert find_row(session, Party, parties[0].id, kind="party", reference="x") is parties[0]
        reference = public_id("pty", parties[0].id)
        other = TenantSession(session.get_bind(), session.tenant_id + 1)
        with other, pytest.raises(NotFound, match=reference):
            find_row(other, Party, parties[0].id, kind="party", reference=reference)
