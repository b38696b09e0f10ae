"""Corrections and over-debits."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from app.fields import MAX_NUMBER, AccountId, Moment, public, shown_id
from app.money_dto import MoneyDto
from domain.banking.states import Purpose
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.platform.ids import public_id
from domain.runs.corrections.queries import OVER_DEBIT
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction, OverDebit

CorrectionId = Annotated[str, public("cor", "A correction.")]
OverDebitId = Annotated[str, public("ovd", "An over-debit.")]
InstructionNumber = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER, description="Number of the instruction.")]


class ProposeCorrection(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How much of an instruction goes back, and what will then have gone back of it in all."""

    instruction_id: InstructionNumber
    amount: MoneyDto
    expected_total: MoneyDto
    reason: Literal["AM05", "CUST", "DUPL", "TECH", "UPAY"]


class CorrectionView(msgspec.Struct, kw_only=True):
    """Money on its way back: by which method, how much in all, and not before which day; approved by its digest."""

    id: CorrectionId
    instruction_id: int
    account_id: AccountId
    over_debit_id: OverDebitId | None
    method: Method
    amount: MoneyDto
    total: MoneyDto
    reason: str
    state: CorrectionState
    not_before: date
    digest: str
    failure_reason: str
    created_at: Moment


class OverDebitView(msgspec.Struct, kw_only=True):
    """An obligation for which more was collected than is due, and how much of it is put aside for the payer."""

    id: OverDebitId
    purpose: Purpose
    obligation: str
    instruction_id: int
    due: MoneyDto
    collected: MoneyDto
    excess: MoneyDto
    frozen: MoneyDto
    found_on: date
    resolved_at: Moment | None


def correction_view(row: Correction) -> CorrectionView:
    """The correction as the API shows it."""
    return CorrectionView(
        id=row.public_id,
        instruction_id=row.instruction_id,
        account_id=public_id(ACCOUNT, row.account_id),
        over_debit_id=shown_id(OVER_DEBIT, row.over_debit_id),
        method=row.method,
        amount=MoneyDto.of(row.amount),
        total=MoneyDto.of_minor(row.total_minor, row.currency),
        reason=row.reason,
        state=row.state,
        not_before=row.not_before,
        digest=row.digest,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
    )


def over_debit_view(row: OverDebit) -> OverDebitView:
    """The over-debit as the API shows it."""
    return OverDebitView(
        id=public_id(OVER_DEBIT, row.id),
        purpose=row.purpose,
        obligation=row.obligation_key,
        instruction_id=row.instruction_id,
        due=MoneyDto.of_minor(row.due_minor, row.currency),
        collected=MoneyDto.of_minor(row.collected_minor, row.currency),
        excess=MoneyDto.of_minor(row.excess_minor, row.currency),
        frozen=MoneyDto.of(row.frozen),
        found_on=row.found_on,
        resolved_at=row.resolved_at,
    )
