"""Advances, what happened to them, and orders to pay them out."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.contract_dto import ContractDto, contract_dto
from app.fields import (
    MAX_ITEMS,
    AdvanceId,
    FacilityId,
    FundingOrderId,
    Moment,
    OfferId,
    PartyId,
    Reason,
    ReceivableId,
    shown_id,
)
from app.money_dto import MoneyDto, shown
from domain.financing.accrual import booked_figures
from domain.financing.replay import EventKind, Figures
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance, AdvanceEvent, FundingOrder
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

ADVANCE, ORDER = "adv", "fno"
AdvanceIds = Annotated[list[AdvanceId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class OrderFunding(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Advances of one lender to pay out on a day."""

    advance_ids: AdvanceIds
    funding_on: date


class WithdrawFunding(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why an order is taken back, and which of its advances; all of them when none is named."""

    reason: Reason
    advance_ids: AdvanceIds | None = None


class CheckConditions(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which advances to check; all that wait when none is named."""

    advance_ids: AdvanceIds | None = None


class FiguresView(msgspec.Struct, kw_only=True):
    """Where an advance stands: open, paid in, held, called from its seller, lost."""

    as_of: date | None
    principal_open: MoneyDto
    interest_accrued: MoneyDto
    interest_paid: MoneyDto
    penalty_accrued: MoneyDto
    penalty_paid: MoneyDto
    costs_charged: MoneyDto
    costs_paid: MoneyDto
    early_charged: MoneyDto
    early_paid: MoneyDto
    debtor_fee_paid: MoneyDto
    disbursed: MoneyDto
    collected: MoneyDto
    surplus: MoneyDto
    released: MoneyDto
    overpaid: MoneyDto
    refunded: MoneyDto
    kept: MoneyDto
    diluted: MoneyDto
    called: MoneyDto
    from_seller: MoneyDto
    written_off: MoneyDto
    recovered: MoneyDto
    payoff: MoneyDto


class AdvanceView(msgspec.Struct, kw_only=True):
    """Money lent against one receivable, by the contract it was agreed under."""

    id: AdvanceId
    offer_id: OfferId
    receivable_id: ReceivableId
    facility_id: FacilityId
    lender_id: PartyId
    seller_id: PartyId
    debtor_id: PartyId
    state: AdvanceState
    face_amount: MoneyDto
    principal: MoneyDto
    fee: MoneyDto
    contract: ContractDto
    due_on: date
    rolled_due_on: date
    penalty_from: date
    funding_order_id: FundingOrderId | None
    funding_on: date | None
    funded_on: date | None
    figures: FiguresView
    release_held: bool
    release_by_rule: bool
    held_back: MoneyDto
    recourse_demanded_on: date | None
    nonperforming_on: date | None
    failure_reason: str
    created_at: Moment


class AdvanceEventView(msgspec.Struct, kw_only=True):
    """A fact of an advance's life, and how its amount was applied (R7)."""

    number: int
    kind: EventKind
    value_date: date
    amount: MoneyDto
    costs: MoneyDto
    fees: MoneyDto
    penalty: MoneyDto
    interest: MoneyDto
    principal: MoneyDto
    surplus: MoneyDto
    source: str
    reason: str
    recorded_at: Moment


class AdvanceEventList(msgspec.Struct, kw_only=True):
    """What happened to an advance, in order."""

    items: list[AdvanceEventView]


class ConditionsView(msgspec.Struct, kw_only=True):
    """Which advances may be paid out, which wait, which came to nothing."""

    met: list[AdvanceId]
    waiting: list[AdvanceId]
    lapsed: list[AdvanceId]


class FundingOrderView(msgspec.Struct, kw_only=True):
    """An order to pay advances out; a second person of the lender approves exactly this order."""

    id: FundingOrderId
    lender_id: PartyId
    funding_on: date
    item_count: int
    total: MoneyDto
    made_by: str
    created_at: Moment


class InstructedView(msgspec.Struct, kw_only=True):
    """The advances that are now due for the bank."""

    advance_ids: list[AdvanceId]


class WithdrawnView(msgspec.Struct, kw_only=True):
    """The advances that were taken back."""

    advance_ids: list[AdvanceId]


def figures_view(figures: Figures) -> FiguresView:
    """Where an advance stands."""
    return FiguresView(
        as_of=figures.as_of,
        principal_open=shown(figures.principal),
        interest_accrued=shown(figures.interest_accrued),
        interest_paid=shown(figures.interest_paid),
        penalty_accrued=shown(figures.penalty_accrued),
        penalty_paid=shown(figures.penalty_paid),
        costs_charged=shown(figures.costs_charged),
        costs_paid=shown(figures.costs_paid),
        early_charged=shown(figures.early_charged),
        early_paid=shown(figures.early_paid),
        debtor_fee_paid=shown(figures.debtor_fee_paid),
        disbursed=shown(figures.disbursed),
        collected=shown(figures.collected),
        surplus=shown(figures.surplus),
        released=shown(figures.released),
        overpaid=shown(figures.overpaid),
        refunded=shown(figures.refunded),
        kept=shown(figures.kept),
        diluted=shown(figures.diluted),
        called=shown(figures.called),
        from_seller=shown(figures.bought_back + figures.dilution_paid),
        written_off=shown(figures.written_off),
        recovered=shown(figures.recovered),
        payoff=shown(figures.payoff),
    )


def advance_view(row: Advance, *, closed: date | None = None) -> AdvanceView:
    """The advance as the API shows it, as it stands in books that are closed until that day."""
    return AdvanceView(
        id=row.public_id,
        offer_id=public_id("off", row.offer_id),
        receivable_id=public_id("rcv", row.receivable_id),
        facility_id=public_id("fac", row.facility_id),
        lender_id=public_id(PARTY, row.lender_id),
        seller_id=public_id(PARTY, row.seller_id),
        debtor_id=public_id(PARTY, row.debtor_id),
        state=row.state,
        face_amount=shown(row.money(row.face_minor)),
        principal=shown(row.money(row.principal_minor)),
        fee=shown(row.money(row.fee_minor)),
        contract=contract_dto(row.terms),
        due_on=row.due_on,
        rolled_due_on=row.rolled_due_on,
        penalty_from=row.penalty_from,
        funding_order_id=shown_id(ORDER, row.funding_order_id),
        funding_on=row.funding_on,
        funded_on=row.funded_on,
        figures=figures_view(booked_figures(row, closed)),
        release_held=row.release_held,
        release_by_rule=row.release_by_rule,
        held_back=shown(row.money(row.hold_minor)),
        recourse_demanded_on=row.recourse_demanded_on,
        nonperforming_on=row.nonperforming_on,
        failure_reason=row.failure_reason,
        created_at=row.created_at,
    )


def event_view(row: AdvanceEvent) -> AdvanceEventView:
    """A fact as the API shows it."""
    parts = (row.costs_minor, row.fees_minor, row.penalty_minor, row.interest_minor)
    costs, fees, penalty, interest = (MoneyDto.of_minor(part, row.currency) for part in parts)
    return AdvanceEventView(
        number=row.number,
        kind=row.kind,
        value_date=row.value_date,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        costs=costs,
        fees=fees,
        penalty=penalty,
        interest=interest,
        principal=MoneyDto.of_minor(row.principal_minor, row.currency),
        surplus=MoneyDto.of_minor(row.surplus_minor, row.currency),
        source=row.source,
        reason=row.reason,
        recorded_at=row.recorded_at,
    )


def order_view(row: FundingOrder) -> FundingOrderView:
    """The order as the API shows it."""
    return FundingOrderView(
        id=public_id(ORDER, row.id),
        lender_id=public_id(PARTY, row.lender_id),
        funding_on=row.funding_on,
        item_count=row.item_count,
        total=MoneyDto.of_minor(row.total_minor, row.currency),
        made_by=row.made_by,
        created_at=row.created_at,
    )
