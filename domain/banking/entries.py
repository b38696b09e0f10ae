"""Statement entries: what makes one the same as another, and how they are kept and closed, by set operations."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, LargeBinary, String, Uuid, bindparam, text

from domain.banking.entry_details import keep_details
from domain.banking.messages.model import BOOKED, AccountNumber
from domain.banking.messages.model import StatementEntry as BankEntry
from domain.banking.references import own_instruction_id
from domain.banking.states import ENTRY_TRANSITIONS, EntryDirection, EntryState
from domain.parties.errors import InvalidAccountNumber
from domain.parties.rules import masked, normal_account_number
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.numbers import reserve

ENTRY_SERIES = "statement_entry"
INFORMATION = "INFO"  # an entry that moves nothing
KEPT_HASHES = 65_536

_ARRAYS = {
    "statements": Uuid,
    "accounts": Uuid,
    "identities": String,
    "directions": String,
    "amounts": BigInteger,
    "currencies": String,
    "booked_ons": Date,
    "value_dates": Date,
    "servicer_references": String,
    "end_to_end_ids": String,
    "claimed_ids": BigInteger,
    "codes": String,
    "return_reasons": String,
    "remittances": String,
    "names": String,
    "hashes": LargeBinary,
    "masks": String,
    "states": String,
}

_KNOWN = text("""
    SELECT account_id, identity FROM statement_entry
    WHERE tenant_id = :tenant AND (account_id, identity) IN (SELECT * FROM unnest(:accounts, :identities))
""").bindparams(bindparam("accounts", type_=ARRAY(Uuid)), bindparam("identities", type_=ARRAY(String)))

_INSERT = text("""
    INSERT INTO statement_entry (tenant_id, id, statement_id, account_id, identity, direction, amount_minor, currency,
                                 booked_on, value_date, servicer_reference, end_to_end_id, claimed_instruction_id,
                                 bank_transaction_code, return_reason, remittance, counterparty_name,
                                 counterparty_hash, counterparty_masked, state)
    SELECT :tenant, :first_id + place - 1, statement_id, account_id, identity, direction, amount, currency,
           booked_on, value_date, servicer_reference, end_to_end_id, claimed_id, code, return_reason, remittance, name,
           hash, mask, state
    FROM unnest(:statements, :accounts, :identities, :directions, :amounts, :currencies, :booked_ons, :value_dates,
                :servicer_references, :end_to_end_ids, :claimed_ids, :codes, :return_reasons, :remittances, :names,
                :hashes, :masks, :states)
         WITH ORDINALITY AS entry (statement_id, account_id, identity, direction, amount, currency, booked_on,
                                   value_date, servicer_reference, end_to_end_id, claimed_id, code, return_reason,
                                   remittance, name, hash, mask, state, place)
    ON CONFLICT DO NOTHING
    RETURNING id
""").bindparams(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _ARRAYS.items()))

# What was announced is booked: it is the entry it was, on the dates it has now.
_BOOK = text("""
    UPDATE statement_entry AS entry SET state = 'imported', booked_on = said.booked_on, value_date = said.value_date
    FROM unnest(:accounts, :identities, :booked_ons, :value_dates)
         AS said (account_id, identity, booked_on, value_date)
    WHERE entry.tenant_id = :tenant AND entry.account_id = said.account_id AND entry.identity = said.identity
      AND entry.state = 'pending'
    RETURNING entry.id
""").bindparams(
    *(bindparam(name, type_=ARRAY(_ARRAYS[name])) for name in ("accounts", "identities", "booked_ons", "value_dates"))
)

_CLOSE = text("""
    UPDATE statement_entry SET state = :to, reason = :reason
    WHERE tenant_id = :tenant AND id = ANY(:ids) AND state = ANY(:from)
    RETURNING id
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("from", type_=ARRAY(String)))

# On the own account a collection comes in and its return goes out; a payment the other way round; on the other side of
# a transfer between two own accounts everything is mirrored.
_MATCH = text("""
    UPDATE statement_entry AS entry SET state = 'matched', instruction_id = instruction.id
    FROM instruction
    WHERE entry.tenant_id = :tenant AND entry.state = 'imported'
      AND instruction.tenant_id = :tenant AND instruction.id = entry.claimed_instruction_id
      AND instruction.currency = entry.currency AND instruction.amount_minor = entry.amount_minor
      AND entry.account_id IN (instruction.own_account_id, instruction.counter_account_id)
      AND (entry.direction = 'credit') = (((instruction.direction = 'debit')
                                           = (entry.account_id = instruction.own_account_id))
                                          = (entry.return_reason IS NULL))
      AND (instruction.state = 'returned'
           OR (entry.return_reason IS NULL AND instruction.state IN ('settled', 'final')))
    RETURNING entry.id
""")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it will be kept."""

    identity: str
    direction: EntryDirection
    amount_minor: int
    booked_on: date
    value_date: date
    said: BankEntry
    claimed_instruction_id: int | None
    counterparty_hash: bytes | None
    state: EntryState


def read_entries(tenant_id: int, entries: Iterable[BankEntry], closed_on: date, keys: KeyRing) -> Iterator[Entry]:
    """The entries of one statement with their identities; what moves nothing is left out."""
    occurrences: Counter[str] = Counter()
    # The same counterparties come again and again, and a keyed hash costs more than all else of an entry.
    hashed = lru_cache(maxsize=KEPT_HASHES)(partial(_hash, tenant_id, keys=keys))
    for said in entries:
        if said.status == INFORMATION or not said.amount:
            continue
        key = _key(said)
        occurrences[key] += 1
        booked_on = said.booked_on or closed_on
        yield Entry(
            identity=key if occurrences[key] == 1 else f"{key}#{occurrences[key]}",
            direction=EntryDirection.CREDIT if said.amount.minor > 0 else EntryDirection.DEBIT,
            amount_minor=abs(said.amount.minor),
            booked_on=booked_on,
            value_date=said.value_date or booked_on,
            said=said,
            claimed_instruction_id=own_instruction_id(tenant_id, said.end_to_end_id),
            counterparty_hash=hashed(said.counterparty_account),
            state=EntryState.IMPORTED if said.status == BOOKED else EntryState.PENDING,
        )


def _key(said: BankEntry) -> str:
    """The bank's own reference, else a hash of the content; whether it is booked yet is no part of what it is."""
    if said.servicer_reference is not None:
        return f"ref:{said.servicer_reference}"
    number = said.counterparty_account.number if said.counterparty_account else ""
    facts = (
        said.amount.minor,
        said.amount.currency,
        said.booked_on,
        said.value_date,
        said.end_to_end_id,
        said.bank_transaction_code,
        said.return_reason,
        said.remittance,
        said.counterparty_name,
        number,
    )
    return f"sha:{sha256(repr(facts).encode()).hexdigest()}"


def _hash(tenant_id: int, account: AccountNumber | None, keys: KeyRing) -> bytes | None:
    if account is None:
        return None
    try:
        number = normal_account_number(account.number)
    except InvalidAccountNumber:
        number = account.number
    return keys.lookup_hash(number, tenant_id=tenant_id)


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry, and the statement and account it belongs to."""

    statement_id: UUID
    account_id: UUID
    currency: str
    entry: Entry


def keep_entries(session: TenantSession, placed: Iterable[PlacedEntry]) -> int:
    """Keep those that are not known, book those that were pending; returns how many are new."""
    told: dict[tuple[UUID, str], PlacedEntry] = {}
    for each in placed:
        key = each.account_id, each.entry.identity
        told[key] = _joined(told[key], each) if key in told else each
    if not told:
        return 0
    entries = list(told.values())
    tenant = {"tenant": session.tenant_id}
    found = session.execute(_KNOWN, tenant | _named(entries)).all()
    known = {(row.account_id, row.identity) for row in found}
    _book_pending(session, [told[key] for key in sorted(known)])
    fresh = [each for each in entries if (each.account_id, each.entry.identity) not in known]
    if not fresh:
        return 0
    first_id = reserve(session, ENTRY_SERIES, len(fresh)).start
    kept = set(session.execute(_INSERT, tenant | {"first_id": first_id} | _columns(fresh)).scalars())
    batches = {first_id + place: each.entry.said.details for place, each in enumerate(fresh) if each.entry.said.details}
    keep_details(session, {entry_id: details for entry_id, details in batches.items() if entry_id in kept})
    return len(kept)


def _joined(first: PlacedEntry, again: PlacedEntry) -> PlacedEntry:
    """An entry that a file tells twice: what was announced may have been booked by its second statement."""
    if (first.entry.state, again.entry.state) != (EntryState.PENDING, EntryState.IMPORTED):
        return first
    booked_on, value_date = again.entry.booked_on, again.entry.value_date
    booked = replace(first.entry, state=EntryState.IMPORTED, booked_on=booked_on, value_date=value_date)
    return replace(first, entry=booked)


def _named(placed: Sequence[PlacedEntry]) -> dict[str, list[object]]:
    return {
        "accounts": [each.account_id for each in placed],
        "identities": [each.entry.identity for each in placed],
    }


def _book_pending(session: TenantSession, known: Sequence[PlacedEntry]) -> None:
    booked = [each for each in known if each.entry.state is EntryState.IMPORTED]
    if booked:
        dates: dict[str, list[object]] = {
            "booked_ons": [each.entry.booked_on for each in booked],
            "value_dates": [each.entry.value_date for each in booked],
        }
        session.execute(_BOOK, {"tenant": session.tenant_id} | _named(booked) | dates)


def _columns(placed: Sequence[PlacedEntry]) -> dict[str, list[object]]:
    entries = [each.entry for each in placed]
    said = [entry.said for entry in entries]
    return _named(placed) | {
        "statements": [each.statement_id for each in placed],
        "currencies": [each.currency for each in placed],
        "directions": [entry.direction.value for entry in entries],
        "amounts": [entry.amount_minor for entry in entries],
        "booked_ons": [entry.booked_on for entry in entries],
        "value_dates": [entry.value_date for entry in entries],
        "servicer_references": [each.servicer_reference for each in said],
        "end_to_end_ids": [each.end_to_end_id for each in said],
        "claimed_ids": [entry.claimed_instruction_id for entry in entries],
        "codes": [each.bank_transaction_code for each in said],
        "return_reasons": [each.return_reason for each in said],
        "remittances": [each.remittance for each in said],
        "names": [each.counterparty_name for each in said],
        "hashes": [entry.counterparty_hash for entry in entries],
        "masks": [masked(each.counterparty_account.number) if each.counterparty_account else None for each in said],
        "states": [entry.state.value for entry in entries],
    }


def match_by_reference(session: TenantSession) -> int:
    """Match open entries to the instructions whose reference they carry, where amount, account and side agree.

    Returns how many. What carries a reference and does not agree stays open, for a person.
    """
    return len(session.execute(_MATCH, {"tenant": session.tenant_id}).all())


def close_entries(session: TenantSession, ids: Collection[int], to: EntryState, *, reason: str) -> int:
    """Bring entries to what reconciliation found out about them, and why; returns how many their state allowed."""
    assert to is not EntryState.MATCHED, "match_by_reference names the instruction"
    sources = [state.value for state, targets in ENTRY_TRANSITIONS.items() if to in targets]
    binds = {"tenant": session.tenant_id, "ids": list(ids), "from": sources, "to": to.value, "reason": reason}
    closed = len(session.execute(_CLOSE, binds).all())
    session.expire_all()
    return closed
