"""Passwords: Argon2id with the parameters of RFC 9106 for machines that serve other work too."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.access.errors import PasswordUnfit
from domain.access.rules import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH

_HASHER = PasswordHasher()  # time 3, 64 MiB, 4 lanes: RFC 9106's second recommended option


def hash_password(password: str) -> str:
    """The hash to keep. Raises PasswordUnfit."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise PasswordUnfit(minimum=MIN_PASSWORD_LENGTH, maximum=MAX_PASSWORD_LENGTH)
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; without anybody to compare with it takes as long, and the answer is no."""
    if len(password) > MAX_PASSWORD_LENGTH:
        password = ""
    try:
        _HASHER.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody's password")
