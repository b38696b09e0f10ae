"""What may not be financed is refused where it would be put before lenders."""

import pytest

from domain.financing.requests import approve_requests, request_financing
from domain.parties.relations import relate
from domain.parties.states import RelationKind
from domain.receivables.checks import eligibility_checks
from domain.receivables.errors import NotEligible
from tests.domain.financing.conftest import CHECKER, MAKER, World


def ask(world: World, *receivables: object) -> object:
    seller = world.parties["seller"]
    return request_financing(world.session, receivables, seller_id=seller, actor=MAKER, clock=world.clock)  # type: ignore[arg-type]


def become_affiliates(world: World) -> None:
    pair = world.parties["seller"], world.parties["debtor"]
    relate(world.session, *pair, RelationKind.AFFILIATE, actor=MAKER, clock=world.clock)


class TestListing:
    def test_of_an_eligible_receivable_keeps_the_checks_of_maker_and_checker(self, world: World) -> None:
        receivable = world.invoice("INV-1")
        world.listed(receivable)
        assert len(eligibility_checks(world.session, receivable, limit=5)) == 2

    def test_of_an_ineligible_one_is_refused_when_it_is_asked_for(self, world: World) -> None:
        receivable = world.invoice("INV-1")
        become_affiliates(world)
        with pytest.raises(NotEligible, match="no_affiliate"):
            ask(world, receivable)

    def test_of_one_that_became_ineligible_is_refused_when_it_is_approved(self, world: World) -> None:
        batch = ask(world, world.invoice("INV-1"))
        become_affiliates(world)
        with pytest.raises(NotEligible):
            approve_requests(world.session, batch, actor=CHECKER, clock=world.clock)  # type: ignore[arg-type]
