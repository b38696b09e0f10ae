"""A group with one own account and some counterparties, as banking sees them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from domain.banking import cash, instructions, vault
from domain.banking.channels.port import Answer, Reply
from domain.banking.errors import BankUnavailable
from domain.banking.instructions import NewInstruction
from domain.banking.messages.camt_writer import write_statements
from domain.banking.messages.model import (
    AccountNumber,
    BlockStatus,
    ItemStatus,
    Statement,
    StatementEntry,
    StatusReport,
)
from domain.banking.messages.pain001 import read_credit_transfers
from domain.banking.messages.pain002 import write_status_report
from domain.banking.messages.pain008 import read_direct_debits
from domain.banking.preparation import prepare_messages
from domain.banking.profiles import STANDARD, BankProfile
from domain.banking.states import Direction, InstructionState, Purpose
from domain.banking.tables import BankMessage, Instruction, MessageContent
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.parties.accounts import NewBankAccount, add_bank_accounts, verify_bank_accounts
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.values.actor import system
from domain.values.errors import DomainError
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
    return make_group(session, clock, keys)


def make_group(session: TenantSession, clock: FixedClock, keys: KeyRing) -> Group:
    """HQ with two own accounts, and three debtors with one account each."""
    maker, checker = system("maker"), system("checker")
    codes = ["HQ1", "HQ2", "D1", "D2", "D3"]
    kinds = [PartyKind.HQ, PartyKind.HQ, PartyKind.DEBTOR, PartyKind.DEBTOR, PartyKind.DEBTOR]
    parties = register_parties(
        session,
        [NewParty(kind=kind, name=f"集团 {code}", code=code) for kind, code in zip(kinds, codes, strict=True)],
        actor=maker,
        clock=clock,
    )
    accounts = [
        NewBankAccount(
            party_id=party.id,
            holder_name=party.name,
            bank_id="102100099996",
            number=f"4000{session.tenant_id % 10**9:09d}{place}",
            currency="CNY",
            own=party.kind is PartyKind.HQ,
        )
        for place, party in enumerate(parties)
    ]
    ids = [account.id for account in add_bank_accounts(session, accounts, keys, actor=maker, clock=clock)]
    verify_bank_accounts(session, ids, actor=checker, clock=clock)
    session.commit()
    return Group(ids[0], ids[1], ids[2:], {account.id: account.number for account in accounts})


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


BY = system("test")


@pytest.fixture
def desk(session: TenantSession, group: Group, clock: FixedClock, keys: KeyRing) -> "Desk":
    """The treasury's desk: what tests do with a run."""
    return Desk(session, group, clock, keys)


@dataclass
class Desk:
    """Runs made and looked at in few words; it commits, because submitting works on what is committed."""

    session: TenantSession
    group: Group
    clock: FixedClock
    keys: KeyRing

    def fund(self, amount: str, account: UUID | None = None) -> None:
        """Cash at bank, as if a statement had shown it."""
        own = account or self.group.own
        capital = AccountRef(AccountKind.FUNDING_CAPITAL, "CNY", uuid7())
        leg = Leg(debit=cash.cash_at_bank(own, "CNY"), credit=capital, amount=Money.of(amount, "CNY"))
        posting = Posting(f"fund:{uuid7()}", "test.funded", "test", DUE_ON, (leg,))
        ledger.post(self.session, posting, actor=BY, clock=self.clock)
        self.session.commit()

    def freeze(self, *orders: NewInstruction) -> UUID:
        """A frozen run of these."""
        run_id = uuid7()
        instructions.create_instructions(self.session, orders, clock=self.clock)
        on = max(order.due_on for order in orders)
        instructions.gather_waiting(self.session, run_id=run_id, purposes=list(Purpose), on=on)
        instructions.lock_run(self.session, run_id, actor=BY, clock=self.clock)
        return run_id

    def prepare(self, run_id: UUID, profile: BankProfile = STANDARD) -> list[UUID]:
        made = prepare_messages(self.session, run_id, keys=self.keys, clock=self.clock, profile=profile)
        self.session.commit()
        return made

    def message(self, message_id: UUID) -> BankMessage:
        self.session.expire_all()
        return self.session.get_one(BankMessage, (self.session.tenant_id, message_id))

    def content(self, message_id: UUID) -> bytes:
        row = self.session.get_one(MessageContent, (self.session.tenant_id, message_id))
        return vault.unseal(self.keys, vault.MESSAGE, self.session.tenant_id, message_id, (row.key_id, row.sealed))

    def instructions(self) -> list[Instruction]:
        found = select(Instruction).where(col(Instruction.tenant_id) == self.session.tenant_id)
        ordered = found.order_by(col(Instruction.id)).execution_options(populate_existing=True)
        return list(self.session.execute(ordered).scalars())

    def states(self) -> list[InstructionState]:
        return [instruction.state for instruction in self.instructions()]

    def cash(self, account: UUID | None = None) -> tuple[str, str, str]:
        """Cash at bank: booked, coming in (held), going out (held)."""
        row = self.session.execute(
            text("""SELECT debits_posted - credits_posted AS booked, debits_pending, credits_pending
                    FROM ledger_account WHERE tenant_id = :tenant AND owner = :owner AND kind = 'cash_at_bank'"""),
            {"tenant": self.session.tenant_id, "owner": account or self.group.own},
        ).one()
        return tuple(f"{Money.from_minor(minor, 'CNY').amount:f}" for minor in row)  # type: ignore[return-value]


def items_of(content: bytes) -> dict[str, str]:
    """End-to-end ids and amounts of a file."""
    try:
        return {
            item.end_to_end_id: f"{item.amount.amount:f}"
            for block in read_direct_debits(BytesIO(content)).blocks
            for item in block.items
        }
    except DomainError:
        return {
            item.end_to_end_id: f"{item.amount.amount:f}"
            for block in read_credit_transfers(BytesIO(content)).blocks
            for item in block.items
        }


NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def report(
    message_id: str,
    *items: ItemStatus,
    group: str | None = "PART",
    reason: str | None = None,
    document: str = "RPT-1",
    blocks: Sequence[BlockStatus] = (),
) -> bytes:
    """A pain.002."""
    out = BytesIO()
    kind = "pain.008.001.08"
    write_status_report(StatusReport(document, NOON, message_id, kind, group, items, reason, blocks), out)
    return out.getvalue()


def notice(account: str, *entries: StatementEntry, document: str = "NTC-1") -> bytes:
    """A camt.054."""
    out = BytesIO()
    told = Statement(document, AccountNumber(account), "CNY", DUE_ON, DUE_ON, NOON, (), entries)
    write_statements([told], out, kind="camt.054", message_id=document, created_at=NOON)
    return out.getvalue()


def entry(end_to_end_id: str | None, amount: str, on: date = DUE_ON, **given: object) -> StatementEntry:
    """A booked entry; credit is positive."""
    fields = {
        "servicer_reference": None,
        "bank_transaction_code": None,
        "return_reason": None,
        "remittance": "",
        "counterparty_name": None,
        "counterparty_account": None,
        "status": "BOOK",
    } | given
    return StatementEntry(
        amount=Money.of(amount, "CNY"),
        booked_on=on,
        value_date=on,
        end_to_end_id=end_to_end_id,
        **fields,  # type: ignore[arg-type]
    )


@dataclass
class ScriptedBank:
    """A bank that does what the test says: takes messages, forgets replies, hands out answers."""

    script: list[Callable[[], None]] = field(default_factory=list)  # called on each submit, after it was received
    received: list[tuple[str, bytes]] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    knows: bool = True
    deaf: bool = False
    refuses: bool = False
    name: str = "scripted"

    def submit(self, message_id: str, content: bytes) -> Reply:
        self.received.append((message_id, content))
        if self.script:
            self.script.pop(0)()
        return self._reply(message_id)

    def inquire(self, message_id: str) -> Reply | None:
        if self.deaf:
            raise BankUnavailable(what="message", detail="deaf")
        if not self.knows or message_id not in dict(self.received):
            return None
        return self._reply(message_id)

    def _reply(self, message_id: str) -> Reply:
        status, why = ("RJCT", "AM18") if self.refuses else ("ACTC", None)
        return Reply(not self.refuses, report(message_id, group=status, reason=why, document="ACK"))

    def answers(self, after: str) -> list[Answer]:
        first = int(after or "0")
        return [Answer(str(first + 1), content) for content in self.said[first : first + 1]]

    def statements(self, on: date) -> Iterator[BinaryIO]:
        raise BankUnavailable(what="statements", detail=str(on))
