"""Signed requests: by whom, unaltered, in time, and once."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.channels.signing import (
    REPLAY_WINDOW,
    SeenSignatures,
    SigningKey,
    check_signature,
    signed_headers,
)
from domain.banking.errors import BankUnavailable, OutcomeUnknown, SignatureRefused, SigningKeyInvalid
from domain.platform.clock import FixedClock, SystemClock

from .test_http_channel import debit_file, open_bank

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
SECRET = SigningKey.parse("hmac:2026-03:" + b64encode(bytes(range(32))).decode())
PAIR = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE = SigningKey.parse("ed25519:ours:" + b64encode(PAIR.private_bytes_raw()).decode())
PUBLIC = SigningKey.parse("ed25519:ours:" + b64encode(PAIR.public_key().public_bytes_raw()).decode())
PAIRS = pytest.mark.parametrize(("ours", "theirs"), [(SECRET, SECRET), (PRIVATE, PUBLIC)], ids=["hmac", "ed25519"])


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@PAIRS
class TestSignatures:
    def test_what_was_signed_is_accepted_to_the_end_of_the_window(self, ours: SigningKey, theirs: SigningKey) -> None:
        headers = lower(signed_headers(ours, "POST", "/messages?x=1", b"<a/>", at=AT))
        for at in (AT, AT + REPLAY_WINDOW, AT - REPLAY_WINDOW):
            assert check_signature([theirs], headers, "POST", "/messages?x=1", b"<a/>", at=at) == ours.key_id

    @pytest.mark.parametrize(
        ("method", "path", "body", "later", "doubt"),
        [
            ("PUT", "/messages", b"<a/>", timedelta(), "signature"),
            ("POST", "/messages?account=2", b"<a/>", timedelta(), "signature"),
            ("POST", "/messages", b"<b/>", timedelta(), "digest"),
            ("POST", "/messages", b"<a/>", REPLAY_WINDOW + timedelta(seconds=1), "date"),
            ("POST", "/messages", b"<a/>", -REPLAY_WINDOW - timedelta(seconds=1), "date"),
        ],
    )
    def test_another_method_path_body_or_time_is_refused(
        self, ours: SigningKey, theirs: SigningKey, *, method: str, path: str, body: bytes, later: timedelta, doubt: str
    ) -> None:
        headers = lower(signed_headers(ours, "POST", "/messages", b"<a/>", at=AT))
        with pytest.raises(SignatureRefused) as refusal:
            check_signature([theirs], headers, method, path, body, at=AT + later)
        assert refusal.value.facts["doubt"] == doubt

    def test_another_date_than_the_signed_one_is_refused(self, ours: SigningKey, theirs: SigningKey) -> None:
        headers = lower(signed_headers(ours, "POST", "/m", b"", at=AT)) | {"tributary-date": "2026-03-02T01:00:01Z"}
        with pytest.raises(SignatureRefused, match="not made with the key"):
            check_signature([theirs], headers, "POST", "/m", b"", at=AT)

    @pytest.mark.parametrize(
        ("header", "value", "doubt"),
        [
            ("tributary-signature", "", "missing"),
            ("tributary-signature", "not base64!", "signature"),
            ("tributary-signature", "AAAA", "signature"),
            ("tributary-key", "another", "unknown_key"),
            ("content-digest", "md5=:x:", "digest"),
        ],
    )
    def test_a_header_that_is_missing_or_forged_is_refused(
        self, ours: SigningKey, theirs: SigningKey, header: str, value: str, doubt: str
    ) -> None:
        headers = lower(signed_headers(ours, "POST", "/m", b"", at=AT)) | {header: value}
        with pytest.raises(SignatureRefused) as refusal:
            check_signature([theirs], headers, "POST", "/m", b"", at=AT)
        assert refusal.value.facts["doubt"] == doubt


def test_the_same_request_is_taken_once() -> None:
    seen, headers = SeenSignatures(), lower(signed_headers(SECRET, "POST", "/m", b"", at=AT))
    seen.take(headers, at=AT)
    with pytest.raises(SignatureRefused, match="taken before"):
        seen.take(headers, at=AT + timedelta(minutes=1))
    seen.take(lower(signed_headers(SECRET, "POST", "/m", b"", at=AT + timedelta(hours=1))), at=AT + timedelta(hours=1))
    assert len(seen.seen) == 1


class TestKeys:
    @pytest.mark.parametrize(
        "text",
        ["", "hmac", "hmac:id:", "hmac:id:AAAA", "rsa:id:" + "A" * 44, "ed25519:id:" + "A" * 64, "hmac::" + "A" * 44],
    )
    def test_what_is_no_key_is_refused_without_being_shown(self, text: str) -> None:
        with pytest.raises(SigningKeyInvalid) as refusal:
            SigningKey.parse(text)
        assert "AAAA" not in str(refusal.value)

    def test_never_print_their_secret(self) -> None:
        assert repr(SECRET) == "SigningKey(key_id='2026-03', algorithm=<Algorithm.HMAC: 'hmac'>)"


class TestTheBank:
    @pytest.fixture
    def url(self) -> Iterator[str]:
        with running_bank(keys=[PUBLIC]) as url:
            open_bank(url)
            yield url

    def test_takes_what_is_signed(self, url: str) -> None:
        with HttpChannel(url, key=PRIVATE) as channel:
            assert channel.submit("M-1", debit_file()).accepted
            reply = channel.inquire("M-1")
            assert reply is not None
            assert reply.accepted
            assert channel.answers("") == []

    def test_takes_nothing_that_is_not_signed_or_too_old(self, url: str) -> None:
        with HttpChannel(url) as unsigned, pytest.raises(OutcomeUnknown, match="HTTP 401"):
            unsigned.submit("M-1", debit_file())
        hour_ago = FixedClock(SystemClock().now() - timedelta(hours=1))
        with HttpChannel(url, key=PRIVATE, clock=hour_ago) as late, pytest.raises(BankUnavailable, match="HTTP 401"):
            late.answers("")
        with HttpChannel(url, key=PRIVATE) as channel:
            assert channel.inquire("M-1") is None
