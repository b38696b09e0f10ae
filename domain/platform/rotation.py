"""Key rotation: rows sealed under an older key are sealed anew under the active one, a batch at a time."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing, field_context

BATCH = 500  # some milliseconds of row locks; nobody editing an account waits noticeably


@dataclass(frozen=True, slots=True)
class SealedField:
    """Where ciphertexts stand; the names are ours, never a caller's.

    What has moved from another table is `bound_as` it was there: only its key could bind it anew.
    """

    table: str
    column: str
    key_column: str
    bound_as: str | None = None

    def context(self, tenant_id: int, row_id: UUID | str) -> bytes:
        """What this field of this row is bound to."""
        return field_context(tenant_id, self.bound_as or f"{self.table}.{self.column}", row_id)


def reencrypt(session: TenantSession, sealed: SealedField, keys: KeyRing, *, batch: int = BATCH) -> int:
    """Seal up to `batch` rows anew; returns how many, 0 when all stand under the active key.

    Rows another rotation holds are left to it. Commit between batches.
    """
    claimed = session.execute(
        text(
            f"SELECT id, {sealed.column}, {sealed.key_column} FROM {sealed.table} "
            f"WHERE tenant_id = :tenant AND {sealed.column} IS NOT NULL AND {sealed.key_column} <> :active "
            "ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED"
        ),
        {"tenant": session.tenant_id, "active": keys.active, "batch": batch},
    ).all()
    if not claimed:
        return 0
    fresh = [
        _anew(keys, key_id, bytes(old), sealed.context(session.tenant_id, row_id)) for row_id, old, key_id in claimed
    ]
    session.execute(
        text(
            f"UPDATE {sealed.table} AS old SET {sealed.column} = new.sealed, {sealed.key_column} = :active "
            "FROM unnest(CAST(:ids AS uuid[]), CAST(:sealed AS bytea[])) AS new(id, sealed) "
            "WHERE old.tenant_id = :tenant AND old.id = new.id"
        ),
        {
            "tenant": session.tenant_id,
            "active": keys.active,
            "ids": [row[0] for row in claimed],
            "sealed": fresh,
        },
    )
    session.expire_all()
    return len(claimed)


def _anew(keys: KeyRing, key_id: str, old: bytes, context: bytes) -> bytes:
    return keys.encrypt(keys.decrypt(key_id, old, context), context)[1]
