"""The check of a million debits says what the rule says of one."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, Select, String, Uuid, cast, column, literal, select, union_all
from sqlalchemy import values as rows_of
from sqlmodel import col

from domain.banking.states import Direction, Purpose
from domain.collection.checks import checked_dues
from domain.collection.mandates import MandateLimits, NewMandate, grant_mandates, suspend_mandates
from domain.collection.queries import find_mandate
from domain.collection.rules import Debit, Use, failed_limbs
from domain.collection.states import Cycle, Limb, MandatePurpose
from domain.collection.tables import DebitRefusal
from domain.parties.accounts import NewBankAccount, add_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.values.actor import Actor
from domain.values.money import Money

ON = date(2026, 3, 2)
KEYS = KeyRing.generate()

mandates = st.fixed_dictionaries(
    {
        "signed_on": st.dates(ON - timedelta(days=2), ON + timedelta(days=1)),
        "ends_on": st.none() | st.dates(ON + timedelta(days=1), ON + timedelta(days=3)),
        "purpose": st.sampled_from([MandatePurpose.INSURANCE, MandatePurpose.RENT]),
        "payee": st.sampled_from([None, 0, 1]),
        "limits": st.builds(
            MandateLimits,
            max_amount_minor=st.none() | st.integers(99, 101),
            cycle=st.sampled_from(Cycle),
            max_per_cycle=st.none() | st.integers(1, 2),
            max_total_minor=st.none() | st.integers(99, 101),
        ),
        "suspended": st.booleans(),
    }
)
debits = st.fixed_dictionaries(
    {
        "minor": st.integers(99, 101),
        "due_on": st.dates(ON, ON + timedelta(days=4)),
        "own": st.sampled_from([0, 1]),
        "account": st.sampled_from([2, 3]),
        "purpose": st.sampled_from([MandatePurpose.INSURANCE, MandatePurpose.RENT]),
        "currency": st.sampled_from(["CNY", "CNY", "CNY", "USD"]),
    }
)


def due(mandate_id: UUID, accounts: list[NewBankAccount], debit: dict[str, Any]) -> Select[Any]:
    """One due in the standard columns."""
    row = {
        "direction": (Direction.DEBIT.value, String),
        "purpose": (Purpose.ENTRUSTED_COLLECTION.value, String),
        "obligation_key": ("due:1", String),
        "amount_minor": (debit["minor"], BigInteger),
        "currency": (debit["currency"], String),
        "own_account_id": (accounts[debit["own"]].id, Uuid),
        "counter_account_id": (accounts[debit["account"]].id, Uuid),
        "mandate_id": (mandate_id, Uuid),
        "subject_id": (uuid7(), Uuid),
        "due_on": (debit["due_on"], Date),
        "remittance": ("", String),
        "mandate_purpose": (debit["purpose"].value, String),
    }
    listed = rows_of(*(column(name, kind) for name, (_, kind) in row.items()), name="listed").data(
        [tuple(value for value, _ in row.values())]
    )
    columns: list[Any] = [cast(listed.c[name], kind).label(name) for name, (_, kind) in row.items()]
    return select(*columns)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mandate=mandates, debit=debits)
def test_a_debit_passes_or_is_refused_for_exactly_the_limbs_of_the_rule(
    session: TenantSession, clock: FixedClock, actor: Actor, mandate: dict[str, Any], debit: dict[str, Any]
) -> None:
    accounts = furnished(session, clock, actor)
    new = NewMandate(
        reference=str(uuid7())[:35],
        party_id=accounts[2].party_id,
        account_id=accounts[2].id,
        currency="CNY",
        signed_on=mandate["signed_on"],
        ends_on=mandate["ends_on"],
        purpose=mandate["purpose"],
        payee_id=None if mandate["payee"] is None else accounts[mandate["payee"]].party_id,
        limits=mandate["limits"],
    )
    grant_mandates(session, [new], actor=actor, clock=clock)
    if mandate["suspended"]:
        suspend_mandates(session, [new.id], reason="test", actor=actor, clock=clock)
    asked = Debit(
        payee_id=accounts[debit["own"]].party_id,
        account_id=accounts[debit["account"]].id,
        amount=Money.from_minor(debit["minor"], debit["currency"]),
        purpose=debit["purpose"],
        due_on=debit["due_on"],
    )
    failed = failed_limbs(find_mandate(session, new.id).terms, asked, Use(0, Money.zero("CNY")))
    # A limit is not even looked at for a debit that is out of order by itself.
    failed = failed - {Limb.TOTAL, Limb.COUNT} or failed
    source = due(new.id, accounts, debit)
    with checked_dues(session, [source], ON, clock=clock) as covered:
        passed = session.execute(covered[0]).all()
    refused = session.execute(select(DebitRefusal).where(col(DebitRefusal.tenant_id) == session.tenant_id)).all()
    assert (len(passed), len(refused)) == ((0, 1) if failed else (1, 0))
    if failed:
        kept = session.get_one(DebitRefusal, (session.tenant_id, new.id, ON, "due:1"))
        assert Limb.of_bits(kept.limbs) == failed
    session.rollback()


def furnished(session: TenantSession, clock: FixedClock, actor: Actor, keys: KeyRing = KEYS) -> list[NewBankAccount]:
    """Two firms of ours with an account each, and a payer with two."""
    people = [
        NewParty(kind=kind, name=f"{place}", code=f"P{place}")
        for place, kind in enumerate([PartyKind.HQ, PartyKind.BRANCH, PartyKind.PAYER])
    ]
    register_parties(session, people, actor=actor, clock=clock)
    owners = [people[0], people[1], people[2], people[2]]
    accounts = [
        NewBankAccount(
            party_id=owner.id,
            holder_name=owner.name,
            bank_id="102100099996",
            number=f"40000000000{place}",
            currency="CNY",
            own=owner.kind is not PartyKind.PAYER,
        )
        for place, owner in enumerate(owners)
    ]
    add_bank_accounts(session, accounts, keys, actor=actor, clock=clock)
    return accounts


def test_debits_of_one_run_use_a_limit_up_in_the_order_of_their_obligations(
    session: TenantSession, clock: FixedClock, actor: Actor
) -> None:
    accounts = furnished(session, clock, actor)
    new = NewMandate(
        reference="limited",
        party_id=accounts[2].party_id,
        account_id=accounts[2].id,
        currency="CNY",
        signed_on=ON,
        purpose=MandatePurpose.RENT,
        limits=MandateLimits(cycle=Cycle.MONTH, max_per_cycle=2, max_total_minor=250),
    )
    grant_mandates(session, [new], actor=actor, clock=clock)
    debit = {"minor": 100, "due_on": ON, "own": 0, "account": 2, "purpose": MandatePurpose.RENT, "currency": "CNY"}
    three = union_all(
        *(
            select(literal(key).label("obligation_key"), *(c for c in one.c if c.name != "obligation_key"))
            for key in ("due:3", "due:1", "due:2")
            for one in [due(new.id, accounts, debit).subquery()]
        )
    ).subquery()
    with checked_dues(session, [select(*three.c)], ON, clock=clock) as covered:
        passed = session.execute(covered[0]).all()
    assert sorted(row.obligation_key for row in passed) == ["due:1", "due:2"]
    # The third in the month, and 100 + 100 + 100 > 250
    kept = session.get_one(DebitRefusal, (session.tenant_id, new.id, ON, "due:3"))
    assert Limb.of_bits(kept.limbs) == {Limb.COUNT, Limb.TOTAL}
