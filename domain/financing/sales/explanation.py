"""Why each figure of an advance out of sales is what it is: its rules, in words, with what went into it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.financing.sales.explaining import SalesStanding
from domain.financing.sales.replay import SalesContract, SalesFigures, early_rebate, unearned
from domain.financing.sales.tables import SalesAdvance
from domain.values.currency import minor_units
from domain.values.money import Money
from domain.values.rounding import to_places

EXACT_PLACES = 12  # a billion at any rate is told apart from its neighbour


@dataclass(frozen=True, slots=True)
class ExplainedFigure:
    """One figure: the rules it follows, how it is worked out in words, and the figures that went into it."""

    figure: str
    amount: Money
    rules: tuple[str, ...]
    en: str
    zh: str
    inputs: Mapping[str, str]


def explain(found: SalesStanding) -> list[ExplainedFigure]:
    """Every figure of an advance, derived."""
    contract, figures = found.advance.contract, found.figures
    return [
        *_agreed(found.advance, contract),
        *_moved(found),
        *_earned(found, contract, figures),
        *_after_the_last_day(found, figures),
        *_settled(found, contract, figures),
    ]


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
        {"due": str(found.due), "repaid": str(figures.repaid)},
    )
    yield ExplainedFigure(
        "open",
        figures.open,
        ("R15",),
        "What is owed and has neither been repaid nor given back nor given up.",
        "应还金额减已还、减免及核销后的余额。",
        {
            "owed": str(figures.owed),
            "repaid": str(figures.repaid),
            "rebated": str(figures.rebated),
            "written_off": str(figures.written_off),
        },
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
            "repaid": str(figures.repaid),
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
        {
            "net": str(contract.net),
            "income": str(figures.income),
            "repaid": str(figures.repaid),
            "written_off": str(figures.written_off),
        },
    )


def _after_the_last_day(found: SalesStanding, figures: SalesFigures) -> Iterator[ExplainedFigure]:
    exact = Decimal(figures.penalty_base) * found.advance.penalty_rate / found.advance.year_days
    exact = exact.scaleb(-minor_units(found.advance.currency))
    yield ExplainedFigure(
        "penalty",
        figures.penalty_open,
        ("R6", "R16"),
        "What was unpaid of the principal, times the days after the last one and its grace, at the agreed rate; "
        "rounded once, less what was paid of it.",
        "最终到期日及宽限期后,未还本金 × 天数 × 约定利率,累计一次取整,减已付罚息。",
        {
            "penalty_rate": str(found.advance.penalty_rate.normalize()),
            "penalty_from": found.advance.penalty_from.isoformat(),
            "accrued": str(figures.penalty_accrued),
            "paid": str(figures.penalty_paid),
            "exact": _exact(exact),
            "residue": _exact(exact - figures.penalty_accrued.amount),
        },
    )
    yield ExplainedFigure(
        "loss",
        figures.to_recover,
        ("R23",),
        "What was given up and has not come in after all.",
        "已核销且尚未收回的金额。",
        {"lost": str(figures.lost), "recovered": str(figures.recovered)},
    )


def _settled(found: SalesStanding, contract: SalesContract, figures: SalesFigures) -> Iterator[ExplainedFigure]:
    rebate = early_rebate(contract, figures, found.as_of)
    yield ExplainedFigure(
        "payoff",
        figures.payoff - rebate,
        ("R9", "R15"),
        "Everything that is unpaid, less the agreed part of the unearned fee if the merchant settles before the last "
        "day by its own payment.",
        "全部未还金额;商户在最终到期日前自行一次结清的,减去约定比例的未实现费用。",
        {
            "open": str(figures.open),
            "penalty": str(figures.penalty_open),
            "loss": str(figures.to_recover),
            "unearned": str(unearned(contract, figures)),
            "early_rebate": str(contract.early_rebate.normalize()),
            "rebate": str(rebate),
        },
    )
    yield ExplainedFigure(
        "overpaid",
        figures.overpaid,
        ("R7",),
        "What came in beyond everything that was owed: it is the merchant's, in its wallet.",
        "超出全部应还的收款,归商户所有,存于其钱包。",
        {"collected": str(figures.collected)},
    )


def _exact_income(contract: SalesContract, figures: SalesFigures) -> Decimal:
    """What was earned before it is rounded, in major units: what rounding leaves over is carried on (R16)."""
    if figures.funded_on is None:
        return Decimal(0)
    gone = figures.repaid + figures.written_off - contract.net
    return figures.balance.scaleb(-minor_units(contract.net.currency)) + gone.amount


def _exact(value: Decimal) -> str:
    return f"{to_places(value, EXACT_PLACES).normalize():f}"
