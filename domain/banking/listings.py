"""What instructions, statements, their entries and the bank's misfits can be listed by."""

from typing import Any

from sqlmodel import col, select

from domain.banking.states import (
    Direction,
    EntryDirection,
    EntryState,
    ExceptionKind,
    InstructionState,
    MessageKind,
    MessageState,
    Purpose,
)
from domain.banking.tables import BankException, BankMessage, Instruction, Statement, StatementEntry
from domain.parties.tables import BankAccount
from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, flag_field, moment_field, money_field, text_field


def _holder_of(table: Any) -> Any:  # noqa: ANN401 - a table with an account, and the party that holds it
    """Statements belong to whoever holds their account."""
    return (
        select(BankAccount.party_id)
        .where(BankAccount.tenant_id == table.tenant_id, BankAccount.id == table.account_id)
        .scalar_subquery()
    )


MESSAGES = Listing(
    "bank_messages",
    BankMessage,
    fields={
        "kind": choice_field(MessageKind),
        "state": choice_field(MessageState),
        "direction": choice_field(Direction),
        "run": id_field("run"),
        "due_on": date_field(),
        "profile": text_field("standard"),
    },
    columns={
        "kind": BankMessage.kind,
        "state": BankMessage.state,
        "direction": BankMessage.direction,
        "run": BankMessage.run_id,
        "due_on": BankMessage.due_on,
        "profile": BankMessage.profile,
    },
)

INSTRUCTIONS = Listing(
    "instructions",
    Instruction,
    fields={
        "state": choice_field(InstructionState),
        "direction": choice_field(Direction),
        "purpose": choice_field(Purpose),
        "run": id_field("run"),
        "own_account": id_field("acc"),
        "due_on": date_field(),
        "value_date": date_field(),
        "amount": money_field(),
        "reason": text_field("AM04"),
    },
    columns={
        "state": Instruction.state,
        "direction": Instruction.direction,
        "purpose": Instruction.purpose,
        "run": Instruction.run_id,
        "own_account": Instruction.own_account_id,
        "due_on": Instruction.due_on,
        "value_date": Instruction.value_date,
        "amount": MoneyColumns(Instruction.amount_minor, Instruction.currency),
        "reason": Instruction.reason,
    },
)

STATEMENTS = Listing(
    "statements",
    Statement,
    fields={"account": id_field("acc"), "closed_on": date_field(), "bank_reference": text_field("ST-0042")},
    columns={
        "account": Statement.account_id,
        "closed_on": Statement.closed_on,
        "bank_reference": Statement.bank_reference,
    },
    owners=(_holder_of(Statement),),
)

ENTRIES = Listing(
    "statement_entries",
    StatementEntry,
    fields={
        "state": choice_field(EntryState),
        "direction": choice_field(EntryDirection),
        "account": id_field("acc"),
        "statement": id_field("stm"),
        "booked_on": date_field(),
        "value_date": date_field(),
        "amount": money_field(),
        "remittance": text_field("TAKINGS 0042"),
    },
    columns={
        "state": StatementEntry.state,
        "direction": StatementEntry.direction,
        "account": StatementEntry.account_id,
        "statement": StatementEntry.statement_id,
        "booked_on": StatementEntry.booked_on,
        "value_date": StatementEntry.value_date,
        "amount": MoneyColumns(StatementEntry.amount_minor, StatementEntry.currency),
        "remittance": StatementEntry.remittance,
    },
    owners=(_holder_of(StatementEntry),),
)

EXCEPTIONS = Listing(
    "bank_exceptions",
    BankException,
    fields={"kind": choice_field(ExceptionKind), "resolved": flag_field(), "created_at": moment_field()},
    columns={
        "kind": BankException.kind,
        "resolved": col(BankException.resolved_at).is_not(None),
        "created_at": BankException.created_at,
    },
)
