"""Bank accounts: registered by one, verified by another, cooled off before they are paid, their numbers sealed."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary, any_, literal, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col, select

from domain import audit
from domain.access.rules import check_two_people
from domain.access.tenants import cooling_off_days
from domain.parties import queries
from domain.parties.errors import (
    AccountAmbiguous,
    AccountCoolingOff,
    AccountExists,
    AccountNotVerified,
    InvalidAccountNumber,
    NoAccount,
)
from domain.parties.rules import masked, normal_account_number, normal_bank_id
from domain.parties.states import AccountState, Evidence
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id, uuid7
from domain.platform.rotation import BATCH, SealedField, reencrypt
from domain.platform.transitions import move, move_all
from domain.values.actor import Actor, ActorKind
from domain.values.currency import minor_units
from domain.values.errors import InvalidValue
from domain.values.states import check_transition

PREFIX = "acc"
NUMBER = SealedField("bank_account", "number_encrypted", "key_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBankAccount:
    """An account to register; `own` when we operate it."""

    party_id: UUID
    holder_name: str
    bank_id: str
    number: str = field(repr=False)
    currency: str
    own: bool = False
    replaces_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """What a bank file needs of an account; decrypted, so it goes nowhere else."""

    holder_name: str
    number: str = field(repr=False)
    bank_id: str


def add_bank_accounts(
    session: TenantSession, new: Sequence[NewBankAccount], keys: KeyRing, *, actor: Actor, clock: Clock
) -> list[BankAccount]:
    """Register hundreds of accounts by one INSERT, all of them or none; returned in the order given.

    Raises AccountExists with the masks of those registered already (or given twice), InvalidAccountNumber,
    InvalidValue, NotFound (party).
    """
    if not new:
        return []
    rows = [_row(session, account, keys, actor, clock) for account in new]
    session.flush()
    queries.require_parties(session, {account.party_id for account in new})
    # On conflict nothing, also for a number given twice in the list: what is missing afterwards was there before.
    inserted = insert(BankAccount).on_conflict_do_nothing().returning(BankAccount).execution_options(render_nulls=True)
    registered = {account.id: account for account in session.scalars(inserted, rows)}
    taken = [str(row["masked"]) for row in rows if row["id"] not in registered]
    if taken:
        raise AccountExists(masked=taken)
    _audit(session, "account.registered", list(registered.values()), actor, clock)
    return [registered[account.id] for account in new]


def _row(session: TenantSession, new: NewBankAccount, keys: KeyRing, actor: Actor, clock: Clock) -> dict[str, object]:
    number = normal_account_number(new.number)
    bank_id = normal_bank_id(new.bank_id)
    if bank_id is None:
        raise InvalidValue(
            field="bank_id", value=new.bank_id, reason="not a BIC or clearing code", reason_zh="不是 BIC 或联行号"
        )
    if not new.holder_name.strip():
        raise InvalidValue(field="holder_name", value="", reason="it is empty", reason_zh="不能为空")
    minor_units(new.currency)
    key_id, sealed = keys.encrypt(number, NUMBER.context(session.tenant_id, new.id))
    return {
        "tenant_id": session.tenant_id,
        "id": new.id,
        "created_at": clock.now(),
        "party_id": new.party_id,
        "holder_name": " ".join(new.holder_name.split()),
        "bank_id": bank_id,
        "number_encrypted": sealed,
        "key_id": key_id,
        "number_hash": keys.lookup_hash(number, tenant_id=session.tenant_id),
        "masked": masked(number),
        "currency": new.currency,
        "own": new.own,
        "state": AccountState.REGISTERED,
        "registered_by": str(actor),
        "replaces_id": new.replaces_id,
    }


def verify_bank_account(
    session: TenantSession, account_id: UUID, *, actor: Actor, clock: Clock, evidence: Evidence | None = None
) -> BankAccount:
    """Trust one account: a second person's word, or the bank's (a name check, a micro-deposit that arrived).

    Raises SamePerson, IllegalTransition, NotFound.
    """
    return verify_bank_accounts(session, [account_id], actor=actor, clock=clock, evidence=evidence)[0]


def verify_bank_accounts(
    session: TenantSession,
    ids: Sequence[UUID],
    *,
    actor: Actor,
    clock: Clock,
    evidence: Evidence | None = None,
) -> list[BankAccount]:
    """Trust many accounts at once, all of them or none. Each can be paid after the tenant's cooling-off days.

    An account that replaces another closes it now: from here on the old one is not paid, and the new one not yet.
    """
    accounts = queries.lock_accounts(session, ids)
    for account in accounts:
        check_two_people(account.registered_by, actor)
        check_transition(BankAccount.ENTITY, BankAccount.TRANSITIONS, account.state, AccountState.VERIFIED)
    shown = evidence or (Evidence.NAME_CHECK if actor.kind is ActorKind.BANK else Evidence.SECOND_PERSON)
    chosen = [account.id for account in accounts]
    replaced = [account.replaces_id for account in accounts if account.replaces_id is not None]
    session.execute(
        update(BankAccount)
        .where(col(BankAccount.tenant_id) == session.tenant_id, col(BankAccount.id) == queries.any_of(chosen))
        .values(
            verified_by=str(actor),
            evidence=shown,
            usable_from=clock.today() + timedelta(days=cooling_off_days(session)),
        )
        .execution_options(synchronize_session=False)
    )
    move_all(session, BankAccount, chosen, AccountState.VERIFIED, actor=actor, clock=clock, reason=shown.value)
    if replaced:
        move_all(session, BankAccount, replaced, AccountState.CLOSED, actor=actor, clock=clock, reason="replaced")
    verified = queries.lock_accounts(session, chosen)
    _audit(session, "account.verified", verified, actor, clock)
    return verified


def change_bank_account(
    session: TenantSession,
    account_id: UUID,
    *,
    number: str,
    bank_id: str,
    holder_name: str,
    keys: KeyRing,
    actor: Actor,
    clock: Clock,
) -> BankAccount:
    """Register what replaces an account. Nothing changes until somebody else verifies it; then it cools off."""
    old = queries.lock_accounts(session, [account_id])[0]
    new = NewBankAccount(
        party_id=old.party_id,
        holder_name=holder_name,
        bank_id=bank_id,
        number=number,
        currency=old.currency,
        own=old.own,
        replaces_id=old.id,
    )
    return add_bank_accounts(session, [new], keys, actor=actor, clock=clock)[0]


def close_bank_account(session: TenantSession, account_id: UUID, *, actor: Actor, clock: Clock, reason: str) -> None:
    """Close an account for good: nothing is paid to it any more, and its number may be registered anew."""
    account = queries.lock_accounts(session, [account_id])[0]
    move(session, account, AccountState.CLOSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    _audit(session, "account.closed", [account], actor, clock)


def payable_account(session: TenantSession, party_id: UUID, currency: str, on: date) -> BankAccount:
    """The account the party is paid to on `on`. Raises NoAccount, AccountNotVerified, AccountCoolingOff."""
    candidates = _live_accounts(session, party_id, currency)
    if not candidates:
        raise NoAccount(party_id=party_id, currency=currency)
    trusted = [a for a in candidates if a.usable_from is not None]
    if not trusted:
        raise AccountNotVerified(masked=candidates[0].masked)
    newest = max(trusted, key=lambda a: (a.usable_from or date.max, a.id))
    assert newest.usable_from is not None
    if newest.usable_from > on:
        raise AccountCoolingOff(masked=newest.masked, usable_from=newest.usable_from)
    return newest


def own_account(session: TenantSession, party_id: UUID, currency: str) -> BankAccount:
    """The verified account we operate for the party, the oldest of several. Raises NoAccount, AccountNotVerified."""
    ours = [account for account in _live_accounts(session, party_id, currency) if account.own]
    if not ours:
        raise NoAccount(party_id=party_id, currency=currency)
    verified = [account for account in ours if account.state is AccountState.VERIFIED]
    if not verified:
        raise AccountNotVerified(masked=ours[0].masked)
    return min(verified, key=lambda account: account.id)


def _live_accounts(session: TenantSession, party_id: UUID, currency: str) -> Sequence[BankAccount]:
    return session.exec(
        select(BankAccount)
        .where(
            BankAccount.tenant_id == session.tenant_id,
            BankAccount.party_id == party_id,
            BankAccount.currency == currency,
            BankAccount.state != AccountState.CLOSED,
        )
        .order_by(col(BankAccount.id).desc())
    ).all()


def account_numbers(session: TenantSession, ids: Sequence[UUID], keys: KeyRing) -> dict[UUID, AccountIdentity]:
    """The full numbers behind `ids`, for bank files only. Raises FieldUndecryptable."""
    found = session.exec(
        select(BankAccount).where(
            BankAccount.tenant_id == session.tenant_id, col(BankAccount.id) == queries.any_of(ids)
        )
    )
    return {
        row.id: AccountIdentity(
            row.holder_name,
            opened_number(keys, session.tenant_id, row.id, row.key_id, row.number_encrypted),
            row.bank_id,
        )
        for row in found
    }


def opened_number(keys: KeyRing, tenant_id: int, account_id: UUID | str, key_id: str, sealed: bytes) -> str:
    """The full number of a row that a bank file has joined itself, by its id. Raises FieldUndecryptable."""
    return keys.decrypt(key_id, sealed, NUMBER.context(tenant_id, account_id))


def number_opener(keys: KeyRing, tenant_id: int) -> Callable[[str, str, bytes], str]:
    """`opened_number` for thousands of rows of a tenant, by the id as text, key id and ciphertext."""
    before = NUMBER.context(tenant_id, "").decode()

    def opened(account_id: str, key_id: str, sealed: bytes) -> str:
        return keys.decrypt(key_id, sealed, f"{before}{account_id}".encode())

    return opened


def find_account_by_number(
    session: TenantSession, number: str, keys: KeyRing, *, bank_id: str | None = None, currency: str | None = None
) -> BankAccount | None:
    """The live account of that number, found by its hash. Raises AccountAmbiguous, InvalidAccountNumber."""
    plain = normal_account_number(number)
    query = select(BankAccount).where(
        BankAccount.tenant_id == session.tenant_id,
        BankAccount.number_hash == keys.lookup_hash(plain, tenant_id=session.tenant_id),
        BankAccount.state != AccountState.CLOSED,
    )
    if bank_id is not None:
        query = query.where(BankAccount.bank_id == normal_bank_id(bank_id))
    if currency is not None:
        query = query.where(BankAccount.currency == currency)
    found = session.exec(query.limit(2)).all()
    if len(found) > 1:
        raise AccountAmbiguous(masked=masked(plain))
    return found[0] if found else None


def accounts_by_number(session: TenantSession, numbers: Collection[str], keys: KeyRing) -> dict[str, list[BankAccount]]:
    """The live accounts of each number as it was given; one that cannot be a number has none."""
    hashes: dict[bytes, list[str]] = {}
    for number in numbers:
        with suppress(InvalidAccountNumber):
            hashed = keys.lookup_hash(normal_account_number(number), tenant_id=session.tenant_id)
            hashes.setdefault(hashed, []).append(number)
    found: dict[str, list[BankAccount]] = {}
    for account in session.exec(
        select(BankAccount).where(
            BankAccount.tenant_id == session.tenant_id,
            col(BankAccount.number_hash) == any_(literal(list(hashes), ARRAY(LargeBinary))),
            BankAccount.state != AccountState.CLOSED,
        )
    ):
        for number in hashes[account.number_hash]:
            found.setdefault(number, []).append(account)
    return found


def rotate_account_keys(session: TenantSession, keys: KeyRing, *, batch: int = BATCH) -> int:
    """Seal up to `batch` numbers anew under the active key; 0 when all are. The hashes stay as they are."""
    return reencrypt(session, NUMBER, keys, batch=batch)


def _audit(session: TenantSession, action: str, accounts: Sequence[BankAccount], actor: Actor, clock: Clock) -> None:
    deeds = [
        audit.Deed(action, public_id(PREFIX, account.id), {"masked": account.masked, "currency": account.currency})
        for account in accounts
    ]
    audit.record_all(session, deeds, actor=actor, clock=clock)
