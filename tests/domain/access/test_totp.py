"""One-time codes: the vectors of RFC 6238, drift, and use only once."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from domain.access.totp import accepted_step, code_of, enrolment_uri, new_secret, step_at

SECRET = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_come_out(seconds: int, code: str) -> None:
    assert code_of(SECRET, seconds // 30, digits=8) == code


@pytest.mark.parametrize(("late", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_may_be_one_step_early_or_late(late: int, accepted: bool) -> None:
    code = code_of(SECRET, step_at(NOW))
    assert (accepted_step(SECRET, code, NOW + timedelta(seconds=late), None) is not None) is accepted


def test_a_code_and_all_before_it_are_used_up() -> None:
    step = step_at(NOW)
    assert accepted_step(SECRET, code_of(SECRET, step), NOW, step) is None
    assert accepted_step(SECRET, code_of(SECRET, step - 1), NOW, step) is None
    assert accepted_step(SECRET, code_of(SECRET, step + 1), NOW, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_refused_quietly(typed: str) -> None:
    assert accepted_step(SECRET, typed, NOW, None) is None


def test_an_app_takes_the_uri() -> None:
    secret = new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert enrolment_uri(secret, account="a@b.cn", issuer="Tributary 九州").startswith(
        "otpauth://totp/Tributary%20%E4%B9%9D%E5%B7%9E:a%40b.cn?secret="
    )
