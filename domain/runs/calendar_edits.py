"""Edits of a bank calendar, which move due dates: proposed by one person, approved by another; plans made anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from domain import approvals
from domain.approvals.tables import Approval
from domain.calendars.provisional import Affected
from domain.calendars.service import Change, DayEdit, edit_year
from domain.ledger.posting import digest_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.runs.replanning import replan
from domain.values.actor import Actor

SUBJECT = "calendar_year"


@dataclass(frozen=True, slots=True)
class CalendarEdit:
    """The hand-made days of a country's year, all of them; `published` says that the year is certain then."""

    country: str
    year: int
    days: Sequence[DayEdit]
    published: bool
    reason: str

    @property
    def subject_id(self) -> UUID:
        """One edit of a year is decided at a time."""
        return subject_of(self.country, self.year)

    @property
    def digest(self) -> str:
        """What a second person approves: all of it."""
        days = sorted((edit.day, edit.works, edit.name) for edit in self.days)
        return digest_of([self.country, self.year, days, self.published, self.reason]).hex()


def subject_of(country: str, year: int) -> UUID:
    """What is decided on: a country's year."""
    return uuid5(NAMESPACE_OID, f"{country}:{year}")


def propose_calendar_edit(session: TenantSession, edit: CalendarEdit, *, actor: Actor, clock: Clock) -> str:
    """Put an edit before a second person; returns its digest. Raises AlreadyDecided."""
    approvals.propose(session, kind=SUBJECT, subject_id=edit.subject_id, digest=edit.digest, actor=actor, clock=clock)
    return edit.digest


def approve_calendar_edit(
    session: TenantSession, edit: CalendarEdit, *, actor: Actor, clock: Clock
) -> tuple[Change, list[Affected]]:
    """Carry out an edit that somebody else proposed exactly so; the days that changed, and the plans on them.

    Raises NothingProposed, DigestChanged, AlreadyDecided, SamePerson, UnknownCalendar, DayOfAnotherYear, DayNamedTwice.
    """
    approvals.approve(session, kind=SUBJECT, subject_id=edit.subject_id, digest=edit.digest, actor=actor, clock=clock)
    change = edit_year(
        session,
        country=edit.country,
        year=edit.year,
        days=edit.days,
        published=edit.published,
        reason=edit.reason,
        actor=actor,
        clock=clock,
    )
    return change, replan(session, edit.country, clock=clock)


def refuse_calendar_edit(
    session: TenantSession, *, country: str, year: int, digest: str, reason: str, actor: Actor, clock: Clock
) -> Approval:
    """Leave a year as it is; whoever proposed the edit takes it back in the same way.

    Raises NothingProposed, DigestChanged, AlreadyDecided.
    """
    return approvals.reject(
        session,
        kind=SUBJECT,
        subject_id=subject_of(country, year),
        digest=digest,
        reason=reason,
        actor=actor,
        clock=clock,
    )
