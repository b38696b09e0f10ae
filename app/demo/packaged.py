"""The packaged scenario: a supermarket chain with 40 branches in eight cities, its suppliers, ticket agents, lenders.

Everything follows from the seed: the same seed gives the same files, to the byte.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from app.demo.feed import CreditLine, Feed, Firm, Payment, csv_file
from domain.values.money import Money

CURRENCY = "CNY"
START = date(2026, 3, 2)
DAYS = 60
BRANCHES_PER_CITY = 5
CITIES = ("北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安")
QUARTERS = ("中山路", "人民路", "解放路", "建设路", "和平路")
SUPPLIERS = ("江南粮油", "海天水产", "青山乳业", "长河日化", "东岭果蔬", "南湖饮料")
AGENTS = ("远航票务", "云程票务", "蓝天商旅", "九州国旅", "锦程商旅", "飞渡票务")
BUYERS = ("百惠超市", "华联商厦", "永安百货", "万家便利", "汇通卖场", "乐天生鲜")
INVOICES_PER_DAY = 6
DAYS_EARLY_OR_LATE = (-6, -3, -1, 0, 0, 0, 0, 0, 2, 5, 9, 17, 33)  # a payment history's usual shape: most are on time
DISPUTED_PERCENT = 4
TILLS = ("01", "02", "03")
INVOICE_HEADER = ("客户代码", "发票号码", "开票日期", "到期日", "金额")
TILL_HEADER = ("Store", "Dept", "Date", "Weekly_Sales")


def packaged_feed(seed: int, days: int = DAYS, start: date = START) -> Feed:
    """The scenario of `seed`; amounts, dates and habits differ between seeds, the cast does not."""
    random = Random(seed)  # noqa: S311 - a scenario, not a secret
    sellers = [Firm(f"S{number:02}", name) for number, name in enumerate(SUPPLIERS, 1)]
    debtors = [Firm(f"D{number:02}", name) for number, name in enumerate((*AGENTS, *BUYERS), 1)]
    branches = list(_branches())
    drawn = list(_invoices(random, sellers, debtors, start, days))
    till_file = _till_file(random, branches, start, days)
    return Feed(
        currency=CURRENCY,
        country="CN",
        start=start,
        days=days,
        hq=Firm("HQ", "江河连锁总部", "上海"),
        branches=branches,
        sellers=sellers,
        debtors=debtors,
        credit_lines=_credit_lines(),
        invoices=_files(drawn),
        invoices_read=len(drawn),
        not_yet=0,
        long_past=0,
        payments={invoice.number: invoice.payment for invoice in drawn},
        takings=lambda: io.BytesIO(till_file),
    )


def _branches() -> Iterator[Firm]:
    for city_number, city in enumerate(CITIES):
        for place, quarter in enumerate(QUARTERS[:BRANCHES_PER_CITY]):
            yield Firm(str(1 + city_number * BRANCHES_PER_CITY + place), f"{city}{quarter}店", city)


def _credit_lines() -> list[CreditLine]:
    capital = Money.of("60000000.00", CURRENCY)
    return [
        CreditLine(Firm("LENDER-A", "江海银行"), capital, "0.90", "0.055", "20"),
        CreditLine(Firm("LENDER-B", "港湾保理"), capital, "0.85", "0.068", "10"),
    ]


@dataclass(frozen=True, slots=True)
class _Drawn:
    seller: str
    issued_on: date
    number: str
    amount: Decimal
    payment: Payment

    @property
    def cells(self) -> tuple[str, ...]:
        due_on = self.payment.due_on.isoformat()
        return self.payment.debtor, self.number, self.issued_on.isoformat(), due_on, str(self.amount)


def _invoices(random: Random, sellers: list[Firm], debtors: list[Firm], start: date, days: int) -> Iterator[_Drawn]:
    for day in (start + timedelta(days=offset) for offset in range(days)):
        for count in range(INVOICES_PER_DAY):
            # Ticket agents settle after 15 days, shops after 30.
            debtor = random.choice(debtors)
            term = 15 if debtors.index(debtor) < len(AGENTS) else 30
            due_on = day + timedelta(days=term)
            available_on = due_on + timedelta(days=random.choice(DAYS_EARLY_OR_LATE))
            disputed = random.randrange(100) < DISPUTED_PERCENT
            yield _Drawn(
                seller=random.choice(sellers).code,
                issued_on=day,
                number=f"{day:%y%m%d}{count:03}",
                amount=Decimal(random.randrange(2_000_000, 60_000_000)).scaleb(-2),
                payment=Payment(debtor.code, due_on, available_on, disputed),
            )


def _files(drawn: list[_Drawn]) -> Mapping[date, Mapping[str, bytes]]:
    by_day: dict[date, dict[str, list[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(list))
    for invoice in drawn:
        by_day[invoice.issued_on][invoice.seller].append(invoice.cells)
    return {
        day: {seller: csv_file(INVOICE_HEADER, rows) for seller, rows in sellers.items()}
        for day, sellers in by_day.items()
    }


def _till_file(random: Random, branches: list[Firm], start: date, days: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TILL_HEADER)
    for week in range(days // 7):
        ends_on = (start + timedelta(days=7 * week + 6)).isoformat()
        for branch in branches:
            for till in TILLS:
                # One till in two hundred took back more than it sold.
                sign = -1 if random.randrange(200) == 0 else 1
                writer.writerow(
                    [branch.code, till, ends_on, sign * Decimal(random.randrange(500_000, 9_000_000)).scaleb(-2)]
                )
    return text.getvalue().encode()
