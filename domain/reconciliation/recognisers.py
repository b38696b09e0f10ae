"""Whose the entries are that no instruction explains: takings, a debtor's payment, a lender's capital, an agent's.

Each recogniser looks at what the ones before it left, books what it recognises through its owner, and says which
entries those were. Nothing here guesses: what is not certain is left to a person.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from domain.banking.states import EntryDirection
from domain.financing.agents.receipts import AgentEntry, book_entries
from domain.financing.receipts import Capital, Receipt, book_capital, book_receipts
from domain.financing.sales.receipts import book_sales_receipts
from domain.parties.states import PartyKind
from domain.parties.tables import BankAccount, Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling.deposits import book_takings
from domain.reconciliation.entries import amount_of
from domain.reconciliation.states import Recognised
from domain.values.actor import system

Entries = Sequence[Row[Any]]
Recogniser = Callable[[TenantSession, Entries, Clock], Sequence[int]]

RECOGNISING = system("reconciliation")
CAPITAL = re.compile(r"CAPITAL\b|资本金|出资")  # how a lender's own transfer to lend from begins


def takings(session: TenantSession, entries: Entries, clock: Clock) -> Sequence[int]:
    """What branches took in, or corrected: by reference, or by amount and day."""
    return book_takings(session, [entry.id for entry in entries], actor=RECOGNISING, clock=clock).entry_ids


def capital(session: TenantSession, entries: Entries, clock: Clock) -> Sequence[int]:
    """What lenders paid into their own accounts to lend it: their transfer says so."""
    coming = [
        entry
        for entry in entries
        if entry.direction == EntryDirection.CREDIT and CAPITAL.match(entry.remittance.strip())
    ]
    lenders = _lenders(session, {entry.account_id for entry in coming})
    deposits = {
        entry.id: Capital(
            source=source_of(entry.id),
            lender_id=lenders[entry.account_id],
            own_account_id=entry.account_id,
            amount=amount_of(entry),
            value_date=entry.value_date,
        )
        for entry in coming
        if entry.account_id in lenders
    }
    if deposits:
        book_capital(session, list(deposits.values()), actor=RECOGNISING, clock=clock)
    return list(deposits)


def receipts(session: TenantSession, entries: Entries, clock: Clock) -> Sequence[int]:
    """What debtors paid by themselves, naming the invoice, and merchants, naming their contract."""
    coming = {
        source_of(entry.id): entry for entry in entries if entry.direction == EntryDirection.CREDIT and entry.remittance
    }
    if not coming:
        return []
    wanted = [
        Receipt(source, entry.account_id, amount_of(entry), entry.value_date, entry.remittance)
        for source, entry in coming.items()
    ]
    booked = book_receipts(session, wanted, actor=RECOGNISING, clock=clock)
    left = [each for each in wanted if each.source not in booked]
    repaid = book_sales_receipts(session, left, actor=RECOGNISING, clock=clock)
    return [coming[source].id for source in (*booked, *repaid)]


def agents(session: TenantSession, entries: Entries, clock: Clock) -> Sequence[int]:
    """What agents put down as deposits, remitted, or took back: their transfer says which, and whose it is."""
    told = {
        source_of(entry.id): AgentEntry(
            source=source_of(entry.id),
            own_account_id=entry.account_id,
            amount=amount_of(entry),
            value_on=entry.value_date,
            remittance=entry.remittance,
            takes_back=entry.direction == EntryDirection.DEBIT,
        )
        for entry in entries
        if entry.remittance
    }
    booked = book_entries(session, list(told.values()), actor=RECOGNISING, clock=clock)
    return [entry.id for entry in entries if source_of(entry.id) in booked]


def _lenders(session: TenantSession, accounts: set[UUID]) -> dict[UUID, UUID]:
    """The lender of each of these accounts that is one's own."""
    if not accounts:
        return {}
    found = session.execute(
        select(col(BankAccount.id), col(BankAccount.party_id))
        .join(
            Party,
            (col(Party.tenant_id) == col(BankAccount.tenant_id)) & (col(Party.id) == col(BankAccount.party_id)),
        )
        .where(
            col(BankAccount.tenant_id) == session.tenant_id,
            col(BankAccount.id) == any_(literal(sorted(accounts), ARRAY(Uuid))),
            col(BankAccount.own),
            col(Party.kind) == PartyKind.LENDER,
        )
    )
    return {row.id: row.party_id for row in found}


def source_of(entry_id: int) -> str:
    """How a statement entry is named as the source of what is booked from it."""
    return f"statement_entry:{entry_id}"


# In this order: a reference that names takings or an invoice says more than a word.
RECOGNISERS: Mapping[Recognised, Recogniser] = {
    Recognised.TAKINGS: takings,
    Recognised.RECEIPT: receipts,
    Recognised.CAPITAL: capital,
    Recognised.AGENT: agents,
}
