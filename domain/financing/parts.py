"""Parts of a claim as lenders see them: what must be over before it is split or passed on, what the parts would cost.

Requests that nobody has met close with the change, because what was offered is no longer there; whatever a buyer's
programme or an agent's settlement counts on stays whole.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import select

from domain.financing.agents.tables import AgentPeriod
from domain.financing.dilution import Dilution, dilute_receivable, live_advances
from domain.financing.payables.tables import Payable
from domain.financing.positions import open_positions
from domain.financing.requests import close_requests
from domain.financing.splitting import ChildClaim, split_claim
from domain.financing.terms import Terms
from domain.ledger import steps
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables import queries
from domain.receivables.dilution import require_new, require_owed
from domain.receivables.exposure import lock_receivables
from domain.receivables.parts import merging, splitting, transfers
from domain.receivables.parts.errors import NotDivisible
from domain.receivables.parts.rules import check_faces, split_evenly
from domain.receivables.parts.splitting import find_split
from domain.receivables.parts.transfers import find_transfer
from domain.receivables.parts.wholes import live_parts, lock_parts, parts_of
from domain.receivables.rules import check_above_zero
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable, ReceivableSplit, ReceivableTransfer
from domain.values.actor import Actor
from domain.values.money import Money


def parts_wanted(row: Receivable, parts: int | None, amounts: Sequence[Money] | None) -> Sequence[Money]:
    """The faces of the parts: so many equal ones, or just these amounts. Raises TooManyParts, PartsDiffer."""
    faces = split_evenly(row.unpaid, parts or 0) if amounts is None else amounts
    check_faces(row.unpaid, faces)
    return faces


def preview_split(row: Receivable, faces: Sequence[Money], terms: Terms, *, from_on: date) -> Sequence[ChildClaim]:
    """What each part would bear from a day to its due date, at one price: the parts' interest is the whole's (R17).

    Advances on the parts are contracts of their own, and each rounds its own interest. Raises NegativeDays.
    """
    return split_claim(row.unpaid, faces, terms, terms.day_count.days(from_on, row.due_on))


def propose_split(
    session: TenantSession, receivable_id: UUID, faces: Sequence[Money], *, reason: str, actor: Actor, clock: Clock
) -> ReceivableSplit:
    """The holder's maker proposes the parts. Raises what `receivables.parts.splitting` does, NotDivisible."""
    require_uncounted(session, queries.lock(session, receivable_id))
    return splitting.propose_split(session, receivable_id, faces, reason=reason, actor=actor, clock=clock)


def approve_split(
    session: TenantSession, split_id: UUID, *, digest: str, actor: Actor, clock: Clock
) -> list[Receivable]:
    """The second person splits it; what was asked of lenders for the whole is closed. Raises NotDivisible."""
    split = find_split(session, split_id)
    row = queries.lock(session, split.receivable_id)
    require_uncounted(session, row)
    close_requests(session, [row.id], actor=actor, clock=clock, reason=split.public_id)
    return splitting.approve_split(session, split_id, digest=digest, actor=actor, clock=clock)


def approve_merge(session: TenantSession, split_id: UUID, *, digest: str, actor: Actor, clock: Clock) -> Receivable:
    """The second person merges the parts; what was about to be asked of lenders for one is closed."""
    split = find_split(session, split_id)
    parts = lock_receivables(session, [part.id for part in parts_of(session, split.receivable_id)])
    wished = [part.id for part in parts.values() if part.state is not ReceivableState.LISTED]
    close_requests(session, wished, actor=actor, clock=clock, reason=split.public_id)
    return merging.approve_merge(session, split_id, digest=digest, actor=actor, clock=clock)


def accept_transfer(
    session: TenantSession, transfer_id: UUID, *, digest: str, actor: Actor, clock: Clock
) -> ReceivableTransfer:
    """The receiver takes the part; what its holder had asked of lenders is closed."""
    transfer = find_transfer(session, transfer_id)
    part = queries.lock(session, transfer.receivable_id)
    close_requests(session, [part.id], actor=actor, clock=clock, reason=transfer.public_id)
    return transfers.accept_transfer(session, transfer_id, digest=digest, actor=actor, clock=clock)


def require_uncounted(session: TenantSession, row: Receivable) -> None:
    """No programme of its buyer and no settlement of an agent counts on the receivable whole. Raises NotDivisible."""
    tenant_id = session.tenant_id
    payable = select(Payable.receivable_id).where(Payable.tenant_id == tenant_id, Payable.receivable_id == row.id)
    period = select(AgentPeriod.id).where(AgentPeriod.tenant_id == tenant_id, AgentPeriod.receivable_id == row.id)
    if session.exec(payable).first() is not None:
        reason = "a programme of its buyer counts on it", "已纳入买方应付账款计划"
    elif session.exec(period).first() is not None:
        reason = "an agent's settlement period counts on it", "为代理人结算期账款"
    else:
        return
    raise NotDivisible(receivable=row.public_id, state=row.state.value, reason_en=reason[0], reason_zh=reason[1])


def credit_whole(
    session: TenantSession,
    receivable_id: UUID,
    *,
    amount: Money,
    reference: str,
    issued_on: date,
    reason: str,
    evidence: bytes,
    actor: Actor,
    clock: Clock,
) -> list[Dilution]:
    """Set a credit note on an invoice against all its parts, by what is unpaid on each (R10, R17).

    Largest remainder: the parts' credits are the note to the cent, and none is credited more than it is owed. Returns
    what became of each. Raises CreditBeyondInvoice, CreditKnown, CreditNotYetIssued, NotFound.
    """
    # The ledger before everything else, then all that the parts stand under, at once.
    steps.lock_ledger(session)
    ids = live_parts(session, [receivable_id])[receivable_id]
    open_positions(session, live_advances(session, ids).values())
    parts = lock_parts(session, receivable_id)
    whole = queries.lock(session, receivable_id)
    check_above_zero(amount, whole.currency)
    require_owed(whole, amount)
    for part in parts:
        require_new(session, part, reference)
    shares = amount.allocate([part.unpaid.minor for part in parts])
    return [
        dilute_receivable(
            session,
            part.id,
            amount=share,
            reference=reference,
            issued_on=issued_on,
            reason=reason,
            evidence=evidence,
            actor=actor,
            clock=clock,
        )
        for part, share in zip(parts, shares, strict=True)
        if share
    ]
