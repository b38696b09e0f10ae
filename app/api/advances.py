"""Advances: conditions checked, paid out by two people's order, watched until they are closed."""

from datetime import date
from functools import partial
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.advances_dto import (
    ADVANCE,
    ORDER,
    AdvanceEventList,
    AdvanceView,
    CheckConditions,
    ConditionsView,
    FiguresView,
    FundingOrderView,
    InstructedView,
    OrderFunding,
    WithdrawFunding,
    WithdrawnView,
    advance_view,
    event_view,
    figures_view,
    order_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import AdvancePath, FundingOrderPath, body_date, business_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import funding, queries, service
from domain.financing.accrual import closed_until
from domain.financing.listings import ADVANCES
from domain.financing.tables import Advance, FundingOrder
from domain.platform.ids import public_id
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(ADVANCES)]
AsOf = Annotated[date, QueryParameter(description="At the start of this date, by the advance's events alone.")]


class Advances(Controller):
    """The money lent."""

    path = "/advances"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_advances(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[AdvanceView]:
        """List advances, newest first."""
        view = partial(advance_view, closed=closed_until(work.session))
        return listed(work, ADVANCES, view, filters=filters, cursor=cursor, limit=limit)

    @query("/{advance_id:str}", needs=Permission.ADVANCES_READ)
    def get_advance(self, work: NamedDependency[Work], advance_id: AdvancePath) -> AdvanceView:
        """Show an advance."""
        return shown_advance(work, advance_id)

    @query("/{advance_id:str}/events", needs=Permission.ADVANCES_READ)
    def list_advance_events(self, work: NamedDependency[Work], advance_id: AdvancePath) -> AdvanceEventList:
        """List what happened to an advance, and how each amount was applied."""
        row = visible_advance(work, advance_id)
        events = queries.events_of(work.session, [row.id]).get(row.id, [])
        return AdvanceEventList(items=[event_view(event) for event in events])

    @query("/{advance_id:str}/figures", needs=Permission.ADVANCES_READ)
    def get_figures(self, work: NamedDependency[Work], advance_id: AdvancePath, as_of: AsOf) -> FiguresView:
        """Show where an advance stood, or would stand, on a date."""
        row = visible_advance(work, advance_id)
        on = business_date("as_of", as_of)
        return figures_view(service.figures_as_of(work.session, row.id, on))

    @command("/conditions", needs=Permission.ADVANCES_FUND, status_code=HTTP_200_OK)
    def check_conditions(self, work: NamedDependency[Work], data: JSONBody[CheckConditions]) -> ConditionsView:
        """Check accepted advances before any money moves: invoice, accounts, limits."""
        named = data.advance_ids
        if named is None:
            work.whole_group()
        ids = None if named is None else [lenders_own(work, reference).id for reference in dict.fromkeys(named)]
        found = funding.check_conditions(work.session, clock=work.clock, ids=ids)
        return ConditionsView(
            met=[public_id(ADVANCE, each) for each in found.met],
            waiting=[public_id(ADVANCE, each) for each in found.waiting],
            lapsed=[public_id(ADVANCE, each) for each in found.lapsed],
        )


class FundingOrders(Controller):
    """Orders to pay advances out."""

    path = "/funding-orders"
    tags = ("financing",)

    @money_command("/", needs=Permission.ADVANCES_FUND)
    def order_funding(self, work: NamedDependency[Work], data: JSONBody[OrderFunding]) -> FundingOrderView:
        """Order advances of one lender to be paid out on a day; a second person of the lender approves the order."""
        order = funding.order_funding(
            work.session,
            [lenders_own(work, reference).id for reference in dict.fromkeys(data.advance_ids)],
            funding_on=body_date("funding_on", data.funding_on),
            actor=work.actor,
            clock=work.clock,
        )
        return order_view(order)

    @query("/{order_id:str}", needs=Permission.ADVANCES_READ)
    def get_funding_order(self, work: NamedDependency[Work], order_id: FundingOrderPath) -> FundingOrderView:
        """Show an order."""
        return order_view(_order(work, order_id))

    @money_command("/{order_id:str}/approve", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_funding(self, work: NamedDependency[Work], order_id: FundingOrderPath) -> InstructedView:
        """Approve exactly the order another person made: the advances are due for the bank."""
        order = _order(work, order_id)
        instructed = funding.approve_funding(work.session, order.id, actor=work.actor, clock=work.clock)
        return InstructedView(advance_ids=[public_id(ADVANCE, each) for each in instructed])

    @money_command("/{order_id:str}/withdraw", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def withdraw_funding(
        self, work: NamedDependency[Work], order_id: FundingOrderPath, data: JSONBody[WithdrawFunding]
    ) -> WithdrawnView:
        """Take back what no run has gathered of an approved order: those advances lapse, line and invoice are free."""
        order = _order(work, order_id)
        named = data.advance_ids
        lapsed = funding.withdraw_funding(
            work.session,
            order.id,
            None if named is None else [lenders_own(work, reference).id for reference in dict.fromkeys(named)],
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return WithdrawnView(advance_ids=[public_id(ADVANCE, each) for each in lapsed])


def shown_advance(work: Work, reference: str) -> AdvanceView:
    """The advance as it stands in the books. Raises NotFound."""
    row = visible_advance(work, reference)
    work.session.refresh(row)
    return advance_view(row, closed=closed_until(work.session))


def visible_advance(work: Work, reference: str) -> Advance:
    """The advance, for its lender, its seller and the group. Raises NotFound."""
    row = work.find(Advance, ADVANCE, reference, kind="advance")
    if work.principal.party_id not in {None, row.lender_id, row.seller_id}:
        raise NotFound(kind="advance", reference=reference)
    return row


def lenders_own(work: Work, reference: str) -> Advance:
    """The advance, for whoever acts for its lender or the group. Raises NotFound."""
    row = work.find(Advance, ADVANCE, reference, kind="advance")
    work.confine(row.lender_id, kind="advance", reference=reference)
    return row


def _order(work: Work, reference: str) -> FundingOrder:
    order = work.find(FundingOrder, ORDER, reference, kind="funding order")
    work.confine(order.lender_id, kind="funding order", reference=reference)
    return order
