"""Portfolios: what may be borrowed on a seller's receivables, and how late they are."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from app.api.parties import visible_party
from app.api.portfolios_dto import AgedView, BorrowingBaseView, aged_view, borrowing_base_view
from app.deps import Work
from app.endpoints import query
from app.fields import CurrencyOf, business_date, id_pattern
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page, read_cursor
from domain.access.rules import Permission
from domain.financing.past_balances import ageing_on
from domain.receivables.borrowing import BasePolicy
from domain.receivables.portfolio import Side, base_of
from domain.values.currency import minor_units

_SHARE = {"pattern": r"^(0(\.[0-9]{1,9})?|1(\.0{1,9})?)$", "max_length": 11}
AdvanceRate = Annotated[str, QueryParameter(**_SHARE, description="Share of the base that is lent.")]
Cap = Annotated[str, QueryParameter(**_SHARE, description="Share of the base that one debtor may be.")]
CrossAge = Annotated[str, QueryParameter(**_SHARE, description="Over-age share at which a debtor is left out whole.")]
OverAge = Annotated[int, QueryParameter(ge=0, le=3650, description="Days past due after which a balance is left out.")]
Seller = Annotated[str | None, QueryParameter(pattern=id_pattern("pty"), description="Only of this seller.")]
On = Annotated[date | None, QueryParameter(description="As of this date; today, if none is given.")]
By = Annotated[Side, QueryParameter(description="Whose balances are added up.")]


class Portfolios(Controller):
    """Receivables taken together."""

    path = "/receivables"
    tags = ("receivables",)

    @query("/borrowing-base", needs=Permission.RECEIVABLES_READ)
    def get_borrowing_base(
        self,
        work: NamedDependency[Work],
        *,
        currency: CurrencyOf,
        seller: Seller = None,
        on: On = None,
        advance_rate: AdvanceRate = "0.85",
        concentration_cap: Cap = "0.5",
        over_age_days: OverAge = 90,
        cross_age_share: CrossAge = "0.5",
    ) -> BorrowingBaseView:
        """Show how much may be borrowed on a seller's receivables, or on all of them.

        Every amount that is left out is listed with its reason, so that they and the base are the whole. Who acts for a
        firm sees what that firm sells.
        """
        minor_units(currency)
        terms = BasePolicy(Decimal(advance_rate), Decimal(concentration_cap), over_age_days, Decimal(cross_age_share))
        as_of = business_date("on", on) or work.clock.today()
        base = base_of(work.session, policy=terms, currency=currency, on=as_of, seller_id=_seller(work, seller))
        return borrowing_base_view(base, as_of)

    @query("/ageing", needs=Permission.RECEIVABLES_READ)
    def list_ageing(
        self,
        work: NamedDependency[Work],
        *,
        currency: CurrencyOf,
        by: By = Side.DEBTOR,
        seller: Seller = None,
        on: On = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[AgedView]:
        """List what is unpaid by how late it is, for each debtor or seller, now or at the end of a past date.

        Who acts for a firm sees what that firm sells.
        """
        minor_units(currency)
        as_of = business_date("on", on) or work.clock.today()
        listing = ("ageing", currency, by, seller or "", as_of.isoformat())
        ended = read_cursor(work, listing, cursor)
        found = ageing_on(
            work.session,
            by=by,
            currency=currency,
            on=as_of,
            today=work.clock.today(),
            seller_id=_seller(work, seller),
            after=UUID(ended[0]) if ended else None,
            limit=limit + 1,
        )
        return page(work, listing, found, limit, view=aged_view, position=lambda aged: [str(aged.party_id)])


def _seller(work: Work, reference: str | None) -> UUID | None:
    """The seller that is asked for; a firm's own people see that firm's."""
    return work.principal.party_id if reference is None else visible_party(work, reference).id
