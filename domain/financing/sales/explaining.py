"""Why an advance out of sales stands where it does, as of any date: each figure with its rules and its parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import col

from domain.financing.accrual import closed_until
from domain.financing.sales import queries
from domain.financing.sales.dues import shares_by_day
from domain.financing.sales.replay import SalesContract, SalesFigures, accrue_to, carrying, replay
from domain.financing.sales.tables import SalesAdvance, SalesAdvanceEvent
from domain.platform.database import TenantSession
from domain.values.currency import minor_units
from domain.values.money import Money
from domain.values.rounding import to_places

EXACT_PLACES = 12  # a billion at any rate is told apart from its neighbour


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
            return self.figures.owed
        return Money.total((day.due for day in self.days), self.advance.currency)

    @property
    def behind(self) -> Money:
        """What of that has not been paid."""
        return max(self.due - self.figures.repaid, Money.zero(self.advance.currency))

    @property
    def carrying(self) -> Money:
        """What the books hold it at."""
        return carrying(self.advance.contract, self.figures)


@dataclass(frozen=True, slots=True)
class ExplainedFigure:
    """One figure: the rules it follows, how it is worked out in words, and the figures that went into it."""

    figure: str
    amount: Money
    rules: tuple[str, ...]
    en: str
    zh: str
    inputs: Mapping[str, str]


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


def explain(found: SalesStanding) -> list[ExplainedFigure]:
    """Every figure of an advance, derived."""
    contract, figures = found.advance.contract, found.figures
    return [*_agreed(found.advance, contract), *_moved(found), *_earned(found, contract, figures)]


def _agreed(advance: SalesAdvance, contract: SalesContract) -> Iterator[ExplainedFigure]:
    yield ExplainedFigure(
        "daily_payment",
        advance.money(advance.daily_minor),
        ("R15",),
        "Expected sales of a year, times the share of them, by the days of the year.",
        "预计年销售额 × 分成比例 ÷ 年天数。",
        {
            "volume": str(advance.money(advance.volume_minor)),
            "share": str(advance.share.normalize()),
            "year_days": str(advance.year_days),
        },
    )
    yield ExplainedFigure(
        "owed",
        contract.owed,
        ("R15",),
        "What was paid out, and the fee for it: both are paid back, however long it takes.",
        "放款额加固定费用,无论还款快慢均须全额偿还。",
        {"net": str(contract.net), "fee": str(contract.fee)},
    )


def _moved(found: SalesStanding) -> Iterator[ExplainedFigure]:
    figures = found.figures
    yield ExplainedFigure(
        "due",
        found.due,
        ("R15",),
        "The share of each day's sales since the payout, as far as it is owed; from the final day on everything.",
        "自放款日起每日销售额的分成,以未还金额为限;最终到期日起为全部未还金额。",
        {"days": str(len(found.days)), "final_on": found.advance.final_on.isoformat()},
    )
    yield ExplainedFigure(
        "behind",
        found.behind,
        ("R15",),
        "What is due and has not been collected.",
        "应还未还金额。",
        {"due": str(found.due), "collected": str(figures.collected)},
    )
    yield ExplainedFigure(
        "open",
        figures.open,
        ("R15",),
        "What is owed and has not been collected.",
        "尚未偿还的全部金额。",
        {"owed": str(figures.owed), "collected": str(figures.collected)},
    )


def _earned(found: SalesStanding, contract: SalesContract, figures: SalesFigures) -> Iterator[ExplainedFigure]:
    exact = _exact_income(contract, figures)
    yield ExplainedFigure(
        "income",
        figures.income,
        ("R15", "R16"),
        "The balance grows by the daily rate and falls by payments; what it and they exceed the payout by is earned, "
        "never more than the fee, and rounded once.",
        "余额按日利率增长、随还款减少;余额与还款之和超出放款额的部分为已实现收益,以费用为限,累计一次取整。",
        {
            "daily_rate": str(found.advance.daily_rate.normalize()),
            "balance_minor": str(figures.balance.normalize()),
            "collected": str(figures.collected),
            "fee": str(contract.fee),
            "exact": _exact(exact),
            "residue": _exact(exact - figures.income.amount),
        },
    )
    yield ExplainedFigure(
        "carrying",
        found.carrying,
        ("R15",),
        "Paid out and earned, less what came back: what the books hold.",
        "放款额加已实现收益减已收款,即账面摊余成本。",
        {"net": str(contract.net), "income": str(figures.income), "repaid": str(figures.repaid)},
    )


def _exact_income(contract: SalesContract, figures: SalesFigures) -> Decimal:
    """What was earned before it is rounded, in major units: what rounding leaves over is carried on (R16)."""
    if figures.funded_on is None:
        return Decimal(0)
    return figures.balance.scaleb(-minor_units(contract.net.currency)) + (figures.repaid - contract.net).amount


def _exact(value: Decimal) -> str:
    return f"{to_places(value, EXACT_PLACES).normalize():f}"
