"""Deposits on their way back to agents: made by one, approved by another, paid by the bank."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, cast, func, literal, null, select
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.approvals import service as approvals
from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing.agents import queries
from domain.financing.agents.calls import meet_calls
from domain.financing.agents.deposits import deposit_held, note_deposit
from domain.financing.agents.errors import DepositTooLow
from domain.financing.agents.rules import deposit_needed
from domain.financing.agents.standing import restate
from domain.financing.agents.states import DepositEventKind, ReturnState
from domain.financing.agents.tables import Agent, DepositReturn
from domain.ledger import service as ledger
from domain.ledger.posting import Leg, Mode, Posting
from domain.parties.queries import any_of, own_accounts, payable_accounts
from domain.platform.binds import ON, TENANT, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import BANK, Actor
from domain.values.money import Money

APPROVAL = "deposit_return"


def propose_return(
    session: TenantSession, agent_id: UUID, amount: Money, *, actor: Actor, clock: Clock
) -> DepositReturn:
    """Ask to pay a part of the deposit back. Raises NotFound, OtherCurrency, DepositTooLow."""
    agent = queries.lock_agent(session, agent_id)
    queries.check_currency(agent, amount)
    _check_free(agent, amount)
    row = DepositReturn(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        agent_id=agent_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        state=ReturnState.PROPOSED,
        made_by=str(actor),
    )
    session.add(row)
    session.flush()
    approvals.propose(session, kind=APPROVAL, subject_id=row.id, digest=digest(row), actor=actor, clock=clock)
    return row


def approve_return(
    session: TenantSession, return_id: UUID, *, digest_seen: str, actor: Actor, clock: Clock
) -> DepositReturn:
    """Let a part of the deposit leave with the next run; from now on it secures nothing.

    Raises SamePerson, DigestChanged, AlreadyDecided, DepositTooLow when more was sold meanwhile.
    """
    row = _lock(session, return_id)
    agent = queries.lock_agent(session, row.agent_id)
    _check_free(agent, row.amount)
    approvals.approve(session, kind=APPROVAL, subject_id=row.id, digest=digest_seen, actor=actor, clock=clock)
    move(session, row, ReturnState.APPROVED, actor=actor, clock=clock)
    agent.returning_minor += row.amount_minor
    announce(session, "agent.deposit_return_approved", agent.public_id, {"return": row.public_id}, clock=clock)
    restate(session, [agent.id], clock=clock)
    return row


def refuse_return(
    session: TenantSession, return_id: UUID, *, digest_seen: str, reason: str, actor: Actor, clock: Clock
) -> DepositReturn:
    """Keep the deposit. Raises DigestChanged, AlreadyDecided."""
    row = _lock(session, return_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=row.id, digest=digest_seen, reason=reason, actor=actor, clock=clock
    )
    move(session, row, ReturnState.REFUSED, actor=actor, clock=clock, reason=reason)
    return row


def digest(row: DepositReturn) -> str:
    """What the second person decides on: who gets how much."""
    return sha256(f"{row.id}|{row.agent_id}|{row.amount_minor}|{row.currency}".encode()).hexdigest()


def free_deposit(agent: Agent) -> Money:
    """What of the deposit secures nothing (R26); none of it while it must be topped up."""
    needed = deposit_needed(agent.status, agent.outstanding, agent.multiple)
    zero = Money.zero(agent.currency)
    return zero if agent.halted else max(agent.secured - needed, zero)


def _check_free(agent: Agent, amount: Money) -> None:
    free = free_deposit(agent)
    if free < amount or not amount.minor > 0:
        raise DepositTooLow(
            amount=str(amount),
            deposit=str(agent.money(agent.deposit_minor)),
            returning=str(agent.money(agent.returning_minor)),
            needed=str(deposit_needed(agent.status, agent.outstanding, agent.multiple)),
            outstanding=str(agent.outstanding),
            free=str(free),
        )


def _lock(session: TenantSession, return_id: UUID) -> DepositReturn:
    return lock_row(session, DepositReturn, return_id, kind="deposit return", reference=return_id)


def due_deposit_returns(session: TenantSession, on: date) -> Select[Any]:
    """Approved returns, out of the seller's own account to the account the agent is paid to on `on`."""
    return _due_returns().params(of(session, of_on=on))


@cache
def _due_returns() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable")
    own = own_accounts(TENANT).subquery("own")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.DEPOSIT_RETURN.value).label("purpose"),
            func.concat("deposit_return:", col(DepositReturn.id)).label("obligation_key"),
            col(DepositReturn.amount_minor).label("amount_minor"),
            col(DepositReturn.currency).label("currency"),
            own.c.account_id.label("own_account_id"),
            payable.c.account_id.label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(DepositReturn.id).label("subject_id"),
            ON.label("due_on"),
            literal("Deposit returned").label("remittance"),
        )
        .join(Agent, and_(col(Agent.tenant_id) == DepositReturn.tenant_id, col(Agent.id) == DepositReturn.agent_id))
        .join(own, and_(own.c.party_id == Agent.seller_id, own.c.currency == DepositReturn.currency))
        .join(payable, and_(payable.c.party_id == Agent.id, payable.c.currency == DepositReturn.currency))
        .where(
            col(DepositReturn.tenant_id) == TENANT,
            col(DepositReturn.state) == ReturnState.APPROVED,
        )
    )


def book_deposit_returns(session: TenantSession, outcomes: Sequence[Outcome], clock: Clock) -> None:
    """Deposits that reached their agents; what the bank refused or sent back is deposit again, and asked for anew."""
    ledger.lock_ledger(session)
    rows = _lock_all(session, [outcome.subject_id for outcome in outcomes])
    agents = queries.lock_agents(session, {row.agent_id for row in rows.values()})
    postings = []
    for outcome in sorted(outcomes, key=lambda each: each.result is not Verdict.SETTLED):
        row = rows[outcome.subject_id]
        posting = _book(session, row, agents[row.agent_id], outcome, clock)
        postings += [posting] if posting else []
    ledger.post_all(session, postings, actor=BANK, clock=clock)
    meet_calls(session, agents.keys(), clock=clock)
    restate(session, agents.keys(), clock=clock)


def _lock_all(session: TenantSession, ids: Sequence[UUID]) -> dict[UUID, DepositReturn]:
    rows = session.exec(
        select_rows(DepositReturn)
        .where(DepositReturn.tenant_id == session.tenant_id, col(DepositReturn.id) == any_of(ids))
        .order_by(col(DepositReturn.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _book(session: TenantSession, row: DepositReturn, agent: Agent, outcome: Outcome, clock: Clock) -> Posting | None:
    """One word of the bank on one return; a word that was booked before changes nothing."""
    held = deposit_held(agent.id, agent.currency)
    transit = in_transit(outcome.own_account_id, agent.currency)
    if outcome.result is Verdict.SETTLED and row.state is ReturnState.APPROVED:
        move(session, row, ReturnState.PAID, actor=BANK, clock=clock)
        agent.returning_minor -= row.amount_minor
        _note(session, agent, -row.amount_minor, DepositEventKind.RETURNED, outcome, clock=clock)
        return _posting(row, outcome, Leg(held, transit, row.amount))
    if outcome.result is Verdict.RETURNED and row.state is ReturnState.PAID:
        _fail(session, row, agent, outcome, clock)
        _note(session, agent, row.amount_minor, DepositEventKind.CAME_BACK, outcome, clock=clock)
        return _posting(row, outcome, Leg(transit, held, row.amount, Mode.IMPOSED))
    if outcome.result is Verdict.REJECTED and row.state is ReturnState.APPROVED:
        _fail(session, row, agent, outcome, clock)
        agent.returning_minor -= row.amount_minor
    return None


def _note(
    session: TenantSession, agent: Agent, minor: int, kind: DepositEventKind, outcome: Outcome, *, clock: Clock
) -> None:
    note_deposit(session, agent, minor, kind=kind, source=outcome.source, value_on=outcome.value_date, clock=clock)


def _fail(session: TenantSession, row: DepositReturn, agent: Agent, outcome: Outcome, clock: Clock) -> None:
    row.failure_reason = outcome.reason or ""
    move(session, row, ReturnState.FAILED, actor=BANK, clock=clock, reason=row.failure_reason)
    facts = {"return": row.public_id, "reason": row.failure_reason}
    announce(session, "agent.deposit_return_failed", agent.public_id, facts, clock=clock)


def _posting(row: DepositReturn, outcome: Outcome, leg: Leg) -> Posting:
    return Posting(
        key=f"agents:{outcome.source}",
        event=f"agent.deposit_return_{outcome.result.value}",
        source=row.public_id,
        value_date=outcome.value_date,
        legs=(leg,),
        explanation={"rules": ["R26"], "amount": str(row.amount.amount)},
    )
