"""Facilities: proposed by a lender's maker, put in force by its checker."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.facilities_dto import FacilityView, ProposeFacility, facility_view
from app.api.parties import visible_party
from app.deps import Work
from app.endpoints import command, query
from app.fields import FacilityPath
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import facilities
from domain.financing.facilities import NewFacility
from domain.financing.listings import FACILITIES
from domain.financing.tables import Facility
from domain.parties import queries as parties
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.values.errors import NotFound
from domain.values.money import CurrencyMismatch

Filters = Annotated[list[str] | None, filters_of(FACILITIES)]


class Facilities(Controller):
    """What lenders have agreed to lend."""

    path = "/facilities"
    tags = ("financing",)

    @query("/", needs=Permission.FACILITIES_READ)
    def list_facilities(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[FacilityView]:
        """List facilities, newest first."""
        return listed(work, FACILITIES, facility_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{facility_id:str}", needs=Permission.FACILITIES_READ)
    def get_facility(self, work: NamedDependency[Work], facility_id: FacilityPath) -> FacilityView:
        """Show a facility."""
        return facility_view(visible_facility(work, facility_id))

    @command("/", needs=Permission.FACILITIES_WRITE)
    def propose_facility(self, work: NamedDependency[Work], data: JSONBody[ProposeFacility]) -> FacilityView:
        """Propose a facility; it lends once a second person of the lender has approved it."""
        _one_currency(data)
        seller_id = None
        if data.seller_id is not None:
            seller_id = parties.party(work.session, parse_public_id(PARTY, data.seller_id)).id
        new = NewFacility(
            lender_id=visible_party(work, data.lender_id).id,
            limit=data.limit.money(),
            price=data.price.value(),
            seller_id=seller_id,
            debtor_limit=data.debtor_limit.money() if data.debtor_limit else None,
            debtor_limits={
                parties.party(work.session, parse_public_id(PARTY, each.debtor_id)).id: each.limit.money()
                for each in data.debtor_limits
            },
            auto_offer=data.auto_offer,
            max_tenor_days=data.max_tenor_days,
            offer_valid_days=data.offer_valid_days,
        )
        return facility_view(facilities.propose_facility(work.session, new, actor=work.actor, clock=work.clock))

    @command("/{facility_id:str}/approve", needs=Permission.ADVANCES_APPROVE, status_code=HTTP_200_OK)
    def approve_facility(self, work: NamedDependency[Work], facility_id: FacilityPath) -> FacilityView:
        """Put a facility in force, exactly as another person proposed it."""
        row = _lenders_own(work, facility_id)
        return facility_view(facilities.approve_facility(work.session, row.id, actor=work.actor, clock=work.clock))


def visible_facility(work: Work, reference: str) -> Facility:
    """The facility, for its lender, its seller and the group. Raises NotFound."""
    row = facilities.find_facility(work.session, parse_public_id("fac", reference))
    if work.principal.party_id not in {None, row.lender_id, row.seller_id}:
        raise NotFound(kind="facility", reference=reference)
    return row


def _lenders_own(work: Work, reference: str) -> Facility:
    row = visible_facility(work, reference)
    work.confine(row.lender_id, kind="facility", reference=reference)
    return row


def _one_currency(data: ProposeFacility) -> None:
    """Raise CurrencyMismatch for a limit in another currency than the line's."""
    limits = [*(each.limit for each in data.debtor_limits), *([data.debtor_limit] if data.debtor_limit else [])]
    for limit in limits:
        if limit.currency != data.limit.currency:
            raise CurrencyMismatch(left=data.limit.currency, right=limit.currency)
