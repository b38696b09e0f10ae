"""A file of what payers owe a client: bills, subscriptions, instalments; all of it is registered, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from domain.collection.clients import active_client
from domain.collection.files import Cells, Column, FileReport, both, errors_of, read_rows, sorted_errors
from domain.collection.plans import PREFIX, Instalment, NewPlan, insert_plans, sort_out
from domain.collection.queries import mandates_by_reference
from domain.collection.row_errors import RowProblem, refused_row
from domain.collection.rules import LAST_DAY
from domain.collection.states import Frequency, PlanKind
from domain.collection.tables import Mandate
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money

COLUMNS = {
    "reference": Column(("reference", "plan", "编号", "计划编号", "账单编号"), required=True),
    "mandate": Column(("mandate", "授权编号", "授权"), required=True),
    "amount": Column(("amount", "金额"), required=True),
    "due_on": Column(("due on", "first on", "due date", "到期日", "首期日", "扣款日"), required=True),
    "kind": Column(("kind", "类型")),
    "frequency": Column(("frequency", "频率")),
    "day": Column(("day", "每期日")),
    "ends_on": Column(("ends on", "end date", "终止日")),
}
KINDS = both(PlanKind, ("订阅", "分期", "一次性"))
FREQUENCIES = both(Frequency, ("每周", "每月", "每年"))


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as it says it, before its mandate is looked up."""

    cells: Cells
    reference: str
    mandate: str
    amount: Money | None
    due_on: date | None
    kind: PlanKind
    frequency: Frequency | None
    day: int | None
    ends_on: date | None

    @property
    def key(self) -> tuple[str, object]:
        """What rows of one plan share: the parts of instalments have a row each, every other row is a plan."""
        return self.reference, None if self.kind is PlanKind.INSTALMENTS else self.cells.number


def import_plans(
    session: TenantSession,
    client_id: UUID,
    *,
    content: bytes,
    file_name: str,
    calendar: BusinessCalendar,
    actor: Actor,
    clock: Clock,
) -> FileReport:
    """Register the plans of a CSV or XLSX file, all of them or none. A row without a kind is owed once.

    Instalments have a row for each part, under one reference, one after another. Raises ClientNotActive, NotFound,
    UnreadableFile, MissingColumns, TooManyRows, and PlanExists when somebody registers one of them meanwhile.
    """
    client = active_client(session, client_id)
    lines = [_line(cells, client.currency) for cells in read_rows(content, file_name, COLUMNS)]
    grouped = [list(rows) for _, rows in groupby(lines, key=lambda line: line.key)]
    plans = _plans(grouped, mandates_by_reference(session, {line.mandate for line in lines}))
    refused = list(errors_of(line.cells for line in lines))
    if not refused:
        firsts = [rows[0].cells for rows in grouped]
        refused = [
            refused_row(firsts[each.place].number, firsts[each.place].heading("reference"), each.refusal)
            for each in sort_out(session, client, plans, clock.today())[1]
        ]
    if refused:
        return FileReport(len(lines), [], sorted_errors(refused))
    insert_plans(session, client, plans, calendar, actor=actor, clock=clock)
    return FileReport(len(lines), [public_id(PREFIX, plan.id) for plan in plans], [])


def _line(cells: Cells, currency: str) -> _Line:
    return _Line(
        cells=cells,
        reference=cells.text("reference", limit=35),
        mandate=cells.text("mandate", limit=35),
        amount=cells.amount("amount", currency),
        due_on=cells.day("due_on"),
        kind=cells.word("kind", KINDS) or PlanKind.ONE_OFF,
        frequency=cells.word("frequency", FREQUENCIES),
        day=cells.whole("day", LAST_DAY),
        ends_on=cells.day("ends_on"),
    )


def _plans(grouped: Sequence[Sequence[_Line]], mandates: Mapping[str, Mandate]) -> list[NewPlan]:
    """The plans whose rows can be read; what cannot is noted with its row."""
    plans = []
    for rows in grouped:
        for line in rows:
            if line.mandate and line.mandate not in mandates:
                line.cells.refuse("mandate", RowProblem.UNKNOWN_MANDATE, value=line.mandate)
            if line.mandate != rows[0].mandate:
                facts = {"first_row": rows[0].cells.number, "heading": line.cells.heading("mandate")}
                line.cells.refuse("mandate", RowProblem.OTHER_PARTS, **facts)
        parts = [
            Instalment(line.due_on, line.amount) for line in rows if line.due_on is not None and line.amount is not None
        ]
        if len(parts) == len(rows) and rows[0].mandate in mandates:
            plans.append(_plan(rows[0], mandates[rows[0].mandate], parts))
    return plans


def _plan(first: _Line, mandate: Mandate, parts: Sequence[Instalment]) -> NewPlan:
    return NewPlan(
        reference=first.reference,
        payer_id=mandate.party_id,
        mandate_id=mandate.id,
        kind=first.kind,
        amount=Money.total((part.amount for part in parts), parts[0].amount.currency),
        first_on=parts[0].due_on,
        frequency=first.frequency,
        day=first.day,
        ends_on=first.ends_on,
        instalments=parts if first.kind is PlanKind.INSTALMENTS else (),
    )
