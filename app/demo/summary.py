"""What a demo tells at its end: for people a page, for programs JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.demo.business import Intake
from app.demo.feed import Feed
from app.demo.figures import Figures
from app.demo.proof import Proof
from app.demo.rates import LenderRates
from domain.platform.settings import DEFAULT_HOST, DEFAULT_PORT
from domain.pooling.takings import TakingsReport
from domain.values.money import Money

ADDRESS = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
MAX_DIFFERENCES = 20  # more of them is not read


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a demo came to."""

    feed: Feed
    seed: int
    faults: str
    intake: Intake
    takings: TakingsReport
    figures: Figures
    rates: list[LenderRates]
    proof: Proof
    seconds: float
    api_key: str

    def as_json(self) -> str:
        """One JSON object; amounts are strings, and everything but `seconds` follows from input and seed."""
        return json.dumps(self._facts(), ensure_ascii=False, indent=2)

    def _facts(self) -> dict[str, Any]:
        figures = {name: _plain(getattr(self.figures, name)) for name in Figures.__slots__}
        return {
            "from": self.feed.start.isoformat(),
            "days": self.feed.days,
            "seed": self.seed,
            "faults": self.faults,
            "currency": self.feed.currency,
            "invoices_in_file": self.feed.invoices_read,
            "invoices_not_yet_issued": self.feed.not_yet,
            "invoices_long_settled": self.feed.long_past,
            "invoices_read": self.intake.read,
            "invoices_registered": self.intake.registered,
            "invoices_disputed": self.intake.disputed,
            "invoices_held": self.intake.held,
            "invoices_refused": dict(sorted(self.intake.refused.items())),
            "till_weeks_read": self.takings.read,
            "till_weeks_taken": self.takings.taken,
            "till_weeks_refused": self.takings.refused_count,
            **figures,
            "all_in_rates": [rates.as_json() for rates in self.rates],
            "hq_position": _plain(self.proof.hq_position),
            "debited_twice": len(self.proof.debited_twice),
            "financed_twice": len(self.proof.financed_twice),
            "books_balance": self.proof.books_balance,
            "bank_agrees": self.proof.bank_agrees,
            "differences": self.proof.differences[:MAX_DIFFERENCES],
            "seconds": round(self.seconds, 1),
        }

    def show(self, console: Console) -> None:
        """Print the page."""
        self._show_page(console)
        console.print("Look around with `tributary up` and this key, valid for 30 days · 启动后用此密钥访问 30 天:")
        console.print(f"  curl -H 'Authorization: Bearer {self.api_key}' {ADDRESS}/v1/advances", soft_wrap=True)

    def _show_page(self, console: Console) -> None:
        console.print(Panel(Group(*self._page()), title="Tributary · 江河汇流", expand=False, padding=(1, 2)))

    def _page(self) -> Iterator[RenderableType]:
        feed, figures = self.feed, self.figures
        yield Text(f"{feed.start} – {feed.end} · {feed.hq.name} · {len(feed.branches)} branches", style="bold")
        yield _table("Invoices · 应收账款", list(self._invoices()))
        yield _table(
            "Financing · 融资",
            [
                ("advances paid out 放款", f"{figures.advances:,} for {figures.paid_out}"),
                ("repaid 已还 · outstanding 未还", f"{figures.repaid:,} · {figures.outstanding:,}"),
                ("overdue 逾期 · average days late 平均逾期天数", f"{figures.overdue:,} · {figures.average_days_late}"),
                ("interest 利息", str(figures.interest)),
                ("penalties 罚息", str(figures.penalties)),
                ("fees 手续费", str(figures.fees)),
                ("holdback released 尾款释放", str(figures.holdback_released)),
                ("debits 扣款 · retries 重试 · returned 退回", self._debits()),
            ],
        )
        yield _table("All-in rates, average of repaid advances · 综合年化成本(已还融资平均)", list(self._rates()))
        yield _table(
            "Pooling · 资金归集",
            [
                ("takings booked 营业款", f"{figures.takings}, {figures.corrected_days:,} corrections"),
                ("swept to HQ 上划", f"{figures.swept_up} in {figures.sweeps:,} sweeps"),
                ("filled up from HQ 下拨", str(figures.swept_down)),
                ("HQ position 总部头寸", str(self.proof.hq_position)),
                ("owed to branches 应付门店", str(figures.owed_to_branches)),
            ],
        )
        yield _table("Proof · 核对", list(self._proof()))

    def _invoices(self) -> Iterator[tuple[str, str]]:
        intake = self.intake
        yield "read 读取", f"{intake.read:,} of {self.feed.invoices_read:,} in the file"
        yield "registered 登记", f"{intake.registered:,}"
        yield "disputed by the debtor 争议", f"{intake.disputed:,}"
        if intake.held:
            yield "held for a person 待人工核查", f"{intake.held:,}"
        for code, times in sorted(intake.refused.items()):
            yield f"refused 拒绝: {code}", f"{times:,}"

    def _rates(self) -> Iterator[tuple[str, str]]:
        for each in self.rates:
            label = f"{each.lender}: quoted 报价 → realised 实际"
            yield label, f"{each.quoted_simple:.2%} → {each.realised_simple:.2%} ({each.advances:,})"

    def _debits(self) -> str:
        figures = self.figures
        return f"{figures.debit_attempts:,} · {figures.retries:,} · {figures.returned:,}"

    def _proof(self) -> Iterator[tuple[str, str]]:
        proof = self.proof
        yield "books balance 账平", _verdict(proof.in_our_books)
        yield "bank agrees to the cent 银企一致", _verdict(proof.against_the_bank)
        yield "nobody debited twice 无重复扣款", _verdict(proof.debited_twice)
        yield "no invoice financed twice 无重复融资", _verdict(proof.financed_twice)
        yield "seconds 用时", f"{self.seconds:.1f}"


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold cyan", show_header=False, box=None)
    table.add_column(min_width=44)
    table.add_column(justify="right")
    for label, value in rows:
        table.add_row(label, value)
    return table


def _verdict(findings: list[str]) -> str:
    return "[green]yes ✓[/]" if not findings else "[red]NO[/] " + "; ".join(findings[:3])


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return str(value.amount)
    return value if isinstance(value, int) else str(value)
