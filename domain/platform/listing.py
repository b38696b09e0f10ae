"""Listings: pages of rows, newest first, under the one filter grammar; for API, CLI, console and export alike.

A module declares what its rows can be filtered by in `listings.py`; here that becomes one SELECT.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import select

from domain.platform.database import TenantSession
from domain.platform.filtering import where
from domain.platform.ids import parse_public_id, public_id
from domain.platform.tables import PublicRow, TenantRow
from domain.values.errors import NotFound
from domain.values.filters import EXACT, FilterField, parse_filters

Row = TypeVar("Row", bound=TenantRow)
LockedRow = TypeVar("LockedRow", bound=PublicRow)
_SAMPLE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """Rows of one table. `fields` and `columns` have the same names; `id` orders, newest first.

    `owners` are the columns that name the parties a row belongs to: whoever acts for one firm is shown rows that name
    it in one of them.
    """

    name: str
    table: type[Row]
    fields: Mapping[str, FilterField]
    columns: Mapping[str, Any]
    owners: tuple[Any, ...] = field(default=())

    def __post_init__(self) -> None:
        assert self.fields.keys() == self.columns.keys(), "a field has a column, and a column a field"


def id_field(prefix: str) -> FilterField:
    """A public id."""
    return FilterField(partial(parse_public_id, prefix), EXACT, public_id(prefix, _SAMPLE))


def list_rows(
    session: TenantSession,
    listing: Listing[Row],
    *,
    filters: Sequence[str] = (),
    party_id: UUID | None = None,
    before: UUID | int | None = None,
    limit: int,
) -> list[Row]:
    """At most `limit` rows that meet all `filters`, newest first, from below the id `before`.

    With `party_id`, only what belongs to that party; of a listing without owners, nothing. Raises UnknownFilterField,
    BadFilter, TooManyFilters.
    """
    table: Any = listing.table
    conditions = where(parse_filters(filters, listing.fields), listing.columns)
    query = select(table).where(table.tenant_id == session.tenant_id, *conditions)
    if party_id is not None:
        if not listing.owners:
            return []
        query = query.where(or_(*(owner == party_id for owner in listing.owners)))
    if before is not None:
        query = query.where(table.id < before)
    rows: list[Row] = list(session.exec(query.order_by(table.id.desc()).limit(limit)).all())
    return rows


def find_row(session: TenantSession, table: type[Row], identity: UUID, *, kind: str, reference: str) -> Row:
    """The tenant's row; `kind` and `reference` name it where it is not there. Raises NotFound."""
    found = session.get(table, (session.tenant_id, identity))
    if found is None:
        raise NotFound(kind=kind, reference=reference)
    return found


def lock_row(
    session: TenantSession, table: type[LockedRow], identity: UUID, *, kind: str, reference: object
) -> LockedRow:
    """The same as it is now, locked until commit: two people decide one after the other. Raises NotFound."""
    found = session.exec(
        select(table)
        .where(table.tenant_id == session.tenant_id, table.id == identity)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(kind=kind, reference=reference)
    return found
