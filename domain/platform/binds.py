"""What a statement that is built once is given when it runs.

Composing a statement of a dozen joins costs more than PostgreSQL takes for it on a few rows. Where its shape is always
the same it is composed once (`functools.cache` over a function without a session), with these names in place of the
values; `of(session, …)` gives the values: with the execution, or by `params` to a SELECT of which others are made.
"""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, BindParameter, Date, Uuid, any_, bindparam

from domain.platform.database import TenantSession

# Named unlike any column: SQLAlchemy would also set a column of the name.
TENANT: BindParameter[int] = bindparam("of_tenant", type_=BigInteger)
ON: BindParameter[date] = bindparam("of_on", type_=Date)
_UUIDS: ARRAY[UUID] = ARRAY(Uuid)
_IDS = bindparam("of_ids", type_=_UUIDS)


def any_id(name: str | None = None) -> Any:  # noqa: ANN401 - the right side of a comparison
    """One of the ids the statement is given, as one array: it stays the same, whatever their number.

    `name` is what a second list of ids is given by.
    """
    return any_(_IDS if name is None else bindparam(name, type_=_UUIDS))


def of(session: TenantSession, ids: Collection[UUID] | None = None, **more: object) -> dict[str, Any]:
    """The values: the session's tenant, ids where the statement asks for some, and what else it names."""
    given: dict[str, Any] = {"of_tenant": session.tenant_id}
    return given | more if ids is None else given | {"of_ids": list(ids)} | more
