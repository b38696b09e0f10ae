"""Entrusted collection, from the client's terms to its payout, against the bank's own books."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import CERTAIN_BP, FaultPlan
from app.bank_simulator.server import running_bank
from app.bank_simulator.structs import ShortageIn
from domain.access.errors import SamePerson
from domain.banking import outcomes
from domain.banking.channels.http import HttpChannel
from domain.collection import clients, dues, endings, layout, plans, replacements
from domain.collection.check import check_collection
from domain.collection.errors import ClientNotActive, DuesMoved
from domain.collection.mandates import MandateLimits, NewMandate, cancel_mandates
from domain.collection.plans import Instalment, NewPlan
from domain.collection.queries import find_mandate
from domain.collection.rules import FeePlan
from domain.collection.states import ClientState, Cycle, Frequency, Limb, MandatePurpose, PlanKind, PlanState
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.runs.states import RunKind
from tests.domain.runs.conftest import Bank
from tests.domain.runs.world import CHECKER, MAKER, MONDAY, cny

from .entrusted import CALENDAR, Entrusted

KEYS = KeyRing.generate()


@pytest.fixture
def house(database: Database, tenant_id: int) -> Entrusted:
    return Entrusted(database, tenant_id, KEYS)


@pytest.fixture
def bank() -> Iterator[Bank]:
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        yield Bank(channel, hand)


@pytest.fixture
def fickle_bank() -> Iterator[Bank]:
    """Every debit it settles comes back within days."""
    faults = FaultPlan(late_return_bp=CERTAIN_BP)
    with running_bank(faults=faults) as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        yield Bank(channel, hand)


def at(house: Entrusted, bank: Bank, day: date) -> None:
    house.today = day
    bank.hand.set_day(day)


class TestFromDueToPayout:
    def test_a_client_is_paid_what_is_final_less_fees(self, house: Entrusted, bank: Bank) -> None:
        house.entrust().open_client_at(bank.hand)
        billed = house.bill("100.00", "200.00")
        house.collect(bank)
        assert house.due_states(billed) == ["collected", "collected"]
        assert (house.held(), house.cash()) == ("300.00", "300.00")
        # Settled is not final: a debit can come back for seven days.
        house.pay_out(bank)
        assert house.held() == "300.00"
        at(house, bank, MONDAY + timedelta(days=8))
        house.night()
        house.pay_out(bank)
        # fees 0.50 + 30 bp: 0.80 and 1.10; paid 300.00 - 1.90 = 298.10
        assert (house.held(), house.earned(), house.cash()) == ("0.00", "1.90", "1.90")
        assert house.transit() == []
        house.night()

    def test_within_its_risk_limit_a_client_is_paid_before_that(self, house: Entrusted, bank: Bank) -> None:
        house.entrust(risk_limit="250.00").open_client_at(bank.hand)
        house.bill("100.00", "200.00")
        house.collect(bank)
        house.pay_out(bank)
        # 100.00 <= 250.00 goes, less 0.80; 100.00 + 200.00 would be at risk beyond 250.00
        assert (house.held(), house.earned()) == ("200.00", "0.80")
        house.night()

    def test_what_comes_back_after_it_was_paid_out_is_recovered_from_the_next_payout(
        self, house: Entrusted, fickle_bank: Bank
    ) -> None:
        bank = fickle_bank
        house.entrust(risk_limit="1000.00").open_client_at(bank.hand)
        (first,) = house.bill("100.00")
        house.collect(bank)
        house.pay_out(bank)
        assert house.held() == "0.00"
        while house.due_states([first]) == ["collected"]:
            at(house, bank, house.today + timedelta(days=1))
            house.record(bank.channel)
        assert house.due_states([first]) == ["returned"]
        assert house.held() == "-100.00"
        with house.session() as session:
            dues.cancel_dues(session, [first], reason="agreed with the payer", actor=CHECKER, clock=house.clock)
        house.bill("300.00")
        house.collect(bank, slot="0900")
        house.pay_out(bank)
        # 300.00 - fee 1.40 - 100.00 recovered = 198.60; fees 0.80 + 1.40
        assert (house.held(), house.earned()) == ("0.00", "2.20")
        house.night()

    def test_what_became_final_is_at_risk_no_more_and_leaves_room_for_the_next(
        self, house: Entrusted, bank: Bank
    ) -> None:
        house.entrust(risk_limit="150.00").open_client_at(bank.hand)
        house.bill("100.00")
        house.collect(bank)
        house.pay_out(bank)
        at(house, bank, MONDAY + timedelta(days=1))
        house.bill("100.00")
        house.collect(bank)
        house.pay_out(bank)
        # 100.00 paid out and not final + 100.00 > 150.00
        assert (house.held(), house.payouts_at_risk()) == ("100.00", [True])
        at(house, bank, MONDAY + timedelta(days=7))  # Monday's debit is final, Tuesday's on the day after
        house.night()
        house.pay_out(bank)
        assert (house.held(), house.payouts_at_risk()) == ("0.00", [False, True])
        at(house, bank, MONDAY + timedelta(days=10))
        house.night()
        house.pay_out(bank)
        assert house.payouts_at_risk() == [False, False]


class TestThousandsAtOnce:
    def test_are_booked_where_their_outcomes_lie(
        self, house: Entrusted, bank: Bank, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outcomes, "KEPT", 0)  # nothing is so few that it is read
        house.entrust().open_client_at(bank.hand)
        billed = house.bill("100.00", "200.00", "5000.00")  # the last payer has 1,000.00
        recorded = house.collect(bank)
        assert (recorded.settled, recorded.rejected, recorded.retries_planned) == (2, 1, 1)
        assert house.due_states(billed) == ["collected", "collected", "notified"]
        # 100.00 + 200.00
        assert (house.held(), house.transit()) == ("300.00", [])
        told = text(
            "SELECT from_state, to_state, reason FROM state_transition"
            " WHERE tenant_id = :tenant AND entity = 'collection_due_set'"
        )
        with house.session() as session:
            moved = [tuple(row) for row in session.execute(told, {"tenant": house.tenant_id})]
        assert moved == [("notified", "collected", "2")]


class TestRefusals:
    def test_three_attempts_then_the_payer_is_reminded_and_the_due_handed_back(
        self, house: Entrusted, bank: Bank
    ) -> None:
        house.entrust().open_client_at(bank.hand)
        (due,) = house.bill("5000.00")  # its payer has 1,000.00
        attempts = 0
        for day in range(30):
            at(house, bank, MONDAY + timedelta(days=day))
            attempts += house.collect(bank).rejected
            house.night()
        # Monday, and one attempt in each half of the week after it; reminders on day 3, 10 and 20
        assert attempts == 3
        assert house.due_states([due]) == ["handed_back"]
        with house.session() as session:
            levels = session.execute(text("SELECT level FROM dunning_notice WHERE due_id = :due"), {"due": due})
            assert sorted(levels.scalars()) == [1, 2, 3]

    def test_a_mandate_withdrawn_between_freeze_and_sending_is_not_debited_under(
        self, house: Entrusted, bank: Bank
    ) -> None:
        house.entrust().open_client_at(bank.hand)
        billed = house.bill("100.00", "200.00")
        house.morning()
        run = house.plan(RunKind.DEBIT)
        with house.session() as session:
            cancel_mandates(session, [house.insured[0]], reason="revoked", actor=MAKER, clock=house.clock)
        house.execute(run, bank.channel)
        bank.hand.set_day(house.today)
        house.record(bank.channel)
        assert house.due_states(billed) == ["notified", "collected"]
        assert [(row.state.value, row.reason) for row in house.items()] == [("cancelled", None), ("settled", None)]

    def test_a_debit_its_mandate_does_not_cover_is_refused_with_the_limbs(self, house: Entrusted, bank: Bank) -> None:
        limits = MandateLimits(max_amount_minor=500_00, cycle=Cycle.MONTH, max_per_cycle=1)
        house.entrust(limits=limits).open_client_at(bank.hand)
        first, _, _, second = house.bill(
            "100.00", "100.00", "100.00", "100.00"
        )  # the fourth is the first payer's again
        house.collect(bank)
        assert house.due_states([first, second]) == ["collected", "notified"]
        with house.session() as session:
            (refusal,) = session.execute(
                text("SELECT limbs, version, amount_minor FROM debit_refusal WHERE tenant_id = :tenant"),
                {"tenant": house.tenant_id},
            ).all()
        assert (Limb.of_bits(refusal.limbs), refusal.version, refusal.amount_minor) == (
            frozenset({Limb.COUNT}),
            1,
            100_00,
        )
        # In April it may.
        at(house, bank, date(2026, 4, 1))
        house.collect(bank)
        assert house.due_states([second]) == ["collected"]

    def test_the_check_is_stored_with_the_debit(self, house: Entrusted, bank: Bank) -> None:
        house.entrust().open_client_at(bank.hand)
        house.bill("100.00")
        house.collect(bank)
        (item,) = house.items()
        assert (item.mandate_version, item.mandate_limbs) == (1, 511)  # every limb: 2^9 - 1


class TestUsedUpMandates:
    def states(self, house: Entrusted) -> list[str]:
        with house.session() as session:
            return [find_mandate(session, mandate_id).state.value for mandate_id in house.insured]

    def consume(self, house: Entrusted) -> int:
        with house.session() as session:
            return endings.consume_used_up(session, clock=house.clock)

    def test_end_when_their_total_is_final_and_not_before(self, house: Entrusted, bank: Bank) -> None:
        # The first payer gave leave for 250.00 in all: 150.00 + 100.00; the second has used 150.00 of it.
        house.entrust(limits=MandateLimits(max_total_minor=250_00)).open_client_at(bank.hand)
        house.bill("150.00", "150.00")
        house.bill("100.00")
        house.collect(bank)
        assert self.consume(house) == 0  # debits may come back for 7 days
        at(house, bank, MONDAY + timedelta(days=7))
        house.night()
        assert self.consume(house) == 1
        assert self.states(house) == ["consumed", "active", "active"]
        assert self.consume(house) == 0

    def test_end_when_they_were_given_for_one_debit(self, house: Entrusted, bank: Bank) -> None:
        house.entrust(limits=MandateLimits(cycle=Cycle.TERM, max_per_cycle=1)).open_client_at(bank.hand)
        house.bill("150.00")
        house.collect(bank)
        at(house, bank, MONDAY + timedelta(days=7))
        house.night()
        assert self.consume(house) == 1
        assert self.states(house) == ["consumed", "active", "active"]

    def test_a_limit_of_each_month_is_never_used_up(self, house: Entrusted, bank: Bank) -> None:
        house.entrust(limits=MandateLimits(cycle=Cycle.MONTH, max_per_cycle=1)).open_client_at(bank.hand)
        house.bill("150.00")
        house.collect(bank)
        at(house, bank, MONDAY + timedelta(days=7))
        house.night()
        assert self.consume(house) == 0


class TestReplacedMandates:
    def test_plans_and_dues_to_come_are_debited_under_the_new_paper(self, house: Entrusted, bank: Bank) -> None:
        house.entrust().open_client_at(bank.hand)
        (due,) = house.bill("100.00")
        new = NewMandate(
            reference="NEW",
            party_id=house.parties[0],
            account_id=house.others[0],
            currency="CNY",
            signed_on=MONDAY,
            purpose=MandatePurpose.INSURANCE,
        )
        with house.session() as session:
            replacements.propose_replacement(session, house.insured[0], new, actor=MAKER, clock=house.clock)
            replacements.approve_replacement(session, house.insured[0], new, actor=CHECKER, clock=house.clock)
        house.collect(bank)
        assert house.due_states([due]) == ["collected"]
        assert [row.mandate_id for row in house.items()] == [new.id]


class TestNotice:
    def test_a_payer_is_told_days_before_and_a_late_notice_moves_the_debit(self, house: Entrusted, bank: Bank) -> None:
        house.entrust(notice_days=3).open_client_at(bank.hand)
        (due,) = house.bill("100.00", on=MONDAY + timedelta(days=1))
        for day, state in enumerate(["notified", "notified", "notified", "collected"]):
            at(house, bank, MONDAY + timedelta(days=day))
            house.collect(bank)
            # Told on Monday for Tuesday: three days' notice make it Thursday.
            assert house.due_states([due]) == [state]
        with house.session() as session:
            told = session.execute(text("SELECT sent_on, debit_on FROM prenotice WHERE due_id = :due"), {"due": due})
            assert told.one() == (MONDAY, date(2026, 3, 5))


class TestPlans:
    def plan(self, house: Entrusted, **given: object) -> NewPlan:
        fields: dict[str, object] = {
            "reference": f"P-{uuid7()}"[:35],
            "payer_id": house.parties[0],
            "mandate_id": house.insured[0],
            "kind": PlanKind.SUBSCRIPTION,
            "amount": cny("50.00"),
            "first_on": date(2026, 3, 31),
            "frequency": Frequency.MONTHLY,
            "day": 31,
        }
        return NewPlan(**fields | given)  # type: ignore[arg-type]

    def register(self, house: Entrusted, *new: NewPlan) -> list[str]:
        """The codes of what was refused."""
        with house.session() as session:
            _, refused = plans.register_plans(
                session, house.client_id, new, calendar=CALENDAR, actor=MAKER, clock=house.clock
            )
            return [each.refusal.code for each in refused]

    def days(self, house: Entrusted, plan: NewPlan) -> list[tuple[date, date]]:
        with house.session() as session:
            layout.lay_out(session, house.today, calendar=CALENDAR, clock=house.clock)
            return [(due.due_on, due.rolled_due_on) for due in dues.dues_of_plan(session, plan.id)]

    def test_a_subscription_is_laid_out_a_month_and_a_half_ahead_once(self, house: Entrusted) -> None:
        house.entrust()
        plan = self.plan(house)
        assert self.register(house, plan) == []
        assert self.days(house, plan) == [(date(2026, 3, 31), date(2026, 3, 31))]
        house.today = date(2026, 4, 20)
        # 31 May is a Sunday
        assert self.days(house, plan)[1:] == [
            (date(2026, 4, 30), date(2026, 4, 30)),
            (date(2026, 5, 31), date(2026, 6, 1)),
        ]
        assert len(self.days(house, plan)) == 3

    def test_what_would_have_fallen_due_in_a_pause_is_not_owed(self, house: Entrusted) -> None:
        house.entrust()
        plan = self.plan(house, first_on=date(2026, 5, 1), day=1)
        self.register(house, plan)
        with house.session() as session:
            plans.move_plans(session, [plan.id], PlanState.PAUSED, reason="moved", actor=MAKER, clock=house.clock)
        house.today = date(2026, 7, 10)
        with house.session() as session:
            plans.move_plans(session, [plan.id], PlanState.ACTIVE, reason="back", actor=MAKER, clock=house.clock)
        assert [day for day, _ in self.days(house, plan)] == [date(2026, 8, 1)]

    def test_an_ended_plan_cancels_what_no_payer_was_told_of(self, house: Entrusted) -> None:
        house.entrust()
        plan = self.plan(house)
        self.register(house, plan)
        self.days(house, plan)
        with house.session() as session:
            plans.move_plans(session, [plan.id], PlanState.ENDED, reason="left", actor=MAKER, clock=house.clock)
            assert [due.state.value for due in dues.dues_of_plan(session, plan.id)] == ["cancelled"]

    def test_each_plan_that_is_not_in_order_is_refused_by_itself(self, house: Entrusted) -> None:
        house.entrust(limits=MandateLimits(max_amount_minor=60_00))
        good = self.plan(house)
        parts = (Instalment(date(2026, 3, 31), cny("30.00")), Instalment(date(2026, 4, 30), cny("29.99")))
        refused = self.register(
            house,
            good,
            self.plan(house, reference=good.reference),
            self.plan(house, day=29),
            self.plan(house, first_on=date(2026, 3, 1)),
            self.plan(house, kind=PlanKind.ONE_OFF),
            self.plan(house, amount=cny("60.01")),
            self.plan(house, mandate_id=house.mandates[0]),
            self.plan(house, mandate_id=house.insured[1]),
            self.plan(
                house, kind=PlanKind.INSTALMENTS, frequency=None, day=None, amount=cny("60.00"), instalments=parts
            ),
        )
        assert refused == [
            *("plan_exists", "no_such_day", "plan_needs_dates", "plan_needs_dates"),
            *("mandate_does_not_fit", "mandate_does_not_fit", "not_found", "instalments_do_not_add_up"),
        ]


class TestPeople:
    def test_the_one_who_proposed_a_client_cannot_approve_it(self, house: Entrusted) -> None:
        house.entrust()
        with house.session() as session:
            client = clients.find_client(session, house.client_id)
            clients.move_client(
                session, client.id, ClientState.SUSPENDED, reason="review", actor=MAKER, clock=house.clock
            )
            with pytest.raises(ClientNotActive):
                plans.register_plans(session, client.id, [], calendar=CALENDAR, actor=MAKER, clock=house.clock)

    def test_terms_are_approved_by_a_second_person(self, house: Entrusted) -> None:
        house.furnish()
        with house.session() as session:
            asked = clients.NewClient(
                party_id=house.parties[0],
                own_account_id=house.own,
                purpose=MandatePurpose.RENT,
                fees=FeePlan(cny("1.00")),
                risk_limit=cny("0.00"),
            )
            client = clients.propose_client(session, asked, actor=MAKER, clock=house.clock)
            with pytest.raises(SamePerson):
                clients.approve_client(
                    session, client.id, digest=clients.digest_of(client), actor=MAKER, clock=house.clock
                )

    def test_a_due_on_its_way_to_the_bank_cannot_be_cancelled(self, house: Entrusted, bank: Bank) -> None:
        house.entrust().open_client_at(bank.hand)
        (due,) = house.bill("100.00")
        house.morning()
        house.plan(RunKind.DEBIT)
        with house.session() as session, pytest.raises(DuesMoved):
            dues.cancel_dues(session, [due], reason="too late", actor=MAKER, clock=house.clock)


def test_a_payer_short_of_funds_until_wednesday_is_collected_from_by_a_retry(house: Entrusted, bank: Bank) -> None:
    house.entrust().open_client_at(bank.hand)
    (due,) = house.bill("700.00")
    account = house.numbers[house.others[0]]
    bank.hand.run_short([ShortageIn(account=account, reference="BILL", until=date(2026, 3, 4))])
    states = []
    for day in range(8):
        at(house, bank, MONDAY + timedelta(days=day))
        house.collect(bank)
        house.night()
        states += house.due_states([due])
    assert states[-1] == "collected"
    with house.session() as session:
        assert check_collection(session) == []
