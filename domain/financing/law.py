"""What law and market supervision say of a financing on its day, from dated rows with a citation. Pure.

A finding is a warning unless it says otherwise: it is stored with the request or offer and shown, never thrown away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.law.limits import DatedLimit, Limit, limit_on, term_limits
from domain.values.money import Money
from domain.values.rounding import to_places

RATE_PLACES = 9


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know before agreeing: a code, a sentence in each language, the numbers, its source."""

    code: str
    en: str
    zh: str
    citation: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """As a request or an offer keeps it."""
        return {
            "code": self.code,
            "en": self.en.format(**self.facts),
            "zh": self.zh.format(**self.facts),
            "citation": self.citation,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True)
class Trade:
    """What the law looks at in a receivable. `not_assignable`: its contract forbids assignment."""

    issued_on: date
    due_on: date
    seller_is_small: bool
    debtor_is_small: bool
    not_assignable: bool = False
    is_certificate: bool = False
    delivered_on: date | None = None


def trade_findings(rows: Sequence[DatedLimit], trade: Trade) -> Iterator[Finding]:
    """What to know of the receivable itself, by the law of the day it was issued; a term of payment, of delivery."""
    if trade.is_certificate:
        yield from _long_terms(rows, trade)
    start = trade.delivered_on or trade.issued_on
    paid_within = limit_on(rows, Limit.SMALL_SELLER, start)
    days = (trade.due_on - start).days
    protected = trade.seller_is_small and not trade.debtor_is_small
    if paid_within is not None and protected and days > paid_within.value:
        yield Finding(
            "small_seller_paid_late",
            "A large buyer pays a small seller within {limit} days; this invoice runs for {days}.",
            "大型企业应在 {limit} 日内向中小企业付款,该发票账期为 {days} 日。",
            paid_within.citation,
            {"limit": f"{paid_within.value:f}".rstrip("0").rstrip("."), "days": str(days)},
        )
    binding = limit_on(rows, Limit.ANTI_ASSIGNMENT, trade.issued_on)
    if binding is not None and trade.not_assignable:
        yield Finding(
            "assignment_excluded",
            "The contract forbids assignment; that does not bind the lender, and the debtor may claim from the seller.",
            "合同约定债权不得转让;该约定不得对抗受让人,但付款方可向卖方主张违约责任。",
            binding.citation,
        )


def _long_terms(rows: Sequence[DatedLimit], trade: Trade) -> Iterator[Finding]:
    terms = term_limits(rows, trade.issued_on)
    if terms is None:
        return
    facts = {"issued_on": trade.issued_on.isoformat(), "due_on": trade.due_on.isoformat()}
    if trade.due_on > terms.longest_until(trade.issued_on):
        yield Finding(
            "term_beyond_a_year",
            "It runs from {issued_on} to {due_on}: a payment certificate never runs for more than {months} months.",
            "期限自 {issued_on} 至 {due_on}:付款凭证最长不得超过 {months} 个月。",
            terms.citation,
            {**facts, "months": str(terms.longest_months)},
        )
    elif trade.due_on > terms.usual_until(trade.issued_on):
        yield Finding(
            "term_beyond_usual",
            "It runs from {issued_on} to {due_on}: a payment certificate runs for {months} months in principle.",
            "期限自 {issued_on} 至 {due_on}:付款凭证原则上不超过 {months} 个月。",
            terms.citation,
            {**facts, "months": str(terms.usual_months)},
        )


@dataclass(frozen=True, slots=True)
class RateLine:
    """Four times the reference, on a day: 4 × 3.00 % is 12.00 %."""

    line: Decimal
    citation: str


def rate_line(rows: Sequence[DatedLimit], reference_rate: Decimal, on: date) -> RateLine | None:
    """The line of private lending on a day; none before there was one."""
    multiple = limit_on(rows, Limit.PRIVATE_LENDING, on)
    if multiple is None:
        return None
    return RateLine(to_places(multiple.value * reference_rate, RATE_PLACES), multiple.citation)


def rate_findings(line: RateLine | None, annual_rate: Decimal, penalty_rate: Decimal) -> Iterator[Finding]:
    """What to know of a price: a licensed lender is warned of the line, and may pass it."""
    if line is None:
        return
    for code, rate, en, zh in (
        ("rate_over_line", annual_rate, "The rate of {rate}", "年利率 {rate}"),
        ("penalty_rate_over_line", penalty_rate, "The overdue rate of {rate}", "逾期利率 {rate}"),
    ):
        if rate > line.line:
            yield Finding(
                code,
                f"{en} a year is over {{line}}, four times the one-year LPR: the line of private lending.",
                f"{zh} 超过一年期 LPR 四倍即 {{line}}(民间借贷利率上限)。",
                line.citation,
                {"rate": percent(rate), "line": percent(line.line)},
            )


def front_ended_finding(principal: Money, prepaid: Money, restated: tuple[Money, Money]) -> Finding | None:
    """What a court may make of interest that is taken in front (R4, Civil Code art. 670); nothing at the end."""
    if not prepaid:
        return None
    facts = dict(
        zip(("principal", "prepaid", "restated", "interest"), map(str, (principal, prepaid, *restated)), strict=True)
    )
    return Finding(
        "interest_in_front",
        "{prepaid} is taken out of {principal} in front: as a loan it would be {restated} and {interest} of interest.",
        "利息 {prepaid} 预先从 {principal} 中扣除:如认定为借款,本金为 {restated},利息为 {interest}。",
        "Civil Code art. 670",
        facts,
    )


def percent(rate: Decimal) -> str:
    """A fraction as people read it: 0.12 is 12.00 %."""
    return f"{to_places(rate * 100, 2)} %"
