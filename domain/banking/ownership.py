"""Which of our accounts a bank's document speaks of: all its numbers looked up at once, by their hashes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Row, any_, cast, select
from sqlmodel import col

from domain.parties.errors import AccountAmbiguous, InvalidAccountNumber
from domain.parties.rules import masked, normal_account_number
from domain.parties.states import AccountState
from domain.parties.tables import BankAccount
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing


@dataclass(frozen=True, slots=True)
class OwnAccounts:
    """The live accounts behind the numbers of a document."""

    tenant_id: int
    keys: KeyRing
    found: Mapping[tuple[bytes, str], Sequence[Row[Any]]]

    @classmethod
    def look_up(cls, session: TenantSession, numbers: Collection[str], keys: KeyRing) -> Self:
        """Find them by one statement; a number that is none finds nothing."""
        hashes = {digest for number in numbers if (digest := _hash(number, keys, session.tenant_id)) is not None}
        found: dict[tuple[bytes, str], list[Row[Any]]] = defaultdict(list)
        for row in session.execute(_accounts(session.tenant_id, hashes)).all() if hashes else ():
            found[row.number_hash, row.currency].append(row)
        return cls(session.tenant_id, keys, found)

    def find(self, number: str, currency: str) -> UUID | None:
        """The account of that number and currency if we operate it. Raises AccountAmbiguous, InvalidAccountNumber."""
        plain = normal_account_number(number)
        rows = self.found.get((self.keys.lookup_hash(plain, tenant_id=self.tenant_id), currency), ())
        if len(rows) > 1:
            raise AccountAmbiguous(masked=masked(plain))
        return rows[0].id if rows and rows[0].own else None


def _hash(number: str, keys: KeyRing, tenant_id: int) -> bytes | None:
    try:
        return keys.lookup_hash(normal_account_number(number), tenant_id=tenant_id)
    except InvalidAccountNumber:
        return None


def _accounts(tenant_id: int, hashes: Collection[bytes]) -> Any:  # noqa: ANN401 - a SELECT of four columns
    columns: tuple[Any, ...] = (BankAccount.id, BankAccount.number_hash, BankAccount.currency, BankAccount.own)
    return select(*columns).where(
        col(BankAccount.tenant_id) == tenant_id,
        col(BankAccount.number_hash) == any_(cast(sorted(hashes), ARRAY(LargeBinary))),
        col(BankAccount.state) != AccountState.CLOSED,
    )
