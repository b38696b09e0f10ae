"""Reference rates as dated data: loaded, looked up, added to by two people, fixed in offers, and missed when late."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from domain.approvals.errors import DigestChanged
from domain.financing.changes import NewRate, approve_change, digest_of, propose_rate
from domain.financing.errors import NoReferenceRate, QuoteInFuture, RateOutOfRange
from domain.financing.facilities import find_facility
from domain.financing.offers import make_auto_offers
from domain.financing.quotes import Price, Reference
from domain.financing.references import LPR_1Y, load_packaged, missing_quote, reference_rate
from domain.financing.references import reference_rates as quotes_of
from domain.financing.supervision import performing_days, provision_rate
from domain.financing.tables import Offer
from domain.financing.terms import Terms
from domain.law.limits import Limit
from domain.law.rows import legal_limits
from domain.law.tables import LegalLimit
from domain.platform.database import TenantSession
from domain.receivables.checks import check_eligibility
from tests.domain.financing.conftest import CALENDAR, CHECKER, MAKER, World

ON_LPR = Price(Decimal("0.9"), Decimal(20), Terms(Decimal(0)), Reference(LPR_1Y, Decimal(250)))


def record(world: World, rate: str, on: date) -> None:
    new = NewRate(LPR_1Y, on, Decimal(rate), "National Interbank Funding Center")
    change = propose_rate(world.session, new, actor=MAKER, clock=world.clock)
    approve_change(world.session, change.id, digest=digest_of(change), actor=CHECKER, clock=world.clock)


class TestLookUp:
    @pytest.mark.parametrize(
        ("on", "rate"),
        [
            (date(2025, 5, 19), "0.031"),
            (date(2025, 5, 20), "0.03"),
            (date(2026, 3, 2), "0.03"),
            (date(2024, 10, 20), "0.0335"),
            (date(2024, 10, 21), "0.031"),
        ],
    )
    def test_finds_the_last_quote_by_a_day(self, session: TenantSession, on: date, rate: str) -> None:
        assert reference_rate(session, LPR_1Y, on).rate == Decimal(rate)

    def test_is_refused_before_the_first_quote_and_for_a_name_nobody_knows(self, session: TenantSession) -> None:
        for name, on in ((LPR_1Y, date(2019, 8, 19)), ("euribor", date(2026, 3, 2))):
            with pytest.raises(NoReferenceRate):
                reference_rate(session, name, on)

    def test_loads_the_packaged_rows_once(self, session: TenantSession) -> None:
        load_packaged(session)
        load_packaged(session)
        days = [row.effective_on for row in quotes_of(session, LPR_1Y)]
        assert len(days) == len(set(days))
        assert all(row.citation for row in legal_limits(session))


def test_a_row_of_the_law_that_a_tenant_adds_counts_for_eligibility_and_for_lenders(world: World) -> None:
    session = world.session
    for name, value in ((Limit.SMALL_SELLER, 30), (Limit.PROVISION, Decimal("0.02"))):
        said = {"effective_on": date(2026, 1, 1), "value": Decimal(value), "unit": "", "citation": "own rule"}
        session.add(LegalLimit(tenant_id=session.tenant_id, name=name, **said))  # type: ignore[arg-type]
    session.flush()
    invoice = world.invoice("INV-1")
    (checked,) = check_eligibility(session, [invoice], clock=world.clock).values()
    (found,) = [each for each in checked.results if each.rule == "paid_in_time_to_a_small_seller"]
    assert (found.inputs["limit_days"], found.source) == (30, "own rule")
    # 1 % until the day before, 2 % from then on   (R23)
    assert provision_rate(session, date(2025, 12, 31)) == Decimal("0.01")
    assert provision_rate(session, date(2026, 1, 1)) == Decimal("0.02")
    # What the house brings along is there beside it.
    assert performing_days(session, world.today) == 90


class TestRecording:
    def test_adds_a_quote_and_corrects_one_without_losing_it(self, world: World) -> None:
        record(world, "0.029", date(2026, 2, 20))
        record(world, "0.0295", date(2026, 2, 20))
        assert reference_rate(world.session, LPR_1Y, world.today).rate == Decimal("0.0295")
        assert [row.revision for row in quotes_of(world.session, LPR_1Y)[:2]] == [1, 0]

    def test_is_refused_for_tomorrow_and_for_300_per_cent(self, world: World) -> None:
        for on, rate, expected in (
            (date(2026, 3, 3), "0.03", QuoteInFuture),
            (date(2026, 3, 2), "3", RateOutOfRange),
        ):
            with pytest.raises(expected):
                record(world, rate, on)

    def test_is_not_approved_with_another_figure_than_was_read(self, world: World) -> None:
        new = NewRate(LPR_1Y, world.today, Decimal("0.029"), "the newspaper")
        change = propose_rate(world.session, new, actor=MAKER, clock=world.clock)
        read = digest_of(change)
        change.proposed = {**change.proposed, "rate": "0.09"}
        world.session.flush()
        with pytest.raises(DigestChanged):
            approve_change(world.session, change.id, digest=read, actor=CHECKER, clock=world.clock)


class TestPrices:
    def test_follow_the_reference_until_the_offer_and_are_fixed_there_with_their_source(self, world: World) -> None:
        facility = world.facility(price=ON_LPR)
        assert find_facility(world.session, facility.id).annual_rate == Decimal("0.055")
        world.on(date(2026, 3, 3))
        record(world, "0.028", date(2026, 3, 3))
        (advance_id,) = world.accepted(world.invoice("INV-1"))
        world.on(date(2026, 3, 4))
        record(world, "0.01", date(2026, 3, 4))
        advance = world.advance(advance_id)
        # 2.80 % + 250 bp = 5.30 %, whatever is quoted afterwards
        assert advance.annual_rate == Decimal("0.053")
        assert (advance.reference_name, advance.reference_rate, advance.margin_bp, advance.reference_on) == (
            LPR_1Y,
            Decimal("0.028"),
            Decimal(250),
            date(2026, 3, 3),
        )

    def test_over_four_times_the_lpr_are_offered_by_a_factor_with_a_warning(self, world: World) -> None:
        world.facility(price=Price(Decimal("0.9"), Decimal(0), Terms(Decimal("0.1201"))))
        world.listed(world.invoice("INV-1"))
        make_auto_offers(world.session, clock=world.clock, calendar=CALENDAR)
        offer = world.session.exec(select(Offer).where(Offer.tenant_id == world.session.tenant_id)).one()
        assert [warning["code"] for warning in offer.warnings] == ["rate_over_line", "penalty_rate_over_line"]
        assert offer.warnings[0]["facts"] == {"rate": "12.01 %", "line": "12.00 %"}


class TestMissingQuotes:
    def test_are_noticed_the_day_after_they_were_due(self, session: TenantSession) -> None:
        load_packaged(session)
        # 20 March 2026 is a Friday; 20 June a Saturday, so its quote comes on Monday the 22nd.
        assert missing_quote(session, LPR_1Y, date(2026, 3, 20), CALENDAR) is None
        assert missing_quote(session, LPR_1Y, date(2026, 3, 21), CALENDAR) == date(2026, 3, 20)
        assert missing_quote(session, LPR_1Y, date(2026, 6, 22), CALENDAR) is None
        assert missing_quote(session, LPR_1Y, date(2026, 6, 23), CALENDAR) == date(2026, 6, 22)

    def test_are_not_missed_once_recorded_though_nothing_changed(self, world: World) -> None:
        world.on(date(2026, 3, 23))
        record(world, "0.03", date(2026, 3, 20))
        assert missing_quote(world.session, LPR_1Y, world.today, CALENDAR) is None
