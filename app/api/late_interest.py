"""Late interest of a large buyer to a small seller: the figure on any day, and the seller's demand for it (R28)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from app.api.late_interest_dto import (
    DemandLateInterest,
    LateInterestDemandView,
    LateInterestView,
    demand_view,
    late_interest_view,
)
from app.api.receivables import visible_receivable
from app.deps import Work
from app.endpoints import command, query
from app.fields import ReceivablePath, business_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.late_interest import Lateness, demand_late_interest, late_interest_on
from domain.receivables.listings import LATE_INTEREST_DEMANDS

Filters = Annotated[list[str] | None, filters_of(LATE_INTEREST_DEMANDS)]
AsOf = Annotated[date | None, QueryParameter(description="Interest up to this day; today without it.")]
SignedOn = Annotated[date | None, QueryParameter(description="When the contract was signed; else the invoice's date.")]
AgreedRate = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[0-9](\.[0-9]{1,9})?$", max_length=11, description="Agreed late interest a year: 0.06 is 6 %."
    ),
]


class LateInterests(Controller):
    """What paying late costs a large buyer."""

    path = "/receivables"
    tags = ("receivables",)

    @query("/{receivable_id:str}/late-interest", needs=Permission.RECEIVABLES_READ)
    def get_late_interest(
        self,
        work: NamedDependency[Work],
        receivable_id: ReceivablePath,
        as_of: AsOf = None,
        signed_on: SignedOn = None,
        agreed_rate: AgreedRate = None,
    ) -> LateInterestView:
        """Show what the debtor owes its small seller for paying late, on what is unpaid now.

        Without an agreed rate 0.05 % a day; an agreed one is never below the one-year LPR at signing.
        """
        row = visible_receivable(work, receivable_id)
        asked = Lateness(
            business_date("as_of", as_of) or work.clock.today(),
            business_date("signed_on", signed_on),
            None if agreed_rate is None else Decimal(agreed_rate),
        )
        return late_interest_view(row.public_id, late_interest_on(work.session, row, asked))

    @command("/{receivable_id:str}/late-interest-demands", needs=Permission.RECEIVABLES_WRITE)
    def demand_late_interest(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[DemandLateInterest]
    ) -> LateInterestDemandView:
        """Put on record that the seller demands its late interest, with the figures of that day; one a day."""
        row = visible_receivable(work, receivable_id)
        work.confine(row.seller_id, kind="receivable", reference=receivable_id)
        demand = demand_late_interest(
            work.session, row, data.value(), note=data.note, actor=work.actor, clock=work.clock
        )
        return demand_view(demand)

    @query("/late-interest-demands", needs=Permission.RECEIVABLES_READ)
    def list_late_interest_demands(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[LateInterestDemandView]:
        """List what sellers demanded for late payment, newest first."""
        return listed(work, LATE_INTEREST_DEMANDS, demand_view, filters=filters, cursor=cursor, limit=limit)
