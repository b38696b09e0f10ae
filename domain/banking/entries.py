"""Statement entries: what makes one the same as another, and how they are matched and closed, by set operations."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text

from domain.banking.messages.model import BOOKED, EntryDetail
from domain.banking.messages.model import StatementEntry as BankEntry
from domain.banking.references import own_instruction_id
from domain.banking.states import ENTRY_TRANSITIONS, EntryDirection, EntryState
from domain.parties.errors import InvalidAccountNumber
from domain.parties.rules import masked, normal_account_number
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing

INFORMATION = "INFO"  # an entry that moves nothing
KEPT_HASHES = 65_536

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


class Entry(NamedTuple):
    """An entry as it will be kept, its columns in their order, and what it consists of.

    The identity is that of its content: which occurrence of it this is, the books tell.
    """

    identity: str
    direction: str
    amount_minor: int
    booked_on: date
    value_date: date
    servicer_reference: str | None
    end_to_end_id: str | None
    claimed_instruction_id: int | None
    bank_transaction_code: str | None
    return_reason: str | None
    remittance: str
    counterparty_name: str | None
    counterparty_hash: bytes | None
    counterparty_masked: str | None
    state: str
    details: tuple[EntryDetail, ...]


def read_entries(tenant_id: int, entries: Iterable[BankEntry], closed_on: date, keys: KeyRing) -> Iterator[Entry]:
    """The entries of one statement with their identities; what moves nothing is left out."""

    # The same counterparties come again and again, and a keyed hash costs more than all else of an entry.
    @lru_cache(maxsize=KEPT_HASHES)
    def hidden(number: str) -> tuple[bytes, str]:
        return _hash(tenant_id, number, keys), masked(number)

    for said in entries:
        minor = said.amount.minor
        if said.status == INFORMATION or not minor:
            continue
        booked_on = said.booked_on or closed_on
        account = said.counterparty_account
        digest, mask = (None, None) if account is None else hidden(account.number)
        yield Entry(
            _identity(said, minor),
            EntryDirection.CREDIT.value if minor > 0 else EntryDirection.DEBIT.value,
            abs(minor),
            booked_on,
            said.value_date or booked_on,
            said.servicer_reference,
            said.end_to_end_id,
            own_instruction_id(tenant_id, said.end_to_end_id),
            said.bank_transaction_code,
            said.return_reason,
            said.remittance,
            said.counterparty_name,
            digest,
            mask,
            EntryState.IMPORTED.value if said.status == BOOKED else EntryState.PENDING.value,
            said.details,
        )


def _identity(said: BankEntry, minor: int) -> str:
    """The bank's own reference, else a hash of the content; whether it is booked yet is no part of what it is."""
    if said.servicer_reference is not None:
        return f"ref:{said.servicer_reference}"
    facts = (
        minor,
        said.amount.currency,
        said.booked_on,
        said.value_date,
        said.end_to_end_id,
        said.bank_transaction_code,
        said.return_reason,
        said.remittance,
        said.counterparty_name,
        said.counterparty_account.number if said.counterparty_account else "",
    )
    return f"sha:{sha256(repr(facts).encode()).hexdigest()}"


def _hash(tenant_id: int, number: str, keys: KeyRing) -> bytes:
    try:
        normal = normal_account_number(number)
    except InvalidAccountNumber:
        normal = number
    return keys.lookup_hash(normal, tenant_id=tenant_id)


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
