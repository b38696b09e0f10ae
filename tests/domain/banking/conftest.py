"""A group with one own account and some counterparties, as banking sees them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from domain.banking.instructions import NewInstruction
from domain.banking.states import Direction, Purpose
from domain.parties.states import AccountState, Evidence, PartyKind
from domain.parties.tables import BankAccount, Party
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing, field_context
from domain.platform.ids import uuid7
from domain.values.money import Money

DUE_ON = date(2026, 3, 2)


@dataclass(frozen=True)
class Group:
    """Ids of bank accounts: two that the group operates, and those of others."""

    own: UUID
    second_own: UUID
    others: Sequence[UUID]
    numbers: dict[UUID, str]


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture
def group(session: TenantSession, clock: FixedClock, keys: KeyRing) -> Group:
    """HQ with two own accounts, and three debtors with one account each."""
    numbers: dict[UUID, str] = {}

    def account(kind: PartyKind, code: str, number: str, *, own: bool) -> UUID:
        party = Party(
            tenant_id=session.tenant_id,
            created_at=clock.now(),
            kind=kind,
            name=f"集团 {code}",
            name_key=code,
            initials=code,
            code=code,
            country="CN",
        )
        session.add(party)
        session.flush()
        identity = uuid7()
        key_id, sealed = keys.encrypt(number, field_context(session.tenant_id, "bank_account.number", identity))
        session.add(
            BankAccount(
                tenant_id=session.tenant_id,
                id=identity,
                created_at=clock.now(),
                party_id=party.id,
                holder_name=party.name,
                bank_id="102100099996",
                number_encrypted=sealed,
                key_id=key_id,
                number_hash=keys.lookup_hash(number, tenant_id=session.tenant_id),
                masked=f"…{number[-4:]}",
                currency="CNY",
                own=own,
                state=AccountState.VERIFIED,
                registered_by="person:one",
                verified_by="person:two",
                evidence=Evidence.SECOND_PERSON,
                usable_from=DUE_ON,
            )
        )
        session.flush()
        numbers[identity] = number
        return identity

    made = Group(
        own=account(PartyKind.HQ, "HQ1", "6222020200011110001", own=True),
        second_own=account(PartyKind.HQ, "HQ2", "6222020200011110002", own=True),
        others=[
            account(PartyKind.DEBTOR, f"D{place}", f"622202020002222000{place}", own=False) for place in range(1, 4)
        ],
        numbers=numbers,
    )
    session.commit()
    return made


@pytest.fixture
def order(group: Group) -> Callable[..., NewInstruction]:
    """A collection of 100.00 CNY from the first debtor, unless said otherwise."""

    def ordered(
        key: str, amount: str = "100.00", direction: Direction = Direction.DEBIT, **given: object
    ) -> NewInstruction:
        fields = {
            "own_account_id": group.own,
            "counter_account_id": group.others[0],
            "subject_id": uuid7(),
            "due_on": DUE_ON,
            "remittance": f"发票 {key}",
            "mandate_id": uuid7() if direction is Direction.DEBIT else None,
        } | given
        purpose = Purpose.RECEIVABLE_COLLECTION if direction is Direction.DEBIT else Purpose.PAYOUT
        return NewInstruction(direction, purpose, key, Money.of(amount, "CNY"), **fields)  # type: ignore[arg-type]

    return ordered
