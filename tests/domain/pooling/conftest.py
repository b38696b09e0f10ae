"""A chain: headquarters and three shops, each with an account that the group operates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money


@dataclass(frozen=True)
class Chain:
    """Parties and own accounts: `shops` by their code `1`, `2`, `3`."""

    hq: UUID
    header: UUID
    shops: dict[str, UUID]
    accounts: dict[str, UUID]


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture
def chain(session: TenantSession, clock: FixedClock, actor: Actor, keys: KeyRing) -> Chain:
    hq = NewParty(kind=PartyKind.HQ, name="Headquarters", code="HQ")
    shops = [NewParty(kind=PartyKind.BRANCH, name=f"Shop {n}", code=f"{n}", parent_id=hq.id) for n in (1, 2, 3)]
    register_parties(session, [hq, *shops], actor=actor, clock=clock)
    accounts = [
        NewBankAccount(
            party_id=party.id,
            holder_name=party.name,
            bank_id="102100099996",
            number=f"33001616781053000{place}",
            currency="CNY",
            own=True,
        )
        for place, party in enumerate([hq, *shops], start=100)
    ]
    add_bank_accounts(session, accounts, keys, actor=actor, clock=clock)
    other = Actor(ActorKind.PERSON, "checker")
    verify_bank_accounts(session, [account.id for account in accounts], actor=other, clock=clock)
    session.commit()
    return Chain(
        hq=hq.id,
        header=accounts[0].id,
        shops={shop.code: shop.id for shop in shops},
        accounts={shop.code: account.id for shop, account in zip(shops, accounts[1:], strict=True)},
    )


@pytest.fixture
def fund(session: TenantSession, actor: Actor, clock: FixedClock) -> Callable[..., None]:
    """Bring an own account to a balance, as the bank would state it."""

    def funded(account: UUID, amount: str, on: date | None = None, number: int = 0) -> None:
        money = Money.of(amount, "CNY")
        cash = AccountRef(AccountKind.CASH_AT_BANK, "CNY", account)
        other = AccountRef(AccountKind.SUSPENSE, "CNY")
        leg = Leg(cash, other, money, Mode.IMPOSED) if money.amount > 0 else Leg(other, cash, -money, Mode.IMPOSED)
        key = f"test:{account}:{amount}:{on}:{number}"
        posting = Posting(key, "test.funded", "test", on or clock.today(), (leg,))
        ledger.post(session, posting, actor=actor, clock=clock)
        session.commit()

    return funded
