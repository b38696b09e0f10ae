"""Runs and the instructions in them."""

from datetime import date
from typing import Annotated, Any

import msgspec

from app.api.pools_dto import Slot
from app.fields import MAX_NUMBER, AccountId, MandateId, Moment, RunId, shown_id
from app.money_dto import MoneyDto, shown
from domain.banking.history import Happening
from domain.banking.states import Direction, InstructionState, MessageState, Purpose
from domain.banking.tables import Instruction
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.platform.calendar import BankCalendar
from domain.platform.ids import public_id
from domain.runs.certificates import Certificate
from domain.runs.execution import Execution
from domain.runs.provisional import warnings_of
from domain.runs.queries import PREFIX as RUN
from domain.runs.queries import Standing
from domain.runs.states import RunKind, RunState
from domain.runs.tables import Run

MAX_RETRIED = 1_000  # more fail for one reason: its cause is mended first
Count = Annotated[int, msgspec.Meta(ge=0)]
InstructionNumber = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class PlanRun(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which kind of run, for which slot of today; planned before, that run is shown."""

    kind: RunKind
    slot: Slot


class RunWarningView(msgspec.Struct, kw_only=True):
    """What to know of a run before trusting its date."""

    code: Annotated[str, msgspec.Meta(examples=["provisional_date"])]
    message_en: str
    message_zh: str


class RunView(msgspec.Struct, kw_only=True):
    """What was due of one kind at one cut-off; approval is for exactly this digest."""

    id: RunId
    kind: RunKind
    business_date: date
    slot: str
    state: RunState
    item_count: Count
    left_count: Count
    totals: list[MoneyDto]
    digest: str | None
    frozen_at: Moment | None
    closed_at: Moment | None
    paused_at: Moment | None
    created_at: Moment
    warnings: list[RunWarningView]


class ExecutionView(msgspec.Struct, kw_only=True):
    """How far a run was carried out; `uncovered` items wait for cash, or for a bank's next slot (`past_cut_off`)."""

    run_id: RunId
    state: RunState
    awaits_approval: bool
    messages: dict[str, str]
    uncovered: Count
    past_cut_off: dict[str, str]


class StandingView(msgspec.Struct, kw_only=True):
    """How many items wait to be sent, are with the bank, and have their answer; and where the messages stand."""

    run_id: RunId
    waiting: Count
    at_bank: Count
    done: Count
    messages: list[MessageState]


class RetryBy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """On which business day the debtor is asked again."""

    due_on: date


class RetryItems(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which failed collections of the run are presented again, and on which business day."""

    instruction_ids: Annotated[list[InstructionNumber], msgspec.Meta(min_length=1, max_length=MAX_RETRIED)]
    due_on: date


class RetryView(msgspec.Struct, kw_only=True):
    """What will be presented again, and when."""

    instruction_id: int
    due_on: date


class CertificateView(msgspec.Struct, kw_only=True):
    """The certificate of a closed run: its facts, the SHA-256 of their canonical JSON, and what differs today."""

    run_id: RunId
    digest: str
    facts: dict[str, Any]
    differing: list[str]


class InstructionView(msgspec.Struct, kw_only=True):
    """An order to move one amount, and what the bank said of it."""

    id: int
    run_id: RunId | None
    direction: Direction
    purpose: Purpose
    attempt: int
    amount: MoneyDto
    own_account_id: AccountId
    counter_account_id: AccountId
    mandate_id: MandateId | None
    due_on: date
    remittance: str
    end_to_end_id: str
    state: InstructionState
    value_date: date | None
    reason: str | None
    created_at: Moment


class HappeningView(msgspec.Struct, kw_only=True):
    """That an instruction came to a state, alone or as one of `item_count`; `answer_id` is the bank's word for it."""

    state: InstructionState
    at: Moment
    actor: str
    reason: str | None
    of_date: date | None
    item_count: Count
    answer_id: str | None


def run_view(row: Run, calendar: BankCalendar) -> RunView:
    """The run as the API shows it; what is not certain about its date is warned of."""
    return RunView(
        id=row.public_id,
        kind=row.kind,
        business_date=row.business_date,
        slot=row.slot,
        state=row.state,
        item_count=row.item_count,
        left_count=row.left_count,
        totals=[shown(total) for total in row.sums],
        digest=row.digest.hex() if row.digest else None,
        frozen_at=row.frozen_at,
        closed_at=row.closed_at,
        paused_at=row.paused_at,
        created_at=row.created_at,
        warnings=[
            RunWarningView(code=each.code, message_en=each.message_en, message_zh=each.message_zh)
            for each in warnings_of(row, calendar)
        ],
    )


def execution_view(execution: Execution) -> ExecutionView:
    """How far it went."""
    return ExecutionView(
        run_id=public_id(RUN, execution.run_id),
        state=execution.state,
        awaits_approval=execution.awaits_approval,
        messages={public_id("msg", message): sending.value for message, sending in execution.sendings.items()},
        uncovered=execution.uncovered,
        past_cut_off=execution.past_cut_off,
    )


def standing_view(reference: str, found: Standing) -> StandingView:
    """How far it came."""
    return StandingView(
        run_id=reference,
        waiting=found.waiting,
        at_bank=found.at_bank,
        done=found.done,
        messages=sorted(found.messages),
    )


def certificate_view(reference: str, given: Certificate, differing: list[str]) -> CertificateView:
    """The certificate as it was given."""
    return CertificateView(run_id=reference, digest=given.digest.hex(), facts=given.facts, differing=differing)


def happening_view(happening: Happening) -> HappeningView:
    """The event as the API shows it."""
    return HappeningView(
        state=happening.state,
        at=happening.at,
        actor=happening.actor,
        reason=happening.reason,
        of_date=happening.of_date,
        item_count=happening.item_count,
        answer_id=shown_id("ans", happening.answer_id),
    )


def instruction_view(row: Instruction) -> InstructionView:
    """The instruction as the API shows it."""
    return InstructionView(
        id=row.id,
        run_id=shown_id(RUN, row.run_id),
        direction=row.direction,
        purpose=row.purpose,
        attempt=row.attempt,
        amount=shown(row.amount),
        own_account_id=public_id(ACCOUNT, row.own_account_id),
        counter_account_id=public_id(ACCOUNT, row.counter_account_id),
        mandate_id=shown_id("mnd", row.mandate_id),
        due_on=row.due_on,
        remittance=row.remittance,
        end_to_end_id=row.end_to_end_id,
        state=row.state,
        value_date=row.value_date,
        reason=row.reason,
        created_at=row.created_at,
    )
