"""The law as a tenant keeps it: the packaged rows, those of a later version too, and what the tenant adds to them."""

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.law.tables import LegalLimit
from domain.platform.binds import TENANT, of
from domain.platform.database import TenantSession
from domain.platform.remembering import remembered

_KEPT = (
    select(LegalLimit)
    .where(col(LegalLimit.tenant_id) == TENANT)
    .order_by(col(LegalLimit.name), col(LegalLimit.effective_on))
)


def legal_limits(session: TenantSession) -> Sequence[LegalLimit]:
    """Every row of the law, for `limits.limit_on` and its neighbours: as it was when the transaction first asked."""
    return remembered(session, "law", _law)


def _law(session: TenantSession) -> Sequence[LegalLimit]:
    rows = _kept(session)
    known = {(row.name, row.effective_on) for row in rows}
    if any((row.name, row.effective_on) not in known for row in packaged_limits()):
        load_packaged(session)
        rows = _kept(session)
    for row in rows:
        session.expunge(row)
    return rows


def _kept(session: TenantSession) -> Sequence[LegalLimit]:
    return session.scalars(_KEPT, of(session)).all()


def load_packaged(session: TenantSession) -> None:
    """Add the packaged rows that the tenant does not have yet; what it has stays."""
    rows = [{"tenant_id": session.tenant_id, **row.model_dump(exclude={"tenant_id"})} for row in packaged_limits()]
    session.execute(_ADD, rows)


_ADD = insert(LegalLimit.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]


@cache
def packaged_limits() -> tuple[LegalLimit, ...]:
    """The law as the house brings it along, for whoever needs it without a database."""
    text = resources.files("domain.law.data").joinpath("legal_limits.csv").read_text(encoding="utf-8")
    return tuple(
        LegalLimit(
            tenant_id=0,
            name=row["name"],
            effective_on=date.fromisoformat(row["effective_on"]),
            value=Decimal(row["value"]),
            unit=row["unit"],
            citation=row["citation"],
        )
        for row in csv.DictReader(text.splitlines())
    )
