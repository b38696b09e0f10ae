"""Pools change by versions: proposed, approved by another, in force from their date; the old ones stay."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling import queries
from domain.pooling.errors import ChangeInThePast, ChangeWaiting, TransferBetweenBanks, VersionAltered
from domain.pooling.rules import SweepMeans
from domain.pooling.states import VersionState
from domain.pooling.structures import (
    NewMember,
    PoolTerms,
    approve_version,
    members_in,
    propose_version,
    reject_version,
    version_on,
)
from domain.pooling.tables import PoolStructure, PoolVersion
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import CHECKER, TODAY, TREASURER, WORKED, ZERO, Desk, Fund

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


@pytest.fixture
def pool(desk: Desk) -> PoolStructure:
    return desk.pool()


def propose(desk: Desk, pool: PoolStructure, members: Sequence[NewMember], on: date = TODAY) -> PoolVersion:
    return propose_version(
        desk.session,
        structure_id=pool.id,
        effective_on=on,
        terms=PoolTerms(floor=Money.of("100.00", "CNY"), auto_approve=True),
        members=members,
        reason="shop 3 has closed",
        actor=TREASURER,
        clock=desk.clock,
    )


def approve(desk: Desk, version: PoolVersion, actor: Actor = CHECKER) -> PoolVersion:
    return approve_version(desk.session, version_id=version.id, digest=version.digest, actor=actor, clock=desk.clock)


def fewer(desk: Desk) -> list[NewMember]:
    """Two levels instead of three shops below headquarters."""
    upper, lower = desk.chain.accounts["1"], desk.chain.accounts["2"]
    return [
        NewMember(account_id=upper, terms=ZERO),
        NewMember(account_id=lower, terms=WORKED, parent_account_id=upper),
    ]


def swept(desk: Desk, pool: PoolStructure) -> int:
    return len(queries.members_of(desk.session, pool.id))


class TestAChange:
    def test_comes_into_force_when_another_person_approves_what_they_saw(self, desk: Desk, pool: PoolStructure) -> None:
        version = propose(desk, pool, fewer(desk))
        with pytest.raises(SamePerson):
            approve(desk, version, TREASURER)
        with pytest.raises(DigestChanged):
            approve_version(desk.session, version_id=version.id, digest="0" * 64, actor=CHECKER, clock=desk.clock)
        assert swept(desk, pool) == 3
        assert approve(desk, version).state is VersionState.IN_FORCE
        assert (swept(desk, pool), pool.version, pool.floor_minor) == (2, 2, 10000)

    def test_of_a_later_date_waits_for_the_evaluation_of_that_date(self, desk: Desk, pool: PoolStructure) -> None:
        version = approve(desk, propose(desk, pool, fewer(desk), TOMORROW))
        assert (version.state, swept(desk, pool)) == (VersionState.APPROVED, 3)
        assert desk.evaluate(pool).structure_version == 1
        desk.evaluate(pool, "tomorrow", TOMORROW)
        assert (version.state, swept(desk, pool), pool.version) == (VersionState.IN_FORCE, 2, 2)

    def test_leaves_the_old_version_for_questions_about_its_days(self, desk: Desk, pool: PoolStructure) -> None:
        approve(desk, propose(desk, pool, fewer(desk), TOMORROW))
        before, after = (version_on(desk.session, pool.id, on) for on in (TODAY, TOMORROW))
        assert [len(members_in(desk.session, each.id)) for each in (before, after)] == [3, 2]
        assert version_on(desk.session, pool.id, date(2020, 1, 1)).version == 1

    def test_that_was_refused_makes_room_for_another(self, desk: Desk, pool: PoolStructure) -> None:
        version = propose(desk, pool, fewer(desk))
        with pytest.raises(ChangeWaiting):
            propose(desk, pool, fewer(desk))
        reject_version(
            desk.session,
            version_id=version.id,
            digest=version.digest,
            reason="not yet",
            actor=CHECKER,
            clock=desk.clock,
        )
        assert propose(desk, pool, fewer(desk)).version == 3

    def test_of_a_day_that_is_over_is_refused(self, desk: Desk, pool: PoolStructure) -> None:
        with pytest.raises(ChangeInThePast):
            propose(desk, pool, fewer(desk), TODAY - timedelta(days=1))

    def test_whose_rows_were_altered_is_not_approved(self, desk: Desk, pool: PoolStructure) -> None:
        version = propose(desk, pool, fewer(desk))
        tamper = "UPDATE pool_version SET up_rate = 0.05 WHERE tenant_id = :tenant AND id = :id"
        desk.session.execute(text(tamper), {"tenant": desk.session.tenant_id, "id": version.id})
        with pytest.raises(VersionAltered):
            approve(desk, version)


def test_an_internal_transfer_needs_one_bank(desk: Desk) -> None:
    member = NewMember(account_id=desk.chain.accounts["1"], terms=ZERO, means=SweepMeans.INTERNAL_TRANSFER)
    desk.session.execute(
        text("UPDATE bank_account SET bank_id = '103100000026' WHERE tenant_id = :tenant AND id = :id"),
        {"tenant": desk.session.tenant_id, "id": desk.chain.accounts["1"]},
    )
    with pytest.raises(TransferBetweenBanks):
        desk.build(desk.chain.header, [member])
