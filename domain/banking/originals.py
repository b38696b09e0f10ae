"""Files of statements kept as they came, in parts of some megabytes, so that none is ever whole in memory."""

from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking import vault
from domain.banking.tables import StatementFile, StatementFilePart
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7

PART_BYTES = 4 * 1024 * 1024  # of XML, a tenth of it packed


def keep_original(session: TenantSession, source: BinaryIO, *, keys: KeyRing, clock: Clock) -> tuple[UUID, bool]:
    """Keep a file that is not known by its bytes; its id, and whether it is new.

    `source` is read twice from its beginning, and is left there.
    """
    digest, identity = _digest(source), uuid7()
    row = {"tenant_id": session.tenant_id, "id": identity, "created_at": clock.now(), "digest": digest}
    # Another session that keeps the same file waits here for our commit, and then finds everything known.
    kept = insert(StatementFile).values(row).on_conflict_do_nothing().returning(col(StatementFile.id))
    if session.execute(kept).one_or_none() is None:
        return _known(session, digest), False
    for position, content in enumerate(_parts(source), start=1):
        session.execute(plain_insert(StatementFilePart).values(_part(session, identity, position, content, keys)))
    source.seek(0)
    return identity, True


def original(session: TenantSession, file_id: UUID, keys: KeyRing) -> Iterator[bytes]:
    """The file as it came, part by part. Raises FieldUndecryptable."""
    parts = select(col(StatementFilePart.id), col(StatementFilePart.key_id), col(StatementFilePart.sealed)).where(
        col(StatementFilePart.tenant_id) == session.tenant_id, col(StatementFilePart.file_id) == file_id
    )
    in_order = parts.order_by(col(StatementFilePart.position)).execution_options(yield_per=1)
    for part_id, key_id, sealed in session.execute(in_order):
        yield vault.unseal(keys, vault.STATEMENT_FILE, session.tenant_id, part_id, (key_id, sealed))


def _digest(source: BinaryIO) -> bytes:
    source.seek(0)
    digest = sha256()
    for content in _parts(source):
        digest.update(content)
    source.seek(0)
    return digest.digest()


def _known(session: TenantSession, digest: bytes) -> UUID:
    known = select(col(StatementFile.id)).where(
        col(StatementFile.tenant_id) == session.tenant_id, col(StatementFile.digest) == digest
    )
    file_id: UUID = session.execute(known).scalar_one()
    return file_id


def _parts(source: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: source.read(PART_BYTES), b"")


def _part(session: TenantSession, file_id: UUID, position: int, content: bytes, keys: KeyRing) -> dict[str, object]:
    identity = uuid7()
    key_id, sealed = vault.seal(keys, vault.STATEMENT_FILE, session.tenant_id, identity, content)
    return {
        "tenant_id": session.tenant_id,
        "id": identity,
        "file_id": file_id,
        "position": position,
        "key_id": key_id,
        "sealed": sealed,
    }
