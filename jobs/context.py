"""What a job works with: a database, a bank, keys, and a tenant with its time and calendar."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from domain.access.tenants import tenant_clock, tenant_of
from domain.banking.channels.port import BankChannel
from domain.calendars.reading import bank_calendar
from domain.platform.calendar import BankCalendar
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing


@dataclass(frozen=True)
class JobContext:
    """One tenant's side of every job."""

    database: Database
    channel: BankChannel
    keys: KeyRing
    tenant_id: int
    country: str = "CN"

    def session(self) -> AbstractContextManager[TenantSession]:
        """A worker's session; its work is committed when the block ends well."""
        return self.database.session(Role.WORKER, self.tenant_id)

    def glance(self) -> AbstractContextManager[TenantSession]:
        """A worker's session for one statement, which commits by itself."""
        return self.database.glance(Role.WORKER, self.tenant_id)

    def clock(self) -> Clock:
        """The tenant's time: the real one, or where its sandbox stands."""
        with self.glance() as session:
            return tenant_clock(session)

    def zone(self) -> ZoneInfo:
        """Where the tenant's days begin and end."""
        with self.glance() as session:
            return ZoneInfo(tenant_of(session).zone)

    def calendar(self, on: date) -> BankCalendar:
        """The bank's business days around a date."""
        with self.glance() as session:
            return bank_calendar(session, on, self.country)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a job is run for. `business_date` may lie behind the clock when it is caught up."""

    business_date: date
    slot: str
    clock: Clock


Work = Callable[[JobContext, Occasion], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table of jobs.

    `needs` names jobs of the same date that must be done before; `in_date_order` asks the same of this job's earlier
    dates (accruals are cumulative). What `hears_bank` reads answers or statements, so a simulated bank works a cycle
    before it. `falls` says on which days it is run at all. `work` is idempotent: it may run again after it failed
    half way.
    """

    name: str
    at: time
    work: Work
    needs: tuple[str, ...] = ()
    business_days_only: bool = False
    in_date_order: bool = False
    hears_bank: bool = False
    falls: Callable[[date], bool] | None = None

    @property
    def slot(self) -> str:
        """What tells its runs of one day apart: `0800`."""
        return f"{self.at:%H%M}"
