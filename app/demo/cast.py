"""The cast: the group's tenant, its parties, and an account for each at the simulated bank."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.bank_simulator.structs import AccountIn
from app.demo.feed import Feed, Firm
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.rules import uscc_check_character
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money

# The scenario's people act in pairs: what one makes, the other checks.
MAKER = Actor(ActorKind.PERSON, "demo-maker")
CHECKER = Actor(ActorKind.PERSON, "demo-checker")
BANK_ID = "313290000017"  # a clearing code of the right shape; the simulated bank is nobody's
DEBTOR_FUNDS = Money.of("100000000.00", "CNY")  # a debtor is short on a day, not for good


@dataclass(frozen=True, slots=True)
class Player:
    """A party and its account."""

    firm: Firm
    party_id: UUID
    account_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, by the code that files use."""

    hq: Player
    branches: Mapping[str, Player]
    sellers: Mapping[str, Player]
    debtors: Mapping[str, Player]
    lenders: Mapping[str, Player]

    @property
    def own(self) -> list[Player]:
        """Whose accounts we operate: headquarters, branches and lenders."""
        return [self.hq, *self.branches.values(), *self.lenders.values()]

    @property
    def others(self) -> list[Player]:
        """Whose accounts only pay and are paid."""
        return [*self.sellers.values(), *self.debtors.values()]


def register_cast(session: TenantSession, feed: Feed, keys: KeyRing, clock: Clock) -> Cast:
    """Register everybody and their accounts; the accounts are verified by the second person."""
    hq = _enrol(session, PartyKind.HQ, [feed.hq], keys, clock, feed.currency, own=True)[feed.hq.code]
    lenders = [line.lender for line in feed.credit_lines]
    return Cast(
        hq=hq,
        branches=_enrol(
            session, PartyKind.BRANCH, feed.branches, keys, clock, feed.currency, own=True, parent_id=hq.party_id
        ),
        sellers=_enrol(session, PartyKind.SUPPLIER, feed.sellers, keys, clock, feed.currency),
        debtors=_enrol(session, PartyKind.DEBTOR, feed.debtors, keys, clock, feed.currency),
        lenders=_enrol(session, PartyKind.LENDER, lenders, keys, clock, feed.currency, own=True),
    )


_SERIES = {kind: place for place, kind in enumerate(PartyKind, 1)}


def _enrol(
    session: TenantSession,
    kind: PartyKind,
    firms: Sequence[Firm],
    keys: KeyRing,
    clock: Clock,
    currency: str,
    *,
    own: bool = False,
    parent_id: UUID | None = None,
) -> dict[str, Player]:
    players = [
        Player(firm, party_id=uuid7(), account_id=uuid7(), number=f"31{_SERIES[kind]:02}{place:010}")
        for place, firm in enumerate(firms, 1)
    ]
    parties = [
        NewParty(
            id=player.party_id,
            kind=kind,
            name=player.firm.name,
            code=player.firm.code,
            tax_id=_tax_id(player.number),
            parent_id=parent_id,
            city=player.firm.region,
        )
        for player in players
    ]
    register_parties(session, parties, actor=MAKER, clock=clock)
    accounts = add_bank_accounts(session, list(_accounts(players, currency, own=own)), keys, actor=MAKER, clock=clock)
    verify_bank_accounts(session, [account.id for account in accounts], actor=CHECKER, clock=clock)
    return {player.firm.code: player for player in players}


def _accounts(players: Iterable[Player], currency: str, *, own: bool) -> Iterable[NewBankAccount]:
    for player in players:
        yield NewBankAccount(
            id=player.account_id,
            party_id=player.party_id,
            holder_name=player.firm.name,
            bank_id=BANK_ID,
            number=player.number,
            currency=currency,
            own=own,
        )


def _tax_id(number: str) -> str:
    """A unified social credit code of an enterprise in Beijing whose nine organisation digits are the account's."""
    stem = f"91110000{number[2:4]}{number[-7:]}"
    return stem + uscc_check_character(stem)


def accounts_at_the_bank(cast: Cast, currency: str) -> list[AccountIn]:
    """What the simulated bank is told: ours start empty, debtors are well off."""
    ours = [
        AccountIn(number=player.number, name=player.firm.name, currency=currency, customer=True) for player in cast.own
    ]
    theirs = [
        AccountIn(
            number=player.number,
            name=player.firm.name,
            currency=currency,
            opening_balance=str(DEBTOR_FUNDS.amount),
        )
        for player in cast.others
    ]
    return ours + theirs
