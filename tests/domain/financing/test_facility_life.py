"""A facility's life: amended, suspended, resumed and closed; what it has lent keeps its contract."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import AlreadyDecided, DigestChanged
from domain.financing.acceptance import accept_offer
from domain.financing.changes import (
    approve_change,
    digest_of,
    find_change,
    propose_amendment,
    propose_standing,
    refuse_change,
)
from domain.financing.errors import AvailabilityExceeded, FacilityChangedSince, FacilityNotActive
from domain.financing.facilities import Amendment, NewFacility, find_facility, suspend_facility
from domain.financing.funding import check_conditions
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.positions import open_positions
from domain.financing.quotes import Price
from domain.financing.registration import unregistered
from domain.financing.states import ChangeKind, ChangeState, FacilityState, OfferState
from domain.financing.tables import Advance, Facility, FinancingChange, Offer
from domain.financing.terms import Terms
from domain.parties.tables import Party
from domain.receivables.claims import NewRegistration, record_registration
from domain.values.errors import NotFound
from domain.values.states import IllegalTransition
from tests.domain.financing.conftest import BASE_PRICE, CALENDAR, CHECKER, MAKER, World, cny


def offered(world: World) -> Offer:
    world.listed(world.invoice("INV-1"))
    make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
    (best,) = cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)
    return world.session.get_one(Offer, (world.session.tenant_id, best))


def accept(world: World, offer: Offer) -> Advance:
    seller = world.parties["seller"]
    return accept_offer(world.session, offer.id, seller_id=seller, actor=MAKER, clock=world.clock, calendar=CALENDAR)


def amended(world: World, facility: Facility, **changes: object) -> FinancingChange:
    new = NewFacility(world.parties["lender"], cny("50000000.00"), BASE_PRICE, auto_offer=True)
    amendment = Amendment(facility.version, replace(new, **changes))  # type: ignore[arg-type]
    return propose_amendment(world.session, facility, amendment, actor=MAKER, clock=world.clock)


def approve(world: World, change: FinancingChange) -> None:
    approve_change(world.session, change.id, digest=digest_of(change), actor=CHECKER, clock=world.clock)


def standing(world: World, facility: Facility, kind: ChangeKind) -> FinancingChange:
    return propose_standing(world.session, facility, kind, reason="reviewed", actor=MAKER, clock=world.clock)


class TestAmendment:
    def test_is_a_new_version_and_what_runs_keeps_its_contract(self, world: World) -> None:
        facility = world.facility()
        (advance,) = world.accepted(world.invoice("INV-1"))
        dearer = Price(Decimal("0.8"), Decimal(30), Terms(Decimal("0.07")))
        approve(world, amended(world, facility, price=dearer))
        now = find_facility(world.session, facility.id)
        assert (now.version, now.annual_rate, now.advance_rate) == (2, Decimal("0.07"), Decimal("0.8"))
        assert (world.advance(advance).annual_rate, world.advance(advance).fee_minor) == (Decimal("0.055"), 2_000_00)

    def test_holds_nothing_until_a_second_person_approves(self, world: World) -> None:
        facility = world.facility()
        change = amended(world, facility, limit=cny("1.00"))
        assert find_facility(world.session, facility.id).limit_minor == 50_000_000_00
        with pytest.raises(SamePerson):
            approve_change(world.session, change.id, digest=digest_of(change), actor=MAKER, clock=world.clock)

    def test_drawn_up_against_an_older_version_is_refused(self, world: World) -> None:
        facility = world.facility()
        first, second = amended(world, facility), amended(world, facility, limit=cny("1.00"))
        approve(world, first)
        with pytest.raises(FacilityChangedSince) as refused:
            approve(world, second)
        assert (refused.value.facts["current"], refused.value.facts["proposed"]) == (2, 1)

    def test_changed_after_it_was_read_is_refused(self, world: World) -> None:
        change = amended(world, world.facility())
        read = digest_of(change)
        change.proposed = {**change.proposed, "version": 7}
        world.session.flush()
        with pytest.raises(DigestChanged):
            approve_change(world.session, change.id, digest=read, actor=CHECKER, clock=world.clock)

    def test_below_what_is_used_stops_new_lending_and_asks_nothing_back(self, world: World) -> None:
        facility = world.facility()
        world.funded(world.invoice("INV-0"))
        approve(world, amended(world, facility, limit=cny("500000.00")))
        now = find_facility(world.session, facility.id)
        assert (now.used_minor, now.over_minor) == (900_000_00, 400_000_00)
        with pytest.raises(AvailabilityExceeded) as refused:
            accept(world, offered(world))
        assert refused.value.facts["bound_by"] == "facility"

    def test_decided_once_is_not_decided_again(self, world: World) -> None:
        change = amended(world, world.facility())
        refuse_change(
            world.session, change.id, digest=digest_of(change), reason="dear", actor=CHECKER, clock=world.clock
        )
        assert find_change(world.session, change.id).state is ChangeState.REFUSED
        with pytest.raises(AlreadyDecided):
            approve(world, change)


class TestSuspension:
    def test_stops_offers_and_acceptance_at_once(self, world: World) -> None:
        facility = world.facility()
        offer = offered(world)
        suspend_facility(world.session, facility.id, reason="news", actor=MAKER, clock=world.clock)
        with pytest.raises(FacilityNotActive):
            accept(world, offer)
        world.listed(world.invoice("INV-2"))
        assert make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR) == 0

    def test_lets_what_was_accepted_wait(self, world: World) -> None:
        facility = world.facility()
        (advance,) = world.accepted(world.invoice("INV-1"))
        suspend_facility(world.session, facility.id, reason="news", actor=MAKER, clock=world.clock)
        assert check_conditions(world.session, clock=world.clock).waiting == [advance]
        approve(world, standing(world, facility, ChangeKind.RESUME_FACILITY))
        assert check_conditions(world.session, clock=world.clock).met == [advance]

    def test_ends_by_two_people_only(self, world: World) -> None:
        facility = world.facility()
        suspend_facility(world.session, facility.id, reason="news", actor=MAKER, clock=world.clock)
        change = standing(world, facility, ChangeKind.RESUME_FACILITY)
        with pytest.raises(SamePerson):
            approve_change(world.session, change.id, digest=digest_of(change), actor=MAKER, clock=world.clock)
        approve(world, change)
        assert find_facility(world.session, facility.id).state is FacilityState.ACTIVE


class TestClosing:
    def test_takes_offers_back_and_lets_what_runs_run(self, world: World) -> None:
        facility = world.facility()
        advance = world.funded(world.invoice("INV-0"))
        offer = offered(world)
        approve(world, standing(world, facility, ChangeKind.CLOSE_FACILITY))
        world.session.refresh(offer)
        assert offer.state is OfferState.WITHDRAWN
        assert world.advance(advance).principal_open_minor == 900_000_00

    def test_lets_an_advance_lapse_that_was_not_funded(self, world: World) -> None:
        facility = world.facility()
        (advance,) = world.accepted(world.invoice("INV-1"))
        approve(world, standing(world, facility, ChangeKind.CLOSE_FACILITY))
        assert check_conditions(world.session, clock=world.clock).lapsed == [advance]

    def test_is_for_good(self, world: World) -> None:
        facility = world.facility()
        approve(world, standing(world, facility, ChangeKind.CLOSE_FACILITY))
        attempts: list[tuple[Callable[[], object], type[Exception]]] = [
            (lambda: approve(world, standing(world, facility, ChangeKind.RESUME_FACILITY)), FacilityNotActive),
            (
                lambda: suspend_facility(world.session, facility.id, reason="x", actor=MAKER, clock=world.clock),
                IllegalTransition,
            ),
        ]
        for attempt, expected in attempts:
            with pytest.raises(expected):
                attempt()


class TestRegistrationBeforeFunding:
    """Notice 77 of 2025, art. 14: in China money waits until its assignment is registered."""

    def waiting(self, world: World, country: str = "CN", **line: object) -> tuple[UUID, UUID, bool]:
        """An advance of a seller in that country, its invoice, and whether its money waits."""
        seller = world.session.get_one(Party, (world.session.tenant_id, world.parties["seller"]))
        seller.country = country
        world.facility(**line)  # type: ignore[arg-type]
        invoice = world.invoice("INV-1")
        (advance,) = world.accepted(invoice)
        return advance, invoice, check_conditions(world.session, clock=world.clock).waiting == [advance]

    def test_holds_an_advance_until_its_own_lender_is_registered(self, world: World) -> None:
        advance, invoice, waits = self.waiting(world)
        assert waits
        for lender, met in (("second lender", []), ("lender", [advance])):
            new = NewRegistration(
                invoice, world.parties[lender], cny("1000000.00"), "Zhongdeng", f"R-{lender}", world.clock.now()
            )
            record_registration(world.session, new, actor=MAKER, clock=world.clock)
            assert check_conditions(world.session, clock=world.clock).met == met

    def test_is_not_asked_of_a_licensed_lender_whose_line_goes_without(self, world: World) -> None:
        assert not self.waiting(world, registration_first=False)[2]

    def test_is_not_asked_elsewhere(self, world: World) -> None:
        assert not self.waiting(world, country="DE")[2]

    def test_was_not_asked_before_15_june_2025(self, world: World) -> None:
        advance, _, _ = self.waiting(world)
        positions = open_positions(world.session, [advance]).values()
        for day, waits in ((date(2025, 6, 14), set()), (date(2025, 6, 15), {advance})):
            world.on(day)
            assert unregistered(world.session, positions, clock=world.clock) == waits


def test_a_line_says_whether_reserves_leave_by_themselves(world: World) -> None:
    world.facility(release_by_rule=False)
    assert not world.advance(world.funded(world.invoice("INV-1"))).release_by_rule


def test_a_change_nobody_proposed_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        find_change(world.session, world.parties["lender"])
