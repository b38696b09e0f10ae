"""Who says what is due, and who books what the bank says: the table through which runs reach the business.

A module below never knows of runs. It gives SELECTs of what is due and functions that book outcomes; here they are put
together, by kind of run and by purpose of instruction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Protocol

from sqlalchemy import FromClause, Select

from domain.banking.dispatch import AnswerOwners
from domain.banking.outcomes import Outcome, Outcomes
from domain.banking.states import AnswerKind, Purpose, Verdict
from domain.collection.decisions import apply_decisions
from domain.collection.dues import amounts_due, due_debits, move_debits
from domain.collection.horizon import leave_days_behind
from domain.collection.payouts import book_payouts, due_payouts, plan_payouts
from domain.collection.queries import active_mandates, mandates_by_account
from domain.collection.refunds import note_given_back, refund_funds, release_refund, reserve_refund
from domain.collection.states import MandatePurpose
from domain.financing.agents.returns import book_deposit_returns, due_deposit_returns
from domain.financing.dues import due_collections, due_disbursements, due_recourse, due_releases
from domain.financing.outcomes import book_collections, book_disbursements, book_recourse, book_releases
from domain.financing.payables.dues import due_early_payments
from domain.financing.payables.outcomes import book_early_payments
from domain.financing.refunds import due_wallet_refunds
from domain.financing.sales import refunds as sales_refunds
from domain.financing.sales.dues import due_sales_collections, due_sales_disbursements
from domain.financing.sales.outcomes import book_sales_collections, book_sales_disbursements
from domain.ledger import service as ledger
from domain.ledger.posting import Posting
from domain.platform.binds import ON, TENANT
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling.execution import book_sweeps, due_sweeps, prepare_wave
from domain.pooling.interest_payments import due_interest
from domain.runs.corrections.following import apply_answers, book_refunds
from domain.runs.corrections.funds import RefundOwner, RefundOwners
from domain.runs.corrections.queries import given_back_whole
from domain.runs.states import RunKind
from domain.values.actor import BANK

Source = Callable[[TenantSession, date], Select[Any]]


class Handler(Protocol):
    """Books outcomes of one purpose against in transit, many at once, in the caller's transaction."""

    def __call__(self, session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> object:
        """Book them; one that was booked before changes nothing."""


class Mover(Protocol):
    """Moves the rows of one purpose, and leaves it to the caller to book what that comes to."""

    def __call__(self, session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> Sequence[Posting]:
        """Move them; what is returned is to be booked in the same transaction."""


class Preparation(Protocol):
    """What an owner does before its dues of a date are gathered."""

    def __call__(self, session: TenantSession, on: date, *, clock: Clock) -> object:
        """Make ready."""


ANSWERS: AnswerOwners = {AnswerKind.MANDATES: apply_decisions, AnswerKind.CORRECTIONS: apply_answers}
# What is collected beyond an invoice is the debtor's in financing's own books (its wallet), so nothing is frozen here.
_FAILED = (Verdict.REJECTED, Verdict.RETURNED)
REFUNDS: RefundOwners = {
    Purpose.ENTRUSTED_COLLECTION: RefundOwner(amounts_due, refund_funds, reserve_refund, release_refund)
}


@dataclass(frozen=True, slots=True)
class Owners:
    """The table: dues and preparations by kind of run, bookings by purpose, answers about no instruction by kind.

    Outcomes of a purpose with a mover are moved before the bank's cash is booked, all others are handled after it.
    """

    sources: Mapping[RunKind, Sequence[Source]]
    purposes: Mapping[RunKind, Sequence[Purpose]]
    handlers: Mapping[Purpose, Handler]
    preparations: Mapping[RunKind, Preparation]
    answers: AnswerOwners = field(default_factory=lambda: ANSWERS)
    refunds: RefundOwners = field(default_factory=lambda: REFUNDS)
    movers: Mapping[Purpose, Mover] = field(default_factory=dict)


@cache
def _mandates(purpose: MandatePurpose) -> FromClause:
    """Those in force on the day that dues are asked for."""
    return active_mandates(TENANT, ON, purpose).subquery("mandates")


def _collections(session: TenantSession, on: date) -> Select[Any]:
    return due_collections(session, on, mandates=_mandates(MandatePurpose.TRADE_PAYMENT))


def _recourse(session: TenantSession, on: date) -> Select[Any]:
    # Repaying what it was lent is another purpose than paying for goods, and another mandate.
    return due_recourse(session, on, mandates=_mandates(MandatePurpose.LOAN_REPAYMENT))


def _shares_of_sales(session: TenantSession, on: date) -> Select[Any]:
    mandates = active_mandates(session.tenant_id, on, MandatePurpose.LOAN_REPAYMENT).subquery("mandates")
    return due_sales_collections(session, on, mandates=mandates)


def _sweeps(session: TenantSession, on: date) -> Select[Any]:
    return due_sweeps(session, on, mandates=mandates_by_account(session.tenant_id, on))


def _prepare_debits(session: TenantSession, on: date, *, clock: Clock) -> None:  # noqa: ARG001 - as others prepare
    leave_days_behind(session, on)


def _prepare_sweeps(session: TenantSession, on: date, *, clock: Clock) -> None:
    prepare_wave(session, on, clock=clock, mandates=mandates_by_account(session.tenant_id, on))


def _move_debits(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> Sequence[Posting]:
    """Collection moves its dues; which of them failed by our own doing is known here."""
    postings = move_debits(session, outcomes, clock=clock)
    few = outcomes.failed if isinstance(outcomes, Outcomes) else outcomes
    failed = {each.instruction_id: each.subject_id for each in few if each.result in _FAILED}
    ours = given_back_whole(session, failed) if failed else set()
    if ours:
        note_given_back(session, [failed[instruction_id] for instruction_id in sorted(ours)], clock=clock)
    return postings


def _book_debits(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    ledger.post_all(session, _move_debits(session, outcomes, clock=clock), actor=BANK, clock=clock)


def _book_refunds(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    book_refunds(session, outcomes, handlers=HANDLERS, owners=REFUNDS, clock=clock)


SOURCES: dict[RunKind, list[Source]] = {
    RunKind.DEBIT: [_collections, _recourse, _shares_of_sales, due_debits],
    RunKind.DISBURSEMENT: [due_disbursements, due_early_payments, due_sales_disbursements],
    RunKind.SWEEP: [_sweeps, due_interest],
    RunKind.RELEASE: [due_releases, due_deposit_returns, due_wallet_refunds, sales_refunds.due_sales_refunds],
    RunKind.PAYOUT: [due_payouts],
}
PURPOSES: dict[RunKind, list[Purpose]] = {
    RunKind.DEBIT: [
        Purpose.RECEIVABLE_COLLECTION,
        Purpose.RECOURSE_COLLECTION,
        Purpose.SALES_COLLECTION,
        Purpose.ENTRUSTED_COLLECTION,
    ],
    RunKind.DISBURSEMENT: [Purpose.ADVANCE_DISBURSEMENT, Purpose.EARLY_PAYMENT, Purpose.SALES_DISBURSEMENT],
    RunKind.SWEEP: [Purpose.SWEEP],
    RunKind.RELEASE: [Purpose.HOLDBACK_RELEASE, Purpose.DEPOSIT_RETURN, Purpose.WALLET_REFUND, Purpose.REFUND],
    RunKind.PAYOUT: [Purpose.CLIENT_PAYOUT],
}
HANDLERS: dict[Purpose, Handler] = {
    Purpose.ADVANCE_DISBURSEMENT: book_disbursements,
    Purpose.RECEIVABLE_COLLECTION: book_collections,
    Purpose.RECOURSE_COLLECTION: book_recourse,
    Purpose.HOLDBACK_RELEASE: book_releases,
    Purpose.DEPOSIT_RETURN: book_deposit_returns,
    Purpose.WALLET_REFUND: sales_refunds.book_refunds,
    Purpose.EARLY_PAYMENT: book_early_payments,
    Purpose.SALES_DISBURSEMENT: book_sales_disbursements,
    Purpose.SALES_COLLECTION: book_sales_collections,
    Purpose.SWEEP: book_sweeps,
    Purpose.ENTRUSTED_COLLECTION: _book_debits,
    Purpose.CLIENT_PAYOUT: book_payouts,
    Purpose.REFUND: _book_refunds,
}
# A client has a million payers: their dues are moved while other workers can still post.
MOVERS: dict[Purpose, Mover] = {Purpose.ENTRUSTED_COLLECTION: _move_debits}
OWNERS = Owners(
    SOURCES,
    PURPOSES,
    HANDLERS,
    {RunKind.DEBIT: _prepare_debits, RunKind.SWEEP: _prepare_sweeps, RunKind.PAYOUT: plan_payouts},
    movers=MOVERS,
)
