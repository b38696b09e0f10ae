"""A scenario from real files: a late-payment history of invoices, and the weekly takings of a chain's tills.

The history's `countryCode` becomes the seller (a national subsidiary that sells on credit), its customers the debtors;
a debtor has the money for an invoice from `SettledDate` on, and disputes what the history says was disputed. Each
store is a branch.
"""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from app.demo.errors import FileUnusable
from app.demo.feed import CreditLine, Feed, Firm, Payment, csv_file
from domain.values.money import Money

CURRENCY = "CNY"
_GZIP_MAGIC = b"\x1f\x8b"
_NO_TAKINGS = b"Store,Dept,Date,Weekly_Sales\n"
_HISTORY_COLUMNS = frozenset({"countryCode", "customerID", "invoiceNumber", "InvoiceDate", "DueDate", "SettledDate"})
_FIRST_YEARS = range(2000, 2100)  # a date outside them is a slip of the pen, and left for the import to refuse

History = list[dict[str, str]]


def feed_from_files(receivables: Path, takings: Path | None, *, start: date | None, days: int) -> Feed:
    """The scenario of `days` days from `start`, or from the first invoice; without takings nothing is pooled.

    Raises FileUnusable.
    """
    history = _read_history(receivables)
    first = start or min(day for row in history if (day := _day(row["InvoiceDate"])))
    files, not_yet, long_past = _files_by_day(history, first, first + timedelta(days=days - 1))
    return Feed(
        currency=CURRENCY,
        country="CN",
        start=first,
        days=days,
        hq=Firm("HQ", "Tributary Retail Group"),
        branches=[Firm(store, f"Store {store}") for store in (_stores(takings) if takings else [])],
        sellers=[Firm(code, f"Supplier {code}") for code in sorted({row["countryCode"] for row in history})],
        debtors=[Firm(code, f"Customer {code}") for code in sorted({row["customerID"] for row in history})],
        credit_lines=two_lenders(),
        invoices=files,
        invoices_read=len(history),
        not_yet=not_yet,
        long_past=long_past,
        payments=_payments(history),
        takings=(lambda: takings.open("rb")) if takings else (lambda: io.BytesIO(_NO_TAKINGS)),
    )


def two_lenders() -> list[CreditLine]:
    """A bank that lends more for less, and a factor that takes a smaller fee for a higher rate."""
    capital = Money.of("5000000.00", CURRENCY)
    return [
        CreditLine(Firm("LENDER-A", "River Bank"), capital, "0.90", "0.055", "20"),
        CreditLine(Firm("LENDER-B", "Harbour Factoring"), capital, "0.85", "0.068", "10"),
    ]


def _read_history(path: Path) -> History:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = _HISTORY_COLUMNS - set(reader.fieldnames or ())
            if missing:
                raise FileUnusable(
                    path=path, problem_en=f"has no column {min(missing)}", problem_zh=f"缺少列 {min(missing)}"
                )
            history = [{name: value or "" for name, value in row.items() if name} for row in reader]
    except OSError as error:
        raise FileUnusable(path=path, problem_en=f"cannot be read: {error.strerror}", problem_zh="无法读取") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileUnusable(path=path, problem_en="is not UTF-8 CSV text", problem_zh="不是 UTF-8 编码的 CSV") from error
    if not any(_day(row["InvoiceDate"]) for row in history):
        raise FileUnusable(path=path, problem_en="holds no dated invoice", problem_zh="没有带日期的发票")
    return history


def _day(text: str) -> date | None:
    try:
        day = datetime.strptime(text.strip(), "%m/%d/%Y").date()  # noqa: DTZ007 - a date, no moment
    except ValueError:
        return None
    return day if day.year in _FIRST_YEARS else None


def _files_by_day(history: History, first: date, last: date) -> tuple[Mapping[date, Mapping[str, bytes]], int, int]:
    """Invoice files by day and seller, and how many rows lie after `last`, or were settled before `first`."""
    by_day: dict[date, dict[str, History]] = defaultdict(lambda: defaultdict(list))
    not_yet = long_past = 0
    for row in history:
        issued, settled = _day(row["InvoiceDate"]) or first, _day(row["SettledDate"]) or last
        if issued > last:
            not_yet += 1
        elif issued < first and settled < first:
            long_past += 1
        else:
            by_day[max(issued, first)][row["countryCode"]].append(row)
    return {day: dict(_as_files(sellers)) for day, sellers in by_day.items()}, not_yet, long_past


def _as_files(sellers: Mapping[str, History]) -> Iterator[tuple[str, bytes]]:
    for seller, rows in sellers.items():
        yield seller, csv_file(list(rows[0]), (list(row.values()) for row in rows))


def _payments(history: History) -> dict[str, Payment]:
    payments = {}
    for row in history:
        due_on, settled_on = _day(row["DueDate"]), _day(row["SettledDate"])
        if due_on and settled_on:
            disputed = row.get("Disputed", "").strip().lower() == "yes"
            payments[row["invoiceNumber"]] = Payment(row["customerID"], due_on, settled_on, disputed)
    return payments


def _stores(path: Path) -> list[str]:
    try:
        with path.open("rb") as raw:
            return _store_codes(raw)
    except (OSError, EOFError) as error:
        problem = f"cannot be read: {error}"
        raise FileUnusable(path=path, problem_en=problem, problem_zh="无法读取") from error


def _store_codes(raw: BinaryIO) -> list[str]:
    zipped = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    raw.seek(0)
    plain = gzip.GzipFile(fileobj=raw) if zipped else raw
    with io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace") as text:
        codes = {line.partition(",")[0] for line in text} - {"", "Store"}
    return sorted(codes, key=lambda code: (len(code), code))
