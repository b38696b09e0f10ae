"""Registering parties and finding them again."""

from uuid import UUID

import pytest

from domain import audit
from domain.parties import queries
from domain.parties.errors import InvalidTaxId, PartyExists
from domain.parties.rules import uscc_check_character
from domain.parties.service import NewParty, register_parties, register_party, rename_party
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import public_id, tenant_key, uuid7
from domain.values.actor import Actor
from domain.values.errors import InvalidValue, NotFound

NAMES = ["张江食品", "西安包装", "鲜丰果业", "阿里山茶", "Zebra Foods", "上海大润发", "7天连锁"]


def supplier(name: str, code: str, tax_id: str | None = None) -> NewParty:
    return NewParty(kind=PartyKind.SUPPLIER, name=name, code=code, tax_id=tax_id)


@pytest.fixture
def suppliers(session: TenantSession, actor: Actor, clock: FixedClock) -> None:
    new = [supplier(name, f"S-{place}") for place, name in enumerate(NAMES)]
    register_parties(session, new, actor=actor, clock=clock)


def found(session: TenantSession, text: str) -> list[str]:
    return [party.name for party in queries.search_parties(session, text=text)]


class TestRegistering:
    def test_an_hq_and_its_three_hundred_branches_come_in_one_list(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        hq = NewParty(kind=PartyKind.HQ, name="九州零售集团", code="HQ")
        branches = [
            NewParty(kind=PartyKind.BRANCH, name=f"第{n}分店", code=f"B{n}", parent_id=hq.id) for n in range(300)
        ]
        registered = register_parties(session, [*branches, hq], actor=actor, clock=clock)
        assert [party.code for party in registered] == [*(f"B{n}" for n in range(300)), "HQ"]
        assert {party.parent_id for party in registered[:300]} == {hq.id}

    def test_a_code_in_use_refuses_the_whole_list_and_is_named(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        register_party(session, supplier("甲", "S1"), actor=actor, clock=clock)
        session.commit()
        with pytest.raises(PartyExists) as refusal:
            register_parties(session, [supplier("乙", "S2"), supplier("丙", "S1")], actor=actor, clock=clock)
        session.rollback()
        assert refusal.value.facts["codes"] == "S1"
        assert found(session, "") == ["甲"]

    def test_a_code_given_twice_in_one_list_is_refused(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        with pytest.raises(PartyExists):
            register_parties(session, [supplier("乙", "S2"), supplier("丙", "S2")], actor=actor, clock=clock)

    def test_the_same_code_may_name_a_supplier_and_a_debtor(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        debtor = NewParty(kind=PartyKind.DEBTOR, name="甲", code="S1")
        assert len(register_parties(session, [supplier("甲", "S1"), debtor], actor=actor, clock=clock)) == 2

    def test_one_tax_id_names_one_supplier_however_it_is_written(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        register_party(session, supplier("甲", "S1", "91350100M000100Y43"), actor=actor, clock=clock)
        with pytest.raises(PartyExists):
            register_party(session, supplier("乙", "S2", "91350100 m000100y-43"), actor=actor, clock=clock)

    def test_a_tax_id_that_does_not_add_up_is_refused(
        self, session: TenantSession, actor: Actor, clock: FixedClock
    ) -> None:
        assert uscc_check_character("91350100M000100Y4") == "3"
        with pytest.raises(InvalidTaxId):
            register_party(session, supplier("甲", "S1", "91350100M000100Y44"), actor=actor, clock=clock)

    def test_a_parent_nobody_knows_is_named(self, session: TenantSession, actor: Actor, clock: FixedClock) -> None:
        orphan = NewParty(kind=PartyKind.BRANCH, name="分店", code="B1", parent_id=uuid7())
        with pytest.raises(NotFound):
            register_party(session, orphan, actor=actor, clock=clock)

    @pytest.mark.parametrize("name", ["", "   ", "x" * 141])
    def test_a_name_that_a_bank_file_could_not_hold_is_refused(
        self, session: TenantSession, actor: Actor, clock: FixedClock, name: str
    ) -> None:
        with pytest.raises(InvalidValue):
            register_party(session, supplier(name, "S1"), actor=actor, clock=clock)

    def test_it_stands_in_the_audit_trail(self, session: TenantSession, actor: Actor, clock: FixedClock) -> None:
        party = register_party(session, supplier("甲", "S1"), actor=actor, clock=clock)
        [entry] = audit.entries(session, subject=public_id("pty", party.id))
        assert (entry.action, entry.actor) == ("party.registered", "person:tester")

    def test_a_renamed_party_moves_to_its_new_place(
        self, session: TenantSession, suppliers: None, actor: Actor, clock: FixedClock
    ) -> None:
        assert suppliers is None
        party = queries.parties_by_code(session, PartyKind.SUPPLIER, ["S-0"])["S-0"]
        rename_party(session, party, "安徽食品", actor=actor, clock=clock)
        assert found(session, "")[2] == "安徽食品"


@pytest.mark.usefixtures("suppliers")
class TestSearching:
    def test_lists_stand_in_chinese_order_with_other_scripts_among_them(self, session: TenantSession) -> None:
        # 7 tian, a li shan, shang hai, xi an, xian feng, zebra, zhang jiang
        assert found(session, "") == [
            "7天连锁",
            "阿里山茶",
            "上海大润发",
            "西安包装",
            "鲜丰果业",
            "Zebra Foods",
            "张江食品",
        ]

    @pytest.mark.parametrize(
        ("typed", "names"),
        [
            ("大润", ["上海大润发"]),
            ("xian", ["西安包装", "鲜丰果业"]),
            ("xi an", ["西安包装", "鲜丰果业"]),
            ("darunfa", ["上海大润发"]),
            ("shdr", ["上海大润发"]),
            ("ZEBRA", ["Zebra Foods"]),
            ("s-3", ["阿里山茶"]),
            ("100%", []),
            (".*", []),
        ],
    )
    def test_names_are_found_by_characters_pinyin_initials_and_code(
        self, session: TenantSession, typed: str, names: list[str]
    ) -> None:
        assert found(session, typed) == names

    def test_pages_follow_each_other_without_gap_or_repeat(self, session: TenantSession) -> None:
        pages, cursor = [], None
        while page := queries.search_parties(session, cursor=cursor, limit=3):
            pages.append([party.name for party in page])
            cursor = (page[-1].name_key, page[-1].id)
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [name for page in pages for name in page] == found(session, "")

    def test_a_kind_narrows_the_list(self, session: TenantSession) -> None:
        assert queries.search_parties(session, kind=PartyKind.DEBTOR) == []

    def test_another_tenant_finds_nothing_and_reads_nothing(self, database: Database, session: TenantSession) -> None:
        party_id: UUID = queries.search_parties(session)[0].id
        session.commit()
        for role in Role:
            with database.session(role, tenant_key("another-group")) as other:
                assert queries.search_parties(other) == []
                with pytest.raises(NotFound):
                    queries.party(other, party_id)
