"""Merchants' payments as the API takes and shows them, with what each is set against."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import MAX_NUMBER, Moment, PartyId, Reason, SalesAdvanceId, SalesRepaymentId, line
from app.money_dto import MoneyDto, shown
from domain.financing.sales.payoffs import Effect
from domain.financing.sales.tables import SalesRepayment
from domain.financing.states import RepaymentState
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

SALES_REPAYMENT = "srp"


class EnterSalesRepayment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A merchant's payment to its lender's own account; `entry_id` names the statement entry that waits in suspense."""

    sales_advance_id: SalesAdvanceId
    amount: MoneyDto
    value_date: date
    reference: Annotated[str, line(64, "Counts once for the lender.", "2026-03-27/0815")]
    reason: Reason
    entry_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)] | None = None


class SalesRepaymentView(msgspec.Struct, kw_only=True):
    """A merchant's payment: books nothing until a second person settles it."""

    id: SalesRepaymentId
    sales_advance_id: SalesAdvanceId
    lender_id: PartyId
    merchant_id: PartyId
    state: RepaymentState
    amount: MoneyDto
    value_date: date
    reference: str
    reason: str
    entry_id: int | None
    made_by: str
    created_at: Moment


class SalesRepaymentDetail(msgspec.Struct, kw_only=True):
    """A payment and what it does, or did, on its value date: part by part (R7), and what settles the advance then."""

    repayment: SalesRepaymentView
    penalty: MoneyDto
    recovered: MoneyDto
    repaid: MoneyDto
    rebate: MoneyDto
    overpaid: MoneyDto
    payoff_after: MoneyDto


def sales_repayment_view(row: SalesRepayment) -> SalesRepaymentView:
    """The payment as the API shows it."""
    return SalesRepaymentView(
        id=row.public_id,
        sales_advance_id=public_id("sad", row.advance_id),
        lender_id=public_id(PARTY, row.lender_id),
        merchant_id=public_id(PARTY, row.merchant_id),
        state=row.state,
        amount=shown(row.amount),
        value_date=row.value_date,
        reference=row.reference,
        reason=row.reason,
        entry_id=row.entry_number,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def sales_repayment_detail(row: SalesRepayment, effect: Effect) -> SalesRepaymentDetail:
    """The payment with what it is set against."""
    before, after = effect.before, effect.after
    return SalesRepaymentDetail(
        repayment=sales_repayment_view(row),
        penalty=shown(after.penalty_paid - before.penalty_paid),
        recovered=shown(after.recovered - before.recovered),
        repaid=shown(after.repaid - before.repaid),
        rebate=shown(after.rebated - before.rebated),
        overpaid=shown(after.overpaid - before.overpaid),
        payoff_after=shown(effect.payoff_after),
    )
