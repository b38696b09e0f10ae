"""Facilities: proposed and amended by a lender's maker, put in force by its checker."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.bidding_dto import BiddingView, bidding_view
from app.api.facilities_dto import (
    AmendFacility,
    FacilityReason,
    FacilityTerms,
    FacilityView,
    ProposeFacility,
    facility_view,
)
from app.api.financing_changes_dto import ChangeView, change_view
from app.api.parties import visible_party
from app.deps import Work
from app.endpoints import command, query
from app.fields import FacilityPath
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import changes, facilities
from domain.financing.bidding import grades_of, rules_of
from domain.financing.facilities import Amendment, NewFacility
from domain.financing.listings import FACILITIES
from domain.financing.states import ChangeKind
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

    @query("/{facility_id:str}/bidding", needs=Permission.FACILITIES_READ)
    def get_bidding(self, work: NamedDependency[Work], facility_id: FacilityPath) -> BiddingView:
        """Show how a facility bids: grades, automatic rules, and what stands on each debtor. For its lender only."""
        row, session = _lenders_own(work, facility_id), work.session
        return bidding_view(
            row.currency,
            grades_of(session, row.id),
            rules_of(session, row.id),
            facilities.debtor_lines(session, row.id),
        )

    @command("/", needs=Permission.FACILITIES_WRITE)
    def propose_facility(self, work: NamedDependency[Work], data: JSONBody[ProposeFacility]) -> FacilityView:
        """Propose a facility; it lends once a second person of the lender has approved it."""
        seller_id = None
        if data.seller_id is not None:
            seller_id = parties.party(work.session, parse_public_id(PARTY, data.seller_id)).id
        new = _facility(work, data, lender_id=visible_party(work, data.lender_id).id, seller_id=seller_id)
        return facility_view(facilities.propose_facility(work.session, new, actor=work.actor, clock=work.clock))

    @command("/{facility_id:str}/amend", needs=Permission.FACILITIES_WRITE)
    def propose_amendment(
        self, work: NamedDependency[Work], facility_id: FacilityPath, data: JSONBody[AmendFacility]
    ) -> ChangeView:
        """Propose a facility's next version, whole; what it has offered or lent keeps its contract."""
        row = _lenders_own(work, facility_id)
        if data.limit.currency != row.currency:
            raise CurrencyMismatch(left=row.currency, right=data.limit.currency)
        amendment = Amendment(data.version, _facility(work, data, lender_id=row.lender_id, seller_id=row.seller_id))
        return change_view(changes.propose_amendment(work.session, row, amendment, actor=work.actor, clock=work.clock))

    @command("/{facility_id:str}/suspend", needs=Permission.FACILITIES_WRITE, status_code=HTTP_200_OK)
    def suspend_facility(
        self, work: NamedDependency[Work], facility_id: FacilityPath, data: JSONBody[FacilityReason]
    ) -> FacilityView:
        """Stop a facility's new lending at once; it takes two people to let it lend again."""
        row = _lenders_own(work, facility_id)
        suspended = facilities.suspend_facility(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return facility_view(suspended)

    @command("/{facility_id:str}/resume", needs=Permission.FACILITIES_WRITE)
    def propose_facility_resumption(
        self, work: NamedDependency[Work], facility_id: FacilityPath, data: JSONBody[FacilityReason]
    ) -> ChangeView:
        """Propose that a suspended facility lends again."""
        return _standing(work, facility_id, ChangeKind.RESUME_FACILITY, data.reason)

    @command("/{facility_id:str}/close", needs=Permission.FACILITIES_WRITE)
    def propose_closing(
        self, work: NamedDependency[Work], facility_id: FacilityPath, data: JSONBody[FacilityReason]
    ) -> ChangeView:
        """Propose to end a facility for good: its offers are taken back, what it has lent runs on."""
        return _standing(work, facility_id, ChangeKind.CLOSE_FACILITY, data.reason)

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


def _standing(work: Work, reference: str, kind: ChangeKind, reason: str) -> ChangeView:
    row = _lenders_own(work, reference)
    proposed = changes.propose_standing(work.session, row, kind, reason=reason, actor=work.actor, clock=work.clock)
    return change_view(proposed)


def _facility(work: Work, data: FacilityTerms, *, lender_id: UUID, seller_id: UUID | None) -> NewFacility:
    """The line as the house takes it. Raises NotFound, CurrencyMismatch."""
    _one_currency(data)
    debtors = [parse_public_id(PARTY, each.debtor_id) for each in data.debtor_limits]
    rules = [rule.value() for rule in data.rules]
    named = [party for rule in rules for party in (rule.seller_id, rule.debtor_id) if party is not None]
    parties.require_parties(work.session, [*debtors, *named])
    return NewFacility(
        lender_id=lender_id,
        limit=data.limit.money(),
        price=data.price.value(),
        seller_id=seller_id,
        debtor_limit=data.debtor_limit.money() if data.debtor_limit else None,
        debtor_limits={party: each.limit.money() for party, each in zip(debtors, data.debtor_limits, strict=True)},
        auto_offer=data.auto_offer,
        max_tenor_days=data.max_tenor_days,
        offer_valid_days=data.offer_valid_days,
        registration_first=data.registration_first,
        release_by_rule=data.release_by_rule,
        grades={each.grade: Decimal(each.advance_rate) for each in data.grades},
        rules=rules,
    )


def _one_currency(data: FacilityTerms) -> None:
    """Raise CurrencyMismatch for an amount in another currency than the line's."""
    amounts = [
        *(each.limit for each in data.debtor_limits),
        *(amount for rule in data.rules for amount in (rule.min_amount, rule.max_amount) if amount is not None),
        *([data.debtor_limit] if data.debtor_limit else []),
    ]
    for amount in amounts:
        if amount.currency != data.limit.currency:
            raise CurrencyMismatch(left=data.limit.currency, right=amount.currency)
