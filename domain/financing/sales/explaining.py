"""Why an advance out of sales stands where it does, as of any date: each figure with its rules and its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col

from domain.financing.accrual import closed_until
from domain.financing.sales import queries
from domain.financing.sales.dues import shares_by_day
from domain.financing.sales.replay import (
    SalesFigures,
    accrue_to,
    carrying,
    replay,
)
from domain.financing.sales.tables import SalesAdvance, SalesAdvanceEvent
from domain.platform.database import TenantSession
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class SalesDay:
    """A day's sales, the share of them that repays, and what of it was still owed when the day came."""

    sold_on: date
    sales: Money
    share: Money
    due: Money


@dataclass(frozen=True, slots=True)
class SalesStanding:
    """Where an advance stands at the start of a date: its figures, and what its sales have made due by then."""

    advance: SalesAdvance
    as_of: date
    figures: SalesFigures
    days: Sequence[SalesDay]

    @property
    def due(self) -> Money:
        """What should have been paid by now: the shares of the days, in the end everything (R15)."""
        if self.figures.funded_on is not None and self.advance.final_on <= self.as_of:
            return self.figures.owed - self.figures.rebated
        return Money.total((day.due for day in self.days), self.advance.currency)

    @property
    def behind(self) -> Money:
        """What of that has not been paid."""
        return min(max(self.due - self.figures.repaid, Money.zero(self.advance.currency)), self.figures.open)

    @property
    def carrying(self) -> Money:
        """What the books hold it at."""
        return carrying(self.advance.contract, self.figures)


def standing(session: TenantSession, advance: SalesAdvance, as_of: date) -> SalesStanding:
    """Where it stood, or would stand, at the start of a date, by its events and its merchant's sales alone."""
    events = [queries.as_event(row) for row in payments_of(session, advance)]
    figures = replay(advance.contract, events, as_of)
    return SalesStanding(advance, as_of, figures, days_of(session, advance, as_of))


def booked_figures(session: TenantSession, advance: SalesAdvance) -> SalesFigures:
    """Where it stands in the books: at its last event, or on the last closed date where that is later."""
    return accrue_to(advance.contract, advance.figures, closed_until(session))


def payments_of(session: TenantSession, advance: SalesAdvance) -> list[SalesAdvanceEvent]:
    """Everything the bank said of it, as it was recorded."""
    return list(queries.events_of(session, [advance.id]).get(advance.id, []))


def days_of(session: TenantSession, advance: SalesAdvance, until: date) -> list[SalesDay]:
    """Every day of sales up to a date, oldest first; what is due of each ends where nothing is owed any more."""
    if advance.funded_on is None:
        return []
    wanted = shares_by_day(session.tenant_id, until).where(col(SalesAdvance.id) == advance.id)
    rows = session.execute(wanted.order_by("sold_on")).all()
    return list(_as_days(advance, [(row.sold_on, int(row.sales_minor), int(row.share_minor)) for row in rows]))


def _as_days(advance: SalesAdvance, rows: Sequence[tuple[date, int, int]]) -> Iterator[SalesDay]:
    owed, sum_so_far, due_so_far = advance.contract.owed.minor, 0, 0
    for sold_on, sales, share in rows:
        sum_so_far += share
        due = min(max(sum_so_far, 0), owed)
        yield SalesDay(sold_on, advance.money(sales), advance.money(share), advance.money(due - due_so_far))
        due_so_far = due
