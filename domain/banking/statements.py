"""Statements imported: what the bank says was on our accounts, kept once, and whether it hangs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking import vault
from domain.banking.entries import Entry, keep_entries, read_entries
from domain.banking.messages.camt import read_statements
from domain.banking.messages.model import Statement as BankStatement
from domain.banking.states import EntryState, ExceptionKind
from domain.banking.tables import BankException, Statement, StatementBalance, StatementFile
from domain.parties.accounts import find_account_by_number
from domain.parties.errors import InvalidAccountNumber
from domain.parties.rules import masked
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import SQL_UUID7, uuid7
from domain.values.money import Money

OPENING = ("OPBD", "PRCD")  # opening booked, else previously closed booked
CLOSING = ("CLBD",)

_ORDER = "account_id ORDER BY closed_on, opened_on, stated_at, id"
# A gap closes by itself when the missing statement comes, so what is open is compared with what is there now.
_GAPS = f"""
    WITH chained AS (
      SELECT id, account_id, opening_minor, currency, closed_on,
             lag(closing_minor) OVER (PARTITION BY {_ORDER}) AS previous_minor,
             lag(id) OVER (PARTITION BY {_ORDER}) AS previous_id
      FROM statement WHERE tenant_id = :tenant AND account_id = :account
    ), gap AS (SELECT * FROM chained WHERE opening_minor <> previous_minor),
    mended AS (
      UPDATE bank_exception SET resolved_at = :now, resolved_by = 'system:statements'
      WHERE tenant_id = :tenant AND kind = 'statement_gap' AND resolved_at IS NULL
        AND statement_id IN (SELECT id FROM chained) AND statement_id NOT IN (SELECT id FROM gap)
    )
    INSERT INTO bank_exception (tenant_id, id, created_at, kind, statement_id, facts)
    SELECT :tenant, {SQL_UUID7}, :now, 'statement_gap', id,
           jsonb_build_object('previous_statement_id', previous_id, 'previous_closing_minor', previous_minor::text,
                              'opening_minor', opening_minor::text, 'currency', currency, 'closed_on', closed_on)
    FROM gap
    WHERE NOT EXISTS (SELECT FROM bank_exception AS open
                      WHERE open.tenant_id = :tenant AND open.kind = 'statement_gap' AND open.statement_id = gap.id
                        AND open.resolved_at IS NULL)
"""
_FIND_GAPS = text(_GAPS).bindparams(bindparam("tenant", type_=BigInteger))


@dataclass(frozen=True, slots=True)
class ImportedStatements:
    """What a file of statements brought: of one that was imported before, nothing is new."""

    statement_ids: tuple[UUID, ...]  # new ones
    entries_new: int
    entries_known: int


@dataclass(frozen=True, slots=True)
class Closing:
    """The bank's last word on an account: its closing booked balance."""

    statement_id: UUID
    on: date
    amount: Money


def import_statements(session: TenantSession, content: bytes, *, keys: KeyRing, clock: Clock) -> ImportedStatements:
    """Keep the statements of a file (camt.053); what is known already changes nothing, in whatever file it comes.

    A statement of an account that is not ours, a gap to the previous one and a sum that is off become exceptions for a
    person, and the rest of the file is imported. Raises what the reader raises for a file that is none; then nothing is
    kept.
    """
    file_id, is_new = _keep_file(session, content, keys, clock)
    new_ids: list[UUID] = []
    entries_new = entries_known = 0
    for told in read_statements(BytesIO(content)):
        account = _own_account(session, told, keys)
        if account is None:
            if is_new:
                _report_unknown_account(session, file_id, told, clock)
            continue
        entries = list(read_entries(session.tenant_id, told.entries, _closed_on(told), keys))
        statement_id, statement_is_new = _keep_statement(session, file_id, account.id, told, clock)
        if statement_is_new:
            new_ids.append(statement_id)
            _check_sum(session, statement_id, told, entries, clock)
        added = keep_entries(session, statement_id, account.id, told.currency, entries)
        entries_new, entries_known = entries_new + added, entries_known + len(entries) - added
        _find_gaps(session, account.id, clock)
    return ImportedStatements(tuple(new_ids), entries_new, entries_known)


def _keep_file(session: TenantSession, content: bytes, keys: KeyRing, clock: Clock) -> tuple[UUID, bool]:
    # Another session that imports the same file waits here for our commit, and then finds everything known.
    digest, identity = sha256(content).digest(), uuid7()
    key_id, sealed = vault.seal(keys, vault.STATEMENT_FILE, session.tenant_id, identity, content)
    row = {
        "tenant_id": session.tenant_id,
        "id": identity,
        "created_at": clock.now(),
        "digest": digest,
        "key_id": key_id,
        "sealed": sealed,
    }
    kept = insert(StatementFile).values(row).on_conflict_do_nothing().returning(col(StatementFile.id))
    if session.execute(kept).one_or_none() is not None:
        return identity, True
    known = select(col(StatementFile.id)).where(
        col(StatementFile.tenant_id) == session.tenant_id, col(StatementFile.digest) == digest
    )
    return session.execute(known).scalar_one(), False


def _own_account(session: TenantSession, told: BankStatement, keys: KeyRing) -> BankAccount | None:
    try:
        account = find_account_by_number(session, told.account.number, keys, currency=told.currency)
    except InvalidAccountNumber:
        return None
    return account if account is not None and account.own else None


def _keep_statement(
    session: TenantSession, file_id: UUID, account_id: UUID, told: BankStatement, clock: Clock
) -> tuple[UUID, bool]:
    opening, closing = _balance(told, OPENING), _balance(told, CLOSING)
    identity, closed_on = uuid7(), _closed_on(told)
    row = {
        "tenant_id": session.tenant_id,
        "id": identity,
        "created_at": clock.now(),
        "file_id": file_id,
        "account_id": account_id,
        "bank_reference": told.statement_id,
        "currency": told.currency,
        "opened_on": told.from_on or closed_on,
        "closed_on": closed_on,
        "stated_at": told.created_at,
        "opening_minor": None if opening is None else opening.minor,
        "closing_minor": None if closing is None else closing.minor,
    }
    kept = insert(Statement).values(row).on_conflict_do_nothing().returning(col(Statement.id))
    if session.execute(kept).one_or_none() is None:
        return _known_statement(session, account_id, told), False
    _keep_balances(session, identity, told)
    return identity, True


def _known_statement(session: TenantSession, account_id: UUID, told: BankStatement) -> UUID:
    found: UUID = session.execute(
        select(col(Statement.id)).where(
            col(Statement.tenant_id) == session.tenant_id,
            col(Statement.account_id) == account_id,
            col(Statement.bank_reference) == told.statement_id,
            col(Statement.closed_on) == _closed_on(told),
        )
    ).scalar_one()
    return found


def _keep_balances(session: TenantSession, statement_id: UUID, told: BankStatement) -> None:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "statement_id": statement_id,
            "position": position,
            "kind": balance.kind,
            "amount_minor": balance.amount.minor,
            "currency": balance.amount.currency,
            "on": balance.on,
        }
        for position, balance in enumerate(told.balances, start=1)
    ]
    if rows:
        session.execute(insert(StatementBalance), rows)


def _closed_on(told: BankStatement) -> date:
    """The last day it is about: as stated, else of its closing balance, else of its making."""
    closing = next((balance.on for balance in told.balances if balance.kind in CLOSING), None)
    return told.to_on or closing or told.created_at.date()


def _balance(told: BankStatement, kinds: Sequence[str]) -> Money | None:
    stated = (told.balance(kind) for kind in kinds)
    return next((amount for amount in stated if amount is not None), None)


def _check_sum(
    session: TenantSession, statement_id: UUID, told: BankStatement, entries: Sequence[Entry], clock: Clock
) -> None:
    """Opening + entries = closing, where the bank states both."""
    opening, closing = _balance(told, OPENING), _balance(told, CLOSING)
    if opening is None or closing is None:
        return
    moved = Money.total((each.said.amount for each in entries if each.state is EntryState.IMPORTED), told.currency)
    if opening + moved != closing:
        facts = {"opening": str(opening), "entries": str(moved), "closing": str(closing)}
        _raise(session, ExceptionKind.STATEMENT_SUM, facts, clock, statement_id=statement_id)


def _report_unknown_account(session: TenantSession, file_id: UUID, told: BankStatement, clock: Clock) -> None:
    facts = {"account": masked(told.account.number), "bank_reference": told.statement_id}
    _raise(session, ExceptionKind.UNKNOWN_ACCOUNT, facts, clock, file_id=file_id)


def _raise(
    session: TenantSession,
    kind: ExceptionKind,
    facts: dict[str, Any],
    clock: Clock,
    *,
    file_id: UUID | None = None,
    statement_id: UUID | None = None,
) -> None:
    session.add(
        BankException(
            tenant_id=session.tenant_id,
            created_at=clock.now(),
            kind=kind,
            facts=facts,
            file_id=file_id,
            statement_id=statement_id,
        )
    )
    session.flush()


def _find_gaps(session: TenantSession, account_id: UUID, clock: Clock) -> None:
    session.execute(_FIND_GAPS, {"tenant": session.tenant_id, "account": account_id, "now": clock.now()})


def last_closing(session: TenantSession, account_id: UUID, on: date) -> Closing | None:
    """The closing balance the bank last stated for a day up to `on`; None when it never stated one."""
    found = session.execute(
        select(Statement)
        .where(
            col(Statement.tenant_id) == session.tenant_id,
            col(Statement.account_id) == account_id,
            col(Statement.closed_on) <= on,
            col(Statement.closing_minor).is_not(None),
        )
        .order_by(
            col(Statement.closed_on).desc(),
            col(Statement.opened_on).desc(),
            col(Statement.stated_at).desc(),
            col(Statement.id).desc(),
        )
        .limit(1)
    ).scalar_one_or_none()
    if found is None or found.closing is None:
        return None
    return Closing(found.id, found.closed_on, found.closing)
