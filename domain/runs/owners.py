"""Who says what is due, and who books what the bank says: the table through which runs reach the business.

A module below never knows of runs. It gives SELECTs of what is due and functions that book outcomes; here they are put
together, by kind of run and by purpose of instruction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Select

from domain.banking.answers import Outcome
from domain.banking.states import Purpose
from domain.collection.queries import active_mandates
from domain.collection.states import MandatePurpose
from domain.financing.dues import due_collections, due_disbursements, due_recourse, due_releases
from domain.financing.outcomes import book_collections, book_disbursements, book_recourse, book_releases
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling.execution import book_sweeps, due_sweeps, prepare_wave
from domain.runs.states import RunKind

Source = Callable[[TenantSession, date], Select[Any]]


class Handler(Protocol):
    """Books outcomes of one purpose against in transit, many at once, in the caller's transaction."""

    def __call__(self, session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> object:
        """Book them; one that was booked before changes nothing."""


class Preparation(Protocol):
    """What an owner does before its dues of a date are gathered."""

    def __call__(self, session: TenantSession, on: date, *, clock: Clock) -> object:
        """Make ready."""


@dataclass(frozen=True, slots=True)
class Owners:
    """The table: dues and preparations by kind of run, bookings by purpose."""

    sources: Mapping[RunKind, Sequence[Source]]
    purposes: Mapping[RunKind, Sequence[Purpose]]
    handlers: Mapping[Purpose, Handler]
    preparations: Mapping[RunKind, Preparation]


def _collections(session: TenantSession, on: date) -> Select[Any]:
    return due_collections(session, on, mandates=active_mandates(session.tenant_id, on).subquery("mandates"))


def _recourse(session: TenantSession, on: date) -> Select[Any]:
    # Repaying what it was lent is another purpose than paying for goods, and another mandate.
    mandates = active_mandates(session.tenant_id, on, MandatePurpose.LOAN_REPAYMENT).subquery("mandates")
    return due_recourse(session, on, mandates=mandates)


SOURCES: dict[RunKind, list[Source]] = {
    RunKind.DEBIT: [_collections, _recourse],
    RunKind.DISBURSEMENT: [due_disbursements],
    RunKind.SWEEP: [due_sweeps],
    RunKind.RELEASE: [due_releases],
}
PURPOSES: dict[RunKind, list[Purpose]] = {
    RunKind.DEBIT: [Purpose.RECEIVABLE_COLLECTION, Purpose.RECOURSE_COLLECTION],
    RunKind.DISBURSEMENT: [Purpose.ADVANCE_DISBURSEMENT],
    RunKind.SWEEP: [Purpose.SWEEP],
    RunKind.RELEASE: [Purpose.HOLDBACK_RELEASE],
}
HANDLERS: dict[Purpose, Handler] = {
    Purpose.ADVANCE_DISBURSEMENT: book_disbursements,
    Purpose.RECEIVABLE_COLLECTION: book_collections,
    Purpose.RECOURSE_COLLECTION: book_recourse,
    Purpose.HOLDBACK_RELEASE: book_releases,
    Purpose.SWEEP: book_sweeps,
}
OWNERS = Owners(SOURCES, PURPOSES, HANDLERS, {RunKind.SWEEP: prepare_wave})
