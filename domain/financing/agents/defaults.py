"""An agent that does not pay: deposit, next payouts, guarantor, seller, in this order (R27)."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.agents import queries, reviews
from domain.financing.agents.calls import call_after_use
from domain.financing.agents.deposits import deposit_held, note_deposit
from domain.financing.agents.errors import ClaimOverpaid, DefaultOpen, NobodyLeftToClaim, NothingOwed
from domain.financing.agents.remittances import note_collections
from domain.financing.agents.rules import cover_default, next_step
from domain.financing.agents.settling import settle_debt
from domain.financing.agents.states import (
    ClaimState,
    ClaimStep,
    DefaultState,
    DepositEventKind,
    RemittanceKind,
)
from domain.financing.agents.tables import Agent, AgentClaim, AgentDefault
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.parties.queries import any_of
from domain.parties.relations import related
from domain.parties.states import RelationKind
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.money import Money

APPROVAL = "agent_default"
CLAIM_APPROVAL = "agent_claim"


def declare_default(
    session: TenantSession, agent_id: UUID, owed: Money, *, reason: str, actor: Actor, clock: Clock
) -> AgentDefault:
    """Put before a second person that an agent does not pay what it owes. Raises NothingOwed, DefaultOpen, NotFound."""
    agent = queries.lock_agent(session, agent_id)
    queries.check_currency(agent, owed)
    note_collections(session, [agent_id], clock=clock)
    open_one = session.exec(
        select(AgentDefault).where(
            AgentDefault.tenant_id == session.tenant_id,
            AgentDefault.agent_id == agent_id,
            col(AgentDefault.state).in_([DefaultState.DECLARED, DefaultState.ENFORCED]),
        )
    ).one_or_none()
    if open_one is not None:
        raise DefaultOpen(default=open_one.public_id)
    if not 0 < owed.minor <= agent.outstanding_minor:
        raise NothingOwed(owed=str(owed), outstanding=str(agent.outstanding))
    row = AgentDefault(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        agent_id=agent_id,
        owed_minor=owed.minor,
        currency=owed.currency,
        declared_on=clock.today(),
        reason=reason,
        state=DefaultState.DECLARED,
        made_by=str(actor),
    )
    session.add(row)
    session.flush()
    approvals.propose(session, kind=APPROVAL, subject_id=row.id, digest=digest(row), actor=actor, clock=clock)
    announce(session, "agent.default_declared", agent.public_id, {"owed": str(owed.amount)}, clock=clock)
    return row


def digest(row: AgentDefault) -> str:
    """What the second person decides on: whose default, of how much."""
    return sha256(f"{row.id}|{row.agent_id}|{row.owed_minor}|{row.currency}".encode()).hexdigest()


def enforce_default(
    session: TenantSession, default_id: UUID, *, digest_seen: str, actor: Actor, clock: Clock
) -> AgentDefault:
    """Use the deposit, call it up again, claim the rest, and judge the agent anew (R27).

    Owed 412,000.00, deposit 300,000.00: 112,000.00 are claimed, and nothing is sold until the deposit is topped up.
    Raises SamePerson, DigestChanged, AlreadyDecided, NothingOwed when it was paid meanwhile.
    """
    # The ledger before everything else, as the bank's answers lock it.
    ledger.lock_ledger(session)
    row = _lock_default(session, default_id)
    approvals.approve(session, kind=APPROVAL, subject_id=row.id, digest=digest_seen, actor=actor, clock=clock)
    agent = queries.lock_agent(session, row.agent_id)
    note_collections(session, [agent.id], clock=clock)
    if agent.outstanding < row.owed:
        raise NothingOwed(owed=str(row.owed), outstanding=str(agent.outstanding))
    move(session, row, DefaultState.ENFORCED, actor=actor, clock=clock)
    before = agent.secured
    used, rest = cover_default(row.owed, before)
    if used:
        _use_deposit(session, row, agent, used, actor=actor, clock=clock)
    policy = queries.policy_on(session, clock.today())
    call_after_use(session, agent, before or row.owed, policy.call_days, clock=clock)
    agent.halted = True
    if rest:
        _claim(session, row, agent, None, rest, clock=clock)
    else:
        move(session, row, DefaultState.SETTLED, actor=actor, clock=clock, reason="by the deposit")
    session.flush()
    reviews.review_agents(session, clock=clock, actor=actor, ids=[agent.id], reason="default")
    return row


def _use_deposit(
    session: TenantSession, row: AgentDefault, agent: Agent, used: Money, *, actor: Actor, clock: Clock
) -> None:
    source, held = f"default:{row.id}", deposit_held(agent.id, agent.currency)
    row.deposit_minor = used.minor
    note_deposit(
        session,
        agent,
        -used.minor,
        kind=DepositEventKind.USED,
        source=source,
        value_on=clock.today(),
        clock=clock,
    )
    settle_debt(
        session, agent.id, used, cash=held, source=source, kind=RemittanceKind.DEPOSIT, actor=actor, clock=clock
    )
    announce(session, "agent.deposit_used", agent.public_id, {"amount": str(used.amount)}, clock=clock)


def refuse_default(
    session: TenantSession, default_id: UUID, *, digest_seen: str, reason: str, actor: Actor, clock: Clock
) -> AgentDefault:
    """There is no default: the agent has paid, or will. Raises DigestChanged, AlreadyDecided."""
    row = _lock_default(session, default_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=row.id, digest=digest_seen, reason=reason, actor=actor, clock=clock
    )
    move(session, row, DefaultState.REFUSED, actor=actor, clock=clock, reason=reason)
    return row


def _claim(
    session: TenantSession, row: AgentDefault, agent: Agent, after: ClaimStep | None, amount: Money, *, clock: Clock
) -> AgentClaim:
    """Claim from who stands next in the order (R27). Raises NobodyLeftToClaim."""
    guarantors = related(session, [agent.id, agent.debtor_id], RelationKind.GUARANTOR)
    named = sorted({each for found in guarantors.values() for each in found})
    payers = {ClaimStep.PAYOUTS: [agent.id], ClaimStep.GUARANTOR: named, ClaimStep.SELLER: [agent.seller_id]}
    step = next_step(after, {each: bool(payers[each]) for each in ClaimStep})
    if step is None:
        raise NobodyLeftToClaim(claim=row.public_id)
    claim = AgentClaim(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        default_id=row.id,
        agent_id=agent.id,
        step=step,
        payer_id=payers[step][0],
        amount_minor=amount.minor,
        currency=amount.currency,
        state=ClaimState.OPEN,
    )
    session.add(claim)
    session.flush()
    facts = {"claim": claim.public_id, "step": step.value, "amount": str(amount.amount)}
    announce(session, "agent.claimed", agent.public_id, facts, clock=clock)
    return claim


def pass_on_claim(session: TenantSession, claim_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> AgentClaim:
    """Claim what was not paid from the next in the order; returns the new claim. Raises NobodyLeftToClaim."""
    claim = _lock_claim(session, claim_id)
    if claim.step is ClaimStep.SELLER:
        raise NobodyLeftToClaim(claim=claim.public_id)
    move(session, claim, ClaimState.PASSED_ON, actor=actor, clock=clock, reason=reason)
    session.flush()
    row, agent = _lock_default(session, claim.default_id), queries.find_agent(session, claim.agent_id)
    return _claim(session, row, agent, claim.step, claim.unpaid, clock=clock)


def propose_claim_payment(
    session: TenantSession, claim_id: UUID, amount: Money, *, actor: Actor, clock: Clock
) -> AgentClaim:
    """Ask to set what is held for the payer against the claim. Raises ClaimOverpaid, NotFound."""
    claim = _lock_claim(session, claim_id)
    _check_payment(claim, amount)
    seen = claim_digest(claim, amount)
    approvals.propose(session, kind=CLAIM_APPROVAL, subject_id=claim.id, digest=seen, actor=actor, clock=clock)
    return claim


def claim_digest(claim: AgentClaim, amount: Money) -> str:
    """What the second person decides on: who pays how much, on what was paid before."""
    facts = f"{claim.id}|{claim.payer_id}|{claim.paid_minor}|{amount.minor}|{amount.currency}"
    return sha256(facts.encode()).hexdigest()


def approve_claim_payment(
    session: TenantSession, claim_id: UUID, amount: Money, *, actor: Actor, clock: Clock
) -> AgentClaim:
    """Take the payment of what is held for the payer, its next payouts among it, and lower what the agent owes (R27).

    Raises SamePerson, DigestChanged, NothingProposed, ClaimOverpaid, InsufficientFunds when less is held for the payer.
    """
    ledger.lock_ledger(session)
    claim = _lock_claim(session, claim_id)
    _check_payment(claim, amount)
    seen = claim_digest(claim, amount)
    approvals.approve(session, kind=CLAIM_APPROVAL, subject_id=claim.id, digest=seen, actor=actor, clock=clock)
    row = _lock_default(session, claim.default_id)
    settle_debt(
        session,
        claim.agent_id,
        amount,
        cash=AccountRef(AccountKind.WALLET, amount.currency, claim.payer_id),
        source=f"claim:{claim.id}:{claim.paid_minor}",
        kind=RemittanceKind.CLAIMED,
        actor=actor,
        clock=clock,
    )
    claim.paid_minor += amount.minor
    row.paid_minor += amount.minor
    if not claim.unpaid:
        move(session, claim, ClaimState.PAID, actor=actor, clock=clock)
    if not row.rest:
        move(session, row, DefaultState.SETTLED, actor=actor, clock=clock)
    session.flush()
    announce(session, "agent.claim_paid", claim.public_id, {"amount": str(amount.amount)}, clock=clock)
    return claim


def claims_on(session: TenantSession, party_ids: Collection[UUID], currency: str) -> Mapping[UUID, Money]:
    """What is claimed of these parties' next payouts (R27); whoever pays them withholds it. Others are left out."""
    rows = session.exec(
        select(AgentClaim.payer_id, func.sum(col(AgentClaim.amount_minor) - col(AgentClaim.paid_minor)))
        .where(
            AgentClaim.tenant_id == session.tenant_id,
            col(AgentClaim.payer_id) == any_of(party_ids),
            AgentClaim.currency == currency,
            AgentClaim.state == ClaimState.OPEN,
        )
        .group_by(col(AgentClaim.payer_id))
    )
    return {payer_id: Money.from_minor(int(minor), currency) for payer_id, minor in rows}


def _check_payment(claim: AgentClaim, amount: Money) -> None:
    if amount.currency != claim.currency or not 0 < amount.minor <= claim.unpaid.minor:
        raise ClaimOverpaid(amount=str(amount), open_amount=str(claim.unpaid))


def _lock_default(session: TenantSession, default_id: UUID) -> AgentDefault:
    return lock_row(session, AgentDefault, default_id, kind="default", reference=default_id)


def _lock_claim(session: TenantSession, claim_id: UUID) -> AgentClaim:
    return lock_row(session, AgentClaim, claim_id, kind="claim", reference=claim_id)
