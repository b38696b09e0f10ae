"""Reading corrections, over-debits, and the instructions they are about."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, func, literal
from sqlmodel import col, select

from domain.banking.tables import Instruction
from domain.parties.queries import account
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.listing import lock_row
from domain.runs.corrections.rules import Original
from domain.runs.corrections.states import GIVEN_BACK, OPEN, CorrectionState, Method
from domain.runs.corrections.tables import Correction, OverDebit
from domain.values.errors import NotFound
from domain.values.money import Money

PREFIX = "cor"
OVER_DEBIT = "ovd"


def find_instruction(session: TenantSession, instruction_id: int) -> Instruction:
    """The instruction, locked: two could each see the last of it left to refund. Raises NotFound."""
    found = session.get(Instruction, (session.tenant_id, instruction_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(kind="instruction", reference=instruction_id)
    return found


def original_of(instruction: Instruction) -> Original:
    """What the rules look at."""
    return Original(
        instruction.id, instruction.direction, instruction.state, instruction.amount, instruction.value_date
    )


def payer_of(session: TenantSession, instruction: Instruction) -> UUID:
    """The party whose account stands on the other side."""
    return account(session, instruction.counter_account_id).party_id


def find_correction(session: TenantSession, correction_id: UUID) -> Correction:
    """The correction, locked. Raises NotFound."""
    return lock_row(session, Correction, correction_id, kind="correction", reference=public_id(PREFIX, correction_id))


def given_back(session: TenantSession, instruction: Instruction) -> Money:
    """Σ of its corrections that were done or may still be."""
    total = select(func.coalesce(func.sum(col(Correction.amount_minor)), 0)).where(
        Correction.tenant_id == session.tenant_id,
        Correction.instruction_id == instruction.id,
        col(Correction.state).in_(GIVEN_BACK),
    )
    return Money.from_minor(int(session.exec(total).one()), instruction.currency)


def open_corrections(session: TenantSession, *conditions: ColumnElement[bool]) -> Sequence[Correction]:
    """Corrections under way that fit the conditions; locked, oldest first."""
    found = select(Correction).where(
        Correction.tenant_id == session.tenant_id, col(Correction.state).in_(OPEN), *conditions
    )
    return session.exec(found.order_by(col(Correction.id)).with_for_update()).all()


def of_instructions(table: type[Correction | OverDebit], ids: Collection[int]) -> ColumnElement[bool]:
    """Whether it is about one of these instructions: thousands of a batch, as one value of the statement."""
    return col(table.instruction_id) == any_(literal(list(ids), ARRAY(BigInteger)))


def paid_refunds(session: TenantSession, instruction_ids: Collection[int]) -> Sequence[Correction]:
    """Refunds of these instructions that have left."""
    found = select(Correction).where(
        Correction.tenant_id == session.tenant_id,
        Correction.state == CorrectionState.DONE,
        Correction.method == Method.TRANSFER,
        of_instructions(Correction, instruction_ids),
    )
    return session.exec(found.order_by(col(Correction.id))).all()


def given_back_whole(session: TenantSession, instruction_ids: Collection[int]) -> set[int]:
    """Those of these instructions that failed by our own doing: reversed, recalled, or refunded, at once or in parts.

    What came back by itself overtook the correction, before its owner hears of it.
    """
    found = (
        select(Correction.instruction_id)
        .join(
            Instruction,
            (col(Instruction.tenant_id) == col(Correction.tenant_id))
            & (col(Instruction.id) == col(Correction.instruction_id)),
        )
        .where(
            Correction.tenant_id == session.tenant_id,
            col(Correction.state).in_([CorrectionState.APPROVED, CorrectionState.SENT, CorrectionState.DONE]),
            of_instructions(Correction, instruction_ids),
        )
        .group_by(col(Correction.instruction_id), col(Instruction.amount_minor))
        .having(func.sum(col(Correction.amount_minor)) == col(Instruction.amount_minor))
    )
    return set(session.exec(found))


def open_over_debits(session: TenantSession, instruction_ids: Collection[int]) -> Sequence[OverDebit]:
    """Over-debits of these instructions that nobody has put right; locked."""
    found = select(OverDebit).where(
        OverDebit.tenant_id == session.tenant_id,
        col(OverDebit.resolved_at).is_(None),
        of_instructions(OverDebit, instruction_ids),
    )
    return session.exec(found.order_by(col(OverDebit.id)).with_for_update()).all()
