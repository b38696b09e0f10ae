"""Dated rates: packaged ones, and what a tenant adds to them.

A tenant gets the packaged rows when it first asks, and those of a later version with the daily job.
"""

import csv
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import resources

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from domain.financing.errors import NoReferenceRate
from domain.financing.tables import ReferenceRate
from domain.law import rows as limits
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar, Roll

LPR_1Y, LPR_5Y = "lpr_1y", "lpr_5y"
PACKAGED = "packaged"
QUOTE_DAY = 20  # the LPR is quoted monthly on the 20th, or the next business day


def reference_rate(session: TenantSession, name: str, on: date) -> ReferenceRate:
    """What a reference stands at on a day: the last quote by then. Raises NoReferenceRate."""
    found = _latest(session, name, on)
    if found is None:
        load_packaged(session)
        found = _latest(session, name, on)
    if found is None:
        raise NoReferenceRate(name=name, on=on)
    return found


def _latest(session: TenantSession, name: str, on: date) -> ReferenceRate | None:
    return session.exec(
        select(ReferenceRate)
        .where(
            ReferenceRate.tenant_id == session.tenant_id,
            ReferenceRate.name == name,
            col(ReferenceRate.effective_on) <= on,
        )
        .order_by(col(ReferenceRate.effective_on).desc(), col(ReferenceRate.revision).desc())
        .limit(1)
    ).first()


def reference_rates(session: TenantSession, name: str) -> list[ReferenceRate]:
    """The quotes of a reference, newest first, corrections before what they correct."""
    wanted = (
        select(ReferenceRate)
        .where(ReferenceRate.tenant_id == session.tenant_id, ReferenceRate.name == name)
        .order_by(col(ReferenceRate.effective_on).desc(), col(ReferenceRate.revision).desc())
    )
    found = session.exec(wanted).all()
    if not found:
        load_packaged(session)
        found = session.exec(wanted).all()
    return list(found)


def record_rate(
    session: TenantSession, name: str, effective_on: date, rate: Decimal, citation: str, *, actor: Actor, clock: Clock
) -> None:
    """Add a quote; where the day has one, as its correction. Two people have agreed to it before."""
    known = select(func.max(ReferenceRate.revision)).where(
        ReferenceRate.tenant_id == session.tenant_id,
        ReferenceRate.name == name,
        ReferenceRate.effective_on == effective_on,
    )
    revision = session.exec(known).one()
    session.add(
        ReferenceRate(
            tenant_id=session.tenant_id,
            name=name,
            effective_on=effective_on,
            revision=0 if revision is None else revision + 1,
            rate=rate,
            citation=citation,
            recorded_by=str(actor),
            recorded_at=clock.now(),
        )
    )
    session.flush()


def missing_quote(session: TenantSession, name: str, on: date, calendar: BusinessCalendar) -> date | None:
    """The day this month's quote was due, once that day has passed without one; None while all is well."""
    due_on = calendar.roll(on.replace(day=QUOTE_DAY), Roll.FOLLOWING)
    if on <= due_on:
        return None
    newest = _latest(session, name, on)
    return None if newest is not None and newest.effective_on >= on.replace(day=QUOTE_DAY) else due_on


def load_packaged(session: TenantSession) -> None:
    """Add the packaged rates, and limits of the law, that the tenant does not have yet."""
    known = _known(session)
    rates = [
        {
            "tenant_id": session.tenant_id,
            "name": row["name"],
            "effective_on": date.fromisoformat(row["effective_on"]),
            "revision": 0,
            "rate": Decimal(row["rate"]),
            "citation": row["citation"],
            "recorded_by": PACKAGED,
            "recorded_at": datetime.combine(date.fromisoformat(row["effective_on"]), time(0), UTC),
        }
        for row in packaged_rows("reference_rates.csv")
        if (row["name"], date.fromisoformat(row["effective_on"])) not in known
    ]
    if rates:
        session.execute(insert(ReferenceRate).values(rates).on_conflict_do_nothing())
    limits.load_packaged(session)


def _known(session: TenantSession) -> set[tuple[str, date]]:
    """The quotes the tenant has, by name and day: on most days all that are packaged."""
    rows = select(col(ReferenceRate.name), col(ReferenceRate.effective_on)).where(
        col(ReferenceRate.tenant_id) == session.tenant_id, col(ReferenceRate.revision) == 0
    )
    return {(name, effective_on) for name, effective_on in session.exec(rows)}


def packaged_rows(name: str) -> list[dict[str, str]]:
    """The rows of a packaged file."""
    text = resources.files("domain.financing.data").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
