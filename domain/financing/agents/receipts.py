"""Entries on the seller's own accounts that an agent's transfer explains: `DEPOSIT A-7`, `REMIT A-7`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from domain.banking.cash import cash_at_bank
from domain.financing.agents import queries
from domain.financing.agents.deposits import Deposited, receive_deposits
from domain.financing.agents.remittances import BACK, Paid, receive_remittances, reverse_remittance
from domain.financing.agents.states import RemittanceKind
from domain.financing.agents.tables import Agent, Remittance
from domain.parties.queries import any_of
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.money import Money

_TOLD = re.compile(r"\s*(?:(?P<deposit>DEPOSIT|保证金)|(?P<remit>REMIT|票款))[\s::]+(?P<code>\S{1,64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """A statement entry that no instruction of ours explains; `takes_back` when it went out of the account."""

    source: str
    own_account_id: UUID
    amount: Money
    value_on: date
    remittance: str
    takes_back: bool


def book_entries(session: TenantSession, entries: Sequence[AgentEntry], *, actor: Actor, clock: Clock) -> set[str]:
    """Book the entries that are certain: an enrolled agent's, in its currency, on its seller's own account.

    Money that went out is a remittance taken back if one of that amount stands. Returns the sources that were booked.
    """
    told = {entry.source: (entry, match) for entry in entries if (match := _TOLD.match(entry.remittance))}
    if not told:
        return set()
    agents = queries.agents_by_code(session, {match["code"] for _, match in told.values()})
    owners = _owners(session, {entry.own_account_id for entry, _ in told.values()})
    deposits, paid, back = [], [], []
    for entry, match in told.values():
        agent = agents.get(match["code"])
        if agent is None or not _is_its(entry, agent, owners):
            continue
        cash = cash_at_bank(entry.own_account_id, entry.amount.currency)
        if entry.takes_back:
            back += [(entry, agent)] if match["remit"] else []
        elif match["deposit"]:
            deposits.append(Deposited(entry.source, agent.id, entry.amount, entry.value_on, cash))
        else:
            paid.append(Paid(entry.source, agent.id, entry.amount, entry.value_on, cash))
    receive_deposits(session, deposits, actor=actor, clock=clock)
    receive_remittances(session, paid, actor=actor, clock=clock)
    reversed_ = {entry.source for entry, agent in back if _take_back(session, entry, agent, actor=actor, clock=clock)}
    return {each.source for each in deposits} | {each.source for each in paid} | reversed_


def _owners(session: TenantSession, accounts: set[UUID]) -> dict[UUID, UUID]:
    rows = session.exec(
        select(BankAccount.id, BankAccount.party_id).where(
            BankAccount.tenant_id == session.tenant_id, col(BankAccount.id) == any_of(accounts), col(BankAccount.own)
        )
    )
    return dict(rows.all())


def _is_its(entry: AgentEntry, agent: Agent, owners: dict[UUID, UUID]) -> bool:
    return entry.amount.currency == agent.currency and owners.get(entry.own_account_id) == agent.seller_id


def _take_back(session: TenantSession, entry: AgentEntry, agent: Agent, *, actor: Actor, clock: Clock) -> bool:
    """Undo the latest remittance of that amount that stands; False when there is none."""
    rows = session.exec(
        select(Remittance.source)
        .where(
            Remittance.tenant_id == session.tenant_id,
            Remittance.agent_id == agent.id,
            Remittance.kind == RemittanceKind.REMITTED,
            Remittance.amount_minor == entry.amount.minor,
        )
        .order_by(col(Remittance.id).desc())
    ).all()
    undone = queries.known_sources(session, Remittance, [source + BACK for source in rows])
    standing = next((source for source in rows if source + BACK not in undone), None)
    if standing is None:
        return False
    cash = cash_at_bank(entry.own_account_id, agent.currency)
    reverse_remittance(session, standing, cash=cash, value_on=entry.value_on, actor=actor, clock=clock)
    return True
