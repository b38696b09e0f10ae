"""Remittances: money that lowers what an agent owes at once, early or late, whoever paid it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, text
from sqlmodel import select

from domain.financing.agents import queries
from domain.financing.agents.invoices import apply_to_invoices
from domain.financing.agents.standing import forget_agents, restate, sum_up
from domain.financing.agents.states import RemittanceKind
from domain.financing.agents.tables import Agent, Remittance
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, uuid7
from domain.platform.outbox import announce
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money

BACK = ":reversed"  # what is put after the word of a remittance that came back


@dataclass(frozen=True, slots=True)
class Paid:
    """Money for what an agent owes; `source` is the word it is known by, `cash` the account it came into or leaves."""

    source: str
    agent_id: UUID
    amount: Money
    value_on: date
    cash: AccountRef
    kind: RemittanceKind = RemittanceKind.REMITTED


def receive_remittances(session: TenantSession, paid: Sequence[Paid], *, actor: Actor, clock: Clock) -> list[str]:
    """Book what agents paid their seller; capacity is restored at once (R26). Returns the sources that were new.

    It is set against the agent's invoices that nobody financed, earliest due first; the rest waits for the next one.
    Raises NotFound, OtherCurrency.
    """
    if not paid:
        return []
    # The ledger before everything else, as the bank's answers lock it: the other way round two workers could deadlock.
    ledger.lock_ledger(session)
    known = queries.known_sources(session, Remittance, [each.source for each in paid])
    fresh = [each for each in {each.source: each for each in paid}.values() if each.source not in known]
    if not fresh:
        return []
    sums: dict[UUID, int] = {}
    for each in fresh:
        sums[each.agent_id] = sums.get(each.agent_id, 0) + each.amount.minor
    applied = apply_to_invoices(session, sums)
    agents = queries.lock_agents(session, sums.keys())
    for each in fresh:
        queries.check_currency(agents[each.agent_id], each.amount)
    for agent_id, minor in sums.items():
        agent = agents[agent_id]
        agent.unapplied_minor += minor - applied.get(agent_id, 0)
        agent.remitted_minor += minor
        sum_up(agent)
    _keep(session, fresh, clock)
    postings = [_posting(agents[each.agent_id], each) for each in fresh]
    ledger.post_all(session, [posting for posting in postings if posting], actor=actor, clock=clock)
    for each in fresh:
        facts = {"amount": str(each.amount.amount), "currency": each.amount.currency, "kind": each.kind.value}
        announce(session, "agent.remitted", agents[each.agent_id].public_id, facts, clock=clock)
    restate(session, sums.keys(), clock=clock)
    return [each.source for each in fresh]


def sellers_money(agent: Agent) -> AccountRef:
    """Where what an agent paid for its seller stands."""
    return AccountRef(AccountKind.WALLET, agent.currency, agent.seller_id)


def _posting(agent: Agent, paid: Paid) -> Posting | None:
    if paid.cash == sellers_money(agent):
        return None  # the seller bears it: nothing moves
    return Posting(
        key=f"agents:{paid.source}",
        event=f"agent.{paid.kind.value}",
        source=agent.public_id,
        value_date=paid.value_on,
        legs=(Leg(paid.cash, sellers_money(agent), paid.amount),),
        explanation={"rules": ["R26", "R27"], "amount": str(paid.amount.amount), "source": paid.source},
    )


def _keep(session: TenantSession, paid: Sequence[Paid], clock: Clock) -> None:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "agent_id": each.agent_id,
            "kind": each.kind,
            "amount_minor": each.amount.minor,
            "currency": each.amount.currency,
            "value_on": each.value_on,
            "source": each.source,
            "recorded_at": clock.now(),
        }
        for each in paid
    ]
    session.execute(insert(Remittance), rows)


def reverse_remittance(
    session: TenantSession, source: str, *, cash: AccountRef, value_on: date, actor: Actor, clock: Clock
) -> None:
    """Take back a remittance the bank has taken back, once; it is owed again, and billed with the next period.

    Raises NotFound.
    """
    ledger.lock_ledger(session)
    original = session.exec(
        select(Remittance).where(Remittance.tenant_id == session.tenant_id, Remittance.source == source)
    ).one_or_none()
    if original is None:
        raise NotFound(kind="remittance", reference=source)
    if queries.known_sources(session, Remittance, [source + BACK]):
        return
    agent = queries.lock_agent(session, original.agent_id)
    agent.unapplied_minor -= original.amount_minor
    agent.remitted_minor -= original.amount_minor
    sum_up(agent)
    amount = agent.money(original.amount_minor)
    # The seller may have spent it: the bank has taken it back all the same.
    leg = Leg(sellers_money(agent), cash, amount, Mode.IMPOSED)
    session.add(
        Remittance(
            tenant_id=session.tenant_id,
            id=uuid7(),
            agent_id=agent.id,
            kind=RemittanceKind.REVERSED,
            amount_minor=-original.amount_minor,
            currency=agent.currency,
            value_on=value_on,
            source=source + BACK,
            recorded_at=clock.now(),
        )
    )
    posting = Posting(
        f"agents:{source}{BACK}", "agent.remittance_reversed", agent.public_id, value_on, (leg,), {"reverses": source}
    )
    ledger.post(session, posting, actor=actor, clock=clock)
    announce(session, "agent.remittance_reversed", agent.public_id, {"amount": str(amount.amount)}, clock=clock)
    restate(session, [agent.id], clock=clock)


# An invoice that was financed is paid to its lender: what reached it since we looked has lowered what the agent owes.
_COLLECTED = text(f"""
    WITH news AS (
      SELECT period.id, period.agent_id, period.currency, paid_minor, paid_minor - collected_minor AS amount
      FROM agent_period AS period
      JOIN receivable ON receivable.tenant_id = :tenant AND receivable.id = period.receivable_id
      WHERE period.tenant_id = :tenant AND period.agent_id = ANY(CAST(:ids AS uuid[])) AND paid_minor <> collected_minor
    ), noted AS (
      UPDATE agent_period SET collected_minor = news.paid_minor FROM news
      WHERE agent_period.tenant_id = :tenant AND agent_period.id = news.id
    ), recorded AS (
      INSERT INTO agent_remittance
        (tenant_id, id, agent_id, kind, amount_minor, currency, value_on, source, recorded_at)
      SELECT :tenant, {SQL_UUID7}, agent_id, CASE WHEN amount > 0 THEN :kind ELSE 'collected' END, amount, currency,
             :on, concat('collected:', gen_random_uuid()), :now
      FROM news
    ), sums AS (
      SELECT agent_id, sum(amount)::bigint AS amount FROM news GROUP BY agent_id
    )
    UPDATE agent SET remitted_minor = remitted_minor + amount,
           outstanding_minor = greatest(sold_minor - refunded_minor - remitted_minor - amount, 0)
    FROM sums WHERE agent.tenant_id = :tenant AND agent.id = sums.agent_id
    RETURNING agent.id, amount
""")


def note_collections(
    session: TenantSession,
    agent_ids: Collection[UUID],
    *,
    clock: Clock,
    kind: RemittanceKind = RemittanceKind.COLLECTED,
) -> Mapping[UUID, int]:
    """Count what reached the agents' financed invoices meanwhile, or came back; the caller holds the agents' locks.

    Returns by how many minor units each agent's debt fell.
    """
    session.flush()
    binds = {
        "tenant": session.tenant_id,
        "ids": list(agent_ids),
        "on": clock.today(),
        "now": clock.now(),
        "kind": kind.value,
    }
    found: dict[UUID, int] = {row.id: row.amount for row in session.execute(_COLLECTED, binds)}
    forget_agents(session, found)
    return found
