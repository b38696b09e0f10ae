"""Headquarters and a lender with own accounts, debtors, and statements as a test says they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import AccountNumber, Balance, Statement, StatementEntry
from domain.banking.statements import import_statements
from domain.banking.tables import StatementEntry as EntryRow
from domain.ledger.balances import balance
from domain.ledger.chart import AccountRef
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.reconciliation import service as reconciliation
from domain.values.money import Money
from tests.domain.runs.world import CHECKER, MAKER, World, cny

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture
def world(database: Database, tenant_id: int, keys: KeyRing) -> World:
    return World(database, tenant_id, keys).furnish()


@dataclass
class Statements:
    """What the bank states of our accounts, and what we make of it."""

    world: World
    lender: UUID
    lender_account: UUID
    references: Iterator[int] = field(default_factory=lambda: count(1))
    closings: dict[UUID, Money] = field(default_factory=dict)

    def entry(
        self,
        amount: str,
        *,
        end_to_end_id: str | None = None,
        remittance: str = "",
        return_reason: str | None = None,
        counterparty: str | None = None,
    ) -> StatementEntry:
        """A booked entry; credit is positive."""
        return StatementEntry(
            amount=cny(amount),
            booked_on=self.world.today,
            value_date=self.world.today,
            servicer_reference=f"SR{next(self.references)}",
            end_to_end_id=end_to_end_id,
            status="BOOK",
            bank_transaction_code=None,
            return_reason=return_reason,
            remittance=remittance,
            counterparty_name=counterparty,
            counterparty_account=None,
        )

    def state(self, account: UUID, *entries: StatementEntry, opening: str | None = None) -> None:
        """A statement of today, which follows the one before, imported."""
        start = cny(opening) if opening else self.closings.get(account, cny("0.00"))
        end = start + Money.total((entry.amount for entry in entries), "CNY")
        self.closings[account] = end
        today, reference = self.world.today, f"ST{next(self.references)}"
        balances = (Balance("OPBD", start, today), Balance("CLBD", end, today))
        number = AccountNumber(self.world.numbers[account])
        told = Statement(reference, number, "CNY", today, today, NOON, balances, entries)
        out = BytesIO()
        write_statements([told], out, kind="camt.053", message_id=reference, created_at=NOON)
        with self.world.session() as session:
            import_statements(session, out, keys=self.world.keys, clock=self.world.clock)

    def match(self) -> reconciliation.Matched:
        with self.world.session() as session:
            return reconciliation.match_entries(session, clock=self.world.clock)

    def agree(self, on: date | None = None) -> dict[UUID, reconciliation.CashAgreement]:
        with self.world.session() as session:
            agreed = reconciliation.agree_cash(session, on=on or self.world.today, clock=self.world.clock)
        return {each.account_id: each for each in agreed}

    def entries(self) -> Sequence[tuple[str, str | None]]:
        """State and reason of every entry, in order."""
        with self.world.session() as session:
            rows = session.execute(
                select(col(EntryRow.state), col(EntryRow.reason))
                .where(col(EntryRow.tenant_id) == self.world.tenant_id)
                .order_by(col(EntryRow.id))
            )
            return [(row.state.value, row.reason) for row in rows]

    def balance(self, ref: AccountRef) -> str:
        with self.world.session() as session:
            return str(balance(session, ref).posted.amount)


@pytest.fixture
def bank(world: World) -> Statements:
    """The bank's word on the accounts of headquarters and of a lender."""
    lender = NewParty(kind=PartyKind.LENDER, name="银行", code="L1")
    account = NewBankAccount(
        party_id=lender.id,
        holder_name=lender.name,
        bank_id="102100099996",
        number=f"5000{world.tenant_id % 10**9:09d}",
        currency="CNY",
        own=True,
    )
    with world.session() as session:
        register_parties(session, [lender], actor=MAKER, clock=world.clock)
        add_bank_accounts(session, [account], world.keys, actor=MAKER, clock=world.clock)
        verify_bank_accounts(session, [account.id], actor=CHECKER, clock=world.clock)
    world.numbers[account.id] = account.number
    return Statements(world, lender.id, account.id)
