"""By what right a debtor is debited."""

from datetime import date

import pytest
from sqlalchemy import select

from domain.collection.errors import AccountNotOfParty, MandateExists, MandatesMoved
from domain.collection.mandates import (
    NewMandate,
    cancel_mandates,
    grant_mandates,
    reinstate_mandates,
    suspend_mandates,
)
from domain.collection.queries import active_mandates, find_mandate, list_mandates
from domain.collection.states import MandatePurpose, MandateState
from domain.parties.accounts import NewBankAccount, add_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.values.actor import Actor
from domain.values.errors import NotFound

TODAY = date(2026, 3, 2)


@pytest.fixture
def accounts(session: TenantSession, clock: FixedClock, actor: Actor) -> list[NewBankAccount]:
    """Two debtors; the first has two accounts."""
    debtors = [NewParty(kind=PartyKind.DEBTOR, name=f"客户 {n}", code=f"D{n}") for n in (1, 2)]
    register_parties(session, debtors, actor=actor, clock=clock)
    made = [
        NewBankAccount(
            party_id=debtor.id,
            holder_name=debtor.name,
            bank_id="102100099996",
            number=f"40000000000{place}",
            currency="CNY",
        )
        for place, debtor in enumerate([debtors[0], debtors[0], debtors[1]])
    ]
    add_bank_accounts(session, made, KeyRing.generate(), actor=actor, clock=clock)
    return made


def mandate(account: NewBankAccount, reference: str = "M1", **given: object) -> NewMandate:
    fields = {"signed_on": TODAY, "currency": "CNY", "party_id": account.party_id} | given
    return NewMandate(reference=reference, account_id=account.id, **fields)  # type: ignore[arg-type]


class TestGranting:
    def test_makes_them_active_and_knows_them_by_reference(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        new = [mandate(accounts[0], "A"), mandate(accounts[2], "B")]
        ids = grant_mandates(session, new, actor=actor, clock=clock)
        assert ids == [each.id for each in new]
        assert [each.state for each in list_mandates(session)] == [MandateState.ACTIVE] * 2

    def test_refuses_a_reference_that_is_taken_and_grants_none_of_the_list(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        grant_mandates(session, [mandate(accounts[0], "A")], actor=actor, clock=clock)
        session.commit()
        twice = [mandate(accounts[2], "B"), mandate(accounts[2], "A")]
        with pytest.raises(MandateExists) as refused:
            grant_mandates(session, twice, actor=actor, clock=clock)
        assert refused.value.facts["references"] == "A"

    def test_refuses_the_account_of_somebody_else_and_of_another_currency(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        with pytest.raises(AccountNotOfParty):
            grant_mandates(session, [mandate(accounts[0], party_id=accounts[2].party_id)], actor=actor, clock=clock)
        with pytest.raises(AccountNotOfParty):
            grant_mandates(session, [mandate(accounts[0], currency="EUR")], actor=actor, clock=clock)


class TestInForce:
    def test_a_debtor_is_debited_under_the_mandate_it_signed_last(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        older = mandate(accounts[0], "A", signed_on=date(2025, 1, 1))
        newer = mandate(accounts[1], "B", signed_on=date(2026, 1, 1))
        later = mandate(accounts[0], "C", signed_on=date(2026, 4, 1))
        grant_mandates(session, [newer, older, later], actor=actor, clock=clock)
        rows = session.execute(active_mandates(session.tenant_id, TODAY)).all()
        assert [tuple(row) for row in rows] == [(newer.party_id, "CNY", newer.id, accounts[1].id)]

    def test_not_before_its_signature_nor_after_its_end_nor_for_another_purpose(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        ended = mandate(accounts[0], "A", signed_on=date(2025, 1, 1), ends_on=date(2026, 3, 1))
        rent = mandate(accounts[2], "B", purpose=MandatePurpose.RENT)
        grant_mandates(session, [ended, rent], actor=actor, clock=clock)
        in_force = active_mandates(session.tenant_id, TODAY).subquery()
        assert session.execute(select(in_force)).all() == []
        assert len(session.execute(active_mandates(session.tenant_id, date(2026, 3, 1))).all()) == 1
        assert len(session.execute(active_mandates(session.tenant_id, TODAY, MandatePurpose.RENT)).all()) == 1

    def test_not_while_it_is_suspended(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        ids = grant_mandates(session, [mandate(accounts[0])], actor=actor, clock=clock)
        assert suspend_mandates(session, ids, reason="MD01", actor=actor, clock=clock) == 1
        assert session.execute(active_mandates(session.tenant_id, TODAY)).all() == []
        assert suspend_mandates(session, ids, reason="MD01", actor=actor, clock=clock) == 0
        reinstate_mandates(session, ids, reason="signed again", actor=actor, clock=clock)
        assert len(session.execute(active_mandates(session.tenant_id, TODAY)).all()) == 1

    def test_never_again_once_it_is_cancelled(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        ids = grant_mandates(session, [mandate(accounts[0])], actor=actor, clock=clock)
        cancel_mandates(session, ids, reason="left", actor=actor, clock=clock)
        with pytest.raises(MandatesMoved):
            reinstate_mandates(session, ids, reason="came back", actor=actor, clock=clock)
        assert find_mandate(session, ids[0]).state is MandateState.CANCELLED


def test_another_tenant_sees_none_of_them(
    session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
) -> None:
    (mandate_id,) = grant_mandates(session, [mandate(accounts[0])], actor=actor, clock=clock)
    session.commit()
    with TenantSession(session.get_bind().engine, session.tenant_id + 1) as other:
        with pytest.raises(NotFound):
            find_mandate(other, mandate_id)
        assert other.execute(active_mandates(other.tenant_id, TODAY)).all() == []
