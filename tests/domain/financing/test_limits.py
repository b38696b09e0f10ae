"""Limits over all facilities: each alone, which of them bound, given back by repayment, never passed in a race."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.access.errors import SamePerson
from domain.banking.states import Purpose, Verdict
from domain.financing.acceptance import accept_offer, accept_offers
from domain.financing.agents.limits import over_agents
from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.profiles import NewAgent, enrol_agent
from domain.financing.changes import approve_change, digest_of, propose_limit
from domain.financing.errors import AvailabilityExceeded, OfferNotOpen, ReceivableTaken
from domain.financing.exposure_rules import Scope
from domain.financing.funding import check_conditions
from domain.financing.headrooms import Others
from domain.financing.lenders import NewProfile, keep_profile
from domain.financing.limits import NewLimit, check_limits, limits_seen_by, set_limit
from domain.financing.offers import cheapest_offers, make_auto_offers
from domain.financing.states import AdvanceState, Licence
from domain.financing.tables import ExposureLimit
from domain.parties.relations import relate
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind, RelationKind
from domain.platform.database import Database, Role, TenantSession
from domain.values.errors import DomainError
from domain.values.money import Money
from tests.domain.financing.conftest import CALENDAR, CHECKER, MAKER, World, cny, owes_back


def limit(world: World, amount: str | None, *names: str) -> Scope:
    """A limit in force over the parties named."""
    parties: dict[str, UUID | None] = dict.fromkeys(("lender_id", "seller_id", "debtor_id"))
    for name in names:
        parties[f"{name.split()[-1]}_id"] = world.parties[name]
    scope = Scope(**parties, currency="CNY")
    amount_or_none = None if amount is None else cny(amount)
    set_limit(world.session, NewLimit(scope, amount_or_none), actor=CHECKER, clock=world.clock)
    return scope


def used(world: World, scope: Scope) -> tuple[int, int]:
    row = world.session.get_one(ExposureLimit, (world.session.tenant_id, scope.key), populate_existing=True)
    return row.used_minor, row.over_minor


def refusal(world: World, invoice: UUID, others: Others | None = None) -> DomainError:
    world.listed(invoice)
    make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
    best = cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)
    with pytest.raises(AvailabilityExceeded) as refused:
        accept_offer(
            world.session,
            best[0],
            seller_id=world.parties["seller"],
            actor=MAKER,
            clock=world.clock,
            calendar=CALENDAR,
            others=others,
        )
    return refused.value


class TestEachLimit:
    @pytest.mark.parametrize(
        ("names", "called"),
        [
            (("lender",), "lender"),
            (("seller",), "seller"),
            (("debtor",), "debtor"),
            (("seller", "debtor"), "pair"),
            (("lender", "debtor"), "lender_debtor"),
            (("lender", "seller", "debtor"), "lender_pair"),
        ],
    )
    def test_binds_alone_and_is_named(self, world: World, names: tuple[str, ...], called: str) -> None:
        world.facility()
        limit(world, "899999.99", *names)
        refused = refusal(world, world.invoice("INV-1"))
        assert (refused.facts["bound_by"], refused.facts["available"]) == (called, "899,999.99 CNY")

    def test_lets_through_what_just_fits(self, world: World) -> None:
        world.facility()
        scope = limit(world, "900000.00", "debtor")
        world.accepted(world.invoice("INV-1"))
        assert used(world, scope) == (900_000_00, 0)
        assert check_limits(world.session) == []

    def test_counts_the_whole_book_of_a_lender_over_its_facilities(self, world: World) -> None:
        world.facility()
        scope = limit(world, "1500000.00", "lender")
        world.accepted(world.invoice("INV-1"))
        world.facility()  # a second line of the same lender
        # 1,500,000.00 - 900,000.00 = 600,000.00
        refused = refusal(world, world.invoice("INV-2"))
        assert (refused.facts["bound_by"], refused.facts["available"]) == ("lender", "600,000.00 CNY")
        assert used(world, scope) == (900_000_00, 0)

    def test_of_another_lender_is_not_touched(self, world: World) -> None:
        world.facility()
        scope = limit(world, "1.00", "second lender")
        world.accepted(world.invoice("INV-1"))
        assert used(world, scope) == (0, 0)

    def test_of_another_module_binds_too(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"), world.invoice("INV-2"))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        best = cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)
        agent = world.parties["debtor"]
        result = accept_offers(
            world.session,
            best,
            seller_id=world.parties["seller"],
            actor=MAKER,
            clock=world.clock,
            calendar=CALENDAR,
            others=lambda _, parties: {agent: {"agent": cny("1000000.00")}} if agent in parties else {},
        )
        # 1,000,000.00 - 900,000.00 taken by the first = 100,000.00
        (refused,) = result.refused.values()
        assert (refused.facts["bound_by"], refused.facts["available"]) == ("agent", "100,000.00 CNY")


class TestGivingBack:
    def test_follows_repayment_and_what_a_bank_takes_back(self, world: World) -> None:
        world.facility()
        scope = limit(world, "900000.00", "seller", "debtor")
        advance = world.funded(world.invoice("INV-1"))
        instruction = world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000000.00"))
        assert used(world, scope) == (0, 0)
        limit(world, "500000.00", "seller", "debtor")
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000000.00"), Verdict.RETURNED, instruction=instruction)
        # What the bank says is booked though it stands 400,000.00 beyond the limit.
        assert used(world, scope) == (900_000_00, 400_000_00)
        assert check_limits(world.session) == []

    def test_reopens_a_line_that_was_lent_out_again_meanwhile(self, world: World) -> None:
        facility = world.facility(limit="900000.00")
        advance = world.funded(world.invoice("INV-1"))
        instruction = world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000000.00"))
        world.accepted(world.invoice("INV-2"))
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("1000000.00"), Verdict.RETURNED, instruction=instruction)
        world.session.refresh(facility)
        # 900,000.00 twice under a limit of 900,000.00
        assert (facility.used_minor, facility.over_minor) == (1_800_000_00, 900_000_00)

    def test_a_limit_set_later_counts_what_stands_and_lifting_it_forgets(self, world: World) -> None:
        world.facility()
        world.accepted(world.invoice("INV-1"))
        scope = limit(world, "100000.00", "debtor")
        assert used(world, scope) == (900_000_00, 800_000_00)
        limit(world, None, "debtor")
        assert limits_seen_by(world.session, None) == []


class TestBeforeFunding:
    def test_the_newest_advances_give_way_to_a_limit_that_was_lowered(self, world: World) -> None:
        world.facility()
        first, second = sorted(world.accepted(world.invoice("INV-1"), world.invoice("INV-2")))
        scope = limit(world, "1000000.00", "debtor")
        found = check_conditions(world.session, clock=world.clock)
        assert (found.met, found.lapsed) == ([first], [second])
        assert world.advance(second).failure_reason == "limit passed: debtor by 800,000.00 CNY"
        assert world.advance(second).state is AdvanceState.LAPSED
        assert used(world, scope) == (900_000_00, 0)


class TestConcentration:
    def profile(self, world: World, assets: Money) -> None:
        new = NewProfile(world.parties["lender"], Licence.FACTOR, risk_assets=assets, risk_assets_on=world.today)
        keep_profile(world.session, new, actor=CHECKER, clock=world.clock)

    def test_of_one_debtor_is_half_of_the_risk_assets_moving_with_them(self, world: World) -> None:
        world.facility()
        self.profile(world, cny("1700000.00"))
        # (50 % x 1,700,000 - 0) / 50 % = 1,700,000: the first fits; then RA 2,600,000, D 900,000:
        # (1,300,000 - 900,000) / 50 % = 800,000.00   (R22)
        world.accepted(world.invoice("INV-1"))
        refused = refusal(world, world.invoice("INV-2"))
        assert (refused.facts["bound_by"], refused.facts["available"]) == ("concentration", "800,000.00 CNY")

    def test_of_the_lenders_own_affiliates_is_two_fifths(self, world: World) -> None:
        world.facility()
        lender, debtor = world.parties["lender"], world.parties["debtor"]
        relate(world.session, lender, debtor, RelationKind.AFFILIATE, actor=MAKER, clock=world.clock)
        self.profile(world, cny("1000000.00"))
        # 40 % x 1,000,000 / 60 % = 666,666.66, rounded down; one debtor alone: 1,000,000.00
        refused = refusal(world, world.invoice("INV-1"))
        assert (refused.facts["bound_by"], refused.facts["available"]) == ("related_debtors", "666,666.66 CNY")


class TestTwoPeople:
    def test_set_a_limit_and_nothing_holds_before(self, world: World) -> None:
        scope = Scope(None, None, world.parties["debtor"], "CNY")
        change = propose_limit(world.session, NewLimit(scope, cny("5.00")), actor=MAKER, clock=world.clock)
        assert limits_seen_by(world.session, None) == []
        digest = digest_of(change)
        with pytest.raises(SamePerson):
            approve_change(world.session, change.id, digest=digest, actor=MAKER, clock=world.clock)
        approve_change(world.session, change.id, digest=digest, actor=CHECKER, clock=world.clock)
        assert [row.limit_minor for row in limits_seen_by(world.session, None)] == [5_00]


class TestRaces:
    def test_fifty_acceptances_over_ten_lines_finance_an_invoice_once(self, world: World, database: Database) -> None:
        for place in range(10):
            world.facility("second lender" if place % 2 else "lender")
        world.listed(world.invoice("INV-1"))
        assert make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR) == 10
        world.session.commit()
        best = cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)
        everything = text("SELECT id FROM offer WHERE tenant_id = :tenant")
        chosen = world.session.scalars(everything, {"tenant": world.session.tenant_id}).all()
        assert best[0] in chosen
        results = race(world, database, [*chosen] * 5)
        assert results.count(None) == 1
        assert all(isinstance(result, OfferNotOpen | ReceivableTaken) for result in results if result)

    def test_two_lines_never_take_the_last_of_one_limit_twice(self, world: World, database: Database) -> None:
        scope = limit(world, "3000000.00", "debtor")
        world.listed(*(world.invoice(f"INV-{n}") for n in range(8)))
        for lender in ("lender", "second lender"):
            world.facility(lender)
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        world.session.commit()
        everything = text("SELECT DISTINCT ON (request_id) id FROM offer WHERE tenant_id = :tenant ORDER BY request_id")
        chosen = world.session.scalars(everything, {"tenant": world.session.tenant_id}).all()
        results = race(world, database, list(chosen))
        # 3,000,000.00 / 900,000.00: three fit
        assert results.count(None) == 3
        assert used(world, scope) == (2_700_000_00, 0)
        assert check_limits(world.session) == []

    def test_past_every_lock_the_database_refuses(self, world: World) -> None:
        scope = limit(world, "5.00", "debtor")
        world.session.commit()
        statement = text("UPDATE exposure_limit SET used_minor = 501 WHERE key = :key")
        with pytest.raises(IntegrityError, match="used_within_limit"):
            world.session.execute(statement, {"key": scope.key})
        world.session.rollback()


def race(world: World, database: Database, offers: list[UUID]) -> list[DomainError | None]:
    """Accept all of them at the same moment, each in a session of its own; why each was refused."""
    start = Barrier(min(len(offers), 15))  # as many connections as a pool has; the others follow at once
    seller, clock, tenant_id = world.parties["seller"], world.clock, world.session.tenant_id
    world.session.commit()

    def accept(place: int) -> DomainError | None:
        if place < start.parties:
            start.wait()
        with TenantSession(database.engines[Role.WORKER], tenant_id) as session:
            try:
                accept_offer(session, offers[place], seller_id=seller, actor=MAKER, clock=clock, calendar=CALENDAR)
                session.commit()
            except DomainError as refused:
                return refused
        return None

    with ThreadPoolExecutor(len(offers)) as threads:
        return list(threads.map(accept, range(len(offers))))


def test_limits_are_held_against_advances_at_close_of_business(world: World) -> None:
    world.facility()
    scope = limit(world, "5000000.00", "debtor")
    world.on(date(2026, 3, 2)).accepted(world.invoice("INV-1"))
    drift = text("UPDATE exposure_limit SET used_minor = used_minor + 1 WHERE key = :key")
    world.session.execute(drift, {"key": scope.key})
    world.session.expire_all()
    (difference,) = check_limits(world.session)
    assert (difference.expected_minor, difference.found_minor) == (900_000_00, 900_000_01)


class TestContra:
    def test_is_left_out_of_what_is_offered(self, world: World) -> None:
        world.facility()
        owes_back(world, "100000.00")
        (advance_id,) = world.accepted(world.invoice("INV-1"))
        assert world.advance(advance_id).principal_minor == 810_000_00  # R1: 90 % x (1,000,000 - 100,000)

    def test_that_came_after_the_offer_is_named_where_it_bound(self, world: World) -> None:
        world.facility()
        world.listed(world.invoice("INV-1"))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        (offer,) = cheapest_offers(world.session, seller_id=world.parties["seller"], clock=world.clock)
        owes_back(world, "100000.00")
        terms = {"seller_id": world.parties["seller"], "actor": MAKER, "clock": world.clock, "calendar": CALENDAR}
        refused = accept_offers(world.session, [offer], **terms).refused[offer]  # type: ignore[arg-type]
        assert isinstance(refused, AvailabilityExceeded)
        assert (refused.facts["bound_by"], refused.facts["available"]) == ("contra", "810,000.00 CNY")


class TestAgents:
    def test_are_lent_on_no_more_than_they_may_still_owe(self, world: World) -> None:
        party = NewParty(
            kind=PartyKind.AGENT, name="Ticket agent", code="A1", tax_id=f"1{world.session.tenant_id}", country="DE"
        )
        agent = register_parties(world.session, [party], actor=MAKER, clock=world.clock)[0]
        policy = NewPolicy(
            valid_from=world.today,
            citation="Agency risk manual, chapter 3",
            multiple_a=Decimal(4),
            multiple_b=Decimal(2),
            factor_a=Decimal(2),
            factor_b=Decimal(1),
        )
        set_policy(world.session, policy, actor=MAKER, clock=world.clock)
        new = NewAgent(agent.id, world.parties["seller"], "CNY", reporting_days=15, remittance_days=10)
        enrolled = enrol_agent(world.session, new, actor=MAKER, clock=world.clock)
        assert enrolled.debtor_id == world.parties["debtor"]
        world.facility()
        refused = refusal(world, world.invoice("INV-1"), others=over_agents(world.clock))
        # Without a deposit it may owe nothing   (R1, R26)
        assert (refused.facts["bound_by"], refused.facts["available"]) == ("agent", "0.00 CNY")
