"""From request to acceptance: sealed offers, true cost, two people on every step, and no invoice financed twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.financing.acceptance import accept_offer, accept_offers
from domain.financing.comparison import offers_on
from domain.financing.errors import (
    AvailabilityExceeded,
    ConditionsNotMet,
    FeesExceedAdvance,
    NotFinanceable,
    NotOfferable,
    OfferExpired,
    OfferNotOpen,
    OffersStillSealed,
    RateOutOfRange,
    ReceivableTaken,
)
from domain.financing.facilities import NewFacility, approve_facility, propose_facility
from domain.financing.funding import approve_funding, check_conditions, order_funding
from domain.financing.offers import (
    approve_offers,
    cheapest_offers,
    expire_offers,
    make_auto_offers,
    make_offers,
    withdraw_offers,
)
from domain.financing.quotes import Price
from domain.financing.requests import approve_requests, expire_requests, request_financing
from domain.financing.states import AdvanceState, OfferState, RequestState
from domain.financing.tables import Advance, Offer, Request
from domain.financing.terms import Terms
from domain.platform.database import Database, Role, TenantSession
from domain.receivables.disputes import dispute_receivable
from domain.receivables.queries import receivable
from domain.receivables.states import ReceivableState
from domain.values.errors import DomainError, NotFound
from tests.domain.financing.conftest import BASE_PRICE, BASE_TERMS, CALENDAR, CHECKER, MAKER, World, cny


def auto_offers(world: World) -> int:
    return make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)


def offers(world: World) -> list[Offer]:
    wanted = select(Offer).where(Offer.tenant_id == world.session.tenant_id).order_by(col(Offer.id))
    return list(world.session.exec(wanted))


def accept(world: World, offer: Offer) -> Advance:
    seller = world.parties["seller"]
    return accept_offer(world.session, offer.id, seller_id=seller, actor=MAKER, clock=world.clock, calendar=CALENDAR)


def make(world: World, facility_id: object, requests: list[object], price: Price | None = None) -> object:
    return make_offers(
        world.session,
        facility_id=facility_id,  # type: ignore[arg-type]
        request_ids=requests,  # type: ignore[arg-type]
        actor=MAKER,
        clock=world.clock,
        calendar=CALENDAR,
        price=price,
    )


class TestRequests:
    def test_open_once_a_second_person_of_the_seller_approves(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        (request_id,) = world.listed(invoice)
        assert world.session.get_one(Request, (world.session.tenant_id, request_id)).state is RequestState.OPEN
        assert receivable(world.session, invoice).state is ReceivableState.LISTED

    def test_are_not_approved_by_who_made_them(self, world: World) -> None:
        seller = world.parties["seller"]
        invoice = world.invoice("INV-1")
        batch = request_financing(world.session, [invoice], seller_id=seller, actor=MAKER, clock=world.clock)
        with pytest.raises(SamePerson):
            approve_requests(world.session, batch, actor=MAKER, clock=world.clock)

    def test_are_refused_on_another_sellers_invoice(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        other = world.parties["debtor"]
        with pytest.raises(NotFinanceable):
            request_financing(world.session, [invoice], seller_id=other, actor=MAKER, clock=world.clock)

    def test_are_refused_twice_on_one_invoice(self, world: World) -> None:
        seller = world.parties["seller"]
        invoice = world.invoice("INV-1")
        request_financing(world.session, [invoice], seller_id=seller, actor=MAKER, clock=world.clock)
        with pytest.raises(NotFinanceable):
            request_financing(world.session, [invoice], seller_id=seller, actor=MAKER, clock=world.clock)

    def test_are_refused_on_the_due_date(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        world.on(date(2026, 3, 27))
        with pytest.raises(NotFinanceable):
            world.listed(invoice)

    def test_that_nobody_answers_expire_and_free_the_invoice(self, world: World) -> None:
        invoice = world.invoice("INV-1", due_on=date(2026, 6, 30))
        world.listed(invoice)
        world.on(date(2026, 4, 1))
        assert expire_requests(world.session, clock=world.clock) == 0
        world.on(date(2026, 4, 2))
        assert expire_requests(world.session, clock=world.clock) == 1
        assert receivable(world.session, invoice).state is ReceivableState.CONFIRMED


class TestOffers:
    def test_show_the_whole_cost_as_a_yearly_rate(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"))
        assert auto_offers(world) == 1
        (offer,) = offers(world)
        assert (offer.principal_minor, offer.fee_minor, offer.interest_minor) == (900_000_00, 2_000_00, 3_437_50)
        assert round(offer.all_in_simple, 4) == Decimal("0.0884")  # R14
        assert round(offer.all_in_effective, 4) == Decimal("0.0921")

    def test_are_made_by_rule_once(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"))
        assert (auto_offers(world), auto_offers(world)) == (1, 0)

    def test_of_two_lenders_are_compared_by_true_cost(self, world: World) -> None:
        world.facility("lender")
        # A lower headline rate with a fee of 0.60 % costs more over 25 days.
        dear = Price(Decimal("0.9"), Decimal(60), Terms(annual_rate=Decimal("0.03")))
        world.facility("second lender", price=dear)
        world.listed(world.invoice("INV-1"))
        assert auto_offers(world) == 2
        (best,) = cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)
        chosen = world.session.get_one(Offer, (world.session.tenant_id, best))
        assert chosen.lender_id == world.parties["lender"]

    def test_need_a_checker_of_the_lender(self, world: World) -> None:
        facility = world.facility()
        requests = world.listed(world.invoice("INV-1"))
        batch = make(world, facility.id, list(requests))
        with pytest.raises(SamePerson):
            approve_offers(world.session, batch, actor=MAKER, clock=world.clock)  # type: ignore[arg-type]
        approve_offers(world.session, batch, actor=CHECKER, clock=world.clock)  # type: ignore[arg-type]
        assert offers(world)[0].state is OfferState.OFFERED

    def test_are_refused_beyond_the_facilitys_tenor(self, world: World) -> None:
        facility = world.facility(max_tenor_days=20)
        requests = world.listed(world.invoice("INV-1"))
        with pytest.raises(NotOfferable):
            make(world, facility.id, list(requests))
        assert auto_offers(world) == 0

    def test_at_a_thousand_per_cent_are_refused(self, world: World) -> None:
        facility = world.facility()
        requests = world.listed(world.invoice("INV-1"))
        slip = Price(Decimal("0.9"), Decimal(20), Terms(annual_rate=Decimal(10)))
        with pytest.raises(RateOutOfRange):
            make(world, facility.id, list(requests), slip)

    def test_that_would_leave_the_seller_nothing_are_refused(self, world: World) -> None:
        facility = world.facility()
        requests = world.listed(world.invoice("INV-1"))
        # 1 % advanced, a fee of 1 % of face.
        greedy = Price(Decimal("0.01"), Decimal(100), BASE_TERMS)
        with pytest.raises(FeesExceedAdvance):
            make(world, facility.id, list(requests), greedy)

    def test_are_seen_by_their_own_lender_and_by_nobody_else_before_the_deadline(self, world: World) -> None:
        world.facility("lender")
        world.facility("second lender")
        seller = world.parties["seller"]
        deadline = datetime(2026, 3, 3, tzinfo=UTC)
        batch = request_financing(
            world.session,
            [world.invoice("INV-1")],
            seller_id=seller,
            actor=MAKER,
            clock=world.clock,
            sealed_until=deadline,
        )
        (request_id,) = approve_requests(world.session, batch, actor=CHECKER, clock=world.clock)
        auto_offers(world)
        with pytest.raises(OffersStillSealed):
            offers_on(world.session, request_id, clock=world.clock)
        lender = world.parties["lender"]
        own = offers_on(world.session, request_id, clock=world.clock, lender_id=lender)
        assert [offer.lender_id for offer in own] == [lender]
        with pytest.raises(OffersStillSealed):
            accept(world, own[0])
        world.on(date(2026, 3, 4))
        assert len(offers_on(world.session, request_id, clock=world.clock)) == 2


class TestAcceptance:
    def test_takes_the_principal_of_the_line_the_debtor_and_the_invoice(self, world: World) -> None:
        facility = world.facility()
        invoice = world.invoice("INV-1")
        world.accepted(invoice)
        world.session.refresh(facility)
        assert facility.used_minor == 900_000_00
        assert receivable(world.session, invoice).exposure_minor == 900_000_00

    def test_outbids_the_other_offers(self, world: World) -> None:
        world.facility("lender")
        world.facility("second lender")
        world.accepted(world.invoice("INV-1"))
        assert sorted(offer.state for offer in offers(world)) == [OfferState.ACCEPTED, OfferState.OUTBID]

    def test_is_refused_twice(self, world: World) -> None:
        world.facility()
        world.accepted(world.invoice("INV-1"))
        with pytest.raises(OfferNotOpen):
            accept(world, offers(world)[0])

    def test_is_refused_after_the_offers_last_day(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"))
        auto_offers(world)
        world.on(date(2026, 3, 8))
        with pytest.raises(OfferExpired):
            accept(world, offers(world)[0])
        assert expire_offers(world.session, clock=world.clock) == 1

    def test_is_refused_after_withdrawal(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"))
        auto_offers(world)
        (offer,) = offers(world)
        withdraw_offers(world.session, [offer.id], actor=MAKER, clock=world.clock)
        with pytest.raises(OfferNotOpen):
            accept(world, offer)

    def test_is_refused_to_another_seller(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"))
        auto_offers(world)
        with pytest.raises(NotFound):
            accept_offer(
                world.session,
                offers(world)[0].id,
                seller_id=world.parties["debtor"],
                actor=MAKER,
                clock=world.clock,
                calendar=CALENDAR,
            )

    def test_is_refused_on_a_disputed_invoice(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.listed(invoice)
        auto_offers(world)
        dispute_receivable(world.session, invoice, reason="goods damaged", actor=MAKER, clock=world.clock)
        with pytest.raises(ReceivableTaken):
            accept(world, offers(world)[0])

    def test_stops_where_the_line_is_used_up(self, world: World) -> None:
        # 1,500,000.00 - 900,000.00 = 600,000.00 are left for the second   (R1)
        world.facility(limit="1500000.00")
        world.listed(world.invoice("INV-1"), world.invoice("INV-2"))
        auto_offers(world)
        first, second = offers(world)
        result = accept_offers(
            world.session,
            [first.id, second.id],
            seller_id=world.parties["seller"],
            actor=MAKER,
            clock=world.clock,
            calendar=CALENDAR,
        )
        assert list(result.advances) == [first.id]
        refusal = result.refused[second.id]
        assert isinstance(refusal, AvailabilityExceeded)
        assert refusal.facts["available"] == "600,000.00 CNY"

    def test_stops_where_the_debtors_own_limit_is_used_up(self, world: World) -> None:
        world.facility(debtor_limit=cny("899999.99"))
        world.listed(world.invoice("INV-1"))
        auto_offers(world)
        with pytest.raises(AvailabilityExceeded):
            accept(world, offers(world)[0])

    def test_in_a_race_finances_an_invoice_once(self, world: World, database: Database) -> None:
        for lender in ("lender", "second lender"):
            for _ in range(4):
                world.facility(lender)
        world.listed(world.invoice("INV-1"))
        assert auto_offers(world) == 8
        world.session.commit()
        chosen = [offer.id for offer in offers(world)]
        start = Barrier(len(chosen))
        seller, clock, tenant_id = world.parties["seller"], world.clock, world.session.tenant_id

        def race(offer_id: object) -> DomainError | None:
            start.wait()
            with TenantSession(database.engines[Role.WORKER], tenant_id) as session:
                try:
                    accept_offer(
                        session,
                        offer_id,  # type: ignore[arg-type]
                        seller_id=seller,
                        actor=MAKER,
                        clock=clock,
                        calendar=CALENDAR,
                    )
                    session.commit()
                except DomainError as refusal:
                    return refusal
            return None

        with ThreadPoolExecutor(len(chosen)) as threads:
            results = list(threads.map(race, chosen))
        assert results.count(None) == 1
        assert all(isinstance(result, OfferNotOpen | ReceivableTaken) for result in results if result)

    def test_past_every_lock_meets_the_database(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        world.accepted(invoice)
        world.session.commit()
        raise_exposure = text("UPDATE receivable SET exposure_minor = confirmed_minor + 1 WHERE id = :id")
        with pytest.raises(IntegrityError, match="exposure_within_unpaid"):
            world.session.execute(raise_exposure, {"id": invoice})
        world.session.rollback()


class TestBeforeFunding:
    def test_an_advance_whose_invoice_is_disputed_lapses_and_frees_the_line(self, world: World) -> None:
        facility = world.facility()
        invoice = world.invoice("INV-1")
        (advance_id,) = world.accepted(invoice)
        dispute_receivable(world.session, invoice, reason="goods damaged", actor=MAKER, clock=world.clock)
        assert check_conditions(world.session, clock=world.clock).lapsed == [advance_id]
        assert world.advance(advance_id).state is AdvanceState.LAPSED
        world.session.refresh(facility)
        assert facility.used_minor == 0
        assert offers(world)[0].state is OfferState.LAPSED

    def test_an_advance_waits_while_the_sellers_account_cools_off(self, world: World) -> None:
        world.facility()
        world.on(date(2026, 2, 21))
        (advance_id,) = world.accepted(world.invoice("INV-1"))
        assert check_conditions(world.session, clock=world.clock).waiting == [advance_id]
        with pytest.raises(ConditionsNotMet):
            order_funding(world.session, [advance_id], funding_on=world.today, actor=MAKER, clock=world.clock)

    def test_an_order_is_approved_by_a_second_person_and_only_as_it_was_made(self, world: World) -> None:
        world.facility()
        (advance_id,) = world.accepted(world.invoice("INV-1"))
        check_conditions(world.session, clock=world.clock)
        order = order_funding(world.session, [advance_id], funding_on=world.today, actor=MAKER, clock=world.clock)
        with pytest.raises(SamePerson):
            approve_funding(world.session, order.id, actor=MAKER, clock=world.clock)
        world.advance(advance_id).payee_account_id = world.accounts["debtor"]
        world.session.flush()
        with pytest.raises(DigestChanged):
            approve_funding(world.session, order.id, actor=CHECKER, clock=world.clock)


class TestFacilities:
    def test_lend_only_after_a_second_person_approved_them(self, world: World) -> None:
        new = NewFacility(world.parties["lender"], cny("1000000.00"), BASE_PRICE, auto_offer=True)
        facility = propose_facility(world.session, new, actor=MAKER, clock=world.clock)
        world.listed(world.invoice("INV-1"))
        assert auto_offers(world) == 0
        with pytest.raises(SamePerson):
            approve_facility(world.session, facility.id, actor=MAKER, clock=world.clock)

    def test_are_not_approved_with_another_price_than_was_proposed(self, world: World) -> None:
        new = NewFacility(world.parties["lender"], cny("1000000.00"), BASE_PRICE)
        facility = propose_facility(world.session, new, actor=MAKER, clock=world.clock)
        facility.annual_rate = Decimal("0.050000000")
        world.session.flush()
        with pytest.raises(DigestChanged):
            approve_facility(world.session, facility.id, actor=CHECKER, clock=world.clock)
