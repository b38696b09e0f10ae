"""Time-based one-time codes (RFC 6238: SHA-1, six digits, 30 seconds, as every authenticator app has them). Pure."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1  # RFC 6238 section 5.2: one step for delay and clocks that are off
SECRET_BYTES = 20  # the length of SHA-1, RFC 4226 section 4


def new_secret() -> str:
    """A fresh shared secret, base32 as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(moment: datetime) -> int:
    """The number of the 30-second step that `moment` lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_of(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226 section 5.3: dynamic truncation)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def accepted_step(secret: str, code: str, moment: datetime, last_step: int | None) -> int | None:
    """The step whose code this is, None when it is nobody's or was used before (no later than `last_step`).

    All candidates are compared, each in constant time: how long it takes tells nothing.
    """
    now = step_at(moment)
    given = code.strip().encode()
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), given):
            found = step
    return found if found is not None and found > (last_step or 0) else None


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """`otpauth://totp/…`, the content of the square an authenticator app scans."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}&digits={DIGITS}"
