"""Statements imported: what the bank says was on our accounts, kept once, and whether it hangs together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Integer, String, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking import vault
from domain.banking.entries import Entry, PlacedEntry, keep_entries, read_entries
from domain.banking.messages.camt import read_statements
from domain.banking.messages.model import Balance
from domain.banking.messages.model import Statement as BankStatement
from domain.banking.ownership import OwnAccounts
from domain.banking.states import EntryState, ExceptionKind
from domain.banking.tables import BankException, Statement, StatementFile
from domain.parties.errors import InvalidAccountNumber
from domain.parties.rules import masked
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import SQL_UUID7, uuid7
from domain.values.money import Money

OPENING = ("OPBD", "PRCD")  # opening booked, else previously closed booked
CLOSING = ("CLBD",)

_ORDER = "account_id ORDER BY closed_on, opened_on, stated_at, id"
# A gap closes by itself when the missing statement comes, so what is open is compared with what is there now. Looked at
# are the statements from the first new day on; those of the day before it only tell where they begin.
_GAPS = f"""
    WITH chained AS (
      SELECT id, account_id, opening_minor, currency, closed_on,
             lag(closing_minor) OVER (PARTITION BY {_ORDER}) AS previous_minor,
             lag(id) OVER (PARTITION BY {_ORDER}) AS previous_id
      FROM unnest(:accounts) AS brought (account_id)
      CROSS JOIN LATERAL (SELECT coalesce(max(closed_on), :first) AS since FROM statement AS earlier
                          WHERE earlier.tenant_id = :tenant AND earlier.account_id = brought.account_id
                            AND earlier.closed_on < :first) AS before
      JOIN statement USING (account_id)
      WHERE tenant_id = :tenant AND closed_on >= since
    ), judged AS (SELECT * FROM chained WHERE closed_on >= :first),
    gap AS (SELECT * FROM judged WHERE opening_minor <> previous_minor),
    mended AS (
      UPDATE bank_exception SET resolved_at = :now, resolved_by = 'system:statements'
      WHERE tenant_id = :tenant AND kind = 'statement_gap' AND resolved_at IS NULL
        AND statement_id IN (SELECT id FROM judged) AND statement_id NOT IN (SELECT id FROM gap)
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
_FIND_GAPS = text(_GAPS).bindparams(
    bindparam("tenant", type_=BigInteger), bindparam("accounts", type_=ARRAY(Uuid)), bindparam("first", type_=Date)
)

_INSERT = text("""
    INSERT INTO statement (tenant_id, id, created_at, file_id, account_id, bank_reference, currency, opened_on,
                           closed_on, stated_at, opening_minor, closing_minor)
    SELECT :tenant, id, :now, :file, account_id, reference, currency, opened_on, closed_on, stated_at, opening, closing
    FROM unnest(:ids, :accounts, :references, :currencies, :opened_ons, :closed_ons,
                CAST(:stated_ats AS timestamptz[]), :openings, :closings)
         AS told (id, account_id, reference, currency, opened_on, closed_on, stated_at, opening, closing)
    ON CONFLICT DO NOTHING
    RETURNING id
""").bindparams(
    bindparam("file", type_=Uuid),
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("accounts", type_=ARRAY(Uuid)),
    bindparam("references", type_=ARRAY(String)),
    bindparam("currencies", type_=ARRAY(String)),
    bindparam("opened_ons", type_=ARRAY(Date)),
    bindparam("closed_ons", type_=ARRAY(Date)),
    bindparam("openings", type_=ARRAY(BigInteger)),
    bindparam("closings", type_=ARRAY(BigInteger)),
)

_FIND_KNOWN = text("""
    SELECT statement.id, account_id, bank_reference, closed_on
    FROM statement
    JOIN unnest(:accounts, :references, :closed_ons) AS wanted (account_id, bank_reference, closed_on)
      USING (account_id, bank_reference, closed_on)
    WHERE tenant_id = :tenant
""").bindparams(
    bindparam("accounts", type_=ARRAY(Uuid)),
    bindparam("references", type_=ARRAY(String)),
    bindparam("closed_ons", type_=ARRAY(Date)),
)

_INSERT_BALANCES = text("""
    INSERT INTO statement_balance (tenant_id, statement_id, position, kind, amount_minor, currency, "on")
    SELECT :tenant, statement_id, position, kind, amount, currency, day
    FROM unnest(:statements, :positions, :kinds, :amounts, :currencies, :days)
         AS stated (statement_id, position, kind, amount, currency, day)
""").bindparams(
    bindparam("statements", type_=ARRAY(Uuid)),
    bindparam("positions", type_=ARRAY(Integer)),
    bindparam("kinds", type_=ARRAY(String)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
    bindparam("currencies", type_=ARRAY(String)),
    bindparam("days", type_=ARRAY(Date)),
)

_Identity = tuple[UUID, str, date]  # account, the bank's reference, closing day


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
    person, and the rest of the file is imported, by the same few statements however many accounts it has. Raises what
    the reader raises for a file that is none; then nothing is kept.
    """
    file_id, is_new = _keep_file(session, content, keys, clock)
    told = [_told(session.tenant_id, each, keys) for each in read_statements(BytesIO(content))]
    accounts = OwnAccounts.look_up(session, {each.number for each in told}, keys)
    ours, strangers = _by_owner(told, accounts)
    findings = [_unknown_account(file_id, each) for each in strangers] if is_new else []
    kept = _keep_statements(session, file_id, ours, clock)
    new = [each for each in kept if each.is_new]
    _keep_balances(session, new)
    findings += [finding for each in new if (finding := _sum_finding(each)) is not None]
    _report(session, findings, clock)
    entries_new = keep_entries(session, [entry for each in kept for entry in each.entries])
    entries_told = sum(len(each.told.entries) for each in kept)
    _find_gaps(session, new, clock)
    return ImportedStatements(tuple(each.id for each in new), entries_new, entries_told - entries_new)


@dataclass(frozen=True, slots=True)
class _Told:
    """A statement as the bank tells it, its entries read."""

    number: str
    currency: str
    reference: str
    opened_on: date
    closed_on: date
    stated_at: datetime
    balances: Sequence[Balance]
    opening: Money | None
    closing: Money | None
    entries: list[Entry]


def _told(tenant_id: int, told: BankStatement, keys: KeyRing) -> _Told:
    closed_on = _closed_on(told)
    return _Told(
        number=told.account.number,
        currency=told.currency,
        reference=told.statement_id,
        opened_on=told.from_on or closed_on,
        closed_on=closed_on,
        stated_at=told.created_at,
        balances=told.balances,
        opening=_balance(told, OPENING),
        closing=_balance(told, CLOSING),
        entries=list(read_entries(tenant_id, told.entries, closed_on, keys)),
    )


def _closed_on(told: BankStatement) -> date:
    """The last day it is about: as stated, else of its closing balance, else of its making."""
    closing = next((balance.on for balance in told.balances if balance.kind in CLOSING), None)
    return told.to_on or closing or told.created_at.date()


def _balance(told: BankStatement, kinds: Sequence[str]) -> Money | None:
    stated = (told.balance(kind) for kind in kinds)
    return next((amount for amount in stated if amount is not None), None)


def _by_owner(told: Sequence[_Told], accounts: OwnAccounts) -> tuple[list[tuple[UUID, _Told]], list[_Told]]:
    """Those of our accounts, each with its account, and those of strangers'. Raises AccountAmbiguous."""
    ours: list[tuple[UUID, _Told]] = []
    strangers: list[_Told] = []
    for each in told:
        account_id = _account(each, accounts)
        if account_id is None:
            strangers.append(each)
        else:
            ours.append((account_id, each))
    return ours, strangers


def _account(told: _Told, accounts: OwnAccounts) -> UUID | None:
    try:
        return accounts.find(told.number, told.currency)
    except InvalidAccountNumber:
        return None


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


@dataclass(frozen=True, slots=True)
class _Kept:
    """A statement in our books, kept now or before."""

    id: UUID
    is_new: bool
    account_id: UUID
    told: _Told

    @property
    def entries(self) -> Iterator[PlacedEntry]:
        """Its entries, each with where it belongs."""
        for entry in self.told.entries:
            yield PlacedEntry(self.id, self.account_id, self.told.currency, entry)


def _keep_statements(
    session: TenantSession, file_id: UUID, ours: Sequence[tuple[UUID, _Told]], clock: Clock
) -> list[_Kept]:
    """Keep the statements that are not known by account, reference and day; all of them as they are kept."""
    if not ours:
        return []
    # In one file a statement may stand twice, too: the first one counts.
    identities = {_identity(account_id, told): uuid7() for account_id, told in ours}
    binds = {"tenant": session.tenant_id, "file": file_id, "now": clock.now()}
    first = dict(reversed([(_identity(*each), each[1]) for each in ours]))
    fresh = set(session.execute(_INSERT, binds | _columns(identities, first)).scalars())
    known = [key for key, identity in identities.items() if identity not in fresh]
    identities |= _known_statements(session, known)
    return [
        _Kept(identity := identities[key], identity in fresh and told is first[key], account_id, told)
        for account_id, told in ours
        for key in [_identity(account_id, told)]
    ]


def _identity(account_id: UUID, told: _Told) -> _Identity:
    return account_id, told.reference, told.closed_on


def _columns(identities: Mapping[_Identity, UUID], told: Mapping[_Identity, _Told]) -> dict[str, list[Any]]:
    rows = [told[key] for key in identities]
    return {
        "ids": list(identities.values()),
        "accounts": [account_id for account_id, _, _ in identities],
        "references": [row.reference for row in rows],
        "currencies": [row.currency for row in rows],
        "opened_ons": [row.opened_on for row in rows],
        "closed_ons": [row.closed_on for row in rows],
        "stated_ats": [row.stated_at for row in rows],
        "openings": [None if row.opening is None else row.opening.minor for row in rows],
        "closings": [None if row.closing is None else row.closing.minor for row in rows],
    }


def _known_statements(session: TenantSession, keys: Sequence[_Identity]) -> dict[_Identity, UUID]:
    if not keys:
        return {}
    wanted = {
        "accounts": [account_id for account_id, _, _ in keys],
        "references": [reference for _, reference, _ in keys],
        "closed_ons": [closed_on for _, _, closed_on in keys],
    }
    rows = session.execute(_FIND_KNOWN, {"tenant": session.tenant_id} | wanted)
    return {(row.account_id, row.bank_reference, row.closed_on): row.id for row in rows}


def _keep_balances(session: TenantSession, new: Sequence[_Kept]) -> None:
    rows = [
        (kept.id, position, balance) for kept in new for position, balance in enumerate(kept.told.balances, start=1)
    ]
    if not rows:
        return
    columns = {
        "statements": [statement_id for statement_id, _, _ in rows],
        "positions": [position for _, position, _ in rows],
        "kinds": [balance.kind for _, _, balance in rows],
        "amounts": [balance.amount.minor for _, _, balance in rows],
        "currencies": [balance.amount.currency for _, _, balance in rows],
        "days": [balance.on for _, _, balance in rows],
    }
    session.execute(_INSERT_BALANCES, {"tenant": session.tenant_id} | columns)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What of a file needs a person."""

    kind: ExceptionKind
    facts: dict[str, Any]
    file_id: UUID | None = None
    statement_id: UUID | None = None


def _sum_finding(kept: _Kept) -> _Finding | None:
    """Opening + entries = closing, where the bank states both."""
    opening, closing = kept.told.opening, kept.told.closing
    if opening is None or closing is None:
        return None
    booked = (each.said.amount for each in kept.told.entries if each.state is EntryState.IMPORTED)
    moved = Money.total(booked, kept.told.currency)
    if opening + moved == closing:
        return None
    facts = {"opening": str(opening), "entries": str(moved), "closing": str(closing)}
    return _Finding(ExceptionKind.STATEMENT_SUM, facts, statement_id=kept.id)


def _unknown_account(file_id: UUID, told: _Told) -> _Finding:
    facts = {"account": masked(told.number), "bank_reference": told.reference}
    return _Finding(ExceptionKind.UNKNOWN_ACCOUNT, facts, file_id=file_id)


def _report(session: TenantSession, findings: Sequence[_Finding], clock: Clock) -> None:
    if findings:
        rows = [
            {"tenant_id": session.tenant_id, "id": uuid7(), "created_at": clock.now(), **asdict(finding)}
            for finding in findings
        ]
        session.execute(insert(BankException).values(rows))


def _find_gaps(session: TenantSession, new: Sequence[_Kept], clock: Clock) -> None:
    if not new:
        return
    binds = {
        "tenant": session.tenant_id,
        "accounts": sorted({each.account_id for each in new}),
        "first": min(each.told.closed_on for each in new),
        "now": clock.now(),
    }
    session.execute(_FIND_GAPS, binds)


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
