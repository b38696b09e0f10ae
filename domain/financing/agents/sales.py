"""Daily sales reported by agents: each line by itself, an identical one is one, bad ones are named."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain import audit
from domain.financing.agents import queries
from domain.financing.agents.sales_files import LineProblem, SaleLine, line_error, read_sales_file
from domain.financing.agents.standing import forget_agents, restate
from domain.financing.agents.states import SaleOrigin
from domain.financing.agents.tables import Agent, AgentSale, SalesReport
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.values.actor import Actor
from domain.values.money import Money
from domain.values.row_errors import RowError

MAX_ROW_ERRORS = 1_000  # named one by one; of more only the first are kept, because nobody reads them


@dataclass(frozen=True, slots=True)
class SalesReported:
    """What became of a report: lines read, taken, known before, and every refused one with its reason."""

    report_id: UUID
    read: int
    taken: int
    known: int
    refused: list[RowError]


def import_sales(
    session: TenantSession,
    *,
    content: bytes,
    file_name: str,
    currency: str,
    actor: Actor,
    clock: Clock,
    party_id: UUID | None = None,
) -> SalesReported:
    """Take the daily sales of a CSV or XLSX file. Raises UnreadableFile, MissingColumns, TooManyRows."""
    lines, refused, read = read_sales_file(content, file_name, currency)
    report = _report(session, file_name, sha256(content).digest(), read, actor=actor, clock=clock)
    return _take(session, report, lines, refused, party_id=party_id, actor=actor, clock=clock)


def report_sales(
    session: TenantSession, lines: Sequence[SaleLine], *, actor: Actor, clock: Clock, party_id: UUID | None = None
) -> SalesReported:
    """Take a list of daily sales, as an API call brings them; with `party_id`, only that agent's or seller's own."""
    report = _report(session, "", sha256(repr(lines).encode()).digest(), len(lines), actor=actor, clock=clock)
    return _take(session, report, lines, [], party_id=party_id, actor=actor, clock=clock)


def _report(
    session: TenantSession, file_name: str, digest: bytes, read: int, *, actor: Actor, clock: Clock
) -> SalesReport:
    return SalesReport(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        file_name=file_name[-255:],
        digest=digest,
        rows_read=read,
        rows_taken=0,
        rows_known=0,
        refused=[],
        made_by=str(actor),
    )


def _take(
    session: TenantSession,
    report: SalesReport,
    lines: Sequence[SaleLine],
    refused: Sequence[RowError],
    *,
    party_id: UUID | None,
    actor: Actor,
    clock: Clock,
) -> SalesReported:
    found = queries.agents_by_code(session, {line.agent_code for line in lines})
    agents = {code: agent for code, agent in found.items() if party_id in {None, agent.id, agent.seller_id}}
    # Behind the agents' locks: what is known is asked once, and nobody else adds to it meanwhile.
    queries.lock_agents(session, {agent.id for agent in agents.values()})
    good, errors = _judge(lines, agents, clock)
    fresh, known, differing = _against_known(session, good, agents)
    errors = sorted([*refused, *errors, *differing], key=lambda error: (error.row, error.column))
    report.rows_taken, report.rows_known = len(fresh), known
    report.refused = [error.as_json() for error in errors[:MAX_ROW_ERRORS]]
    session.add(report)
    session.flush()
    _insert(session, report, fresh, agents, clock)
    changed = [row.id for row in session.execute(_ADD, {"tenant": session.tenant_id, "report": report.id})]
    forget_agents(session, changed)
    restate(session, changed, clock=clock)
    facts: dict[str, object] = {"read": report.rows_read, "taken": len(fresh), "file": report.file_name}
    subject = public_id("asr", report.id)
    audit.record(session, actor=actor, action="agent_sales.reported", subject=subject, facts=facts, clock=clock)
    return SalesReported(report.id, report.rows_read, len(fresh), known, errors)


def _judge(lines: Sequence[SaleLine], agents: dict[str, Agent], clock: Clock) -> tuple[list[SaleLine], list[RowError]]:
    """Lines that can be taken, and what is wrong with the others by themselves."""
    good: dict[tuple[str, str], SaleLine] = {}
    errors = []
    today = clock.today()
    for line in lines:
        error = _fault(line, agents.get(line.agent_code))
        first = good.get((line.agent_code, line.reference))
        if error is None and line.sold_on > today:
            facts = {"value": line.sold_on.isoformat(), "today": today.isoformat()}
            error = line_error(line.row, "date", LineProblem.IN_FUTURE, **facts)
        if error is None and first is not None:
            error = line_error(line.row, "reference", LineProblem.DUPLICATE_IN_FILE, first_row=first.row)
        if error is not None:
            errors.append(error)
        else:
            good[line.agent_code, line.reference] = line
    return list(good.values()), errors


def _fault(line: SaleLine, agent: Agent | None) -> RowError | None:
    if agent is None:
        return line_error(line.row, "agent", LineProblem.UNKNOWN_AGENT, value=line.agent_code)
    if line.amount.currency != agent.currency:
        facts = {"value": line.amount.currency, "expected": agent.currency}
        return line_error(line.row, "amount", LineProblem.OTHER_CURRENCY, **facts)
    return None if line.amount else line_error(line.row, "amount", LineProblem.ZERO)


_KNOWN = text("""
    SELECT agent_id, reference, amount_minor, sold_on FROM agent_sale
    WHERE tenant_id = :tenant AND (agent_id, reference) IN (SELECT * FROM unnest(:agents, :references))
""").bindparams(bindparam("agents", type_=ARRAY(Uuid)), bindparam("references", type_=ARRAY(String)))


def _against_known(
    session: TenantSession, lines: Sequence[SaleLine], agents: dict[str, Agent]
) -> tuple[list[SaleLine], int, list[RowError]]:
    """Lines that are new, how many were known exactly so, and those that were known otherwise."""
    binds = {
        "tenant": session.tenant_id,
        "agents": [agents[line.agent_code].id for line in lines],
        "references": [line.reference for line in lines],
    }
    known = {(row.agent_id, row.reference): row for row in session.execute(_KNOWN, binds)}
    fresh, same, differing = [], 0, []
    for line in lines:
        before = known.get((agents[line.agent_code].id, line.reference))
        if before is None:
            fresh.append(line)
        elif (before.amount_minor, before.sold_on) == (line.amount.minor, line.sold_on):
            same += 1
        else:
            differing.append(_differs(line, before))
    return fresh, same, differing


def _differs(line: SaleLine, before: Row[Any]) -> RowError:
    known = Money.from_minor(before.amount_minor, line.amount.currency)
    facts = {"known": f"{known} ({before.sold_on})", "value": f"{line.amount} ({line.sold_on})"}
    return line_error(line.row, "amount", LineProblem.DIFFERS_FROM_BEFORE, **facts)


def _insert(
    session: TenantSession, report: SalesReport, lines: Sequence[SaleLine], agents: dict[str, Agent], clock: Clock
) -> None:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "agent_id": agents[line.agent_code].id,
            "reference": line.reference,
            "sold_on": line.sold_on,
            "amount_minor": line.amount.minor,
            "currency": line.amount.currency,
            "origin": SaleOrigin.REPORTED,
            "report_id": report.id,
        }
        for line in lines
    ]
    if rows:
        session.execute(insert(AgentSale), rows)


_ADD = text("""
    WITH sums AS (
      SELECT agent_id, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS sold,
             coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS refunded
      FROM agent_sale WHERE tenant_id = :tenant AND report_id = :report GROUP BY agent_id)
    UPDATE agent SET sold_minor = sold_minor + sold, refunded_minor = refunded_minor + refunded,
           outstanding_minor = greatest(sold_minor + sold - refunded_minor - refunded - remitted_minor, 0)
    FROM sums WHERE agent.tenant_id = :tenant AND agent.id = sums.agent_id
    RETURNING agent.id
""")
