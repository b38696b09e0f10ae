"""What is done about a funded advance: costs, holds, releases, recourse, write-offs, and what it cost in the end."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import AdvanceId, HoldId, Moment, PartyId, Reason, WriteOffId, line
from app.money_dto import MoneyDto, shown, shown_rate
from domain.financing.rules import AllInRate
from domain.financing.service import CostOfAdvance
from domain.financing.states import ProvisionKind, WriteOffState
from domain.financing.tables import ProvisionMovement, RecourseDemand, ReserveHold, WriteOff
from domain.platform.ids import public_id


class ChargeCost(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A cost of collection; its reference (a lawyer's invoice, say) is charged once."""

    amount: MoneyDto
    on: date
    reference: Annotated[str, line(64, "Counts once on the advance.", "LAW-2026-17")]
    reason: Reason


class PlaceHold(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of the reserve to keep back, and why."""

    amount: MoneyDto
    reason: Reason


class ReleasePolicy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether the reserve leaves by rule, or waits for the lender's checker."""

    by_rule: bool


class SetOff(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The advance of the same seller whose reserve the call is taken out of."""

    against_id: AdvanceId
    reason: Reason


class HoldView(msgspec.Struct, kw_only=True):
    """A hold on a reserve."""

    id: HoldId
    amount: MoneyDto
    reason: str
    placed_on: date
    placed_by: str
    lifted_on: date | None
    lifted_by: str | None
    lift_reason: str


class HoldList(msgspec.Struct, kw_only=True):
    """All holds there were, oldest first."""

    items: list[HoldView]


class AmountView(msgspec.Struct, kw_only=True):
    """How much it came to."""

    amount: MoneyDto


class RecourseDemandView(msgspec.Struct, kw_only=True):
    """What the seller was asked for on a day, to have its invoice back (R11)."""

    advance_id: AdvanceId
    demanded_on: date
    amount: MoneyDto
    reason: str
    made_by: str


class WriteOffView(msgspec.Struct, kw_only=True):
    """An advance given up: in force once risk has agreed."""

    id: WriteOffId
    advance_id: AdvanceId
    state: WriteOffState
    value_date: date
    amount: MoneyDto
    reason: str
    made_by: str
    created_at: Moment


class AllInRateView(msgspec.Struct, kw_only=True):
    """The whole cost as a yearly rate."""

    simple: str
    effective: str


class CashFlowView(msgspec.Struct, kw_only=True):
    """Cash on a day, as the lender sees it: below zero what it paid out."""

    on: date
    amount: MoneyDto


class CostView(msgspec.Struct, kw_only=True):
    """What was quoted before acceptance beside what it came to (R14); no realised rate while something is owed."""

    quoted: AllInRateView
    realised: AllInRateView | None
    cost: MoneyDto | None
    flows: list[CashFlowView]


class ProvisionView(msgspec.Struct, kw_only=True):
    """How a lender's provision changed, and the closing financing it is measured by (R23)."""

    lender_id: PartyId
    kind: ProvisionKind
    business_date: date
    change: MoneyDto
    financing: MoneyDto
    nonperforming: MoneyDto


def provision_view(row: ProvisionMovement) -> ProvisionView:
    """The movement as the API shows it."""
    return ProvisionView(
        lender_id=public_id("pty", row.lender_id),
        kind=row.kind,
        business_date=row.business_date,
        change=MoneyDto.of_minor(row.change_minor, row.currency),
        financing=MoneyDto.of_minor(row.financing_minor, row.currency),
        nonperforming=MoneyDto.of_minor(row.nonperforming_minor, row.currency),
    )


def hold_view(hold: ReserveHold) -> HoldView:
    """The hold as the API shows it."""
    return HoldView(
        id=hold.public_id,
        amount=MoneyDto.of_minor(hold.amount_minor, hold.currency),
        reason=hold.reason,
        placed_on=hold.placed_on,
        placed_by=hold.placed_by,
        lifted_on=hold.lifted_on,
        lifted_by=hold.lifted_by,
        lift_reason=hold.lift_reason,
    )


def demand_view(demand: RecourseDemand) -> RecourseDemandView:
    """The demand as the API shows it."""
    return RecourseDemandView(
        advance_id=public_id("adv", demand.advance_id),
        demanded_on=demand.demanded_on,
        amount=MoneyDto.of_minor(demand.amount_minor, demand.currency),
        reason=demand.reason,
        made_by=demand.made_by,
    )


def write_off_view(row: WriteOff) -> WriteOffView:
    """The write-off as the API shows it."""
    return WriteOffView(
        id=row.public_id,
        advance_id=public_id("adv", row.advance_id),
        state=row.state,
        value_date=row.value_date,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        reason=row.reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def cost_view(found: CostOfAdvance) -> CostView:
    """Both rates side by side."""
    return CostView(
        quoted=_rate_view(found.quoted),
        realised=None if found.realised is None else _rate_view(found.realised),
        cost=None if found.realised is None else shown(found.cost),
        flows=[CashFlowView(on=flow.on, amount=shown(flow.amount)) for flow in found.flows],
    )


def _rate_view(rate: AllInRate) -> AllInRateView:
    return AllInRateView(simple=shown_rate(rate.simple), effective=shown_rate(rate.effective))
