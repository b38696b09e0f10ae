"""Settlement periods: when one has ended, what was sold in it becomes an invoice of the airline on the agent.

The airline may have it financed like any other: agents settle every 15 or 30 days, the airline has its cash today.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from domain.financing.agents import queries
from domain.financing.agents.standing import forget_agents, tell
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id
from domain.receivables import imports, service
from domain.receivables.binding import Word, bind_for_face
from domain.receivables.evidence import Document
from domain.receivables.parsing import InvoiceRow
from domain.receivables.queries import source
from domain.values.actor import system
from domain.values.money import Money

# The invoices are made by rule of what the agent reported, which is the debtor's own upload and counts as its answer.
SETTLING, REPORTED = system("agent_settlement"), system("agent_report")
MAX_BEHIND = 40  # periods of an agent closed at once: more than a year of fortnights


@dataclass(frozen=True, slots=True)
class Settled:
    """Periods that were closed, and the invoices made of them, or not (with how many)."""

    periods: int
    invoices: int
    refused: int


# A period ends the day before: sales of its last day have been reported by then, and what comes later is the next
# one's. What was remitted before stands for it; what came back, or was refunded beyond sales, goes with it.
_CLOSE = text(f"""
    WITH due AS (
      SELECT id, period_from, period_from + reporting_days - 1 AS ends_on, remittance_days, unapplied_minor, currency
      FROM agent WHERE tenant_id = :tenant AND period_from + reporting_days <= :on ORDER BY id FOR UPDATE
    ), made AS (
      INSERT INTO agent_period (tenant_id, id, created_at, agent_id, starts_on, ends_on, due_on, currency, sales_minor,
                                refunds_minor, early_minor, face_minor, collected_minor)
      SELECT :tenant, {SQL_UUID7}, :now, id, period_from, ends_on, ends_on + remittance_days, currency, sales, refunds,
             early, sales - refunds - early, 0
      FROM due, LATERAL (
        SELECT coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS sales,
               coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS refunds
        FROM agent_sale AS sale WHERE sale.tenant_id = :tenant AND sale.agent_id = due.id
          AND sale.period_id IS NULL AND sale.sold_on <= due.ends_on) AS sums,
        LATERAL (SELECT least(unapplied_minor, sales - refunds) AS early) AS taken
      RETURNING agent_id, ends_on, early_minor
    )
    UPDATE agent SET period_from = made.ends_on + 1, unapplied_minor = unapplied_minor - early_minor
    FROM made WHERE agent.tenant_id = :tenant AND agent.id = made.agent_id
    RETURNING agent.id
""")

# Looked up by key for every sale: sales of today have no statistics yet, and a join of them might compare all with all.
_ASSIGN = text("""
    UPDATE agent_sale SET period_id = (
      SELECT id FROM agent_period AS period
      WHERE period.tenant_id = :tenant AND period.agent_id = agent_sale.agent_id ORDER BY ends_on DESC LIMIT 1)
    WHERE tenant_id = :tenant AND agent_id = ANY(CAST(:ids AS uuid[])) AND period_id IS NULL
      AND sold_on < (SELECT period_from FROM agent WHERE agent.tenant_id = :tenant AND agent.id = agent_sale.agent_id)
""")

_TO_INVOICE = text("""
    SELECT period.id, period.agent_id, seller_id, debtor_id, debtor.code, ends_on, due_on, face_minor, period.currency
    FROM agent_period AS period
    JOIN agent ON agent.tenant_id = :tenant AND agent.id = period.agent_id
    JOIN party AS debtor ON debtor.tenant_id = :tenant AND debtor.id = agent.debtor_id
    WHERE period.tenant_id = :tenant AND period.receivable_id IS NULL AND face_minor > 0
    ORDER BY seller_id, period.id
""")

_INVOICED = text("""
    UPDATE agent_period SET receivable_id = receivable.id
    FROM receivable, unnest(CAST(:periods AS uuid[]), CAST(:numbers AS text[])) AS made (period_id, number)
    WHERE agent_period.tenant_id = :tenant AND agent_period.id = made.period_id
      AND receivable.tenant_id = :tenant AND receivable.import_id = :import AND receivable.invoice_number = made.number
    RETURNING receivable.id
""")


def settle_periods(session: TenantSession, *, clock: Clock) -> Settled:
    """Close every settlement period that has ended, and register what it comes to as invoices on the agents.

    An invoice that could not be registered is tried again the next time.
    """
    session.flush()
    binds = {"tenant": session.tenant_id, "on": clock.today(), "now": clock.now()}
    closed = 0
    for _ in range(MAX_BEHIND):
        agents = list(session.scalars(_CLOSE, binds))
        if not agents:
            break
        session.execute(_ASSIGN, {"tenant": session.tenant_id, "ids": agents})
        closed += len(agents)
        forget_agents(session, agents)
    invoices, refused = _register(session, clock)
    return Settled(closed, invoices, refused)


def _register(session: TenantSession, clock: Clock) -> tuple[int, int]:
    rows = session.execute(_TO_INVOICE, {"tenant": session.tenant_id}).all()
    if not rows:
        return 0, 0
    confirms = queries.policy_on(session, clock.today()).report_confirms
    made, refused = 0, 0
    for seller_id, of_seller in groupby(rows, key=lambda row: row.seller_id):
        chosen = list(of_seller)
        registered = _invoice(session, seller_id, chosen, confirms=confirms, clock=clock)
        made, refused = made + registered, refused + len(chosen) - registered
    return made, refused


def _invoice(session: TenantSession, seller_id: UUID, rows: Sequence[Row[Any]], *, confirms: bool, clock: Clock) -> int:
    """Register the periods of one seller, and have them confirmed where the policy says so; returns how many."""
    invoices = [
        InvoiceRow(
            row=place,
            debtor_code=row.code,
            invoice_number=invoice_number(row.code, row.ends_on),
            issued_on=row.ends_on,
            due_on=row.due_on,
            total=Money.from_minor(row.face_minor, row.currency),
        )
        for place, row in enumerate(rows, start=1)
    ]
    report = imports.register_invoices(session, invoices, seller_id=seller_id, actor=SETTLING, clock=clock)
    told: list[tuple[str, dict[str, object]]] = [
        (public_id("apd", rows[error.row - 1].id), {"reason": error.message_en}) for error in report.refused
    ]
    tell(session, "agent.period_not_invoiced", told, clock=clock)
    if not report.receivable_ids:
        return 0
    binds = {
        "tenant": session.tenant_id,
        "import": report.import_id,
        "periods": [row.id for row in rows],
        "numbers": [invoice.invoice_number for invoice in invoices],
    }
    invoiced = session.execute(_INVOICED, binds).all()
    service.submit_import(session, report.import_id, actor=REPORTED, clock=clock)
    verified = service.verify_receivables(session, report.receivable_ids, clock=clock).verified
    if confirms:
        _confirm(session, report.import_id, verified, clock)
    return len(invoiced)


def invoice_number(code: str, ends_on: date) -> str:
    """How the invoice of a period is called: the agent's code and the period's last day."""
    return f"{code[:50]}-{ends_on:%Y%m%d}"


def _confirm(session: TenantSession, import_id: UUID, invoices: Collection[UUID], clock: Clock) -> None:
    """The agents' word on their invoices: they reported the sales these are made of, and owe them whole."""
    document = Document(source(session, import_id).digest, public_id("imp", import_id))
    bind_for_face(session, invoices, Word(document, str(REPORTED), "agent's report"), actor=REPORTED, clock=clock)
    session.expire_all()
