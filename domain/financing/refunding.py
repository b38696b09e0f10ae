"""What was paid too much, paid back: asked for by the lender's maker, approved by its checker, paid by the bank.

The one way of every refund; what it is a refund of, and what it books, say `refunds` for debtors and `sales.refunds`
for merchants.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.banking.answers import Outcome
from domain.banking.states import Verdict
from domain.financing.errors import NothingToRefund
from domain.financing.sales.tables import SalesRefund
from domain.financing.states import RefundState
from domain.financing.tables import WalletRefund
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables.rules import check_above_zero
from domain.values.actor import BANK, Actor
from domain.values.money import Money

MOVES_MONEY = (Verdict.SETTLED, Verdict.RETURNED)
_LIVE = (RefundState.PROPOSED, RefundState.APPROVED)
RefundT = TypeVar("RefundT", WalletRefund, SalesRefund)


class Overpaid(Protocol):
    """An advance, locked, as far as refunds look at it."""

    @property
    def id(self) -> UUID:
        """Which it is."""

    @property
    def public_id(self) -> str:
        """What people call it."""

    @property
    def currency(self) -> str:
        """What it is paid in."""


@dataclass(frozen=True, slots=True)
class Refunds(Generic[RefundT]):
    """Refunds of one table: what they are called in refusals, their approvals, and the event of one that failed."""

    table: type[RefundT]
    noun: str
    approval: str
    failed: str

    def propose(
        self,
        session: TenantSession,
        advance: Overpaid,
        wallet: Money,
        amount: Money,
        *,
        reason: str,
        actor: Actor,
        clock: Clock,
    ) -> RefundT:
        """Ask to pay back some of what lies in the wallet of an advance. Raises NothingToRefund."""
        check_above_zero(amount, advance.currency)
        if any(each.state in _LIVE for each in self.of_advance(session, advance.id)):
            raise NothingToRefund(advance=advance.public_id, amount=str(amount), wallet=str(wallet))
        _require_covered(advance, wallet, amount)
        row = self.table(
            tenant_id=session.tenant_id,
            created_at=clock.now(),
            advance_id=advance.id,
            state=RefundState.PROPOSED,
            amount_minor=amount.minor,
            currency=amount.currency,
            reason=reason,
            made_by=str(actor),
        )
        session.add(row)
        session.flush()
        approvals.propose(session, kind=self.approval, subject_id=row.id, digest=_digest(row), actor=actor, clock=clock)
        return row

    def approve(
        self, session: TenantSession, row: RefundT, advance: Overpaid, wallet: Money, *, actor: Actor, clock: Clock
    ) -> RefundT:
        """Let it leave with the next run. Raises SamePerson, NothingToRefund when a payment was returned meanwhile."""
        _require_covered(advance, wallet, row.amount)
        approvals.approve(session, kind=self.approval, subject_id=row.id, digest=_digest(row), actor=actor, clock=clock)
        move(session, row, RefundState.APPROVED, actor=actor, clock=clock)
        session.flush()
        return row

    def refuse(self, session: TenantSession, refund_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> RefundT:
        """Keep the money where it is. Raises AlreadyDecided, NotFound."""
        row = self.find(session, refund_id)
        approvals.reject(
            session, kind=self.approval, subject_id=row.id, digest=_digest(row), reason=reason, actor=actor, clock=clock
        )
        move(session, row, RefundState.REFUSED, actor=actor, clock=clock, reason=reason)
        session.flush()
        return row

    def find(self, session: TenantSession, refund_id: UUID) -> RefundT:
        """The refund, locked. Raises NotFound."""
        return lock_row(session, self.table, refund_id, kind=self.noun, reference=refund_id)

    def of_advance(self, session: TenantSession, advance_id: UUID) -> list[RefundT]:
        """All that was asked for on an advance, oldest first."""
        found = select(self.table).where(self.table.tenant_id == session.tenant_id, self.table.advance_id == advance_id)
        return list(session.exec(found.order_by(col(self.table.id))))

    def lock(self, session: TenantSession, ids: Collection[UUID]) -> dict[UUID, RefundT]:
        """Those of the ids that are refunds of this table, locked."""
        found = (
            select(self.table)
            .where(self.table.tenant_id == session.tenant_id, col(self.table.id) == any_of(ids))
            .order_by(col(self.table.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {row.id: row for row in session.exec(found)}

    def follow(
        self, session: TenantSession, rows: dict[UUID, RefundT], outcomes: Sequence[Outcome], clock: Clock
    ) -> None:
        """Bring refunds to what the bank said of them, settlements first; what failed is asked for anew."""
        for outcome in sorted(outcomes, key=settled_first):
            row = rows[outcome.subject_id]
            if outcome.result is Verdict.SETTLED and row.state is RefundState.APPROVED:
                move(session, row, RefundState.PAID, actor=BANK, clock=clock)
            elif outcome.result is not Verdict.SETTLED and row.state in {RefundState.APPROVED, RefundState.PAID}:
                row.failure_reason = outcome.reason or ""
                move(session, row, RefundState.FAILED, actor=BANK, clock=clock, reason=row.failure_reason)
                announce(session, self.failed, row.public_id, {"reason": row.failure_reason}, clock=clock)
        session.flush()


def settled_first(outcome: Outcome) -> bool:
    """The order of a batch of answers, which may bring a refund and its return."""
    return outcome.result is not Verdict.SETTLED


def _require_covered(advance: Overpaid, wallet: Money, amount: Money) -> None:
    if wallet < amount:
        raise NothingToRefund(advance=advance.public_id, amount=str(amount), wallet=str(wallet))


def _digest(row: WalletRefund | SalesRefund) -> str:
    return sha256(f"{row.id}|{row.advance_id}|{row.amount_minor}|{row.currency}|{row.reason}".encode()).hexdigest()
