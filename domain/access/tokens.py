"""Bearer tokens: `tribk_<tenant>_<id>_<secret>` for keys, `tribs_…` for sessions.

The token names its tenant because every table lies behind row-level security: the row is looked up inside that
tenant, and a made-up tenant simply has no such row. The secret has 256 random bits, so a plain SHA-256 of it is enough
to keep.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Self
from uuid import UUID

from domain.access.errors import BadCredentials

_SECRET_BYTES = 32
_MAX_TENANT = 2**63
_PARTS = 4
_NO_HASH = bytes(32)  # compared with when there is no row: a miss takes as long as a wrong secret


class TokenKind(StrEnum):
    """What a token stands for; a scanner of leaked secrets finds it by its first letters."""

    KEY = "tribk"
    SESSION = "tribs"


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a token; the secret never shows."""

    kind: TokenKind
    tenant_id: int
    id: UUID
    secret: str = field(repr=False)

    @classmethod
    def fresh(cls, kind: TokenKind, tenant_id: int, identity: UUID) -> Self:
        """A token with a new secret."""
        return cls(kind, tenant_id, identity, secrets.token_hex(_SECRET_BYTES))

    @classmethod
    def parse(cls, kind: TokenKind, text: str) -> Self:
        """The parts of `text`; raises BadCredentials, as a wrong secret does."""
        parts = text.split("_")
        if len(parts) != _PARTS or parts[0] != kind.value:
            raise BadCredentials
        try:
            tenant_id, identity = int(parts[1], 16), UUID(hex=parts[2])
        except ValueError:
            raise BadCredentials from None
        if not 0 <= tenant_id < _MAX_TENANT:
            raise BadCredentials
        return cls(kind, tenant_id, identity, parts[3])

    @property
    def text(self) -> str:
        """What the caller keeps; shown once."""
        return f"{self.kind.value}_{self.tenant_id:016x}_{self.id.hex}_{self.secret}"

    @property
    def secret_hash(self) -> bytes:
        """What we keep."""
        return sha256(self.secret.encode()).digest()

    def matches(self, stored: bytes | None) -> bool:
        """Whether `stored` is this secret's hash, in constant time."""
        return hmac.compare_digest(self.secret_hash, stored or _NO_HASH) and stored is not None
