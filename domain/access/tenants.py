"""Tenants: founding one, its clock, and its policies."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Table, bindparam, func, update
from sqlmodel import col, select

from domain import audit
from domain.access.errors import ClockMovesForward, NotASandbox, TenantExists
from domain.access.rules import COOLING_OFF_DAYS
from domain.access.tables import Tenant
from domain.platform.binds import TENANT, of
from domain.platform.clock import Clock, FixedClock, SystemClock
from domain.platform.database import Database, TenantSession
from domain.platform.database import Role as DatabaseRole
from domain.platform.ids import tenant_key
from domain.values.actor import Actor, system
from domain.values.currency import minor_units
from domain.values.errors import InvalidValue, NotFound

_SLUG = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,39}", re.ASCII)
FOUNDING = system("founding")


def found_tenant(
    session: TenantSession,
    *,
    slug: str,
    name: str,
    currency: str,
    zone: str,
    sandbox: bool,
    clock: Clock,
    cooling_off_days: int | None = None,
    actor: Actor = FOUNDING,
) -> Tenant:
    """Make a tenant; `session` is one of `tenant_key(slug)`. A sandbox's clock starts where `clock` stands.

    Raises TenantExists, InvalidValue, UnknownCurrency.
    """
    check_slug(slug)
    assert session.tenant_id == tenant_key(slug), "the session belongs to another tenant"
    minor_units(currency)
    _check_zone(zone)
    if session.get(Tenant, session.tenant_id) is not None:
        raise TenantExists(slug=slug)
    days = COOLING_OFF_DAYS if cooling_off_days is None else cooling_off_days
    if days < (0 if sandbox else 1):
        raise InvalidValue(
            field="cooling_off_days",
            value=days,
            reason="at least one day outside a sandbox",
            reason_zh="非沙盒至少一天",
        )
    tenant = Tenant(
        tenant_id=session.tenant_id,
        slug=slug,
        name=name,
        currency=currency,
        zone=zone,
        sandbox=sandbox,
        sandbox_at=clock.now() if sandbox else None,
        cooling_off_days=days,
        created_at=clock.now(),
    )
    session.add(tenant)
    session.flush()
    audit.record(session, actor=actor, action="tenant.founded", subject=slug, facts={"sandbox": sandbox}, clock=clock)
    return tenant


def check_slug(slug: str) -> None:
    """Raise InvalidValue unless `slug` is a short name: it stands in addresses and command lines."""
    if not _SLUG.fullmatch(slug):
        raise InvalidValue(
            field="slug",
            value=slug,
            reason="2 to 40 lower-case letters, digits and single hyphens",
            reason_zh="应为 2 至 40 个小写字母、数字或单个连字符",
        )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue(
            field="zone", value=zone, reason="not a time zone of the IANA list", reason_zh="不是 IANA 时区名称"
        ) from None


def tenant_of(session: TenantSession) -> Tenant:
    """The session's tenant. Raises NotFound."""
    tenant = session.get(Tenant, session.tenant_id)
    if tenant is None:
        raise NotFound(kind="tenant", reference=session.tenant_id)
    return tenant


def tenant_clock(session: TenantSession) -> Clock:
    """The tenant's time: standing still in a sandbox until it is moved, the real one otherwise."""
    tenant = tenant_of(session)
    return SystemClock(tenant.zone) if tenant.sandbox_at is None else FixedClock(tenant.sandbox_at, tenant.zone)


def move_sandbox_clock(session: TenantSession, *, to: datetime, actor: Actor) -> Clock:
    """Set the sandbox's clock to a later moment. Raises NotASandbox, ClockMovesForward."""
    assert to.tzinfo is not None, "a moment has a zone"
    # Locked: two movers could each see the earlier time and the later one be overwritten by the earlier.
    tenant = session.exec(
        select(Tenant)
        .where(Tenant.tenant_id == session.tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if tenant is None:
        raise NotFound(kind="tenant", reference=session.tenant_id)
    if tenant.sandbox_at is None:
        raise NotASandbox(slug=tenant.slug)
    if to < tenant.sandbox_at:
        raise ClockMovesForward(current=tenant.sandbox_at, requested=to)
    tenant.sandbox_at = to
    session.flush()
    clock = FixedClock(to, tenant.zone)
    audit.record(
        session, actor=actor, action="clock.moved", subject=tenant.slug, facts={"to": to.isoformat()}, clock=clock
    )
    return clock


def let_sandbox_time_pass(session: TenantSession, *, to: datetime) -> Clock:
    """The sandbox's clock goes on by itself to `to`, while it lives a time that somebody set it to; never back.

    Not a deed of its own, so not in the audit: `move_sandbox_clock` is what people do. Call it in a transaction of its
    own, which does not wait for the disk: whatever is kept of a later moment brings the clock along. Raises NotFound,
    NotASandbox.
    """
    assert to.tzinfo is not None, "a moment has a zone"
    row = session.execute(_PASS_TIME, of(session, to=to)).one_or_none()
    if row is None:
        raise NotASandbox(slug=tenant_of(session).slug)
    return FixedClock(row.sandbox_at, row.zone)


_ROWS: Table = Tenant.__table__  # type: ignore[attr-defined]
_PASS_TIME = (
    update(_ROWS)
    .where(_ROWS.c.tenant_id == TENANT, _ROWS.c.sandbox_at.is_not(None))
    .values(sandbox_at=func.greatest(_ROWS.c.sandbox_at, bindparam("to", type_=_ROWS.c.sandbox_at.type)))
    .returning(_ROWS.c.sandbox_at, _ROWS.c.zone, func.set_config("synchronous_commit", "off", True))  # noqa: FBT003
)


def cooling_off_days(session: TenantSession) -> int:
    """How many days this tenant waits before paying to a new or changed account."""
    days = session.exec(select(Tenant.cooling_off_days).where(Tenant.tenant_id == session.tenant_id)).one_or_none()
    return COOLING_OFF_DAYS if days is None else days


def is_sandbox(session: TenantSession) -> bool:
    """Whether no money of this tenant is real."""
    return bool(session.exec(select(Tenant.sandbox).where(Tenant.tenant_id == session.tenant_id)).one_or_none())


def all_tenants(database: Database) -> list[Tenant]:
    """Every tenant, for workers that do something for each of them; never in a request."""
    with database.session(DatabaseRole.WORKER, 0) as session:
        return list(session.exec(select(Tenant).order_by(col(Tenant.slug))).all())
