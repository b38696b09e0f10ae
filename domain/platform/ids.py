"""Identity: UUIDv7 inside (time-ordered, so that indexes grow at one end), TypeID text outside (`adv_01h…`)."""

from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, Uuid, bindparam, cast, func, literal_column
from uuid_utils.compat import uuid7

from domain.values.errors import NotFound

__all__ = [
    "SQL_UUID7",
    "SQL_UUID7_COUNTED",
    "parse_public_id",
    "public_id",
    "public_id_of_text",
    "tenant_key",
    "uuid7",
    "uuid7_counted",
    "uuid7_counter",
]

# Crockford's alphabet, lower case, as the TypeID specification (v0.3) has it: 26 characters for 128 bits.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # a million ids stand in the files of a run
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 26
_SHIFTS = range(5 * (_LENGTH - 2), -1, -10)

# For rows made by a set operation: 48 bits of milliseconds over a random UUID, version bits set to 7. PostgreSQL has
# uuidv7() from 18 on; Tributary runs from 16 on.
SQL_UUID7 = literal_column(
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing "
    "substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), "
    "52, 1), 53, 1), 'hex')::uuid",
    Uuid,
)

# Of a hundred thousand rows in one statement randomness takes longer than all else of the row: it is asked for once,
# and counted on from there by the column `place` (RFC 9562, 6.2, method 2). `uuid7_counter` binds the rest.
SQL_UUID7_COUNTED = "encode(CAST(:uuid7_head AS bytea) || int8send(:uuid7_tail + place), 'hex')::uuid"
_HALF = 8  # bytes
_ROOM = 2**40  # how far may be counted
_LAST_TAIL = -(2**62) - 1  # the variant 10 and nothing but ones behind it


def uuid7_counted(place: ColumnElement[int]) -> ColumnElement[UUID]:
    """`SQL_UUID7_COUNTED` for a statement that is not text."""
    tail = func.int8send(bindparam("uuid7_tail", type_=BigInteger) + place)
    whole = bindparam("uuid7_head", type_=LargeBinary).op("||")(tail)
    return cast(func.encode(whole, "hex"), Uuid)


def uuid7_counter() -> dict[str, bytes | int]:
    """Where the ids of one statement begin."""
    begin = uuid7().bytes
    tail = int.from_bytes(begin[_HALF:], signed=True)
    # Not so high that the count would run into the variant's bits.
    return {"uuid7_head": begin[:_HALF], "uuid7_tail": min(tail, _LAST_TAIL - _ROOM)}


def public_id(prefix: str, identity: UUID) -> str:
    """The id a person or program sees: `adv` and a UUID make `adv_01jq…`."""
    return _public_id(prefix, identity.int)


def public_id_of_text(prefix: str, identity: str) -> str:
    """The same from a UUID's text: a file of a million items makes no object of each."""
    number, pairs = int(identity[14:].replace("-", ""), 16), _PAIRS
    return (
        f"{prefix}_{_moment(identity[:13])}"
        f"{pairs[number >> 70]}{pairs[number >> 60 & 1023]}{pairs[number >> 50 & 1023]}{pairs[number >> 40 & 1023]}"
        f"{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}{pairs[number >> 10 & 1023]}{pairs[number & 1023]}"
    )


@lru_cache(maxsize=4_096)
def _moment(milliseconds: str) -> str:
    """The first ten characters: what was made together has them in common."""
    number = int(milliseconds.replace("-", ""), 16)
    return "".join(_PAIRS[number >> shift & 1023] for shift in range(40, -1, -10))


def _public_id(prefix: str, number: int) -> str:
    pairs = [_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS]
    return f"{prefix}_{''.join(pairs)}"


def parse_public_id(prefix: str, text: str) -> UUID:
    """The UUID behind a public id; raises NotFound for anything that is not one of this prefix."""
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != _LENGTH or tail[0] > "7" or not set(tail) <= _DIGITS.keys():
        raise NotFound(kind=prefix, reference=text)
    number = 0
    for character in tail:
        number = number << 5 | _DIGITS[character]
    return UUID(int=number)


def tenant_key(slug: str) -> int:
    """The tenant's key in every table: the first 63 bits of SHA-256 over its slug.

    Derived rather than handed out, so that no directory of tenants has to be read, or kept across databases, before
    the tenant is known. Two slugs that collide (chance 1e-7 at a million tenants) meet the primary key and are refused.
    """
    return int.from_bytes(sha256(slug.encode()).digest()[:8]) >> 1
