"""Payables programmes: agreed by two people of the buyer, joined by suppliers, followed month by month."""

from datetime import date
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.facilities import visible_facility
from app.api.parties import visible_party
from app.api.payables_dto import (
    BATCH,
    FACILITY,
    PROGRAMME,
    RECEIVABLE,
    REQUEST,
    BestExecutionView,
    BuyingLineList,
    LiquidityView,
    NameSuppliers,
    OfferPurchase,
    ProgrammeView,
    ProposeProgramme,
    RemoveSupplier,
    RequestPurchase,
    RollForwardView,
    SupplierList,
    choice_view,
    line_view,
    liquidity_view,
    period_view,
    programme_view,
    supplier_view,
)
from app.api.requests_dto import OfferBatchView, RequestBatchView, offer_view, request_view
from app.deps import Work
from app.endpoints import command, query
from app.fields import BatchPath, ProgrammePath, ReasonBody, business_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import offers, requests
from domain.financing.payables import programmes, purchases, suppliers
from domain.financing.payables.execution import plan_execution
from domain.financing.payables.liquidity import liquidity
from domain.financing.payables.listings import PROGRAMMES
from domain.financing.payables.programmes import NewProgramme
from domain.financing.payables.roll_forward import roll_forward
from domain.financing.payables.tables import Programme
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(PROGRAMMES)]
First = Annotated[date, QueryParameter(description="Any day of the first month.")]
Last = Annotated[date, QueryParameter(description="Any day of the last month.")]


class Programmes(Controller):
    """What buyers let be paid early."""

    path = "/payables/programmes"
    tags = ("payables",)

    @query("/", needs=Permission.PAYABLES_READ)
    def list_programmes(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ProgrammeView]:
        """List payables programmes, newest first."""
        return listed(work, PROGRAMMES, programme_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{programme_id:str}", needs=Permission.PAYABLES_READ)
    def get_programme(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> ProgrammeView:
        """Show a payables programme."""
        return programme_view(visible_programme(work, programme_id))

    @command("/", needs=Permission.PAYABLES_WRITE)
    def propose_programme(self, work: NamedDependency[Work], data: JSONBody[ProposeProgramme]) -> ProgrammeView:
        """Propose a payables programme; it is in force once a second person of the buyer has approved it."""
        new = NewProgramme(
            buyer_id=visible_party(work, data.buyer_id).id,
            # Whose cash it spends: a buyer may name itself, the group any firm of its own.
            payer_id=None if data.payer_id is None else visible_party(work, data.payer_id).id,
            limit=data.limit.money(),
            own_cash_limit=data.own_cash_limit.money(),
            liquidity_floor=data.liquidity_floor.money(),
            annual_rate=data.rate(),
            day_count=data.day_count,
            rounding=data.rounding,
            min_days_early=data.min_days_early,
            waives_defences=data.waives_defences,
            facilities={parse_public_id(FACILITY, line.facility_id): line.recourse for line in data.facilities},
        )
        return programme_view(programmes.propose_programme(work.session, new, actor=work.actor, clock=work.clock))

    @command("/{programme_id:str}/approve", needs=Permission.PAYABLES_APPROVE, status_code=HTTP_200_OK)
    def approve_programme(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> ProgrammeView:
        """Put a programme in force, exactly as another person proposed it, or let a suspended one go on."""
        row = buyers_own(work, programme_id)
        return programme_view(programmes.approve_programme(work.session, row.id, actor=work.actor, clock=work.clock))

    @command("/{programme_id:str}/suspend", needs=Permission.PAYABLES_WRITE, status_code=HTTP_200_OK)
    def suspend_programme(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, data: JSONBody[ReasonBody]
    ) -> ProgrammeView:
        """Stop a programme at once: nothing new is taken, offered or accepted."""
        row = buyers_own(work, programme_id)
        return programme_view(
            programmes.suspend_programme(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        )

    @command("/{programme_id:str}/resume", needs=Permission.PAYABLES_WRITE, status_code=HTTP_200_OK)
    def propose_programme_resumption(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> ProgrammeView:
        """Ask for a suspended programme to go on; a second person approves it."""
        row = buyers_own(work, programme_id)
        return programme_view(programmes.propose_resumption(work.session, row.id, actor=work.actor, clock=work.clock))

    @command("/{programme_id:str}/close", needs=Permission.PAYABLES_APPROVE, status_code=HTTP_200_OK)
    def close_programme(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, data: JSONBody[ReasonBody]
    ) -> ProgrammeView:
        """End a programme for good; what it confirmed stays owed."""
        row = buyers_own(work, programme_id)
        return programme_view(
            programmes.close_programme(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        )

    @query("/{programme_id:str}/facilities", needs=Permission.PAYABLES_READ)
    def list_buying_lines(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> BuyingLineList:
        """List the lenders' lines that may buy under a programme."""
        row = visible_programme(work, programme_id)
        return BuyingLineList(items=[line_view(line) for line in programmes.facilities_of(work.session, row.id)])

    @query("/{programme_id:str}/suppliers", needs=Permission.PAYABLES_READ)
    def list_suppliers(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> SupplierList:
        """List the suppliers of a programme, those that were proposed or left too."""
        row = visible_programme(work, programme_id)
        return SupplierList(items=[supplier_view(each) for each in suppliers.suppliers_of(work.session, row.id)])

    @command("/{programme_id:str}/suppliers", needs=Permission.PAYABLES_WRITE)
    def propose_suppliers(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, data: JSONBody[NameSuppliers]
    ) -> SupplierList:
        """Name suppliers that may be paid early; a second person of the buyer approves the batch."""
        row = buyers_own(work, programme_id)
        ids = [parse_public_id(PARTY, reference) for reference in dict.fromkeys(data.supplier_ids)]
        batch_id = suppliers.propose_suppliers(work.session, row.id, ids, actor=work.actor, clock=work.clock)
        made = suppliers.suppliers_of_batch(work.session, batch_id)
        return SupplierList(items=[supplier_view(each) for each in made])

    @command(
        "/{programme_id:str}/suppliers/{batch_id:str}/approve",
        needs=Permission.PAYABLES_APPROVE,
        status_code=HTTP_200_OK,
    )
    def approve_suppliers(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, batch_id: BatchPath
    ) -> SupplierList:
        """Let suppliers in that another person named."""
        row = buyers_own(work, programme_id)
        identity = parse_public_id(BATCH, batch_id)
        named = suppliers.suppliers_of_batch(work.session, identity)
        if not named or named[0].programme_id != row.id:
            raise NotFound(kind="batch", reference=batch_id)
        suppliers.approve_suppliers(work.session, identity, actor=work.actor, clock=work.clock)
        made = suppliers.suppliers_of_batch(work.session, identity)
        return SupplierList(items=[supplier_view(each) for each in made])

    @command("/{programme_id:str}/suppliers/remove", needs=Permission.PAYABLES_WRITE, status_code=HTTP_200_OK)
    def remove_supplier(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, data: JSONBody[RemoveSupplier]
    ) -> SupplierList:
        """Take a supplier out: it is offered nothing more."""
        row = buyers_own(work, programme_id)
        supplier_id = parse_public_id(PARTY, data.supplier_id)
        suppliers.remove_supplier(
            work.session, row.id, supplier_id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return SupplierList(items=[supplier_view(each) for each in suppliers.suppliers_of(work.session, row.id)])

    @query("/{programme_id:str}/roll-forward", needs=Permission.PAYABLES_READ)
    def get_roll_forward(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, first: First, last: Last
    ) -> RollForwardView:
        """Show the months: opening + confirmed - paid (by way) - diluted = closing, to the cent."""
        row = visible_programme(work, programme_id)
        periods = roll_forward(
            work.session,
            row.id,
            first=business_date("first", first),
            last=business_date("last", last),
            clock=work.clock,
        )
        return RollForwardView(items=[period_view(period) for period in periods])

    @query("/{programme_id:str}/liquidity", needs=Permission.PAYABLES_READ)
    def get_liquidity(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> LiquidityView:
        """Show how much own cash may pay early now, to those whose cash it is."""
        return liquidity_view(liquidity(work.session, payers_own(work, programme_id), clock=work.clock))

    @query("/{programme_id:str}/best-execution", needs=Permission.PAYABLES_READ)
    def get_best_execution(self, work: NamedDependency[Work], programme_id: ProgrammePath) -> BestExecutionView:
        """Show how each free invoice would best be paid on the next business day, and which limit bound.

        It tells how much cash is free, so it is shown to those whose cash it is.
        """
        row = payers_own(work, programme_id)
        choices = plan_execution(work.session, row.id, clock=work.clock, calendar=work.calendar)
        return BestExecutionView(items=[choice_view(choice) for choice in choices])

    @command("/{programme_id:str}/requests", needs=Permission.REQUESTS_WRITE)
    def request_purchase(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, data: JSONBody[RequestPurchase]
    ) -> RequestBatchView:
        """Ask lenders to buy approved invoices; a second person of the supplier opens the batch to them."""
        batch_id = purchases.request_purchase(
            work.session,
            parse_public_id(PROGRAMME, programme_id),
            [parse_public_id(RECEIVABLE, reference) for reference in dict.fromkeys(data.receivable_ids)],
            supplier_id=visible_party(work, data.supplier_id).id,
            actor=work.actor,
            clock=work.clock,
        )
        made = requests.requests_of_batch(work.session, batch_id)
        return RequestBatchView(batch_id=public_id(BATCH, batch_id), items=[request_view(each) for each in made])

    @command("/{programme_id:str}/offers", needs=Permission.OFFERS_WRITE)
    def offer_purchase(
        self, work: NamedDependency[Work], programme_id: ProgrammePath, data: JSONBody[OfferPurchase]
    ) -> OfferBatchView:
        """Offer to buy, out of a line the programme was agreed with; a second person of the lender approves."""
        facility = visible_facility(work, data.facility_id)
        work.confine(facility.lender_id, kind="facility", reference=data.facility_id)
        batch_id = purchases.offer_purchase(
            work.session,
            parse_public_id(PROGRAMME, programme_id),
            [parse_public_id(REQUEST, reference) for reference in dict.fromkeys(data.request_ids)],
            facility_id=facility.id,
            actor=work.actor,
            clock=work.clock,
            calendar=work.calendar,
        )
        made = offers.offers_of_batch(work.session, batch_id)
        return OfferBatchView(batch_id=public_id(BATCH, batch_id), items=[offer_view(each) for each in made])


def visible_programme(work: Work, reference: str) -> Programme:
    """The programme, for its buyer, its payer and the group. Raises NotFound."""
    row = work.find(Programme, PROGRAMME, reference, kind="programme")
    if work.principal.party_id not in {None, row.buyer_id, row.payer_id}:
        raise NotFound(kind="programme", reference=reference)
    return row


def buyers_own(work: Work, reference: str) -> Programme:
    """The programme, for those who act for its buyer. Raises NotFound."""
    row = visible_programme(work, reference)
    work.confine(row.buyer_id, kind="programme", reference=reference)
    return row


def payers_own(work: Work, reference: str) -> Programme:
    """The programme, for those whose cash it spends. Raises NotFound."""
    row = visible_programme(work, reference)
    work.confine(row.payer_id, kind="programme", reference=reference)
    return row
