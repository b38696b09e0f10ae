"""Identity of many rows at once: counted from one random beginning, each a UUIDv7 of its own."""

from uuid import RFC_4122, UUID

import pytest
from sqlalchemy import text

from domain.platform import ids
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7_COUNTED, uuid7_counter

COUNTED = text(f"SELECT {SQL_UUID7_COUNTED} FROM generate_series(0, :last) AS place ORDER BY place")


def counted(session: TenantSession, last: int) -> list[UUID]:
    return list(session.scalars(COUNTED, {**uuid7_counter(), "last": last}))


def test_ids_of_one_statement_are_distinct_and_in_order(session: TenantSession) -> None:
    made = counted(session, 999)
    assert len(set(made)) == 1000
    assert made == sorted(made)
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}


def test_the_count_never_reaches_the_bits_of_the_variant(
    session: TenantSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    highest = UUID("0192a000-0000-7000-bfff-ffffffffffff")
    monkeypatch.setattr(ids, "uuid7", lambda: highest)
    first, second = counted(session, 1)
    assert (first.variant, second.variant, second.int - first.int) == (RFC_4122, RFC_4122, 1)
