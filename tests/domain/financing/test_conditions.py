"""Between acceptance and funding: what changed lapses the accepted offer, with the numbers, before any money leaves."""

from datetime import date
from uuid import UUID

import pytest

from domain.financing.errors import ConditionsNotMet
from domain.financing.funding import check_conditions, order_funding, recheck_orders
from domain.financing.states import AdvanceState, OfferState
from domain.financing.tables import Offer
from domain.parties.relations import relate
from domain.parties.states import RelationKind
from domain.receivables.checks import eligibility_checks
from domain.receivables.disputes import dispute_receivable, settle_dispute
from domain.receivables.states import Verdict
from tests.domain.financing.conftest import CHECKER, MAKER, World, owes_back
from tests.domain.financing.test_dilution import credit


@pytest.fixture
def accepted(world: World) -> tuple[UUID, UUID]:
    """An advance of 900,000.00 on an invoice of 1,000,000.00, accepted today; and the invoice."""
    world.facility()
    invoice = world.invoice("INV-1")
    (advance,) = world.accepted(invoice)
    return advance, invoice


def lapsed(world: World, advance: UUID) -> str:
    """Why the advance lapsed at the check, with its offer."""
    assert check_conditions(world.session, clock=world.clock).lapsed == [advance]
    row = world.advance(advance)
    offer = world.session.get_one(Offer, (world.session.tenant_id, row.offer_id))
    assert (row.state, offer.state) == (AdvanceState.LAPSED, OfferState.LAPSED)
    return row.failure_reason


CONTRA = (
    "balance fell: unpaid 1,000,000.00 CNY, contra 100,000.00 CNY, available 810,000.00 CNY, principal 900,000.00 CNY"
)


class TestWhatChangedSinceAcceptance:
    def test_what_the_seller_owes_its_debtor_is_taken_out_again(
        self, world: World, accepted: tuple[UUID, UUID]
    ) -> None:
        owes_back(world, "100000.00")
        # 90 % of 1,000,000 - 100,000 is 810,000, and 900,000 were lent   (R1, R20)
        assert lapsed(world, accepted[0]) == CONTRA

    def test_a_credit_note_has_taken_away_what_was_lent_on(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        advance, invoice = accepted
        credit(world, invoice, "30000.00")
        # 90 % of 970,000 is 873,000, and 900,000 were lent   (R10)
        assert lapsed(world, advance) == (
            "balance fell: unpaid 970,000.00 CNY, contra 0.00 CNY, available 873,000.00 CNY, principal 900,000.00 CNY"
        )

    def test_its_parties_have_become_affiliates(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        advance, invoice = accepted
        seller, debtor = world.parties["seller"], world.parties["debtor"]
        relate(world.session, seller, debtor, RelationKind.AFFILIATE, actor=MAKER, clock=world.clock)
        assert lapsed(world, advance) == "not eligible: no_affiliate (affiliate True)"
        latest, *_ = eligibility_checks(world.session, invoice, limit=9)
        assert latest.verdict is Verdict.FAIL  # what was seen is kept

    def test_the_debtor_disputes_it(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        advance, invoice = accepted
        dispute_receivable(world.session, invoice, reason="goods damaged", actor=MAKER, clock=world.clock)
        assert lapsed(world, advance) == "invoice disputed"

    def test_it_is_due(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        world.on(date(2026, 3, 27))
        assert lapsed(world, accepted[0]) == "invoice due on 2026-03-27"

    def test_nothing_has_and_nothing_more_is_written_down(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        before = len(eligibility_checks(world.session, accepted[1], limit=9))
        assert check_conditions(world.session, clock=world.clock).met == [accepted[0]]
        assert len(eligibility_checks(world.session, accepted[1], limit=9)) == before


class TestAnOrder:
    def test_is_not_made_on_what_is_owed_the_other_way(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        assert check_conditions(world.session, clock=world.clock).met == [accepted[0]]
        owes_back(world, "100000.00")
        with pytest.raises(ConditionsNotMet, match=r"contra 100,000\.00 CNY"):
            order_funding(world.session, [accepted[0]], funding_on=world.today, actor=MAKER, clock=world.clock)

    def test_is_taken_back_while_no_bank_has_seen_it(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        (advance,) = world.order([accepted[0]])
        assert recheck_orders(world.session, clock=world.clock) == []
        owes_back(world, "100000.00")
        assert recheck_orders(world.session, clock=world.clock) == [advance]
        assert world.advance(advance).failure_reason == CONTRA

    def test_waits_for_the_end_of_a_dispute(self, world: World, accepted: tuple[UUID, UUID]) -> None:
        (advance,) = world.order([accepted[0]])
        dispute_receivable(world.session, accepted[1], reason="goods damaged", actor=MAKER, clock=world.clock)
        assert recheck_orders(world.session, clock=world.clock) == []
        settle_dispute(world.session, accepted[1], reason="replaced", actor=CHECKER, clock=world.clock)
        assert world.advance(advance).state is AdvanceState.INSTRUCTED
