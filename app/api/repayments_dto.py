"""Payments that people book, and what each does to the debts it is set against."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec

from app.fields import (
    MAX_ITEMS,
    MAX_NUMBER,
    AdvanceId,
    Moment,
    PartyId,
    Reason,
    RepaymentId,
    line,
)
from app.money_dto import MoneyDto, shown
from domain.financing.repayment_lines import Share
from domain.financing.replay import payoff_on
from domain.financing.states import Payer, RepaymentState
from domain.financing.tables import Repayment
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

REPAYMENT = "rpy"
Chosen = Annotated[list[AdvanceId], msgspec.Meta(max_length=MAX_ITEMS)]


class EnterRepayment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A payment to a lender's own account.

    `advance_ids` are the debts the payer chose, in its order; without a choice the law decides (R8). `entry_id` names
    the statement entry that waits in suspense.
    """

    lender_id: PartyId
    payer_id: PartyId
    payer: Payer = Payer.DEBTOR
    amount: MoneyDto
    value_date: date
    reference: Annotated[str, line(64, "Counts once for the lender.", "2026-03-27/0815")]
    reason: Reason
    advance_ids: Chosen = msgspec.field(default_factory=list)
    entry_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)] | None = None


class MatchEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The statement entry in suspense that is a payment entered before it."""

    entry_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class ReviewRepayment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The debts to set it against, where they are not to be chosen by law."""

    advance_ids: Chosen = msgspec.field(default_factory=list)


class RepaymentShareView(msgspec.Struct, kw_only=True):
    """What of a payment is set against one advance on its value date, part by part (R7), and what is owed after it."""

    advance_id: AdvanceId
    amount: MoneyDto
    costs: MoneyDto
    penalty: MoneyDto
    interest: MoneyDto
    principal: MoneyDto
    reserve: MoneyDto
    overpaid: MoneyDto
    recovered: MoneyDto
    payoff_after: MoneyDto


class RepaymentView(msgspec.Struct, kw_only=True):
    """A payment: books nothing until a second person settles it."""

    id: RepaymentId
    lender_id: PartyId
    payer_id: PartyId
    payer: Payer
    state: RepaymentState
    amount: MoneyDto
    value_date: date
    reference: str
    reason: str
    entry_id: int | None
    made_by: str
    created_at: Moment


class RepaymentDetail(msgspec.Struct, kw_only=True):
    """A payment and what it does, or did, to each debt."""

    repayment: RepaymentView
    shares: list[RepaymentShareView]


def repayment_view(row: Repayment) -> RepaymentView:
    """The payment as the API shows it."""
    return RepaymentView(
        id=row.public_id,
        lender_id=public_id(PARTY, row.lender_id),
        payer_id=public_id(PARTY, row.payer_id),
        payer=row.payer,
        state=row.state,
        amount=shown(row.amount),
        value_date=row.value_date,
        reference=row.reference,
        reason=row.reason,
        entry_id=row.entry_number,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def repayment_detail(row: Repayment, shares: Sequence[Share]) -> RepaymentDetail:
    """The payment with its waterfalls."""
    return RepaymentDetail(
        repayment=repayment_view(row), shares=[_share_view(share, row.value_date) for share in shares]
    )


def _share_view(share: Share, on: date) -> RepaymentShareView:
    before, after = share.before, share.after
    return RepaymentShareView(
        advance_id=share.advance.public_id,
        amount=shown(share.amount),
        costs=shown(after.costs_paid - before.costs_paid),
        penalty=shown(after.penalty_paid - before.penalty_paid),
        interest=shown(after.interest_paid - before.interest_paid),
        principal=shown(before.principal - after.principal),
        reserve=shown(after.surplus + after.kept - before.surplus - before.kept),
        overpaid=shown(after.overpaid - before.overpaid),
        recovered=shown(after.recovered - before.recovered),
        payoff_after=shown(payoff_on(share.advance.contract, after, on)),
    )
