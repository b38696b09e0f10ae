"""How firms stand to each other."""

from uuid import UUID, uuid4

import pytest

from domain.parties.relations import RelatedToItself, relate, related, relations_of
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind, RelationKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.errors import NotFound

AFFILIATE, GUARANTOR = RelationKind.AFFILIATE, RelationKind.GUARANTOR


@pytest.fixture
def firms(session: TenantSession, actor: Actor, clock: FixedClock) -> list[UUID]:
    new = [NewParty(kind=PartyKind.SUPPLIER, name=code, code=code) for code in ("S1", "S2", "S3")]
    return [party.id for party in register_parties(session, new, actor=actor, clock=clock)]


class TestRelations:
    def test_of_affiliates_are_kept_both_ways(
        self, session: TenantSession, actor: Actor, clock: FixedClock, firms: list[UUID]
    ) -> None:
        one, other, third = firms
        relate(session, one, other, AFFILIATE, actor=actor, clock=clock)
        assert related(session, firms, AFFILIATE) == {one: {other}, other: {one}}
        assert relations_of(session, third) == []

    def test_of_guarantors_go_one_way(
        self, session: TenantSession, actor: Actor, clock: FixedClock, firms: list[UUID]
    ) -> None:
        one, other, _ = firms
        relate(session, one, other, GUARANTOR, actor=actor, clock=clock)
        assert related(session, firms, GUARANTOR) == {one: {other}}
        assert related(session, firms, AFFILIATE) == {}

    def test_may_be_noted_twice(
        self, session: TenantSession, actor: Actor, clock: FixedClock, firms: list[UUID]
    ) -> None:
        one, other, _ = firms
        for kind in (AFFILIATE, AFFILIATE, GUARANTOR):
            relate(session, one, other, kind, actor=actor, clock=clock)
        assert relations_of(session, one) == [(other, AFFILIATE), (other, GUARANTOR)]

    def test_need_two_firms_that_are_known(
        self, session: TenantSession, actor: Actor, clock: FixedClock, firms: list[UUID]
    ) -> None:
        with pytest.raises(RelatedToItself):
            relate(session, firms[0], firms[0], AFFILIATE, actor=actor, clock=clock)
        with pytest.raises(NotFound):
            relate(session, firms[0], uuid4(), AFFILIATE, actor=actor, clock=clock)
