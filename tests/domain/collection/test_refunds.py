"""Entrusted dues given back by us, whole or in part: what becomes of the due, the client, and the mandate."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import CERTAIN_BP, FaultPlan
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.outcomes import Outcome
from domain.banking.states import Purpose, Verdict
from domain.collection import dues
from domain.collection.check import check_collection
from domain.collection.errors import RefundNotCovered
from domain.collection.queries import find_mandate
from domain.collection.states import MandateState
from domain.collection.tables import Due
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.runs.corrections import proposals
from domain.runs.corrections.errors import RefundBeyondCollected, RefundTotalDiffers
from domain.runs.corrections.funds import set_aside
from domain.runs.corrections.queries import find_correction
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction
from domain.runs.owners import REFUNDS
from domain.runs.queries import given_up_dues
from domain.runs.states import RunKind
from jobs import corrections as job
from jobs.context import JobContext, Occasion
from tests.domain.runs.conftest import Bank
from tests.domain.runs.world import CHECKER, MAKER, MONDAY, cny

from .entrusted import Entrusted

NEXT_MONDAY = MONDAY + timedelta(days=7)


@pytest.fixture
def house(database: Database, tenant_id: int) -> Entrusted:
    return Entrusted(database, tenant_id, KeyRing.generate())


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


def collected(house: Entrusted, bank: Bank, *amounts: str, risk_limit: str = "0.00") -> list[UUID]:
    """Dues that have settled today."""
    house.entrust(risk_limit=risk_limit).open_client_at(bank.hand)
    billed = house.bill(*amounts)
    house.collect(bank)
    return billed


def propose(house: Entrusted, amount: str, expected: str | None = None, reason: str = "CUST") -> UUID:
    """Of the first debit."""
    with house.session() as session:
        return proposals.propose_correction(
            session,
            house.items()[0].id,
            amount=cny(amount),
            expected_total=cny(expected or amount),
            reason=reason,
            owners=REFUNDS,
            actor=MAKER,
            clock=house.clock,
        ).id


def approve(house: Entrusted, correction: UUID) -> Correction:
    with house.session() as session:
        digest = find_correction(session, correction).digest
        return proposals.approve_correction(
            session, correction, digest=digest, owners=REFUNDS, actor=CHECKER, clock=house.clock
        )


def state_of(house: Entrusted, correction: UUID) -> CorrectionState:
    with house.session() as session:
        return find_correction(session, correction).state


def on(house: Entrusted, bank: Bank, day: date) -> None:
    house.today = day
    bank.hand.set_day(day)


def payer_has(house: Entrusted, bank: Bank) -> str:
    number = house.numbers[house.others[0]]
    return next(each.balance for each in bank.hand.balances().balances if each.account == number)


def kept(house: Entrusted) -> str:
    """What is put aside for the first payer."""
    return house._balance(set_aside(house.parties[0], "CNY"))


def send_corrections(house: Entrusted, bank: Bank) -> None:
    context = JobContext(house.database, bank.channel, house.keys, house.tenant_id)
    job.run(context, Occasion(house.today, "0945", house.clock))


class TestWhole:
    def test_a_reversed_due_is_neither_dunned_nor_debited_until_a_person_says_so(
        self, house: Entrusted, bank: Bank
    ) -> None:
        (due,) = collected(house, bank, "100.00")
        reversal = propose(house, "100.00", reason="DUPL")
        assert approve(house, reversal).method is Method.REVERSAL
        send_corrections(house, bank)
        on(house, bank, MONDAY + timedelta(days=2))
        house.record(bank.channel)
        assert (house.due_states([due]), house.held(), payer_has(house, bank)) == (["given_back"], "0.00", "1000.00")
        with house.session() as session:
            assert find_mandate(session, house.insured[0]).state is MandateState.ACTIVE  # the rule: keep the mandate
            assert given_up_dues(session) == []
        house.night()
        assert house.plan(slot="0900").item_count == 0
        # A person has it debited anew: another obligation, under the same mandate.
        anew = house.today + timedelta(days=1)
        with house.session() as session:
            dues.present_anew(session, [due], debit_on=anew, reason="agreed", actor=CHECKER, clock=house.clock)
        on(house, bank, anew)
        house.collect(bank)
        assert (house.due_states([due]), house.held(), payer_has(house, bank)) == (["collected"], "100.00", "900.00")
        with house.session() as session:
            assert session.get_one(Due, (house.tenant_id, due)).round == 2
        house.night()

    def test_or_it_is_given_up_by_a_person(self, house: Entrusted, bank: Bank) -> None:
        (due,) = collected(house, bank, "100.00")
        approve(house, propose(house, "100.00"))
        send_corrections(house, bank)
        on(house, bank, MONDAY + timedelta(days=2))
        house.record(bank.channel)
        with house.session() as session:
            dues.cancel_dues(session, [due], reason="billed in error", actor=CHECKER, clock=house.clock)
        assert house.due_states([due]) == ["cancelled"]

    def test_a_recalled_debit_is_not_dunned_either(self, house: Entrusted, bank: Bank) -> None:
        house.entrust().open_client_at(bank.hand)
        (due,) = house.bill("100.00")
        house.morning()
        house.execute(house.plan(), bank.channel)
        house.record(bank.channel)
        assert approve(house, propose(house, "100.00")).method is Method.RECALL
        send_corrections(house, bank)
        on(house, bank, house.today)
        house.record(bank.channel)
        assert (house.due_states([due]), payer_has(house, bank)) == (["given_back"], "1000.00")
        house.night()
        assert house.due_states([due]) == ["given_back"]

    def test_a_return_by_the_payers_bank_is_no_doing_of_ours(self, house: Entrusted, fickle_bank: Bank) -> None:
        bank = fickle_bank
        (due,) = collected(house, bank, "100.00")
        waiting = propose(house, "100.00")
        while house.due_states([due]) == ["collected"]:
            on(house, bank, house.today + timedelta(days=1))
            house.record(bank.channel)
        assert (house.due_states([due]), state_of(house, waiting)) == (["returned"], CorrectionState.OVERTAKEN)


class TestInPart:
    def test_goes_back_after_seven_days_and_makes_the_clients_payout_so_much_less(
        self, house: Entrusted, bank: Bank
    ) -> None:
        (due,) = collected(house, bank, "100.00")
        refund = propose(house, "30.00")
        asked = approve(house, refund)
        assert (asked.method, asked.not_before) == (Method.TRANSFER, NEXT_MONDAY)  # 2 March + 7 days
        assert (house.held(), kept(house)) == ("70.00", "30.00")
        house.night()
        house.send(bank, RunKind.RELEASE, "1030")
        assert payer_has(house, bank) == "900.00"  # held
        on(house, bank, NEXT_MONDAY)
        house.night()
        house.send(bank, RunKind.RELEASE, "1031")
        assert (state_of(house, refund), payer_has(house, bank), kept(house)) == ("done", "930.00", "0.00")
        house.pay_out(bank)
        # 100.00 - fee 0.50 + 30 bp of 100.00 = 0.80 - 30.00 refunded = 69.20
        assert (house.held(), house.earned(), house.cash()) == ("0.00", "0.80", "0.80")
        assert house.due_states([due]) == ["collected"]
        house.night()

    def test_a_second_part_states_what_it_comes_to_and_never_more_than_was_collected(
        self, house: Entrusted, bank: Bank
    ) -> None:
        collected(house, bank, "100.00")
        approve(house, propose(house, "30.00"))
        on(house, bank, NEXT_MONDAY)
        house.send(bank, RunKind.RELEASE, "1030")
        with pytest.raises(RefundTotalDiffers):
            propose(house, "30.00")
        with pytest.raises(RefundBeyondCollected):
            propose(house, "70.01", "100.01")
        approve(house, propose(house, "70.00", "100.00"))
        assert (house.held(), kept(house)) == ("0.00", "70.00")
        house.night()

    def test_the_last_part_leaves_of_a_due_what_one_refund_of_the_whole_leaves(
        self, house: Entrusted, bank: Bank
    ) -> None:
        (due, other) = collected(house, bank, "100.00", "50.00")
        on(house, bank, NEXT_MONDAY)
        house.night()
        for amount, total, slot in (("30.00", "30.00", "1030"), ("70.00", "100.00", "1031")):
            part = propose(house, amount, total)
            approve(house, part)
            house.send(bank, RunKind.RELEASE, slot)
            assert state_of(house, part) is CorrectionState.DONE
            assert house.due_states([due]) == (["collected"] if total == "30.00" else ["given_back"])
        assert (payer_has(house, bank), kept(house), house.held()) == ("1000.00", "0.00", "50.00")
        assert house.transit() == []
        house.pay_out(bank)
        # The other due alone: 50.00 - fee 0.50 + 30 bp of 50.00 = 0.65. Of a due that went back nobody earns anything.
        assert (house.held(), house.earned(), house.cash()) == ("0.00", "0.65", "0.65")
        assert house.due_states([due, other]) == ["given_back", "collected"]
        house.night()

    def test_of_a_due_that_was_paid_out_the_last_part_leaves_a_claim_for_all_of_it(
        self, house: Entrusted, bank: Bank
    ) -> None:
        (due,) = collected(house, bank, "100.00", risk_limit="100.00")
        house.pay_out(bank)
        on(house, bank, NEXT_MONDAY)
        house.night()
        house.bill("500.00")
        house.collect(bank, slot="0900")
        for amount, total, slot in (("30.00", "30.00", "1030"), ("70.00", "100.00", "1031")):
            approve(house, propose(house, amount, total))
            house.send(bank, RunKind.RELEASE, slot)
        # 500.00 - 30.00 - 70.00
        assert (house.due_states([due]), house.held()) == (["given_back"], "400.00")
        on(house, bank, NEXT_MONDAY + timedelta(days=7))
        house.night()
        house.pay_out(bank)
        # 500.00 - fee 2.00 - 100.00 recovered = 398.00; fees 0.80 + 2.00
        assert (house.held(), house.earned()) == ("0.00", "2.80")
        house.night()

    def test_what_the_client_was_paid_or_is_about_to_be_is_not_there_to_be_refunded(
        self, house: Entrusted, bank: Bank
    ) -> None:
        collected(house, bank, "100.00", "50.00", risk_limit="100.00")
        house.plan(RunKind.PAYOUT, "1045")  # 100.00 within the risk limit, frozen and not paid yet
        too_much = propose(house, "50.01")
        with pytest.raises(RefundNotCovered) as refused:
            approve(house, too_much)
        assert (str(refused.value.facts["free"]), str(refused.value.facts["amount"])) == ("50.00 CNY", "50.01 CNY")
        with house.session() as session:
            digest = find_correction(session, too_much).digest
            proposals.withdraw_correction(
                session, too_much, digest=digest, reason="too much", actor=MAKER, clock=house.clock
            )
        approve(house, propose(house, "50.00"))
        assert (house.held(), kept(house)) == ("100.00", "50.00")
        house.pay_out(bank)
        assert house.held() == "0.00"
        house.night()

    def test_overtaken_by_a_return_it_is_the_clients_again(self, house: Entrusted, fickle_bank: Bank) -> None:
        bank = fickle_bank
        (due,) = collected(house, bank, "100.00")
        refund = propose(house, "30.00")
        approve(house, refund)
        while house.due_states([due]) == ["collected"]:
            on(house, bank, house.today + timedelta(days=1))
            house.record(bank.channel)
        # 70.00 + 30.00 back - 100.00 returned
        assert (state_of(house, refund), house.held(), kept(house)) == ("overtaken", "0.00", "0.00")
        with house.session() as session:
            assert check_collection(session) == []


def test_a_payout_that_left_is_booked_although_its_due_came_back_meanwhile(house: Entrusted, bank: Bank) -> None:
    (due,) = collected(house, bank, "100.00", risk_limit="100.00")
    house.execute(house.plan(RunKind.PAYOUT, "1045"), bank.channel)
    debit = house.items()[0]
    returned = Outcome(
        instruction_id=debit.id,
        purpose=Purpose.ENTRUSTED_COLLECTION,
        direction=debit.direction,
        subject_id=due,
        result=Verdict.RETURNED,
        amount=cny("100.00"),
        value_date=MONDAY,
        reason="MD06",
        own_account_id=debit.own_account_id,
        counter_account_id=debit.counter_account_id,
        mandate_id=debit.mandate_id,
        attempt=debit.attempt,
        obligation_key=debit.obligation_key,
        run_id=debit.run_id,
    )
    with house.session() as session:
        house.owners.handlers[Purpose.ENTRUSTED_COLLECTION](session, [returned], clock=house.clock)
    assert house.held() == "0.00"
    on(house, bank, MONDAY)
    house.record(bank.channel)
    assert (house.held(), house.earned()) == ("-100.00", "0.80")  # the client owes what it was paid
    with house.session() as session:
        assert check_collection(session) == []
