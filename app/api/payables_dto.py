"""Payables programmes, their suppliers, roll-forward and best execution."""

from decimal import Decimal
from typing import Annotated

import msgspec

from app.fields import (
    MAX_ITEMS,
    BatchId,
    FacilityId,
    Moment,
    PartyId,
    ProgrammeId,
    Reason,
    ReceivableId,
    RequestId,
)
from app.money_dto import MoneyDto, Rate, shown, shown_rate
from domain.financing.payables.best_execution import Bound, Choice, Way, WayKind
from domain.financing.payables.programmes import LONGEST_NOTICE
from domain.financing.payables.rules import Liquidity, Period
from domain.financing.payables.states import ProgrammeState, SupplierState
from domain.financing.payables.tables import Programme, ProgrammeFacility, ProgrammeSupplier
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.values.day_count import DayCount
from domain.values.rounding import Rounding

PROGRAMME, BATCH, FACILITY, RECEIVABLE, REQUEST = "ppg", "bat", "fac", "rcv", "req"


class BuyingLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A lender's line that may buy; with recourse, the supplier answers for the buyer's default."""

    facility_id: FacilityId
    recourse: bool = False


class ProposeProgramme(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A buyer's programme; `payer_id` is whose own accounts pay early, the buyer where none is given."""

    buyer_id: PartyId
    limit: MoneyDto
    own_cash_limit: MoneyDto
    liquidity_floor: MoneyDto
    annual_rate: Rate
    payer_id: PartyId | None = None
    day_count: DayCount = DayCount.ACT_365F
    rounding: Rounding = Rounding.HALF_UP
    min_days_early: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_NOTICE)] = 5
    waives_defences: bool = False
    facilities: Annotated[list[BuyingLine], msgspec.Meta(max_length=100)] = []

    def rate(self) -> Decimal:
        """The discount's yearly rate."""
        return Decimal(self.annual_rate)


class NameSuppliers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Suppliers that may be paid early."""

    supplier_ids: Annotated[list[PartyId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class RemoveSupplier(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A supplier to take out, and why."""

    supplier_id: PartyId
    reason: Reason


class RequestPurchase(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A supplier's approved invoices that lenders shall buy."""

    supplier_id: PartyId
    receivable_ids: Annotated[list[ReceivableId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class OfferPurchase(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Requests to answer out of a line that may buy under the programme, at its price."""

    facility_id: FacilityId
    request_ids: Annotated[list[RequestId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class ProgrammeView(msgspec.Struct, kw_only=True):
    """A buyer's programme: limits, the discount's rate and basis, and which lenders' lines may buy."""

    id: ProgrammeId
    buyer_id: PartyId
    payer_id: PartyId
    limit: MoneyDto
    own_cash_limit: MoneyDto
    liquidity_floor: MoneyDto
    annual_rate: str
    day_count: DayCount
    rounding: Rounding
    min_days_early: int
    waives_defences: bool
    state: ProgrammeState
    made_by: str
    created_at: Moment


class BuyingLineList(msgspec.Struct, kw_only=True):
    """The lenders' lines that may buy."""

    items: list[BuyingLine]


class SupplierView(msgspec.Struct, kw_only=True):
    """A supplier's place in a programme."""

    supplier_id: PartyId
    batch_id: BatchId
    state: SupplierState
    made_by: str


class SupplierList(msgspec.Struct, kw_only=True):
    """Suppliers of a programme."""

    items: list[SupplierView]


class LiquidityView(msgspec.Struct, kw_only=True):
    """How much own cash may pay early now: idle above the floor, within the programme's limit."""

    cash: MoneyDto
    committed: MoneyDto
    floor: MoneyDto
    idle: MoneyDto
    limit_left: MoneyDto
    available: MoneyDto


class RollForwardPeriodView(msgspec.Struct, kw_only=True):
    """A month: opening + confirmed - paid (by way) - diluted = closing."""

    month: str
    opening: MoneyDto
    confirmed: MoneyDto
    paid_early: MoneyDto
    paid_at_maturity: MoneyDto
    paid_to_lenders: MoneyDto
    diluted: MoneyDto
    closing: MoneyDto


class RollForwardView(msgspec.Struct, kw_only=True):
    """A programme's months, in order."""

    items: list[RollForwardPeriodView]


class WayView(msgspec.Struct, kw_only=True):
    """A way to pay an invoice early: the supplier's cash and true cost (R14), the buyer's gain, the cash it takes."""

    kind: WayKind
    limit: str
    net: MoneyDto
    cost: MoneyDto
    simple: str
    effective: str
    gain: MoneyDto
    liquidity: MoneyDto


class BoundView(msgspec.Struct, kw_only=True):
    """A cheaper way that a limit closed: what it needed, what was left."""

    limit: str
    needed: MoneyDto
    left: MoneyDto


class ChoiceView(msgspec.Struct, kw_only=True):
    """The best way for one invoice, those there are in order of their cost, and the limits that closed better ones."""

    receivable_id: ReceivableId
    amount: MoneyDto
    way: WayView | None
    ranking: list[WayView]
    bound: list[BoundView]


class BestExecutionView(msgspec.Struct, kw_only=True):
    """The free invoices in the order of their claim on own cash."""

    items: list[ChoiceView]


def programme_view(row: Programme) -> ProgrammeView:
    """The programme as the API shows it."""
    return ProgrammeView(
        id=row.public_id,
        buyer_id=public_id(PARTY, row.buyer_id),
        payer_id=public_id(PARTY, row.payer_id),
        limit=shown(row.money(row.limit_minor)),
        own_cash_limit=shown(row.money(row.own_cash_limit_minor)),
        liquidity_floor=shown(row.money(row.liquidity_floor_minor)),
        annual_rate=shown_rate(row.annual_rate),
        day_count=row.day_count,
        rounding=row.rounding,
        min_days_early=row.min_days_early,
        waives_defences=row.waives_defences,
        state=row.state,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def line_view(row: ProgrammeFacility) -> BuyingLine:
    """A lender's line of the programme."""
    return BuyingLine(facility_id=public_id(FACILITY, row.facility_id), recourse=row.recourse)


def supplier_view(row: ProgrammeSupplier) -> SupplierView:
    """The supplier as the API shows it."""
    return SupplierView(
        supplier_id=public_id(PARTY, row.supplier_id),
        batch_id=public_id(BATCH, row.batch_id),
        state=row.state,
        made_by=row.made_by,
    )


def liquidity_view(free: Liquidity) -> LiquidityView:
    """What own cash allows."""
    return LiquidityView(
        cash=shown(free.cash),
        committed=shown(free.committed),
        floor=shown(free.floor),
        idle=shown(free.idle),
        limit_left=shown(free.limit_left),
        available=shown(free.available),
    )


def period_view(period: Period) -> RollForwardPeriodView:
    """A month of the roll-forward."""
    return RollForwardPeriodView(
        month=f"{period.month:%Y-%m}",
        opening=shown(period.opening),
        confirmed=shown(period.confirmed),
        paid_early=shown(period.paid_early),
        paid_at_maturity=shown(period.paid_at_maturity),
        paid_to_lenders=shown(period.paid_to_lenders),
        diluted=shown(period.diluted),
        closing=shown(period.closing),
    )


def choice_view(choice: Choice) -> ChoiceView:
    """How one invoice is best paid."""
    return ChoiceView(
        receivable_id=public_id(RECEIVABLE, choice.candidate.receivable_id),
        amount=shown(choice.candidate.amount),
        way=None if choice.way is None else _way(choice.way),
        ranking=[_way(way) for way in choice.candidate.ranking],
        bound=[_bound(bound) for bound in choice.bound],
    )


def _way(way: Way) -> WayView:
    return WayView(
        kind=way.kind,
        limit=way.limit,
        net=shown(way.net),
        cost=shown(way.cost),
        simple=shown_rate(way.rate.simple),
        effective=shown_rate(way.rate.effective),
        gain=shown(way.gain),
        liquidity=shown(way.liquidity),
    )


def _bound(bound: Bound) -> BoundView:
    return BoundView(limit=bound.limit, needed=shown(bound.needed), left=shown(bound.left))
