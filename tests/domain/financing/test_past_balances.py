"""Ageing of a past date: what a replay of every advance says was unpaid then, and how late that was."""

from datetime import date, timedelta
from uuid import UUID

from sqlmodel import select

from domain.banking.states import Purpose, Verdict
from domain.financing import queries
from domain.financing.dilution import cancel_credit_note
from domain.financing.past_balances import ageing_on
from domain.financing.replay import replay
from domain.financing.tables import Advance
from domain.receivables.dilution import propose_cancellation
from domain.receivables.portfolio import Bucket, Side
from domain.values.money import Money
from tests.domain.financing.conftest import CHECKER, MAKER, World, cny
from tests.domain.financing.test_dilution import credit
from tests.domain.financing.test_recourse import demanded

FUNDED_ON, DUE_ON = date(2026, 3, 2), date(2026, 3, 27)
LATER = date(2026, 5, 4)


def unpaid(world: World, on: date) -> dict[Bucket, str]:
    """What the debtor owed at the end of a date, by bucket; buckets with nothing left out."""
    found = ageing_on(world.session, by=Side.DEBTOR, currency="CNY", on=on, today=world.today, limit=9)
    assert [aged.party_id for aged in found] in ([], [world.parties["debtor"]])
    return {bucket: str(amount.amount) for aged in found for bucket, amount in aged.buckets.items() if amount}


def replayed(world: World, on: date) -> Money:
    """The same, advance by advance: financed, less what was credited and what was collected by then."""
    total = cny("0.00")
    for advance in world.session.exec(select(Advance).where(Advance.tenant_id == world.session.tenant_id)):
        rows = queries.events_of(world.session, [advance.id]).get(advance.id, [])
        figures = replay(advance.contract, [queries.as_event(row) for row in rows], on)
        total += max(advance.money(advance.face_minor) - figures.diluted - figures.collected, cny("0.00"))
    return total


class TestAPastDate:
    def paid(self, world: World) -> UUID:
        """Part of one invoice paid on time, a credit on another, the rest of the first ten days late."""
        world.facility()
        first, second = world.invoice("INV-1"), world.invoice("INV-2", "500000.00", date(2026, 4, 10))
        advances = [world.pay_out(each) for each in world.instructed(first, second)]
        world.on(date(2026, 3, 20))
        credit(world, second, "20000.00")
        world.on(DUE_ON).bank(Purpose.RECEIVABLE_COLLECTION, advances[0], cny("400000.00"))
        world.on(DUE_ON + timedelta(days=10)).bank(Purpose.RECEIVABLE_COLLECTION, advances[0], cny("600000.00"))
        world.on(LATER)
        return advances[0]

    def test_shows_what_was_unpaid_then_however_it_stands_today(self, world: World) -> None:
        self.paid(world)
        assert unpaid(world, date(2026, 3, 19)) == {Bucket.NOT_DUE: "1500000.00"}
        assert unpaid(world, date(2026, 3, 26)) == {Bucket.NOT_DUE: "1480000.00"}
        # 1,000,000 - 400,000 ten days late at most; 500,000 - 20,000 not due before 10 April
        assert unpaid(world, date(2026, 4, 5)) == {Bucket.DAYS_1_30: "600000.00", Bucket.NOT_DUE: "480000.00"}
        assert unpaid(world, date(2026, 4, 6)) == {Bucket.NOT_DUE: "480000.00"}
        assert unpaid(world, LATER) == {Bucket.DAYS_1_30: "480000.00"}

    def test_is_what_a_replay_of_every_advance_says(self, world: World) -> None:
        advance = self.paid(world)
        instruction = world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("50.00"), on=date(2026, 4, 1))
        world.bank(Purpose.RECEIVABLE_COLLECTION, advance, cny("50.00"), Verdict.RETURNED, instruction=instruction)
        days = [FUNDED_ON + timedelta(days=place) for place in range(0, 60, 3)]
        found = {day: Money.total((cny(amount) for amount in unpaid(world, day).values()), "CNY") for day in days}
        assert found == {day: replayed(world, day) for day in days}

    def test_knows_nothing_of_an_invoice_before_its_debtor_confirmed_it(self, world: World) -> None:
        world.invoice("INV-1")
        world.on(LATER)
        assert unpaid(world, FUNDED_ON - timedelta(days=1)) == {}
        assert unpaid(world, FUNDED_ON) == {Bucket.NOT_DUE: "1000000.00"}

    def test_leaves_out_what_its_seller_had_bought_back_by_then(self, world: World) -> None:
        advance, _ = demanded(world)
        instruction = world.bank(Purpose.RECOURSE_COLLECTION, advance, cny("909625.00"))
        bought_back = world.today
        assert unpaid(world.on(LATER), bought_back - timedelta(days=1)) == {Bucket.DAYS_1_30: "1000000.00"}
        assert unpaid(world, bought_back) == {}
        world.bank(Purpose.RECOURSE_COLLECTION, advance, cny("909625.00"), Verdict.RETURNED, instruction=instruction)
        assert unpaid(world.on(LATER + timedelta(days=9)), LATER) == {Bucket.DAYS_31_60: "1000000.00"}

    def test_counts_a_credit_note_until_it_was_cancelled(self, world: World) -> None:
        invoice = world.invoice("INV-1")
        note = credit(world.on(date(2026, 3, 10)), invoice, "30000.00").note
        world.on(date(2026, 3, 15))
        propose_cancellation(world.session, note.id, actor=MAKER, clock=world.clock)
        cancel_credit_note(world.session, note.id, reason="wrong invoice", actor=CHECKER, clock=world.clock)
        world.on(LATER)
        days = (date(2026, 3, 9), date(2026, 3, 14), date(2026, 3, 15))
        assert [unpaid(world, day)[Bucket.NOT_DUE] for day in days] == ["1000000.00", "970000.00", "1000000.00"]
