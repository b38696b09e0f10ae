"""Contents of bank files at rest: packed, then encrypted, because they name accounts and people."""

import zlib
from base64 import b64decode, b64encode
from uuid import UUID

from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.rotation import SealedField, reencrypt

MESSAGE = SealedField("bank_message_content", "sealed", "key_id")
ANSWER = SealedField("bank_answer", "sealed", "key_id")
STATEMENT_FILE = SealedField("statement_file_part", "sealed", "key_id", bound_as="statement_file.sealed")

ROWS_PER_BATCH = 5  # of up to some megabytes each
_FAST = 1  # XML shrinks tenfold at any level


def seal(keys: KeyRing, place: SealedField, tenant_id: int, row_id: UUID, content: bytes) -> tuple[str, bytes]:
    """Key id and ciphertext of `content`, bound to its row."""
    packed = b64encode(zlib.compress(content, _FAST)).decode()
    return keys.encrypt(packed, place.context(tenant_id, row_id))


def unseal(keys: KeyRing, place: SealedField, tenant_id: int, row_id: UUID, box: tuple[str, bytes]) -> bytes:
    """What `seal` was given, from the key id and ciphertext it made. Raises FieldUndecryptable."""
    key_id, sealed = box
    return zlib.decompress(b64decode(keys.decrypt(key_id, sealed, place.context(tenant_id, row_id))))


def rotate_file_keys(session: TenantSession, keys: KeyRing) -> int:
    """Seal some files anew under the active key; 0 when all are."""
    return sum(reencrypt(session, place, keys, batch=ROWS_PER_BATCH) for place in (MESSAGE, ANSWER, STATEMENT_FILE))
