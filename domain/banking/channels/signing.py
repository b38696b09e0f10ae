"""Signed requests, to the bank and from it: who sent this, unaltered, and not long ago.

Signed are method, path with query, date and the digest of the body, a line each. Four headers carry them:

    Tributary-Key        the id of the key
    Tributary-Date       when it was signed, UTC, to the second
    Content-Digest       sha-256=:…: of the body (RFC 9530)
    Tributary-Signature  the signature, base64

A key is HMAC-SHA256 (a secret both sides hold) or Ed25519 (only we can sign, everybody can check). A signature older or
newer than the replay window is refused; inside the window a receiver refuses one it has seen.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.banking.errors import SignatureRefused, SigningKeyInvalid

REPLAY_WINDOW = timedelta(minutes=5)  # clocks of two houses differ by seconds; a request is on its way for a minute
KEY, DATE, DIGEST, SIGNATURE = "Tributary-Key", "Tributary-Date", "Content-Digest", "Tributary-Signature"
_DATE_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_MIN_SECRET_BYTES = 32
_ED25519_BYTES = 32


class Algorithm(StrEnum):
    """How a key signs."""

    HMAC = "hmac"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key under its id: a shared secret, or the private or public half of an Ed25519 pair. It prints without it."""

    key_id: str
    algorithm: Algorithm
    material: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`hmac:<id>:<base64>` or `ed25519:<id>:<base64>`, as settings hold it. Raises SigningKeyInvalid."""
        parts = text.strip().split(":", 2)
        try:
            algorithm, key_id, written = parts
            material = b64decode(written, validate=True)
            key = cls(key_id, Algorithm(algorithm), material)
        except ValueError:
            raise SigningKeyInvalid(key_id=parts[1] if len(parts) > 1 else "") from None
        is_short = len(material) < _MIN_SECRET_BYTES
        if not key_id or is_short or (key.algorithm is Algorithm.ED25519 and len(material) != _ED25519_BYTES):
            raise SigningKeyInvalid(key_id=key_id)
        return key

    def sign(self, text: bytes) -> bytes:
        """The signature of a text; of an Ed25519 pair this is the private half."""
        if self.algorithm is Algorithm.HMAC:
            return hmac.digest(self.material, text, "sha256")
        return Ed25519PrivateKey.from_private_bytes(self.material).sign(text)

    def is_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is the text's; of an Ed25519 pair this is the public half."""
        if self.algorithm is Algorithm.HMAC:
            return hmac.compare_digest(hmac.digest(self.material, text, "sha256"), signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.material).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def signed_path(path: bytes, query: bytes) -> str:
    """Path and query of a request as they came, before anybody decodes them: what both sides sign."""
    return (path + b"?" + query if query else path).decode("ascii", "replace")


def signed_headers(key: SigningKey, method: str, path: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """The headers that sign a request; `path` with its query, as it is sent."""
    signed_at, digest = at.astimezone(UTC).strftime(_DATE_FORMAT), _digest(body)
    signature = key.sign(_text(method, path, signed_at, digest))
    return {KEY: key.key_id, DATE: signed_at, DIGEST: digest, SIGNATURE: b64encode(signature).decode()}


def check_signature(
    keys: Collection[SigningKey], headers: Mapping[str, str], method: str, path: str, body: bytes, *, at: datetime
) -> str:
    """The id of the key that signed the request; several keys are live while they are rotated. Raises SignatureRefused.

    `headers` are looked up by their names as above, in lower case.
    """
    given = {name: headers.get(name.lower()) for name in (KEY, DATE, DIGEST, SIGNATURE)}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise SignatureRefused.because("missing", missing[0])
    key_id, signed_at, digest, signature = (str(value) for value in given.values())
    key = next((each for each in keys if each.key_id == key_id), None)
    if key is None:
        raise SignatureRefused.because("unknown_key", key_id)
    if not hmac.compare_digest(digest.encode(), _digest(body).encode()):
        raise SignatureRefused.because("digest", digest)
    if not key.is_signed(_text(method, path, signed_at, digest), _decoded(signature)):
        raise SignatureRefused.because("signature", key_id)
    # Looked at last: only of what is signed the date means anything.
    if abs(at - _instant(signed_at)) > REPLAY_WINDOW:
        raise SignatureRefused.because("date", signed_at)
    return key_id


@dataclass(slots=True)
class SeenSignatures:
    """What was signed within the window and has been taken: the same request again is a replay."""

    seen: dict[str, datetime] = field(default_factory=dict)

    def take(self, headers: Mapping[str, str], *, at: datetime) -> None:
        """Remember a checked request. Raises SignatureRefused when it was taken before."""
        signature = headers[SIGNATURE.lower()]
        for old in [each for each, since in self.seen.items() if at - since > 2 * REPLAY_WINDOW]:
            del self.seen[old]
        if signature in self.seen:
            raise SignatureRefused.because("replayed", headers[DATE.lower()])
        self.seen[signature] = at


def _text(method: str, path: str, signed_at: str, digest: str) -> bytes:
    return f"{method.upper()}\n{path}\n{signed_at}\n{digest}".encode()


def _digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def _decoded(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except ValueError:
        return b""


def _instant(written: str) -> datetime:
    try:
        return datetime.strptime(written, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise SignatureRefused.because("date", written) from None
