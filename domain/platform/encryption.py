"""Encryption of single fields: AES-256-GCM under a ring of keys, and a keyed hash by which a hidden value is found.

The ring is text, `k2:<base64>,k1:<base64>,lookup:<base64>`: the first entry encrypts, every entry decrypts, and
`lookup` makes the hashes. The lookup key has an entry of its own so that rotating the encryption key changes no hash:
searching and uniqueness go on while rows are re-encrypted. Each entry is 32 random bytes; HKDF derives from it the key
that is used, so that one secret never serves two algorithms.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.values.errors import DomainError

KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # what GCM is specified for; random ones are safe up to 2^32 fields per key, then rotate
LOOKUP = "lookup"
MAX_KEY_ID = 32  # the width of key_id columns


class KeyRingInvalid(DomainError):
    """The text of the key ring cannot be read; the text itself is never repeated."""

    code = "key_ring_invalid"
    status = 503
    en = "The key ring (TRIBUTARY_KEYS) is not valid: {problem_en}. Write it as k1:<base64>,lookup:<base64>."
    zh = "密钥环(TRIBUTARY_KEYS)无效:{problem_zh}。格式应为 k1:<base64>,lookup:<base64>。"

    def __init__(self, *, problem_en: str, problem_zh: str) -> None:
        super().__init__(problem_en=problem_en, problem_zh=problem_zh)


class FieldUndecryptable(DomainError):
    """A stored field does not open: its key is gone from the ring, or the row was altered or copied from another."""

    code = "field_undecryptable"
    status = 500
    en = "A protected field cannot be opened with key “{key_id}”. Check that TRIBUTARY_KEYS still holds it."
    zh = "受保护的字段无法用密钥“{key_id}”解密,请确认 TRIBUTARY_KEYS 仍包含该密钥。"

    def __init__(self, *, key_id: str) -> None:
        super().__init__(key_id=key_id)


def field_context(tenant_id: int, field: str, row_id: UUID | str) -> bytes:
    """What a ciphertext is bound to: moved to another tenant, column or row, it no longer opens."""
    return f"{tenant_id}|{field}|{row_id}".encode()


def new_key_text(*key_ids: str) -> str:
    """A fresh ring of random keys; the first of `key_ids` is the active one."""
    entries = (*key_ids, LOOKUP)
    return ",".join(f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}" for key_id in entries)


class KeyRing:
    """The keys of this installation. Shows only their names, whatever prints it."""

    __slots__ = ("_ciphers", "_lookup_key", "active")

    def __init__(self, active: str, keys: Mapping[str, bytes], lookup: bytes) -> None:
        self.active = active
        self._ciphers = {key_id: AESGCM(_derived(key, b"field encryption")) for key_id, key in keys.items()}
        self._lookup_key = _derived(lookup, b"lookup hash")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The ring a text such as `k2:…,k1:…,lookup:…` describes. Raises KeyRingInvalid."""
        entries = [_entry(part) for part in text.strip().split(",")]
        keys = dict(entries)
        if len(keys) != len(entries):
            raise KeyRingInvalid(problem_en="a key appears twice", problem_zh="密钥名称重复")
        lookup = keys.pop(LOOKUP, None)
        if lookup is None or not keys:
            raise KeyRingInvalid(
                problem_en="it needs a lookup key and at least one other", problem_zh="缺少 lookup 密钥或加密密钥"
            )
        return cls(next(iter(keys)), keys, lookup)

    @classmethod
    def generate(cls) -> Self:
        """A ring of fresh keys that nobody else has."""
        return cls.from_text(new_key_text("k1"))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of all keys that decrypt, the active one first."""
        return tuple(self._ciphers)

    def encrypt(self, plain: str, context: bytes) -> tuple[str, bytes]:
        """The active key's id and the ciphertext, nonce first; `context` is what it is bound to (`field_context`)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self.active, nonce + self._ciphers[self.active].encrypt(nonce, plain.encode(), context)

    def decrypt(self, key_id: str, sealed: bytes, context: bytes) -> str:
        """What `encrypt` was given, if key, bytes and context are all as they were. Raises FieldUndecryptable."""
        cipher = self._ciphers.get(key_id)
        if cipher is None or len(sealed) < NONCE_BYTES:
            raise FieldUndecryptable(key_id=key_id)
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context).decode()
        except InvalidTag:
            raise FieldUndecryptable(key_id=key_id) from None

    def lookup_hash(self, plain: str, *, tenant_id: int) -> bytes:
        """The hash by which one tenant finds `plain`; the same value hashes differently for another tenant."""
        return hmac.digest(self._lookup_key, f"{tenant_id}|{plain}".encode(), "sha256")

    def __repr__(self) -> str:
        return f"KeyRing(active={self.active!r}, keys={len(self._ciphers)})"


def _derived(key: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"tributary " + use).derive(key)


def _entry(part: str) -> tuple[str, bytes]:
    key_id, colon, encoded = part.strip().partition(":")
    if not colon or not key_id or len(key_id) > MAX_KEY_ID:
        raise KeyRingInvalid(problem_en="an entry has no name", problem_zh="条目缺少名称")
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise KeyRingInvalid(problem_en="a key is not base64", problem_zh="密钥不是 base64 编码") from None
    if len(key) != KEY_BYTES:
        raise KeyRingInvalid(
            problem_en=f"a key does not have {KEY_BYTES} bytes", problem_zh=f"密钥长度不是 {KEY_BYTES} 字节"
        )
    return key_id, key
