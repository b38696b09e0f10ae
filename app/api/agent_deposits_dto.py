"""Deposits of agents: what changed them, calls, and parts on their way back."""

from datetime import date

import msgspec

from app.fields import CallId, Digest, Moment, PartyId, ReturnId
from app.money_dto import MoneyDto, shown
from domain.financing.agents.returns import digest
from domain.financing.agents.states import CallReason, CallState, DepositEventKind, ReturnState
from domain.financing.agents.tables import DepositCall, DepositEvent, DepositReturn
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

RETURN = "drt"


class ProposeReturn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whose deposit is to be paid back, and how much of it."""

    agent_id: PartyId
    amount: MoneyDto


class DepositEventView(msgspec.Struct, kw_only=True):
    """A change of a deposit, with its sign."""

    agent_id: PartyId
    kind: DepositEventKind
    amount: MoneyDto
    value_on: date
    source: str
    recorded_at: Moment


class CallView(msgspec.Struct, kw_only=True):
    """A call to bring a deposit to `target`; `amount` was missing when it was made."""

    id: CallId
    agent_id: PartyId
    amount: MoneyDto
    target: MoneyDto
    due_on: date
    reason: CallReason
    state: CallState
    created_at: Moment


class ReturnView(msgspec.Struct, kw_only=True):
    """A part of a deposit on its way back; `digest` is what a second person approves."""

    id: ReturnId
    agent_id: PartyId
    amount: MoneyDto
    state: ReturnState
    digest: Digest
    made_by: str
    failure_reason: str
    created_at: Moment


def deposit_event_view(row: DepositEvent) -> DepositEventView:
    """The change as the API shows it."""
    return DepositEventView(
        agent_id=public_id(PARTY, row.agent_id),
        kind=row.kind,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        value_on=row.value_on,
        source=row.source,
        recorded_at=row.recorded_at,
    )


def call_view(row: DepositCall) -> CallView:
    """The call as the API shows it."""
    return CallView(
        id=row.public_id,
        agent_id=public_id(PARTY, row.agent_id),
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        target=MoneyDto.of_minor(row.target_minor, row.currency),
        due_on=row.due_on,
        reason=row.reason,
        state=row.state,
        created_at=row.created_at,
    )


def return_view(row: DepositReturn) -> ReturnView:
    """The return as the API shows it."""
    return ReturnView(
        id=row.public_id,
        agent_id=public_id(PARTY, row.agent_id),
        amount=shown(row.amount),
        state=row.state,
        digest=digest(row),
        made_by=row.made_by,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
    )
