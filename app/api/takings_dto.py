"""Takings, day by day, and the files they came in."""

from datetime import date

import msgspec

from app.api.pools_dto import TakingsErrorView
from app.fields import ImportId, Moment, PartyId
from app.money_dto import MoneyDto, shown
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.pooling.pages import TakingDay
from domain.pooling.states import TakingStanding
from domain.pooling.tables import Taking, TakingsImport

IMPORT = "imp"


class TakingView(msgspec.Struct, kw_only=True):
    """What a branch should see on its account for a day, and what the bank then said; a correction is negative."""

    reference: str
    branch_id: PartyId
    taken_on: date
    amount: MoneyDto
    standing: TakingStanding
    booked: MoneyDto | None
    booked_on: date | None
    entry_id: int | None
    import_id: ImportId


class TakingDayView(msgspec.Struct, kw_only=True):
    """A day's takings in one currency; `difference` is what the bank said beyond what was expected of the same ones."""

    on: date
    takings: int
    expected: MoneyDto
    booked: MoneyDto
    outstanding: MoneyDto
    difference: MoneyDto
    differing: int


class TakingDaysView(msgspec.Struct, kw_only=True):
    """The days with takings, in order."""

    items: list[TakingDayView]


class TakingsImportView(msgspec.Struct, kw_only=True):
    """A file of the past."""

    id: ImportId
    file_name: str
    currency: str
    rows_read: int
    rows_outside: int
    rows_known: int
    rows_taken: int
    rows_refused: int
    refused: list[TakingsErrorView]
    made_by: str
    created_at: Moment


def taking_view(row: Taking) -> TakingView:
    """The taking as the API shows it."""
    booked = None if row.booked_minor is None else MoneyDto.of_minor(row.booked_minor, row.currency)
    return TakingView(
        reference=row.reference,
        branch_id=public_id(PARTY, row.branch_id),
        taken_on=row.taken_on,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        standing=row.standing,
        booked=booked,
        booked_on=row.booked_on,
        entry_id=row.entry_id,
        import_id=public_id(IMPORT, row.import_id),
    )


def taking_day_view(day: TakingDay) -> TakingDayView:
    """A day."""
    return TakingDayView(
        on=day.on,
        takings=day.takings,
        expected=shown(day.expected),
        booked=shown(day.booked),
        outstanding=shown(day.outstanding),
        difference=shown(day.difference),
        differing=day.differing,
    )


def takings_import_view(row: TakingsImport) -> TakingsImportView:
    """The file as it was kept."""
    return TakingsImportView(
        id=public_id(IMPORT, row.id),
        file_name=row.file_name,
        currency=row.currency,
        rows_read=row.rows_read,
        rows_outside=row.rows_outside,
        rows_known=row.rows_known,
        rows_taken=row.rows_taken,
        rows_refused=row.rows_refused,
        refused=msgspec.convert(row.refused, list[TakingsErrorView]),
        made_by=row.made_by,
        created_at=row.created_at,
    )
