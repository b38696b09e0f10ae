"""The key ring: what it seals stays where it was sealed, and it never shows a key."""

import base64
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.platform.encryption import FieldUndecryptable, KeyRing, KeyRingInvalid, field_context, new_key_text
from domain.platform.ids import uuid7

RING_TEXT = new_key_text("k1")
RING = KeyRing.from_text(RING_TEXT)
ROW = uuid7()
HERE = field_context(7, "bank_account.number", ROW)
KEY = base64.b64encode(bytes(range(32))).decode()


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(plain: str) -> None:
    key_id, sealed = RING.encrypt(plain, HERE)
    assert RING.decrypt(key_id, sealed, HERE) == plain


def test_the_same_text_is_sealed_differently_each_time_but_found_by_the_same_hash() -> None:
    assert RING.encrypt("6222", HERE) != RING.encrypt("6222", HERE)
    assert RING.lookup_hash("6222", tenant_id=7) == RING.lookup_hash("6222", tenant_id=7)


def test_two_tenants_with_the_same_number_have_different_hashes() -> None:
    assert RING.lookup_hash("6222", tenant_id=7) != RING.lookup_hash("6222", tenant_id=8)


@pytest.mark.parametrize(
    "elsewhere",
    [
        field_context(8, "bank_account.number", ROW),
        field_context(7, "person.totp_secret", ROW),
        field_context(7, "bank_account.number", uuid7()),
    ],
    ids=["another tenant", "another column", "another row"],
)
def test_a_ciphertext_moved_elsewhere_does_not_open(elsewhere: bytes) -> None:
    key_id, sealed = RING.encrypt("6222", HERE)
    with pytest.raises(FieldUndecryptable):
        RING.decrypt(key_id, sealed, elsewhere)


@given(st.integers(0, 31), st.integers(1, 255))
def test_a_ciphertext_changed_in_any_byte_does_not_open(place: int, flip: int) -> None:
    key_id, sealed = RING.encrypt("6222", HERE)  # 12 nonce + 4 text + 16 tag = 32 bytes
    broken = bytes(byte ^ (flip if at == place else 0) for at, byte in enumerate(sealed))
    with pytest.raises(FieldUndecryptable):
        RING.decrypt(key_id, broken, HERE)


@pytest.mark.parametrize(("key_id", "sealed"), [("k9", b"x" * 40), ("k1", b""), ("k1", b"short")])
def test_an_unknown_key_or_a_cut_ciphertext_is_refused(key_id: str, sealed: bytes) -> None:
    with pytest.raises(FieldUndecryptable):
        RING.decrypt(key_id, sealed, HERE)


class TestRotation:
    def test_the_first_key_seals_and_every_key_opens(self) -> None:
        old = RING.encrypt("6222", HERE)
        rotated = KeyRing.from_text(f"k2:{KEY},{RING_TEXT}")
        assert rotated.active == "k2"
        assert rotated.key_ids == ("k2", "k1")
        assert rotated.decrypt(*old, HERE) == "6222"
        assert rotated.encrypt("6222", HERE)[0] == "k2"

    def test_hashes_stay_because_their_key_has_an_entry_of_its_own(self) -> None:
        lookup = RING_TEXT.split(",")[1]
        rotated = KeyRing.from_text(f"k2:{KEY},{lookup}")
        assert rotated.lookup_hash("6222", tenant_id=7) == RING.lookup_hash("6222", tenant_id=7)

    def test_one_secret_under_both_names_makes_two_different_keys(self) -> None:
        # HKDF: were they the same, a hash would be a keystream's neighbour
        twin = KeyRing.from_text(f"k1:{KEY},lookup:{KEY}")
        other = KeyRing.from_text(f"k1:{KEY},{RING_TEXT.split(',')[1]}")
        assert other.decrypt(*twin.encrypt("6222", HERE), HERE) == "6222"
        assert twin.lookup_hash("6222", tenant_id=7) != other.lookup_hash("6222", tenant_id=7)


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "k1",
            f"k1:{KEY}",
            f"lookup:{KEY}",
            f":{KEY},lookup:{KEY}",
            f"k1:{KEY},k1:{KEY},lookup:{KEY}",
            f"k1:{KEY[:-5]}=,lookup:{KEY}",
            f"k1:not base64!,lookup:{KEY}",
            f"k1:{KEY}é,lookup:{KEY}",
            f"{'k' * 33}:{KEY},lookup:{KEY}",
        ],
    )
    def test_a_ring_that_cannot_be_read_is_refused_without_repeating_it(self, text: str) -> None:
        with pytest.raises(KeyRingInvalid) as refusal:
            KeyRing.from_text(text)
        assert KEY[:10] not in refusal.value.message("en") + refusal.value.message("zh")

    def test_spaces_and_line_breaks_around_entries_do_no_harm(self) -> None:
        assert KeyRing.from_text(f" k1:{KEY} ,\nlookup:{KEY}\n").active == "k1"


class TestSecrecy:
    def test_nothing_that_prints_a_ring_shows_a_key(self) -> None:
        secrets = [entry.split(":")[1] for entry in RING_TEXT.split(",")]
        raw = [base64.b64decode(secret) for secret in secrets]
        shown = f"{RING} {RING!r} {[RING]}"
        assert shown.startswith("KeyRing(active='k1', keys=1)")
        assert not any(secret in shown for secret in secrets)
        assert not any(repr(key)[2:12] in shown for key in raw)

    def test_a_failed_opening_tells_neither_text_nor_ciphertext(self) -> None:
        key_id, sealed = RING.encrypt("6222021234567890128", HERE)
        with pytest.raises(FieldUndecryptable) as refusal:
            RING.decrypt(key_id, sealed[:-1], HERE)
        told = "".join(traceback.format_exception(refusal.value))
        assert "6222021234567890128" not in told
        assert sealed.hex() not in told
        assert refusal.value.facts == {"key_id": "k1"}
