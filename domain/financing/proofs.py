"""Payments that a person entered before the bank's statement showed them: proved by the entry, and never booked twice.

Such a payment was taken out of suspense, where the entry will put it. An entry that may be one is not recognised by
itself: it waits in suspense until somebody says that it is this payment, or another.
"""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import col, select

from domain.financing.errors import RepaymentUnproved
from domain.financing.owed import NewRepayment
from domain.financing.states import RepaymentState
from domain.financing.tables import Repayment
from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.values.money import Money

_S = RepaymentState
_STANDING = (_S.RECEIVED, _S.SUSPENSE, _S.MATCHED, _S.ALLOCATED, _S.SETTLED)
APART = timedelta(days=7)  # a bank's value date, and the day somebody was told that money is coming


def unproved(session: TenantSession, lender_ids: Collection[UUID]) -> list[Repayment]:
    """The lenders' payments that stand and that no statement entry has proved."""
    return list(
        session.exec(
            select(Repayment)
            .where(
                Repayment.tenant_id == session.tenant_id,
                col(Repayment.lender_id) == any_of(lender_ids),
                col(Repayment.entry_number).is_(None),
                col(Repayment.state).in_(_STANDING),
            )
            .order_by(col(Repayment.id))
        )
    )


def may_be(repayment: Repayment, payer_id: UUID, amount: Money, value_date: date) -> bool:
    """Whether money of that payer may be the very payment that was entered."""
    same = (repayment.payer_id, repayment.amount) == (payer_id, amount)
    return same and abs(repayment.value_date - value_date) <= APART


def require_unclaimed(session: TenantSession, new: NewRepayment) -> None:
    """Raise RepaymentUnproved where the entry may be a payment that was entered before without one."""
    if new.entry_number is None:
        return
    for known in unproved(session, [new.lender_id]):
        if may_be(known, new.payer_id, new.amount, new.value_date):
            raise RepaymentUnproved(repayment=known.public_id, entry=new.entry_number, amount=str(new.amount))
