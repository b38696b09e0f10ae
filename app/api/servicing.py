"""Funded advances: costs, holds and releases, what credit notes call, recourse, default and write-off."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.advances import lenders_own, shown_advance, visible_advance
from app.api.advances_dto import AdvanceView
from app.api.servicing_dto import (
    AmountView,
    ChargeCost,
    CostView,
    HoldList,
    HoldView,
    PlaceHold,
    ProvisionView,
    RecourseDemandView,
    ReleasePolicy,
    SetOff,
    WriteOffView,
    cost_view,
    demand_view,
    hold_view,
    provision_view,
    write_off_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query, replacement
from app.fields import AdvancePath, HoldPath, ReasonBody, WriteOffPath, body_date
from app.money_dto import shown
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import holds, recourse, service
from domain.financing.dilution import set_off_call
from domain.financing.listings import PROVISIONS, WRITE_OFFS
from domain.financing.tables import ReserveHold
from domain.platform.ids import parse_public_id
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(WRITE_OFFS)]
ProvisionFilters = Annotated[list[str] | None, filters_of(PROVISIONS)]
HOLD, WRITE_OFF = "hld", "wof"


class Servicing(Controller):
    """What is done about an advance after it was funded."""

    path = "/advances/{advance_id:str}"
    tags = ("financing",)

    @query("/cost", needs=Permission.ADVANCES_READ)
    def get_cost_of_advance(self, work: NamedDependency[Work], advance_id: AdvancePath) -> CostView:
        """Show the all-in rate that was quoted beside the one it came to, from the cash that moved."""
        row = visible_advance(work, advance_id)
        return cost_view(service.cost_of_advance(work.session, row.id))

    @money_command("/costs", needs=Permission.ADVANCES_SERVICE, status_code=HTTP_200_OK)
    def charge_cost(
        self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[ChargeCost]
    ) -> AdvanceView:
        """Charge a cost of collection: payments meet it first, or where the contract puts it."""
        row = lenders_own(work, advance_id)
        service.charge_cost(
            work.session,
            row.id,
            amount=data.amount.money(),
            on=body_date("on", data.on),
            reference=data.reference,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return shown_advance(work, advance_id)

    @query("/holds", needs=Permission.ADVANCES_READ)
    def list_holds(self, work: NamedDependency[Work], advance_id: AdvancePath) -> HoldList:
        """List what was held of the reserve, and why."""
        row = visible_advance(work, advance_id)
        return HoldList(items=[hold_view(hold) for hold in holds.holds_of(work.session, row.id)])

    @money_command("/holds", needs=Permission.ADVANCES_SERVICE)
    def place_hold(self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[PlaceHold]) -> HoldView:
        """Keep a part of the reserve back."""
        row = lenders_own(work, advance_id)
        held = holds.place_hold(
            work.session,
            row.id,
            amount=data.amount.money(),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return hold_view(held)

    @money_command("/holds/{hold_id:str}/lift", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def lift_hold(
        self, work: NamedDependency[Work], advance_id: AdvancePath, hold_id: HoldPath, data: JSONBody[ReasonBody]
    ) -> HoldView:
        """Let what was held go its way again."""
        row = lenders_own(work, advance_id)
        hold = work.find(ReserveHold, HOLD, hold_id, kind="hold")
        if hold.advance_id != row.id:
            raise NotFound(kind="hold", reference=hold_id)
        lifted = holds.lift_hold(work.session, row.id, hold.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return hold_view(lifted)

    @replacement("/release-policy", needs=Permission.ADVANCES_APPROVE)
    def set_release_policy(
        self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[ReleasePolicy]
    ) -> AdvanceView:
        """Say whether the reserve leaves by rule, or waits for the lender's checker."""
        row = lenders_own(work, advance_id)
        holds.set_release_policy(work.session, row.id, by_rule=data.by_rule)
        return shown_advance(work, advance_id)

    @money_command("/release", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_release(self, work: NamedDependency[Work], advance_id: AdvancePath) -> AmountView:
        """Let the reserve go to the seller with the next run."""
        row = lenders_own(work, advance_id)
        return AmountView(amount=shown(holds.approve_release(work.session, row.id)))

    @money_command("/set-off", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def set_off_call(self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[SetOff]) -> AmountView:
        """Take what a credit note calls from the seller out of the reserve of another of its advances."""
        owing, giving = lenders_own(work, advance_id), lenders_own(work, data.against_id)
        amount = set_off_call(
            work.session, owing.id, against_id=giving.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return AmountView(amount=shown(amount))

    @money_command("/recourse", needs=Permission.ADVANCES_APPROVE)
    def demand_recourse(
        self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[ReasonBody]
    ) -> RecourseDemandView:
        """Ask the seller to take an overdue invoice back, for what is owed on it.

        It is debited under a mandate for repayments where it gave one, and pays by itself otherwise.
        """
        row = lenders_own(work, advance_id)
        demand = recourse.demand_recourse(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return demand_view(demand)

    @command("/default", needs=Permission.ADVANCES_WRITE_OFF, status_code=HTTP_200_OK)
    def declare_default(
        self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[ReasonBody]
    ) -> AdvanceView:
        """Declare the debtor in default, after more than 90 days."""
        work.whole_group()
        row = lenders_own(work, advance_id)
        recourse.declare_default(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return shown_advance(work, advance_id)

    @money_command("/write-off", needs=Permission.ADVANCES_APPROVE)
    def propose_write_off(
        self, work: NamedDependency[Work], advance_id: AdvancePath, data: JSONBody[ReasonBody]
    ) -> WriteOffView:
        """Propose to give an advance up, as of today; risk decides."""
        row = lenders_own(work, advance_id)
        proposed = recourse.propose_write_off(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return write_off_view(proposed)


class Provisions(Controller):
    """What lenders keep for losses."""

    path = "/provisions"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_provisions(
        self,
        work: NamedDependency[Work],
        filters: ProvisionFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ProvisionView]:
        """List how provisions changed, newest first; their sum is what a lender has provided for."""
        return listed(work, PROVISIONS, provision_view, filters=filters, cursor=cursor, limit=limit)


class WriteOffs(Controller):
    """Losses, decided by risk."""

    path = "/write-offs"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_write_offs(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[WriteOffView]:
        """List write-offs, newest first."""
        return listed(work, WRITE_OFFS, write_off_view, filters=filters, cursor=cursor, limit=limit)

    @money_command("/{write_off_id:str}/approve", needs=Permission.ADVANCES_WRITE_OFF, status_code=HTTP_200_OK)
    def approve_write_off(self, work: NamedDependency[Work], write_off_id: WriteOffPath) -> WriteOffView:
        """Book the loss that another person proposed, as far as it was not provided for."""
        work.whole_group()
        identity = parse_public_id(WRITE_OFF, write_off_id)
        booked = recourse.approve_write_off(work.session, identity, actor=work.actor, clock=work.clock)
        return write_off_view(booked)

    @command("/{write_off_id:str}/refuse", needs=Permission.ADVANCES_WRITE_OFF, status_code=HTTP_200_OK)
    def refuse_write_off(
        self, work: NamedDependency[Work], write_off_id: WriteOffPath, data: JSONBody[ReasonBody]
    ) -> WriteOffView:
        """Refuse a write-off, and say why."""
        work.whole_group()
        identity = parse_public_id(WRITE_OFF, write_off_id)
        refused = recourse.refuse_write_off(
            work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return write_off_view(refused)
