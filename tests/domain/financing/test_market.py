"""Who moves requests and offers: a test for each move, and what is refused when somebody else tries."""

from datetime import date
from uuid import UUID

import pytest
from sqlmodel import col, select

from domain.access.errors import SamePerson
from domain.approvals.errors import AlreadyDecided, DigestChanged
from domain.financing.acceptance import accept_offer, accepted_by
from domain.financing.errors import OfferExpired, OfferNotOpen, RequestOutOfDate
from domain.financing.offers import (
    approve_offers,
    decline_offers,
    expire_offers,
    make_auto_offers,
    make_offers,
    withdraw_offers,
)
from domain.financing.quotes import Price
from domain.financing.requests import approve_requests, expire_requests, request_financing
from domain.financing.states import OfferState, RequestState
from domain.financing.tables import Offer, Request
from domain.financing.terms import FeeBearer, Terms
from domain.platform.transitions import StateTransition
from tests.domain.financing.conftest import BASE_PRICE, BASE_TERMS, CALENDAR, CHECKER, MAKER, World

LATER = date(2026, 3, 8)  # offers of 2 March were good until the 7th


def offers(world: World) -> list[Offer]:
    found = select(Offer).where(Offer.tenant_id == world.session.tenant_id).order_by(col(Offer.id))
    return list(world.session.exec(found.execution_options(populate_existing=True)))


def states(world: World) -> list[OfferState]:
    return [offer.state for offer in offers(world)]


def asked(world: World, *receivables: UUID) -> UUID:
    return request_financing(
        world.session, receivables, seller_id=world.parties["seller"], actor=MAKER, clock=world.clock
    )


def made(world: World, facility_id: UUID, requests: list[UUID]) -> UUID:
    return make_offers(
        world.session, facility_id=facility_id, request_ids=requests, actor=MAKER, clock=world.clock, calendar=CALENDAR
    )


def accept(world: World, offer: Offer) -> None:
    seller = world.parties["seller"]
    accept_offer(world.session, offer.id, seller_id=seller, actor=MAKER, clock=world.clock, calendar=CALENDAR)


class TestRequests:
    def test_leave_a_record_of_who_moved_them(self, world: World) -> None:
        (request,) = world.listed(world.invoice("INV-1"))
        rows = world.session.exec(
            select(StateTransition).where(
                StateTransition.tenant_id == world.session.tenant_id, StateTransition.entity_id == request
            )
        )
        # Two ids of one millisecond come in any order; the states say which was first.
        assert {(row.from_state, row.to_state): (row.actor, row.business_date) for row in rows} == {
            ("requested", "approved_by_seller"): (str(CHECKER), world.today),
            ("approved_by_seller", "open"): ("system:listing", world.today),
        }

    def test_nobody_approved_expire_and_free_the_invoice_for_another(self, world: World) -> None:
        invoice = world.invoice("INV-1", due_on=date(2026, 6, 30))
        batch = asked(world, invoice)
        world.on(date(2026, 4, 2))
        with pytest.raises(RequestOutOfDate) as refused:
            approve_requests(world.session, batch, actor=CHECKER, clock=world.clock)
        assert refused.value.facts == {"valid_until": "2026-04-01", "today": "2026-04-02"}
        world.session.rollback()

    def test_that_expire_unapproved_let_the_seller_ask_again(self, world: World) -> None:
        invoice = world.invoice("INV-1", due_on=date(2026, 6, 30))
        asked(world, invoice)
        world.on(date(2026, 4, 2))
        assert expire_requests(world.session, clock=world.clock) == 1
        assert len(world.listed(invoice)) == 1

    def test_are_approved_with_the_lenders_that_were_read(self, world: World) -> None:
        batch = asked(world, world.invoice("INV-1"))
        (request,) = world.session.exec(select(Request).where(Request.batch_id == batch))
        request.sealed_until = request.sealed_until.replace(year=2027)
        world.session.flush()
        with pytest.raises(DigestChanged):
            approve_requests(world.session, batch, actor=CHECKER, clock=world.clock)

    def test_end_with_the_offers_on_them(self, world: World) -> None:
        world.facility(offer_valid_days=60)
        world.listed(world.invoice("INV-1", due_on=date(2026, 6, 30)))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        world.on(date(2026, 4, 2))
        assert expire_requests(world.session, clock=world.clock) == 1
        assert states(world) == [OfferState.EXPIRED]
        (request,) = world.session.exec(select(Request).where(Request.tenant_id == world.session.tenant_id))
        assert request.state is RequestState.EXPIRED


class TestOffers:
    def test_are_declined_by_the_lenders_checker_for_good(self, world: World) -> None:
        batch = made(world, world.facility().id, world.listed(world.invoice("INV-1")))
        assert decline_offers(world.session, batch, reason="too long", actor=CHECKER, clock=world.clock) == 1
        assert states(world) == [OfferState.DECLINED]
        with pytest.raises(AlreadyDecided):
            approve_offers(world.session, batch, actor=CHECKER, clock=world.clock)
        with pytest.raises(OfferNotOpen) as refused:
            accept(world, offers(world)[0])
        assert refused.value.facts["state"] == "declined"

    def test_nobody_approved_cannot_be_accepted(self, world: World) -> None:
        made(world, world.facility().id, world.listed(world.invoice("INV-1")))
        with pytest.raises(OfferNotOpen):
            accept(world, offers(world)[0])

    def test_are_not_approved_after_their_last_day_and_expire_unapproved(self, world: World) -> None:
        batch = made(world, world.facility().id, world.listed(world.invoice("INV-1")))
        world.session.commit()
        world.on(LATER)
        with pytest.raises(OfferExpired) as refused:
            approve_offers(world.session, batch, actor=CHECKER, clock=world.clock)
        assert (refused.value.facts["expires_on"], refused.value.facts["today"]) == ("2026-03-07", "2026-03-08")
        world.session.rollback()
        assert expire_offers(world.session, clock=world.clock) == 1
        assert states(world) == [OfferState.EXPIRED]

    def test_of_a_rival_in_the_making_are_outbid_and_not_approved_afterwards(self, world: World) -> None:
        world.facility("lender")
        (request,) = world.listed(world.invoice("INV-1"))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        rival = world.facility("second lender")
        made(world, rival.id, [request])
        accept(world, offers(world)[0])
        assert states(world) == [OfferState.ACCEPTED, OfferState.OUTBID]

    def test_once_accepted_are_not_withdrawn(self, world: World) -> None:
        world.facility()
        world.accepted(world.invoice("INV-1"))
        (offer,) = offers(world)
        assert withdraw_offers(world.session, [offer.id], actor=MAKER, clock=world.clock) == 0
        assert states(world) == [OfferState.ACCEPTED]

    def test_approved_by_who_made_them_are_refused_by_name(self, world: World) -> None:
        batch = made(world, world.facility().id, world.listed(world.invoice("INV-1")))
        with pytest.raises(SamePerson) as refused:
            approve_offers(world.session, batch, actor=MAKER, clock=world.clock)
        assert refused.value.facts == {"actor": str(MAKER)}

    def test_are_accepted_by_whoever_bears_the_fee(self, world: World) -> None:
        terms = Terms(BASE_TERMS.annual_rate, fee_bearer=FeeBearer.DEBTOR)
        world.facility("lender", price=Price(BASE_PRICE.advance_rate, BASE_PRICE.fee_bp, terms))
        world.facility("second lender")
        world.listed(world.invoice("INV-1"))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        (request,) = world.session.exec(select(Request).where(Request.tenant_id == world.session.tenant_id))
        bearers = {offer.lender_id: accepted_by(world.session, offer, request) for offer in offers(world)}
        assert bearers == {
            world.parties["lender"]: world.parties["debtor"],
            world.parties["second lender"]: world.parties["seller"],
        }
