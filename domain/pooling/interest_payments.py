"""Interest that is paid in cash: due payments for the sweep run, and the bank's word on them.

They travel with the purpose of sweeps, because they move cash within the pool as these do; their subject tells
them apart.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, any_, case, cast, func, literal, null, select
from sqlmodel import col

from domain.banking.answers import Outcome
from domain.banking.states import Direction, Purpose, Verdict
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.pooling.interest_postings import paid_legs
from domain.pooling.queries import as_array
from domain.pooling.settlements import MARK_SETTLED
from domain.pooling.states import SettlementState
from domain.pooling.tables import InterestSettlement
from domain.values.actor import BANK
from domain.values.money import Money

_NET = col(InterestSettlement.earned_minor) - col(InterestSettlement.owed_minor)
_BRANCH, _HEADER = col(InterestSettlement.account_id), col(InterestSettlement.parent_account_id)


def due_interest(session: TenantSession, on: date) -> Select[Any]:
    """Interest to pay, by the standard columns: the header pays what the branch earned beyond what it owes."""
    key = literal("pool_interest:") + cast(col(InterestSettlement.id), String)
    return select(
        literal(Direction.CREDIT.value).label("direction"),
        literal(Purpose.SWEEP.value).label("purpose"),
        key.label("obligation_key"),
        func.abs(_NET).label("amount_minor"),
        col(InterestSettlement.currency),
        case((_NET > 0, _HEADER), else_=_BRANCH).label("own_account_id"),
        case((_NET > 0, _BRANCH), else_=_HEADER).label("counter_account_id"),
        cast(null(), Uuid).label("mandate_id"),
        col(InterestSettlement.id).label("subject_id"),
        literal(on).label("due_on"),
        literal(f"INTEREST {on.isoformat()}").label("remittance"),
    ).where(
        col(InterestSettlement.tenant_id) == session.tenant_id,
        col(InterestSettlement.state) == SettlementState.DUE,
        col(InterestSettlement.until) <= on,
    )


def book_interest_payments(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> list[Outcome]:
    """Book the outcomes that are payments of interest; returns the others. What was booked before changes nothing."""
    if not outcomes:
        return []
    ids = [outcome.subject_id for outcome in outcomes]
    found = select(InterestSettlement).where(
        col(InterestSettlement.tenant_id) == session.tenant_id, col(InterestSettlement.id) == any_(as_array(ids))
    )
    payments = {row.id: row for row in session.scalars(found.with_for_update())}
    for outcome in outcomes:
        if outcome.subject_id in payments:
            _book(session, payments[outcome.subject_id], outcome, clock)
    return [outcome for outcome in outcomes if outcome.subject_id not in payments]


_BEFORE = {
    Verdict.SETTLED: SettlementState.DUE,
    Verdict.REJECTED: SettlementState.DUE,
    Verdict.RETURNED: SettlementState.SETTLED,
}


def _book(session: TenantSession, payment: InterestSettlement, outcome: Outcome, clock: Clock) -> None:
    if payment.state is not _BEFORE[outcome.result]:
        return
    settled = outcome.result is Verdict.SETTLED
    if outcome.result is not Verdict.REJECTED:
        _post(session, payment, outcome, clock)
        _mark(session, payment.id, 1 if settled else -1)
    to = SettlementState.SETTLED if settled else SettlementState.RELEASED
    move_all(session, InterestSettlement, [payment.id], to, actor=BANK, clock=clock, reason=outcome.reason or "")


def _post(session: TenantSession, payment: InterestSettlement, outcome: Outcome, clock: Clock) -> None:
    accrued = Money.from_minor(payment.earned_minor + payment.owed_minor, payment.currency)
    legs = paid_legs(
        payment.parent_party_id,
        payer=outcome.own_account_id,
        payee=outcome.counter_account_id,
        net=outcome.amount,
        accrued=accrued,
        back=outcome.result is Verdict.RETURNED,
    )
    posting = Posting(
        key=f"pool_interest_payment:{payment.id}:{outcome.result.value}",
        event=f"pool.interest_{outcome.result.value}",
        source=f"interest_settlement:{payment.id}",
        value_date=outcome.value_date,
        legs=tuple(legs),
        explanation={"earned": payment.earned_minor, "owed": payment.owed_minor, "until": payment.until.isoformat()},
    )
    ledger.post(session, posting, actor=BANK, clock=clock)


def _mark(session: TenantSession, payment_id: UUID, sign: int) -> None:
    session.execute(MARK_SETTLED, {"tenant": session.tenant_id, "ids": [payment_id], "sign": sign})
