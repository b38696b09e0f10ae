"""An advance explained from the database: where its fields come from, which postings carry it, and that all agree."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from domain.banking.states import Purpose
from domain.financing.accrual import accrue
from domain.financing.events import EventKind
from domain.financing.explaining import explain_advance
from domain.financing.explanation import Figure
from domain.financing.postings import RULES
from domain.financing.quotes import Price, Reference
from domain.financing.service import charge_cost
from domain.financing.terms import Terms
from tests.domain.financing.conftest import MAKER, World, cny

DUE_ON, TEN_DAYS_LATE = date(2026, 3, 27), date(2026, 4, 6)


def late_and_part_paid(world: World) -> UUID:
    """The base case ten days late: costs of 300.00, then 500,000.00 of the debtor (R7)."""
    world.facility()
    advance_id = world.funded(world.invoice("INV-1"))
    accrue(world.session, date(2026, 4, 5), clock=world.on(TEN_DAYS_LATE).clock)
    charge_cost(
        world.session,
        advance_id,
        amount=cny("300.00"),
        on=TEN_DAYS_LATE,
        reference="letter",
        reason="reminder",
        actor=MAKER,
        clock=world.clock,
    )
    world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("500000.00"))
    return advance_id


class TestExplanation:
    def test_agrees_with_sub_ledger_and_ledger_after_costs_a_late_payment_and_nights(self, world: World) -> None:
        advance_id = late_and_part_paid(world)
        found = explain_advance(world.session, advance_id, TEN_DAYS_LATE)
        assert (found.proof.subledger_agrees, found.proof.ledger_agrees, found.proof.differences) == (True, True, ())
        assert found.explanation.of(Figure.PRINCIPAL).amount == cny("405800.00")
        assert found.explanation.adds_up

    def test_names_the_posting_of_every_event_and_those_of_the_nights(self, world: World) -> None:
        advance_id = late_and_part_paid(world)
        found = explain_advance(world.session, advance_id, TEN_DAYS_LATE)
        events = {posting.event: posting.number for posting in found.postings}
        # A cost is owed, and booked when it is paid: it has no posting of its own.
        assert [found.posting_of(each.event.number) for each in found.explanation.events] == [
            *(events["advance.funded"], None, events["advance.collected"])
        ]
        assert [posting.source for posting in found.postings if posting.event == "advance.accrued"] == [
            "accrual:2026-04-05"
        ]

    def test_of_a_past_date_knows_nothing_of_what_came_after_it(self, world: World) -> None:
        advance_id = late_and_part_paid(world)
        found = explain_advance(world.session, advance_id, date(2026, 3, 12))
        assert len(found.explanation.events) == 1
        # 900,000 x 5.5 % x 10 / 360 = 1,375.00   (R2)
        assert found.explanation.of(Figure.INTEREST).amount == cny("1375.00")

    def test_says_so_when_the_sub_ledger_was_altered(self, world: World) -> None:
        advance_id = late_and_part_paid(world)
        altered = "UPDATE advance SET interest_paid_minor = interest_paid_minor - 1 WHERE id = :id"
        world.session.execute(text(altered), {"id": advance_id})
        world.session.expire_all()
        found = explain_advance(world.session, advance_id, TEN_DAYS_LATE)
        assert not found.proof.subledger_agrees
        assert found.proof.differences == ("interest_paid: explained 3,437.50 CNY, sub-ledger 3,437.49 CNY",)

    def test_traces_a_floating_rate_to_its_quote_and_every_field_to_where_it_was_agreed(self, world: World) -> None:
        price = Price(Decimal("0.9"), Decimal(20), Terms(Decimal(0)), Reference("lpr_1y", Decimal(250)))
        world.facility(price=price)
        found = explain_advance(world.session, world.funded(world.invoice("INV-1")), DUE_ON)
        assert found.reference is not None
        # One-year LPR 3.00 % + 250 bp = 5.50 %
        assert (found.reference.rate, found.reference.margin_bp) == (Decimal("0.03"), Decimal(250))
        assert found.reference.citation
        fields = {field.name: field for field in found.contract}
        assert Decimal(fields["annual_rate"].value) == Decimal("0.055")
        assert "version 1" in fields["annual_rate"].source
        assert fields["due_on"].source.startswith("receivable rcv_")

    def test_agrees_after_repayment_and_release(self, world: World) -> None:
        world.facility()
        receivable_id = world.invoice("INV-1")
        advance_id = world.funded(receivable_id)
        world.on(DUE_ON)
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance_id, cny("1000000.00"))
        world.bank(Purpose.HOLDBACK_RELEASE, advance_id, cny("96562.50"))
        found = explain_advance(world.session, advance_id, DUE_ON)
        assert found.proof.differences == ()
        reserve = found.explanation.of(Figure.RESERVE)
        assert [(str(part.amount.amount), part.rules) for part in reserve.parts] == [
            ("96562.50", RULES[EventKind.COLLECTED]),
            ("-96562.50", RULES[EventKind.RELEASED]),
        ]
        assert found.cost.realised is not None
        assert found.cost.realised.simple == found.cost.quoted.simple
        # Ten days before, nothing had come back, and no rate was known.
        earlier = explain_advance(world.session, advance_id, date(2026, 3, 17))
        assert (earlier.cost.realised, [posting.event for posting in earlier.postings]) == (None, ["advance.funded"])
