"""The cast: the group's tenant, its parties, and an account for each at the simulated bank."""

from collections.abc import Mapping, Sequence
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
OWN = (PartyKind.HQ, PartyKind.BRANCH, PartyKind.LENDER)  # whose accounts we operate
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

    def enrol(kind: PartyKind, firms: Sequence[Firm], *, parent_id: UUID | None = None) -> dict[str, Player]:
        players = _players(kind, firms)
        register_parties(session, [_party(kind, player, parent_id) for player in players], actor=MAKER, clock=clock)
        new = [_account(player, feed.currency, own=kind in OWN) for player in players]
        accounts = add_bank_accounts(session, new, keys, actor=MAKER, clock=clock)
        verify_bank_accounts(session, [account.id for account in accounts], actor=CHECKER, clock=clock)
        return {player.firm.code: player for player in players}

    hq = enrol(PartyKind.HQ, [feed.hq])[feed.hq.code]
    return Cast(
        hq=hq,
        branches=enrol(PartyKind.BRANCH, feed.branches, parent_id=hq.party_id),
        sellers=enrol(PartyKind.SUPPLIER, feed.sellers),
        debtors=enrol(PartyKind.DEBTOR, feed.debtors),
        lenders=enrol(PartyKind.LENDER, [line.lender for line in feed.credit_lines]),
    )


_SERIES = {kind: place for place, kind in enumerate(PartyKind, 1)}


def _players(kind: PartyKind, firms: Sequence[Firm]) -> list[Player]:
    return [
        Player(firm, party_id=uuid7(), account_id=uuid7(), number=f"31{_SERIES[kind]:02}{place:010}")
        for place, firm in enumerate(firms, 1)
    ]


def _party(kind: PartyKind, player: Player, parent_id: UUID | None) -> NewParty:
    return NewParty(
        id=player.party_id,
        kind=kind,
        name=player.firm.name,
        code=player.firm.code,
        tax_id=_tax_id(player.number),
        parent_id=parent_id,
        city=player.firm.region,
    )


def _account(player: Player, currency: str, *, own: bool) -> NewBankAccount:
    return NewBankAccount(
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
