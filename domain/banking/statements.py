"""Statements imported: what the bank says was on our accounts, kept once, and whether it hangs together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Integer, String, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking.entry_staging import EntryStaging
from domain.banking.messages.balances import Agreement, Tally
from domain.banking.messages.formats import read_any_statements
from domain.banking.messages.model import AccountNumber
from domain.banking.originals import keep_original
from domain.banking.ownership import OwnAccounts
from domain.banking.portions import PORTIONS_AHEAD, Told, read_portions
from domain.banking.states import ExceptionKind
from domain.banking.tables import BankException, Statement
from domain.parties.accounts import account_numbers
from domain.parties.errors import InvalidAccountNumber
from domain.parties.rules import masked
from domain.platform.ahead import made_ahead
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import SQL_UUID7, uuid7
from domain.values.money import Money

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

    file_id: UUID
    statement_ids: tuple[UUID, ...]  # new ones
    entries_new: int
    entries_known: int
    first_entry_id: int | None  # until commit every entry from this number on is of this file


@dataclass(frozen=True, slots=True)
class Closing:
    """The bank's last word on an account: its closing booked balance."""

    statement_id: UUID
    on: date
    amount: Money


def import_statements(
    session: TenantSession, source: BinaryIO, *, keys: KeyRing, clock: Clock, account_id: UUID | None = None
) -> ImportedStatements:
    """Keep the statements of a file (camt, MT940, or the CSV list of `account_id`); what is known changes nothing.

    The file is read from its start, and never whole in memory: it may be larger than that.
    A statement of an account that is not ours, a gap to the previous one and a sum that is off become exceptions for a
    person, and the rest of the file is imported, by the same few statements however many accounts it has. Raises what
    the reader raises for a file that is none; then nothing is kept.
    """
    file_id, is_new_file = keep_original(session, source, keys=keys, clock=clock)
    desk = _Import(session, file_id, is_new_file, keys, clock, EntryStaging(session))
    told = read_any_statements(source, _named_account(session, account_id, keys))
    for portion in made_ahead(read_portions(session.tenant_id, told, keys), at_most=PORTIONS_AHEAD):
        desk.keep(portion)
    desk.finish()
    _find_gaps(session, desk.new, clock)
    known = desk.entries_told - desk.entries_new
    return ImportedStatements(file_id, tuple(desk.new), desk.entries_new, known, desk.staging.first_id)


def _named_account(session: TenantSession, account_id: UUID | None, keys: KeyRing) -> AccountNumber | None:
    if account_id is None:
        return None
    return AccountNumber(account_numbers(session, [account_id], keys)[account_id].number)


@dataclass(frozen=True, slots=True)
class _New:
    """What is remembered of a statement whose entries are kept."""

    account_id: UUID
    closed_on: date
    tally: Tally


@dataclass(slots=True)
class _Import:
    """One file on its way into the books, portion by portion."""

    session: TenantSession
    file_id: UUID
    is_new_file: bool
    keys: KeyRing
    clock: Clock
    staging: EntryStaging
    new: dict[UUID, _New] = field(default_factory=dict)
    entries_new: int = 0
    entries_told: int = 0

    def keep(self, portion: Sequence[Told]) -> None:
        """Keep what is not known of a portion, and report what of it needs a person."""
        accounts = OwnAccounts.look_up(self.session, {each.number for each in portion}, self.keys)
        ours, strangers = _by_owner(portion, accounts)
        kept = _keep_statements(self.session, self.file_id, ours, self.clock)
        fresh = [each for each in kept if each.is_new]
        self.new |= {each.id: _New(each.account_id, each.told.closed_on, each.told.tally) for each in fresh}
        _keep_balances(self.session, fresh)
        unknown = [each for each in strangers if self.is_new_file and each.is_first]
        findings = [_unknown_account(self.file_id, each) for each in unknown]
        findings += [_sum_finding(each) for each in kept if self._is_off(each)]
        _report(self.session, findings, self.clock)
        self.entries_new += self.staging.keep([(each.id, each.account_id, each.told) for each in kept])
        self.entries_told += sum(len(each.told.entries) for each in kept)

    def finish(self) -> None:
        """Keep what only the end of the file tells to be new."""
        self.entries_new += self.staging.finish()

    def _is_off(self, kept: "_Kept") -> bool:
        """Of a new statement in parts the last one tells; the same statement once more in the file tells nothing."""
        told, first = kept.told, self.new.get(kept.id)
        is_same = first is not None and first.tally is told.tally
        return is_same and told.is_last and told.agreement is Agreement.OFF


def _by_owner(told: Sequence[Told], accounts: OwnAccounts) -> tuple[list[tuple[UUID, Told]], list[Told]]:
    """Those of our accounts, each with its account, and those of strangers'. Raises AccountAmbiguous."""
    ours: list[tuple[UUID, Told]] = []
    strangers: list[Told] = []
    for each in told:
        account_id = _account(each, accounts)
        if account_id is None:
            strangers.append(each)
        else:
            ours.append((account_id, each))
    return ours, strangers


def _account(told: Told, accounts: OwnAccounts) -> UUID | None:
    try:
        return accounts.find(told.number, told.currency)
    except InvalidAccountNumber:
        return None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A statement in our books, kept now or before."""

    id: UUID
    is_new: bool
    account_id: UUID
    told: Told


def _keep_statements(
    session: TenantSession, file_id: UUID, ours: Sequence[tuple[UUID, Told]], clock: Clock
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


def _identity(account_id: UUID, told: Told) -> _Identity:
    return account_id, told.reference, told.closed_on


def _columns(identities: Mapping[_Identity, UUID], told: Mapping[_Identity, Told]) -> dict[str, list[Any]]:
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


def _sum_finding(kept: _Kept) -> _Finding:
    """Opening + entries is not closing, whether by booking or by value date."""
    told = kept.told
    booked = Money(told.tally.booked, told.currency)
    facts = {"opening": str(told.opening), "entries": str(booked), "closing": str(told.closing)}
    return _Finding(ExceptionKind.STATEMENT_SUM, facts, statement_id=kept.id)


def _unknown_account(file_id: UUID, told: Told) -> _Finding:
    facts = {"account": masked(told.number), "bank_reference": told.reference}
    return _Finding(ExceptionKind.UNKNOWN_ACCOUNT, facts, file_id=file_id)


def _report(session: TenantSession, findings: Sequence[_Finding], clock: Clock) -> None:
    if findings:
        rows = [
            {"tenant_id": session.tenant_id, "id": uuid7(), "created_at": clock.now(), **asdict(finding)}
            for finding in findings
        ]
        session.execute(insert(BankException).values(rows))


def _find_gaps(session: TenantSession, new: Mapping[UUID, _New], clock: Clock) -> None:
    if not new:
        return
    binds = {
        "tenant": session.tenant_id,
        "accounts": sorted({each.account_id for each in new.values()}),
        "first": min(each.closed_on for each in new.values()),
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
