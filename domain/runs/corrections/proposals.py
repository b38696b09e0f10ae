"""Proposing a correction, and deciding it: two people, and the digest of what they saw."""

from uuid import UUID

from domain import approvals, audit
from domain.banking.instructions import NewInstruction, create_instructions
from domain.banking.states import Direction, Purpose
from domain.banking.tables import Instruction
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.transitions import move
from domain.runs.corrections.errors import CorrectionOutdated, CorrectionUnderWay, NoRefundFunds
from domain.runs.corrections.funds import RefundOwners, freeze
from domain.runs.corrections.queries import (
    find_correction,
    find_instruction,
    given_back,
    open_corrections,
    open_over_debits,
    original_of,
)
from domain.runs.corrections.rules import check_refund, held_until, method_for
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction
from domain.values.actor import Actor
from domain.values.money import Money

APPROVAL = "correction"
REASONS = ("AM05", "CUST", "DUPL", "TECH", "UPAY")  # ISO 20022: duplicate, customer, duplicate, technical, undue


def propose_correction(
    session: TenantSession,
    instruction_id: int,
    *,
    amount: Money,
    expected_total: Money,
    reason: str,
    owners: RefundOwners,
    actor: Actor,
    clock: Clock,
) -> Correction:
    """Ask that the amount goes back; `expected_total` is what will then have been given back of the instruction.

    Raises NotFound, CorrectionUnderWay, RefundTotalDiffers, RefundBeyondCollected, NotCorrectable, OnlyWhole,
    NoRefundFunds.
    """
    instruction = find_instruction(session, instruction_id)
    if open_corrections(session, Correction.instruction_id == instruction.id):  # type: ignore[arg-type]
        raise CorrectionUnderWay(instruction=instruction.id)
    check_refund(instruction.amount, amount, before=given_back(session, instruction), expected=expected_total)
    method = method_for(original_of(instruction), amount, clock.today())
    whole = amount == instruction.amount
    owner = owners.get(instruction.purpose)
    if not whole and (owner is None or owner.funds is None):
        raise NoRefundFunds(purpose=instruction.purpose.value)
    over_debit = next(iter(open_over_debits(session, [instruction.id])), None)
    correction = Correction(
        id=uuid7(),
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        instruction_id=instruction.id,
        account_id=instruction.counter_account_id,
        over_debit_id=None if over_debit is None else over_debit.id,
        method=method,
        currency=amount.currency,
        amount_minor=amount.minor,
        total_minor=expected_total.minor,
        whole=whole,
        reason=reason,
        state=CorrectionState.PROPOSED,
        not_before=held_until(method, instruction.value_date, clock.today()),
        made_by=str(actor),
    )
    session.add(correction)
    session.flush()
    approvals.propose(
        session, kind=APPROVAL, subject_id=correction.id, digest=correction.digest, actor=actor, clock=clock
    )
    return correction


def approve_correction(
    session: TenantSession, correction_id: UUID, *, digest: str, owners: RefundOwners, actor: Actor, clock: Clock
) -> Correction:
    """Let it be sent; another person than who proposed it.

    Raises NotFound, SamePerson, DigestChanged, CorrectionOutdated, NotCorrectable.
    """
    correction = find_correction(session, correction_id)
    instruction = find_instruction(session, correction.instruction_id)
    current = method_for(original_of(instruction), correction.amount, clock.today())
    if current is not correction.method:
        raise CorrectionOutdated(today=clock.today(), current=current.value, proposed=correction.method.value)
    approvals.approve(session, kind=APPROVAL, subject_id=correction.id, digest=digest, actor=actor, clock=clock)
    move(session, correction, CorrectionState.APPROVED, actor=actor, clock=clock)
    if correction.method is Method.TRANSFER:
        _freeze(session, correction, instruction, owners, clock)
        correction.refund_id = _refund(session, correction, instruction, clock)
    facts: dict[str, object] = {"amount": str(correction.amount), "method": correction.method.value}
    audit.record(
        session, actor=actor, action="correction.approved", subject=correction.public_id, facts=facts, clock=clock
    )
    session.flush()
    return correction


def _freeze(
    session: TenantSession, correction: Correction, instruction: Instruction, owners: RefundOwners, clock: Clock
) -> None:
    """Put aside what no over-debit has frozen yet. What goes back whole is booked by its owner, as a return is."""
    if correction.whole:
        return
    over_debits = open_over_debits(session, [instruction.id])
    missing = correction.amount_minor - sum(each.frozen_minor for each in over_debits)
    owner = owners[instruction.purpose]
    if missing > 0 and owner.funds is not None:
        amount = Money.from_minor(missing, correction.currency)
        if owner.reserve is not None:
            owner.reserve(session, instruction, amount, clock=clock)
        correction.frozen_minor = missing
        funds = owner.funds(session, instruction)
        freeze(session, f"correction:{correction.id}", instruction, amount, funds, clock=clock)


def _refund(session: TenantSession, correction: Correction, instruction: Instruction, clock: Clock) -> int:
    """A payment to the same account, in the first run of payments from the day it is held until."""
    new = NewInstruction(
        direction=Direction.CREDIT,
        purpose=Purpose.REFUND,
        obligation_key=f"correction:{correction.id}",
        amount=correction.amount,
        own_account_id=instruction.own_account_id,
        counter_account_id=correction.account_id,
        subject_id=correction.id,
        due_on=correction.not_before,
        remittance=f"Refund {instruction.end_to_end_id}",
    )
    return create_instructions(session, [new], clock=clock)[0]


def withdraw_correction(
    session: TenantSession, correction_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> Correction:
    """Give up a correction that nobody has approved. Raises NotFound, DigestChanged, IllegalTransition."""
    correction = find_correction(session, correction_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=correction.id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, correction, CorrectionState.WITHDRAWN, actor=actor, clock=clock, reason=reason)
    session.flush()
    return correction
