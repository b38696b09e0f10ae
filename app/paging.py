"""Pages: keyset cursors that only the listing understands that handed them out, and the limits of a page.

A cursor holds where the last page ended, and a signature over that, the tenant, the listing and its filters: a cursor
that was made up, or taken to another listing or filter, is refused instead of showing a page that means nothing.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from app.deps import Work
from app.refusals import CursorInvalid
from domain.platform.listing import Listing, list_rows
from domain.platform.tables import TenantRow
from domain.values.filters import MAX_CONDITIONS

DEFAULT_LIMIT = 50
MAX_LIMIT = 200  # a page a person scrolls; whoever wants all of it uses an export
_SIGNATURE = 12  # bytes; guessing takes 2^96 trials, and gains a position in one's own listing

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="Items on a page.")]
Cursor = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=500, description="`next_cursor` of the page before; none for the first."),
]
View = TypeVar("View", bound=msgspec.Struct)
Row = TypeVar("Row")
ListedRow = TypeVar("ListedRow", bound=TenantRow)


class Page(msgspec.Struct, Generic[View], kw_only=True):
    """One page of a listing; `next_cursor` is null on the last."""

    items: list[View]
    next_cursor: str | None


def filters_of(listing: Listing[Any]) -> QueryParameter:
    """The parameter `filter` of a listing, with the fields it can be filtered by."""
    fields = "; ".join(
        f"`{name}:{'|'.join(sorted(field.operators))}:{field.example}`" for name, field in listing.fields.items()
    )
    return QueryParameter(
        name="filter",
        max_items=MAX_CONDITIONS,
        description=f"Conditions, all of which hold; `in` takes several values, separated by commas. Of: {fields}.",
    )


def listed(
    work: Work,
    listing: Listing[ListedRow],
    view: Callable[[ListedRow], View],
    *,
    filters: list[str] | None,
    cursor: str | None,
    limit: int,
) -> Page[View]:
    """A page of a listing, newest first, of what the caller may see."""
    asked = filters or []
    about = (listing.name, *asked)
    ended = read_cursor(work, about, cursor)
    rows = list_rows(
        work.session,
        listing,
        filters=asked,
        party_id=work.principal.party_id,
        before=_identity(ended[0]) if ended else None,
        limit=limit + 1,
    )
    return page(work, about, rows, limit, view=view, position=lambda row: [_text(row)])


def _identity(written: str) -> UUID | int:
    return int(written) if written.isdecimal() else UUID(written)


def _text(row: Any) -> str:  # noqa: ANN401 - any row with an id
    return str(row.id)


def read_cursor(work: Work, listing: Sequence[str], cursor: str | None) -> list[Any] | None:
    """Where the page before ended, as `page` wrote it. Raises CursorInvalid."""
    if cursor is None:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise CursorInvalid from None
    signature, position = sealed[:_SIGNATURE], sealed[_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(work, listing, position)):
        raise CursorInvalid
    ended: list[Any] = msgspec.json.decode(position)
    return ended


def page(
    work: Work,
    listing: Sequence[str],
    rows: Sequence[Row],
    limit: int,
    *,
    view: Callable[[Row], View],
    position: Callable[[Row], Sequence[object]],
) -> Page[View]:
    """A page of `rows`, of which one more than `limit` was read to know whether there is another page."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=[view(row) for row in shown],
        next_cursor=write_cursor(work, listing, position(shown[-1])) if more else None,
    )


def write_cursor(work: Work, listing: Sequence[str], position: Sequence[object]) -> str:
    """A cursor that `read_cursor` takes back."""
    text = msgspec.json.encode(list(position))
    return base64.urlsafe_b64encode(_signature(work, listing, text) + text).decode().rstrip("=")


def _signature(work: Work, listing: Sequence[str], position: bytes) -> bytes:
    about = msgspec.json.encode([list(listing), position.decode("utf-8", "replace")]).decode()
    return work.keys.lookup_hash(f"cursor|{about}", tenant_id=work.session.tenant_id)[:_SIGNATURE]
