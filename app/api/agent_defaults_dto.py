"""Defaults of agents, and the claims that follow."""

from datetime import date

import msgspec

from app.fields import ClaimId, DefaultId, Digest, Moment, PartyId, Reason
from app.money_dto import MoneyDto, shown
from domain.financing.agents.defaults import digest
from domain.financing.agents.states import ClaimState, ClaimStep, DefaultState
from domain.financing.agents.tables import AgentClaim, AgentDefault
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

DEFAULT, CLAIM = "dft", "clm"


class DeclareDefault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who does not pay, what it owes, and why it is called a default."""

    agent_id: PartyId
    owed: MoneyDto
    reason: Reason


class ClaimPayment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is set against the claim of what is held for its payer."""

    amount: MoneyDto


class DefaultView(msgspec.Struct, kw_only=True):
    """A default: what the deposit paid, what claims paid, what is left; `digest` is what a second person approves."""

    id: DefaultId
    agent_id: PartyId
    owed: MoneyDto
    by_deposit: MoneyDto
    by_claims: MoneyDto
    rest: MoneyDto
    declared_on: date
    reason: str
    state: DefaultState
    digest: Digest
    made_by: str
    created_at: Moment


class ClaimView(msgspec.Struct, kw_only=True):
    """A claim on who stands at that step of the order (R27)."""

    id: ClaimId
    default_id: DefaultId
    agent_id: PartyId
    step: ClaimStep
    payer_id: PartyId
    amount: MoneyDto
    paid: MoneyDto
    state: ClaimState
    created_at: Moment


def default_view(row: AgentDefault) -> DefaultView:
    """The default as the API shows it."""
    return DefaultView(
        id=row.public_id,
        agent_id=public_id(PARTY, row.agent_id),
        owed=shown(row.owed),
        by_deposit=MoneyDto.of_minor(row.deposit_minor, row.currency),
        by_claims=MoneyDto.of_minor(row.paid_minor, row.currency),
        rest=shown(row.rest),
        declared_on=row.declared_on,
        reason=row.reason,
        state=row.state,
        digest=digest(row),
        made_by=row.made_by,
        created_at=row.created_at,
    )


def claim_view(row: AgentClaim) -> ClaimView:
    """The claim as the API shows it."""
    return ClaimView(
        id=row.public_id,
        default_id=public_id(DEFAULT, row.default_id),
        agent_id=public_id(PARTY, row.agent_id),
        step=row.step,
        payer_id=public_id(PARTY, row.payer_id),
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        paid=MoneyDto.of_minor(row.paid_minor, row.currency),
        state=row.state,
        created_at=row.created_at,
    )
