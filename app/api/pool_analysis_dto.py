"""A pool replayed, forecast and compared: figures that move nothing."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.api.pool_versions_dto import PoolTermsDto
from app.api.pools_dto import MemberDto
from app.fields import MAX_ITEMS, PoolId, body_date
from app.money_dto import MoneyDto, Rate, shown
from domain.pooling.history import Forecast
from domain.pooling.simulation import NotionalOffset, Replay, SimulatedDay
from domain.values.money import Money


class SimulatePool(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which days to replay, under which terms and members; those of today where none are given.

    `header_rate` is what a unit of cash earns or saves at the header in a year.
    """

    since: date
    until: date
    header_rate: Rate
    terms: PoolTermsDto | None = None
    members: Annotated[list[MemberDto], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)] | None = None

    def days(self) -> tuple[date, date]:
        """First and last day, if the books may have them. Raises ValidationFailed."""
        return body_date("since", self.since), body_date("until", self.until)


class SimulatedDayView(msgspec.Struct, kw_only=True):
    """One replayed day: what came in, what was swept, what could not be, what lay idle, and the night's interest."""

    on: date
    inflow: MoneyDto
    up: MoneyDto
    down: MoneyDto
    sweeps: int
    failed: int
    idle: MoneyDto
    header: MoneyDto
    earned: MoneyDto
    owed: MoneyDto
    gained: MoneyDto


class SimulationView(msgspec.Struct, kw_only=True):
    """A pool's days replayed; the sums are rounded once."""

    pool_id: PoolId
    sweeps: int
    failed: int
    earned: MoneyDto
    owed: MoneyDto
    gained: MoneyDto
    days: list[SimulatedDayView]


class ForecastView(msgspec.Struct, kw_only=True):
    """What a pool's accounts should hold together, and what that is made of.

    `takings` are the average of that weekday over `weeks` weeks; `sweeps_under_way` are within `available`.
    """

    pool_id: PoolId
    on: date
    available: MoneyDto
    dues_in: MoneyDto
    dues_out: MoneyDto
    takings: MoneyDto
    sweeps_under_way: MoneyDto
    weeks: int
    expected: MoneyDto


class OffsetView(msgspec.Struct, kw_only=True):
    """One night's interest: each balance by its own sign, and all of them set off against each other."""

    on: date
    credit: MoneyDto
    debit: MoneyDto
    alone: MoneyDto
    offset: MoneyDto
    benefit: MoneyDto


class ShadowView(msgspec.Struct, kw_only=True):
    """What notional pooling would be worth; a report, which moves nothing."""

    pool_id: PoolId
    benefit: MoneyDto
    nights: list[OffsetView]


def simulation_view(pool_id: str, run: Replay, currency: str) -> SimulationView:
    """The replay as the API shows it."""
    return SimulationView(
        pool_id=pool_id,
        sweeps=sum(day.made for day in run.days),
        failed=sum(day.failed for day in run.days),
        earned=_rounded(run.total("earned"), currency),
        owed=_rounded(run.total("owed"), currency),
        gained=_rounded(run.total("gained"), currency),
        days=[_day_view(day, currency) for day in run.days],
    )


def _day_view(day: SimulatedDay, currency: str) -> SimulatedDayView:
    def money(minor: int) -> MoneyDto:
        return MoneyDto.of_minor(minor, currency)

    return SimulatedDayView(
        on=day.on,
        inflow=money(day.inflow),
        up=money(day.up),
        down=money(day.down),
        sweeps=day.made,
        failed=day.failed,
        idle=money(day.idle),
        header=money(day.header),
        earned=_rounded(day.earned, currency),
        owed=_rounded(day.owed, currency),
        gained=_rounded(day.gained, currency),
    )


def forecast_view(pool_id: str, found: Forecast) -> ForecastView:
    """The forecast as the API shows it."""
    return ForecastView(
        pool_id=pool_id,
        on=found.on,
        available=shown(found.available),
        dues_in=shown(found.dues_in),
        dues_out=shown(found.dues_out),
        takings=shown(found.takings),
        sweeps_under_way=shown(found.sweeps_under_way),
        weeks=found.weeks,
        expected=shown(found.expected),
    )


def shadow_view(pool_id: str, report: dict[date, NotionalOffset], currency: str) -> ShadowView:
    """The report as the API shows it."""
    nights = [
        OffsetView(
            on=on,
            credit=MoneyDto.of_minor(night.credit, currency),
            debit=MoneyDto.of_minor(night.debit, currency),
            alone=_rounded(night.alone, currency),
            offset=_rounded(night.offset, currency),
            benefit=_rounded(night.benefit, currency),
        )
        for on, night in report.items()
    ]
    benefit = sum((night.benefit for night in report.values()), Decimal(0))
    return ShadowView(pool_id=pool_id, benefit=_rounded(benefit, currency), nights=nights)


def _rounded(minor: Decimal, currency: str) -> MoneyDto:
    """An exact sum of minor units, rounded once."""
    one = Money.from_minor(1, currency).amount
    return shown(Money.rounded(minor * one, currency))
