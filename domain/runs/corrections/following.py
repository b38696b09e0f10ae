"""What became of corrections: by the bank's answers to them, and by what became of the instructions themselves."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from sqlmodel import col, select

from domain.banking.answers import Outcome
from domain.banking.errors import ForeignReference
from domain.banking.instructions import cancel_instructions
from domain.banking.messages.camt029 import REJECTED, read_resolution
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.pain002 import read_status_report
from domain.banking.references import own_instruction_id, parse_message_id
from domain.banking.states import InstructionState, MessageState, Purpose, Verdict
from domain.banking.tables import BankMessage, Instruction
from domain.ledger.posting import Mode
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.runs.corrections.funds import BY, RefundOwners, keep_refund, pay_refund, regain_parts, thaw
from domain.runs.corrections.queries import (
    find_correction,
    find_instruction,
    of_instructions,
    open_corrections,
    open_over_debits,
    paid_refunds,
)
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction, OverDebit
from domain.values.actor import BANK
from domain.values.errors import DomainError
from domain.values.money import Money

Handlers = Mapping[Purpose, Callable[..., object]]
_UNREASONED = "NARR"
_C = CorrectionState


@dataclass(frozen=True, slots=True)
class _Said:
    """What one answer says of the items of one message: refused ones with their reasons, or all of them."""

    reference: str
    refused: dict[str, str]
    all_refused: str | None = None
    is_last_word: bool = False


def apply_answers(session: TenantSession, contents: Mapping[UUID, bytes], *, clock: Clock) -> dict[UUID, str]:
    """Refuse what the bank refuses (pain.002, camt.029); returns the answers that cannot be believed, and why.

    What it grants is done once the money has moved, which the instruction's own outcome tells.
    """
    unbelievable: dict[UUID, str] = {}
    for answer_id, content in contents.items():
        try:
            said = _read(content)
            message_id = _message_id(session, said.reference)
        except DomainError as error:
            unbelievable[answer_id] = error.message("en")
            continue
        if message_id is None:
            unbelievable[answer_id] = f"It answers “{said.reference}”, which is no correction of ours."
            continue
        _refuse(session, message_id, said, clock)
        if said.is_last_word or said.all_refused:
            move_all(session, BankMessage, [message_id], MessageState.ANSWERED, actor=BANK, clock=clock)
    return unbelievable


def _read(content: bytes) -> _Said:
    try:
        report = read_status_report(BytesIO(content))
    except UnexpectedMessage:
        resolution = read_resolution(BytesIO(content))
        decisions = list(resolution.decisions)
        refused = {each.end_to_end_id: each.reason or _UNREASONED for each in decisions if each.status == REJECTED}
        return _Said(resolution.original_message_id or "", refused, is_last_word=True)
    items = list(report.items)
    refused = {item.end_to_end_id: item.reason or _UNREASONED for item in items if item.status == "RJCT"}
    whole = report.group_status == "RJCT" and not items
    return _Said(report.original_message_id, refused, (report.group_reason or _UNREASONED) if whole else None)


def _message_id(session: TenantSession, reference: str) -> UUID | None:
    try:
        tenant, number = parse_message_id(reference)
    except ForeignReference:
        return None
    found = select(Correction.message_id).join(
        BankMessage,
        (col(BankMessage.tenant_id) == col(Correction.tenant_id)) & (col(BankMessage.id) == Correction.message_id),
    )
    mine = found.where(Correction.tenant_id == session.tenant_id, BankMessage.number == number).limit(1)
    return session.exec(mine).one_or_none() if tenant == session.tenant_id else None


def _refuse(session: TenantSession, message_id: UUID, said: _Said, clock: Clock) -> None:
    reasons = {own_instruction_id(session.tenant_id, name): reason for name, reason in said.refused.items()}
    for correction in open_corrections(session, col(Correction.message_id) == message_id):
        reason = reasons.get(correction.instruction_id, said.all_refused)
        if reason is not None:
            _fail(session, correction, reason, clock)
    session.flush()


def _fail(session: TenantSession, correction: Correction, reason: str, clock: Clock) -> None:
    if correction.state is _C.OVERTAKEN:
        return
    correction.failure_reason = reason
    move(session, correction, _C.REFUSED, actor=BANK, clock=clock, reason=reason)
    announce(session, "correction.refused", correction.public_id, {"reason": reason}, clock=clock)


def follow_outcomes(session: TenantSession, outcomes: Sequence[Outcome], owners: RefundOwners, *, clock: Clock) -> None:
    """Before owners book returns and rejections: what was put aside for them is theirs to give back again."""
    failed = {each.instruction_id: each for each in outcomes if each.result is not Verdict.SETTLED}
    if not failed:
        return
    _thaw_all(session, open_over_debits(session, failed), owners, clock)
    finished = open_corrections(session, of_instructions(Correction, failed))
    for correction in finished:
        _finish(session, correction, failed[correction.instruction_id], owners, clock)
    for correction in paid_refunds(session, [each for each in failed if failed[each].result is Verdict.RETURNED]):
        _tell_of_both(session, correction, failed[correction.instruction_id], clock)
    session.flush()
    _close_messages(session, {each.message_id for each in finished if each.message_id is not None}, clock)


def _close_messages(session: TenantSession, ids: Collection[UUID], clock: Clock) -> None:
    """A reversal has no last word of its own: it is answered when all of it has come back."""
    open_ids = {each.message_id for each in open_corrections(session, col(Correction.message_id).in_(ids))}
    answered = sorted(set(ids) - open_ids)
    if answered:
        move_all(session, BankMessage, answered, MessageState.ANSWERED, actor=BANK, clock=clock)


def _thaw_all(session: TenantSession, over_debits: Iterable[OverDebit], owners: RefundOwners, clock: Clock) -> None:
    for over_debit in over_debits:
        instruction = find_instruction(session, over_debit.instruction_id)
        funds = owners[over_debit.purpose].funds if over_debit.purpose in owners else None
        if over_debit.frozen_minor and funds is not None:
            key = f"over_debit:{over_debit.id}"
            thaw(session, key, instruction, over_debit.frozen, funds(session, instruction), clock=clock)
        over_debit.resolved_at = clock.now()


def _finish(
    session: TenantSession, correction: Correction, outcome: Outcome, owners: RefundOwners, clock: Clock
) -> None:
    """The money has gone back, or never came: by our asking, or before it."""
    asked = correction.state is _C.SENT and correction.method is not Method.TRANSFER
    if correction.refund_id is not None:
        refund = find_instruction(session, correction.refund_id)
        if refund.state is not InstructionState.CREATED:
            _tell_of_both(session, correction, outcome, clock)
        else:
            cancel_instructions(session, [refund.id], reason="overtaken", actor=BY, clock=clock)
            session.refresh(correction)
    _thaw_own(session, correction, owners, clock)
    move(session, correction, _C.DONE if asked else _C.OVERTAKEN, actor=BANK, clock=clock, reason=outcome.reason or "")


def _tell_of_both(session: TenantSession, correction: Correction, outcome: Outcome, clock: Clock) -> None:
    """A refund is on its way or paid, and the debit came back too: a person has to ask the payer for it."""
    facts = {"amount": str(correction.amount), "reason": outcome.reason}
    announce(session, "refund.and_return", correction.public_id, facts, clock=clock)


def _thaw_own(session: TenantSession, correction: Correction, owners: RefundOwners, clock: Clock) -> None:
    if correction.frozen_minor:
        instruction = find_instruction(session, correction.instruction_id)
        owner = owners[instruction.purpose]
        assert owner.funds is not None, "it was frozen out of them"
        amount, funds = (
            Money.from_minor(correction.frozen_minor, correction.currency),
            owner.funds(session, instruction),
        )
        thaw(session, f"correction:{correction.id}", instruction, amount, funds, clock=clock)
        if owner.release is not None:
            owner.release(session, instruction, amount, clock=clock)


def book_refunds(
    session: TenantSession,
    outcomes: Sequence[Outcome],
    *,
    handlers: Handlers,
    owners: RefundOwners,
    clock: Clock,
) -> None:
    """Refunds by transfer: one that left is the payer's, one that was refused or came back is kept for it."""
    for outcome in outcomes:
        correction = find_correction(session, outcome.subject_id)
        instruction = find_instruction(session, correction.instruction_id)
        if outcome.result is Verdict.SETTLED:
            _paid(session, correction, instruction, outcome, handlers=handlers, owners=owners, clock=clock)
        elif outcome.result is Verdict.RETURNED:
            keep_refund(session, correction, instruction, outcome.value_date, clock=clock)
            _fail(session, correction, outcome.reason or _UNREASONED, clock)
        elif outcome.result is Verdict.REJECTED and correction.state is not _C.OVERTAKEN:
            _thaw_own(session, correction, owners, clock)
            _fail(session, correction, outcome.reason or _UNREASONED, clock)
    session.flush()


def _paid(
    session: TenantSession,
    correction: Correction,
    instruction: Instruction,
    outcome: Outcome,
    *,
    handlers: Handlers,
    owners: RefundOwners,
    clock: Clock,
) -> None:
    if correction.state is _C.OVERTAKEN:
        # The debit came back while this was on its way: nothing is put aside any more, and the payer owes it.
        pay_refund(session, correction, instruction, outcome.value_date, clock=clock, mode=Mode.IMPOSED)
        return
    over_debits = open_over_debits(session, [instruction.id])
    returned = _as_returned(instruction, correction, outcome)
    if correction.whole:
        # The owner hears of it as of a return: nothing is left of the collection.
        _thaw_all(session, over_debits, owners, clock)
        session.flush()  # owners may forget what is not written
        handlers[instruction.purpose](session, [returned], clock=clock)
    else:
        pay_refund(session, correction, instruction, outcome.value_date, clock=clock)
        for over_debit in over_debits:
            over_debit.frozen_minor -= min(over_debit.frozen_minor, correction.amount_minor - correction.frozen_minor)
            if not over_debit.frozen_minor:
                over_debit.resolved_at = clock.now()
        if _is_last_part(session, correction, instruction):
            _end_as_whole(session, correction, instruction, returned, handlers=handlers, owners=owners, clock=clock)
    session.refresh(correction)
    move(session, correction, _C.DONE, actor=BANK, clock=clock)
    announce(session, "correction.done", correction.public_id, {"amount": str(correction.amount)}, clock=clock)


def _is_last_part(session: TenantSession, correction: Correction, instruction: Instruction) -> bool:
    """Whether nothing is left of a collection all of which came out of its owner's funds, part by part."""
    parts = [*paid_refunds(session, [instruction.id]), correction]
    return sum(part.frozen_minor for part in parts) == instruction.amount_minor


def _end_as_whole(
    session: TenantSession,
    correction: Correction,
    instruction: Instruction,
    returned: Outcome,
    *,
    handlers: Handlers,
    owners: RefundOwners,
    clock: Clock,
) -> None:
    """The owner hears of the whole as of a return, and not of the parts any more, which it has paid already."""
    owner = owners[instruction.purpose]
    assert owner.funds is not None, "the parts came out of them"
    funds = owner.funds(session, instruction)
    if owner.release is not None:
        owner.release(session, instruction, instruction.amount, clock=clock)
    session.flush()  # owners may forget what is not written
    handlers[instruction.purpose](session, [returned], clock=clock)
    regain_parts(session, correction, instruction, funds, returned.value_date, clock=clock)


def _as_returned(instruction: Instruction, correction: Correction, refund: Outcome) -> Outcome:
    return Outcome(
        instruction_id=instruction.id,
        purpose=instruction.purpose,
        direction=instruction.direction,
        subject_id=instruction.subject_id,
        result=Verdict.RETURNED,
        amount=instruction.amount,
        value_date=refund.value_date,
        reason=correction.reason,
        own_account_id=instruction.own_account_id,
        counter_account_id=instruction.counter_account_id,
        mandate_id=instruction.mandate_id,
        attempt=instruction.attempt,
        obligation_key=instruction.obligation_key,
        run_id=instruction.run_id,
    )
