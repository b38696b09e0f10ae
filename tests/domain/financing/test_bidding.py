"""Who may answer a request and at what price: invitations, deadlines, grades, rules, licences; and what rivals see."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import col, select

from domain.financing.bidding import BiddingRule, rules_of
from domain.financing.comparison import compare_offers, offers_on
from domain.financing.errors import (
    DeadlineOutOfOrder,
    GradeFinancesLess,
    LenderWithoutLicence,
    NotLenders,
    NotOfferable,
    OffersStillSealed,
    RateOutOfRange,
    RateOverLine,
)
from domain.financing.facilities import NewFacility, propose_facility
from domain.financing.funding import check_conditions
from domain.financing.lenders import NewProfile, keep_profile, lending_law
from domain.financing.offers import approve_offers, decline_by_hand, expire_offers, make_auto_offers, make_offers
from domain.financing.quotes import Price
from domain.financing.requests import approve_requests, may_answer, open_to, request_financing
from domain.financing.states import Licence
from domain.financing.tables import Offer, Request, RequestDecline
from domain.financing.terms import Terms
from domain.parties.tables import Party
from domain.receivables.queries import receivable
from domain.receivables.states import ConfirmationGrade
from tests.domain.financing.conftest import BASE_PRICE, BASE_TERMS, CALENDAR, CHECKER, MAKER, World, cny

SILENT, WAIVED = ConfirmationGrade.SILENT, ConfirmationGrade.SIGNED_WITH_WAIVER


def auto_offers(world: World) -> int:
    return make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)


def offers(world: World) -> list[Offer]:
    return list(
        world.session.exec(select(Offer).where(Offer.tenant_id == world.session.tenant_id).order_by(col(Offer.id)))
    )


def opened(
    world: World, *receivables: UUID, lenders: tuple[str, ...] = (), until: datetime | None = None
) -> list[UUID]:
    batch = request_financing(
        world.session,
        receivables,
        seller_id=world.parties["seller"],
        actor=MAKER,
        clock=world.clock,
        sealed_until=until,
        invited=[world.parties[name] for name in lenders],
    )
    return approve_requests(world.session, batch, actor=CHECKER, clock=world.clock)


def offer_by_hand(world: World, facility_id: UUID, requests: list[UUID], price: Price | None = None) -> UUID:
    return make_offers(
        world.session,
        facility_id=facility_id,
        request_ids=requests,
        actor=MAKER,
        clock=world.clock,
        calendar=CALENDAR,
        price=price,
    )


class TestInvitations:
    def test_let_only_the_lenders_named_answer_or_know(self, world: World) -> None:
        mine, other = world.facility("lender"), world.facility("second lender")
        (request,) = opened(world, world.invoice("INV-1"), lenders=("lender",))
        assert auto_offers(world) == 1
        assert [offer.facility_id for offer in offers(world)] == [mine.id]
        with pytest.raises(NotOfferable):
            offer_by_hand(world, other.id, [request])
        invited, uninvited = world.parties["lender"], world.parties["second lender"]
        assert [each.id for each in open_to(world.session, invited, clock=world.clock)] == [request]
        assert open_to(world.session, uninvited, clock=world.clock) == []
        assert (may_answer(world.session, request, invited), may_answer(world.session, request, uninvited)) == (
            True,
            False,
        )

    def test_go_to_lenders_only(self, world: World) -> None:
        with pytest.raises(NotLenders):
            opened(world, world.invoice("INV-1"), lenders=("debtor",))


class TestDeadlines:
    def test_end_the_bidding_when_offers_are_unsealed(self, world: World) -> None:
        facility = world.facility()
        (request,) = opened(world, world.invoice("INV-1"), until=datetime(2026, 3, 3, tzinfo=UTC))
        world.on(date(2026, 3, 4))
        assert auto_offers(world) == 0
        with pytest.raises(NotOfferable):
            offer_by_hand(world, facility.id, [request])

    @pytest.mark.parametrize("until", [datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)])
    def test_lie_ahead_and_before_the_requests_last_day(self, world: World, until: datetime) -> None:
        with pytest.raises(DeadlineOutOfOrder) as refused:
            opened(world, world.invoice("INV-1"), until=until)
        assert refused.value.facts["valid_until"] == "2026-04-01"


class TestSecrecy:
    def test_a_rival_sees_its_own_offers_only_before_and_after_the_unsealing(self, world: World) -> None:
        world.facility("lender")
        world.facility("second lender")
        (request,) = opened(world, world.invoice("INV-1"), until=datetime(2026, 3, 3, tzinfo=UTC))
        auto_offers(world)
        rival = world.parties["second lender"]
        for day in (date(2026, 3, 2), date(2026, 3, 4)):
            world.on(day)
            seen = offers_on(world.session, request, clock=world.clock, lender_id=rival)
            assert [offer.lender_id for offer in seen] == [rival]
            compared = compare_offers(world.session, request, clock=world.clock, calendar=CALENDAR, lender_id=rival)
            # Whether it is the cheapest would tell it of the others.
            assert [each.cheapest for each in compared] == [False]

    def test_a_seller_sees_nothing_before_and_no_offer_its_lender_has_not_approved_after(self, world: World) -> None:
        facility = world.facility()
        (request,) = opened(world, world.invoice("INV-1"), until=datetime(2026, 3, 3, tzinfo=UTC))
        offer_by_hand(world, facility.id, [request])
        with pytest.raises(OffersStillSealed):
            offers_on(world.session, request, clock=world.clock)
        world.on(date(2026, 3, 4))
        assert offers_on(world.session, request, clock=world.clock) == []


class TestGrades:
    def test_below_a_signature_are_not_financed_unless_the_line_says_so(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        receivable(world.session, invoice).confirmation_grade = SILENT
        world.facility("lender")
        world.facility("second lender", grades={SILENT: Decimal("0.5")})
        world.listed(invoice)
        assert auto_offers(world) == 1
        (offer,) = offers(world)
        # 1,000,000.00 x 50 %
        assert (offer.lender_id, offer.principal_minor) == (world.parties["second lender"], 500_000_00)

    def test_cap_the_advance_rate_of_an_offer_by_hand(self, world: World) -> None:
        facility = world.facility(grades={ConfirmationGrade.SIGNED: Decimal("0.8"), WAIVED: Decimal("0.9")})
        requests = world.listed(world.invoice("INV-1"))
        with pytest.raises(GradeFinancesLess) as refused:
            offer_by_hand(world, facility.id, requests, BASE_PRICE)
        assert (refused.value.facts["allowed"], refused.value.facts["asked"]) == ("0.8", "0.9")

    def test_that_fall_after_acceptance_let_the_advance_lapse(self, world: World) -> None:
        world.facility()
        invoice = world.invoice("INV-1")
        (advance,) = world.accepted(invoice)
        receivable(world.session, invoice).confirmation_grade = SILENT
        assert check_conditions(world.session, clock=world.clock).lapsed == [advance]
        assert world.advance(advance).failure_reason == "confirmed only as silent"


class TestRules:
    def test_move_the_price_of_the_requests_they_fit_and_the_first_decides(self, world: World) -> None:
        rules = [
            BiddingRule(max_days=20, rate_bp=Decimal(-50)),
            BiddingRule(min_minor=500_000_00, rate_bp=Decimal(100), fee_bp=Decimal(-5), advance_rate=Decimal("0.85")),
            BiddingRule(rate_bp=Decimal(300)),
        ]
        world.facility(rules=rules)
        world.listed(
            world.invoice("SHORT", due_on=date(2026, 3, 20)),
            world.invoice("LARGE"),
            world.invoice("SMALL", "499999.99"),
        )
        assert auto_offers(world) == 3
        prices = [(offer.annual_rate, offer.fee_bp, offer.advance_rate) for offer in offers(world)]
        # 5.50 % - 50 bp; 5.50 % + 100 bp, 20 bp - 5 bp; 5.50 % + 300 bp
        assert prices == [
            (Decimal("0.05"), Decimal(20), Decimal("0.9")),
            (Decimal("0.065"), Decimal(15), Decimal("0.85")),
            (Decimal("0.085"), Decimal(20), Decimal("0.9")),
        ]

    @pytest.mark.parametrize(
        ("rule", "fits"),
        [
            (BiddingRule(min_days=25, max_days=25, declines=True), True),
            (BiddingRule(min_days=26, declines=True), False),
            (BiddingRule(max_days=24, declines=True), False),
            (BiddingRule(min_minor=1_000_000_00, max_minor=1_000_000_00, declines=True), True),
            (BiddingRule(min_minor=1_000_000_01, declines=True), False),
            (BiddingRule(max_minor=999_999_99, declines=True), False),
            (BiddingRule(grade=ConfirmationGrade.SIGNED, declines=True), True),
            (BiddingRule(grade=WAIVED, declines=True), False),
        ],
    )
    def test_fit_up_to_and_with_their_ends(self, world: World, rule: BiddingRule, fits: bool) -> None:
        world.facility(rules=[rule])
        world.listed(world.invoice("INV-1"))  # 25 days, 1,000,000.00, signed
        assert auto_offers(world) == (0 if fits else 1)

    def test_decline_for_a_debtor_once_and_say_why_to_their_lender(self, world: World) -> None:
        rules = [BiddingRule(debtor_id=world.parties["debtor"], declines=True)]
        facility = world.facility(rules=rules)
        (request,) = world.listed(world.invoice("INV-1"))
        assert (auto_offers(world), auto_offers(world)) == (0, 0)
        declined = world.session.get_one(RequestDecline, (world.session.tenant_id, request, facility.id))
        assert (declined.reason, declined.made_by) == ("bidding rule 1", "system:auto_offer")

    def test_that_make_an_impossible_price_keep_nobody_else_waiting(self, world: World) -> None:
        world.facility(rules=[BiddingRule(max_minor=100_00, rate_bp=Decimal(3600))])
        world.listed(world.invoice("TINY", "100.00"), world.invoice("INV-2"))
        assert auto_offers(world) == 1
        (declined,) = world.session.exec(
            select(RequestDecline).where(RequestDecline.tenant_id == world.session.tenant_id)
        )
        assert "annual_rate is 0.415" in declined.reason

    def test_of_ranges_the_wrong_way_round_are_refused(self, world: World) -> None:
        with pytest.raises(RateOutOfRange) as refused:
            world.facility(rules=[BiddingRule(min_days=30, max_days=29)])
        assert (refused.value.facts["field"], refused.value.facts["low"]) == ("max_days", "30")

    def test_are_not_asked_where_a_person_declined(self, world: World) -> None:
        facility = world.facility()
        (request,) = world.listed(world.invoice("INV-1"))
        decline_by_hand(world.session, facility.id, [request], reason="known to us", actor=MAKER, clock=world.clock)
        assert auto_offers(world) == 0
        assert rules_of(world.session, facility.id) == []


class TestComparison:
    def test_puts_the_cheapest_for_the_term_from_today_first(self, world: World) -> None:
        # A fee weighs more the shorter the term: 0.20 % and 5.5 % against 7.0 % without a fee.
        world.facility("lender", price=Price(Decimal("0.9"), Decimal(20), BASE_TERMS), offer_valid_days=60)
        flat = Price(Decimal("0.9"), Decimal(0), Terms(Decimal("0.07")))
        world.facility("second lender", price=flat, offer_valid_days=60)
        (request,) = world.listed(world.invoice("INV-1", due_on=date(2026, 4, 30)))
        auto_offers(world)
        # 59 days: 2,000 + 8,112.50 against 10,325; 13 days: 2,000 + 1,787.50 against 2,275.
        for day, first, cost in (
            (date(2026, 3, 2), "lender", "10112.50"),
            (date(2026, 4, 17), "second lender", "2275.00"),
        ):
            world.on(day)
            best, other = compare_offers(world.session, request, clock=world.clock, calendar=CALENDAR)
            assert (best.offer.lender_id, best.cheapest, other.cheapest) == (world.parties[first], True, False)
            assert best.today is not None
            assert best.today.cost == cny(cost)

    def test_shows_what_no_longer_stands_last_and_without_figures(self, world: World) -> None:
        world.facility()
        (request,) = world.listed(world.invoice("INV-1"))
        auto_offers(world)
        world.on(date(2026, 3, 8))
        expire_offers(world.session, clock=world.clock)
        (only,) = compare_offers(world.session, request, clock=world.clock, calendar=CALENDAR)
        assert (only.today, only.cheapest) == (None, False)

    def test_is_kept_with_the_advance_as_it_was_shown(self, world: World) -> None:
        world.facility()
        (advance_id,) = world.accepted(world.invoice("INV-1"))
        advance = world.advance(advance_id)
        # 2,000.00 + 3,437.50 for 898,000.00; R14
        assert (advance.quoted_cost_minor, advance.quoted_net_minor) == (5_437_50, 898_000_00)
        assert (round(advance.quoted_simple, 4), round(advance.quoted_effective, 4)) == (
            Decimal("0.0884"),
            Decimal("0.0921"),
        )


class TestLicences:
    def test_are_needed_to_offer_from_15_june_2025(self, world: World) -> None:
        world.facility()
        new = NewProfile(world.parties["lender"], Licence.NONE)
        keep_profile(world.session, new, actor=CHECKER, clock=world.clock)
        requests = world.listed(world.invoice("INV-1"))
        assert auto_offers(world) == 0
        (declined,) = world.session.exec(
            select(RequestDecline).where(RequestDecline.tenant_id == world.session.tenant_id)
        )
        with pytest.raises(LenderWithoutLicence) as refused:
            offer_by_hand(world, declined.facility_id, requests)
        assert "Notice 77" in str(refused.value)

    def test_that_are_lost_let_an_accepted_advance_lapse(self, world: World) -> None:
        world.facility()
        (advance,) = world.accepted(world.invoice("INV-1"))
        new = NewProfile(world.parties["lender"], Licence.NONE)
        keep_profile(world.session, new, actor=CHECKER, clock=world.clock)
        assert check_conditions(world.session, clock=world.clock).lapsed == [advance]

    def test_were_not_needed_the_day_before_but_the_line_of_private_lending_held(self, world: World) -> None:
        law, lender = lending_law(world.session, date(2025, 6, 14)), world.parties["lender"]
        # 4 x 3.00 % = 12.00 %
        at_the_line = Price(Decimal("0.9"), Decimal(0), Terms(Decimal("0.12"), overdue_multiplier=Decimal(1)))
        assert law.check(lender, Licence.NONE, at_the_line) == []
        with pytest.raises(RateOverLine) as refused:
            law.check(lender, Licence.NONE, Price(Decimal("0.9"), Decimal(0), Terms(Decimal("0.13"))))
        assert (refused.value.facts["rate"], refused.value.facts["line"]) == ("13.00 %", "12.00 %")


def test_a_small_seller_paid_late_by_a_large_buyer_is_warned_of_on_the_request(world: World) -> None:
    seller = world.session.get_one(Party, (world.session.tenant_id, world.parties["seller"]))
    seller.is_small = True
    (request_id,) = world.listed(world.invoice("INV-1"))  # issued on 5 January, due on 27 March: 81 days
    request = world.session.get_one(Request, (world.session.tenant_id, request_id))
    (warning,) = request.warnings
    assert (warning["code"], warning["facts"]) == ("small_seller_paid_late", {"limit": "60", "days": "81"})


def test_a_line_on_a_thousand_per_cent_is_refused_with_the_figure(world: World) -> None:
    slip = Price(Decimal("0.9"), Decimal(20), Terms(Decimal(10)))
    new = NewFacility(world.parties["lender"], cny("1.00"), slip)
    with pytest.raises(RateOutOfRange) as refused:
        propose_facility(world.session, new, actor=MAKER, clock=world.clock)
    assert refused.value.facts == {"field": "annual_rate", "value": "10", "low": "0", "high": "0.36"}


def test_offers_by_hand_are_approved_as_they_were_read(world: World) -> None:
    facility = world.facility()
    batch = offer_by_hand(world, facility.id, world.listed(world.invoice("INV-1")))
    approve_offers(world.session, batch, actor=CHECKER, clock=world.clock)
    (offer,) = offers(world)
    assert offer.facility_version == 1
