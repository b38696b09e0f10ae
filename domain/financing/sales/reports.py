"""Daily sales that merchants report, by API or as a file: the one source of what their advances are repaid from.

Each line by itself: an identical one counts once, bad ones are named; refunds and corrections stand below zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col, select

from domain import audit
from domain.financing.agents.sales_files import SALE_COLUMNS, LineProblem, line_error, read_sale_rows
from domain.financing.sales.conditions import MERCHANTS
from domain.financing.sales.errors import NotAMerchant
from domain.financing.sales.tables import MerchantSale
from domain.parties.queries import party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.values.actor import Actor
from domain.values.money import Money
from domain.values.row_errors import RowError


@dataclass(frozen=True, slots=True)
class MerchantSaleLine:
    """What the merchant sold on a day, or gave back; `row` is where it stands."""

    row: int
    sold_on: date
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class MerchantSalesReported:
    """What became of a report: lines read, taken, known before, and every refused one with its reason."""

    read: int
    taken: int
    known: int
    refused: list[RowError]


def import_merchant_sales(
    session: TenantSession,
    merchant_id: UUID,
    *,
    content: bytes,
    file_name: str,
    currency: str,
    actor: Actor,
    clock: Clock,
) -> MerchantSalesReported:
    """Take the daily sales of a CSV or XLSX file. Raises UnreadableFile, MissingColumns, TooManyRows."""
    rows, refused, read = read_sale_rows(content, file_name, currency, SALE_COLUMNS)
    lines = [MerchantSaleLine(each.row, each.sold_on, each.cells["reference"], each.amount) for each in rows]
    return _take(session, merchant_id, lines, refused, read, actor=actor, clock=clock)


def report_merchant_sales(
    session: TenantSession, merchant_id: UUID, lines: Sequence[MerchantSaleLine], *, actor: Actor, clock: Clock
) -> MerchantSalesReported:
    """Take a list of daily sales, as an API call brings them. Raises NotAMerchant, NotFound."""
    return _take(session, merchant_id, lines, [], len(lines), actor=actor, clock=clock)


def _take(
    session: TenantSession,
    merchant_id: UUID,
    lines: Sequence[MerchantSaleLine],
    refused: Sequence[RowError],
    read: int,
    *,
    actor: Actor,
    clock: Clock,
) -> MerchantSalesReported:
    merchant = party(session, merchant_id)
    if merchant.kind not in MERCHANTS:
        raise NotAMerchant(party=public_id("pty", merchant_id), kind=merchant.kind.value)
    good, errors = _judge(lines, clock.today())
    taken = _insert(session, merchant_id, good, actor, clock)
    known, differing = _against_known(session, merchant_id, [line for line in good if line.reference not in taken])
    if taken:
        facts: dict[str, object] = {"read": read, "taken": len(taken)}
        subject = public_id("pty", merchant_id)
        audit.record(session, actor=actor, action="merchant_sales.reported", subject=subject, facts=facts, clock=clock)
    bad = sorted([*refused, *errors, *differing], key=lambda error: (error.row, error.column))
    return MerchantSalesReported(read, len(taken), known, bad)


def _judge(lines: Sequence[MerchantSaleLine], today: date) -> tuple[list[MerchantSaleLine], list[RowError]]:
    """Lines that can be taken, and what is wrong with the others by themselves."""
    good: dict[str, MerchantSaleLine] = {}
    errors = []
    for line in lines:
        if not line.amount:
            errors.append(line_error(line.row, "amount", LineProblem.ZERO))
        elif line.sold_on > today:
            facts = {"value": line.sold_on.isoformat(), "today": today.isoformat()}
            errors.append(line_error(line.row, "date", LineProblem.IN_FUTURE, **facts))
        elif line.reference in good:
            first = good[line.reference].row
            errors.append(line_error(line.row, "reference", LineProblem.DUPLICATE_IN_FILE, first_row=first))
        else:
            good[line.reference] = line
    return list(good.values()), errors


def _insert(
    session: TenantSession, merchant_id: UUID, lines: Sequence[MerchantSaleLine], actor: Actor, clock: Clock
) -> set[str]:
    """Lines by one INSERT; two reports of the same line at one moment make one. Returns the references taken."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "merchant_id": merchant_id,
            "sold_on": line.sold_on,
            "reference": line.reference,
            "currency": line.amount.currency,
            "amount_minor": line.amount.minor,
            "reported_by": str(actor),
        }
        for line in lines
    ]
    if not rows:
        return set()
    added = insert(MerchantSale).on_conflict_do_nothing().returning(col(MerchantSale.reference))
    return set(session.scalars(added, rows))


def _against_known(
    session: TenantSession, merchant_id: UUID, lines: Sequence[MerchantSaleLine]
) -> tuple[int, list[RowError]]:
    """How many of the lines were known exactly so, and those that were known otherwise."""
    known = _known(session, merchant_id, [line.reference for line in lines]) if lines else {}
    differing = []
    for line in lines:
        before = known[line.reference]
        if (before.amount, before.sold_on) != (line.amount, line.sold_on):
            facts = {"known": f"{before.amount} ({before.sold_on})", "value": f"{line.amount} ({line.sold_on})"}
            differing.append(line_error(line.row, "amount", LineProblem.DIFFERS_FROM_BEFORE, **facts))
    return len(lines) - len(differing), differing


def _known(session: TenantSession, merchant_id: UUID, references: Sequence[str]) -> Mapping[str, MerchantSale]:
    rows = session.exec(
        select(MerchantSale).where(
            MerchantSale.tenant_id == session.tenant_id,
            MerchantSale.merchant_id == merchant_id,
            col(MerchantSale.reference) == any_(literal(list(references), ARRAY(Text))),
        )
    )
    return {row.reference: row for row in rows}
