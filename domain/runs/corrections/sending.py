"""Reversals (pain.007) and recalls (camt.056) written for the bank: a message per original message and block."""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from uuid import UUID

from sqlmodel import col, select

from domain.banking.messages import pain001, pain008
from domain.banking.messages.camt056 import write_recalls
from domain.banking.messages.corrections import Recall, RecallFile, Reversal, ReversalFile
from domain.banking.messages.pain007 import write_reversals
from domain.banking.outgoing import Outgoing, Slot, keep_messages, reserve_slots
from domain.banking.references import payment_block_id
from domain.banking.states import Direction, MessageKind
from domain.banking.tables import BankMessage, Instruction, MessageBlock
from domain.parties.accounts import AccountIdentity, account_numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.transitions import move
from domain.runs.corrections.funds import BY
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction
from domain.values.money import Money

_Row = tuple[Correction, Instruction, BankMessage, MessageBlock]
_KINDS = {Direction.DEBIT: pain008.KIND, Direction.CREDIT: pain001.KIND}


def prepare_corrections(session: TenantSession, *, keys: KeyRing, clock: Clock) -> list[UUID]:
    """Messages for all approved recalls and reversals, ready to be submitted after the commit."""
    rows = _approved(session)
    groups = [list(members) for _, members in groupby(rows, key=_group)]
    slots = reserve_slots(session, len(groups))
    outgoing = [_outgoing(session, slot, group, keys, clock) for slot, group in zip(slots, groups, strict=True)]
    keep_messages(session, outgoing, keys=keys, clock=clock)
    for slot, group in zip(slots, groups, strict=True):
        for correction, *_ in group:
            correction.message_id = slot.id
            move(session, correction, CorrectionState.SENT, actor=BY, clock=clock)
    session.flush()
    return [slot.id for slot in slots]


def _approved(session: TenantSession) -> Sequence[_Row]:
    tenant = session.tenant_id
    found = (
        select(Correction, Instruction, BankMessage, MessageBlock)
        .join(
            Instruction,
            (col(Instruction.tenant_id) == tenant) & (col(Instruction.id) == col(Correction.instruction_id)),
        )
        .join(BankMessage, (col(BankMessage.tenant_id) == tenant) & (col(BankMessage.id) == Instruction.message_id))
        .join(
            MessageBlock,
            (col(MessageBlock.tenant_id) == tenant)
            & (col(MessageBlock.message_id) == col(BankMessage.id))
            & (col(MessageBlock.own_account_id) == col(Instruction.own_account_id)),
        )
        .where(
            Correction.tenant_id == tenant,
            Correction.state == CorrectionState.APPROVED,
            col(Correction.method).in_([Method.RECALL, Method.REVERSAL]),
        )
        .order_by(col(Correction.method), col(BankMessage.number), col(MessageBlock.position), col(Correction.id))
    )
    return session.exec(found.with_for_update(of=Correction)).all()


def _group(row: _Row) -> tuple[str, int, int]:
    correction, _, message, block = row
    return correction.method.value, message.number, block.position


def _outgoing(session: TenantSession, slot: Slot, group: Sequence[_Row], keys: KeyRing, clock: Clock) -> Outgoing:
    first, instruction, message, _ = group[0]
    own = account_numbers(session, [instruction.own_account_id], keys)[instruction.own_account_id]
    write = _reversals if first.method is Method.REVERSAL else _recalls
    return Outgoing(
        slot=slot,
        kind=MessageKind.REVERSAL if first.method is Method.REVERSAL else MessageKind.RECALL,
        direction=message.direction,
        total=Money.total((correction.amount for correction, *_ in group), first.currency),
        content=write(slot, group, own, clock),
        item_count=len(group),
    )


def _reversals(slot: Slot, group: Sequence[_Row], own: AccountIdentity, clock: Clock) -> bytes:
    _, _, message, block = group[0]
    items = [
        Reversal(
            reversal_id=correction.public_id,
            end_to_end_id=instruction.end_to_end_id,
            collected=instruction.amount,
            reversed_amount=correction.amount,
            reason=correction.reason,
            collected_on=instruction.value_date,
        )
        for correction, instruction, *_ in group
    ]
    out = BytesIO()
    file = ReversalFile(
        message_id=slot.reference,
        created_at=clock.now(),
        initiating_name=own.holder_name,
        original_message_id=message.bank_reference,
        original_kind=_KINDS[message.direction],
        original_block_id=payment_block_id(message.number, block.position),
        count=len(items),
        total=_sum(group),
        items=items,
    )
    write_reversals(file, out)
    return out.getvalue()


def _recalls(slot: Slot, group: Sequence[_Row], own: AccountIdentity, clock: Clock) -> bytes:
    message = group[0][2]
    items = [
        Recall(
            recall_id=correction.public_id,
            end_to_end_id=instruction.end_to_end_id,
            amount=correction.amount,
            reason=correction.reason,
            settled_on=instruction.value_date,
        )
        for correction, instruction, *_ in group
    ]
    out = BytesIO()
    file = RecallFile(
        message_id=slot.reference,
        created_at=clock.now(),
        assigner=own.holder_name,
        bank_id=own.bank_id,
        original_message_id=message.bank_reference,
        original_kind=_KINDS[message.direction],
        count=len(items),
        total=_sum(group),
        items=items,
    )
    write_recalls(file, out)
    return out.getvalue()


def _sum(group: Sequence[_Row]) -> Decimal:
    return sum((correction.amount.amount for correction, *_ in group), Decimal(0))
