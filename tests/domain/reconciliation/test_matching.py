"""Statement entries find their instructions, their owners, or a person."""

import pytest

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.references import end_to_end_id
from domain.ledger.chart import AccountKind, AccountRef
from domain.reconciliation import service as reconciliation
from domain.reconciliation.errors import NotInSuspense
from domain.reconciliation.states import Recognised
from domain.values.errors import NotFound
from tests.domain.runs.world import CHECKER, World

from .conftest import Statements

SUSPENSE = AccountRef(AccountKind.SUSPENSE, "CNY")


def collected(world: World, *, told: bool = True) -> str:
    """A collection of 100.00 that settled at a bank, told or not told yet; returns its end-to-end id."""
    world.owe("a", "100.00")
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        world.open_at(hand)
        world.execute(world.plan(), channel)
        hand.set_day(world.today)
        if told:
            world.record(channel)
    return end_to_end_id(world.tenant_id, world.items()[0].id)


def refused(world: World) -> str:
    """A collection the bank refused."""
    world.owe("a", "9999.00")
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        world.open_at(hand)
        world.execute(world.plan(), channel)
        hand.set_day(world.today)
        world.record(channel)
    return end_to_end_id(world.tenant_id, world.items()[0].id)


class TestByReference:
    def test_a_settled_collection_is_matched_and_cash_agrees(self, world: World, bank: Statements) -> None:
        reference = collected(world)
        bank.state(world.own, bank.entry("100.00", end_to_end_id=reference))
        assert bank.match().matched == 1
        assert bank.agree()[world.own].agrees

    def test_an_entry_ahead_of_the_report_waits_and_is_explained(self, world: World, bank: Statements) -> None:
        reference = collected(world, told=False)
        bank.state(world.own, bank.entry("100.00", end_to_end_id=reference))
        bank.match()
        assert bank.entries() == [("imported", None)]
        agreement = bank.agree()[world.own]
        assert str(agreement.difference.amount) == str(agreement.on_statement_only.amount) == "100.00"
        assert (agreement.unmatched, str(agreement.unexplained.amount)) == (1, "0.00")

    def test_a_report_ahead_of_its_statement_is_explained(self, world: World, bank: Statements) -> None:
        collected(world)
        bank.state(world.own)
        bank.match()
        agreement = bank.agree()[world.own]
        # the bank states 0.00, we hold 100.00 by its report
        assert (str(agreement.difference.amount), str(agreement.in_books_only.amount)) == ("-100.00", "100.00")
        assert not agreement.unexplained

    @pytest.mark.parametrize(
        ("amount", "number", "reason"),
        [("99.00", 0, "amount_differs"), ("-100.00", 0, None), ("100.00", 1000, "unknown_reference")],
        ids=["another amount", "the side of a return", "a number never given"],
    )
    def test_what_does_not_fit_goes_to_a_person_or_waits(
        self, world: World, bank: Statements, amount: str, number: int, reason: str | None
    ) -> None:
        collected(world)
        reference = end_to_end_id(world.tenant_id, world.items()[0].id + number)
        bank.state(world.own, bank.entry(amount, end_to_end_id=reference), opening="500.00")
        bank.match()
        assert bank.entries() == [("suspense", reason) if reason else ("imported", None)]

    def test_the_same_collection_booked_twice_by_the_bank_is_shown_not_counted(
        self, world: World, bank: Statements
    ) -> None:
        reference = collected(world)
        twice = [bank.entry("100.00", end_to_end_id=reference) for _ in range(2)]
        bank.state(world.own, *twice)
        bank.match()
        assert bank.entries() == [("matched", None), ("suspense", "booked_twice")]
        assert bank.balance(SUSPENSE) == "100.00"  # it is the debtor's
        assert bank.agree()[world.own].agrees

    def test_twice_in_two_statements_is_twice_too(self, world: World, bank: Statements) -> None:
        reference = collected(world)
        for _ in range(2):
            bank.state(world.own, bank.entry("100.00", end_to_end_id=reference))
            bank.match()
        assert bank.entries() == [("matched", None), ("suspense", "booked_twice")]

    def test_money_for_a_refused_collection_contradicts(self, world: World, bank: Statements) -> None:
        reference = refused(world)
        bank.state(world.own, bank.entry("9999.00", end_to_end_id=reference))
        bank.match()
        assert bank.entries() == [("suspense", "contradiction")]

    def test_on_an_account_it_does_not_move_it_goes_to_a_person(self, world: World, bank: Statements) -> None:
        reference = collected(world)
        bank.state(bank.lender_account, bank.entry("100.00", end_to_end_id=reference))
        bank.match()
        assert bank.entries() == [("suspense", "other_account")]


class TestRecognition:
    def test_a_lenders_capital_is_its_funding_capital(self, world: World, bank: Statements) -> None:
        bank.state(bank.lender_account, bank.entry("5000.00", remittance="CAPITAL 2026-03"))
        assert bank.match().recognised[Recognised.CAPITAL] == 1
        assert bank.balance(AccountRef(AccountKind.FUNDING_CAPITAL, "CNY", bank.lender)) == "5000.00"
        assert bank.entries() == [("recognised", "capital")]
        assert bank.agree()[bank.lender_account].agrees
        assert bank.match().recognised[Recognised.CAPITAL] == 0
        assert world.cash() == "0.00"

    def test_the_same_word_on_another_account_is_nobodys_capital(self, world: World, bank: Statements) -> None:
        bank.state(world.own, bank.entry("5000.00", remittance="CAPITAL 2026-03"))
        bank.match()
        assert bank.entries() == [("suspense", "unrecognised")]

    def test_what_an_account_held_before_our_books_is_taken_over_once(self, world: World, bank: Statements) -> None:
        bank.state(world.own, opening="1234.56")
        assert bank.match().opened_accounts == 1
        assert bank.match().opened_accounts == 0
        assert world.cash() == "1234.56"
        assert bank.balance(AccountRef(AccountKind.FUNDING_CAPITAL, "CNY", world.own_party)) == "1234.56"
        assert bank.agree()[world.own].agrees

    def test_a_first_statement_takes_over_only_what_the_books_do_not_have(self, world: World, bank: Statements) -> None:
        collected(world)  # 100.00 on Monday
        world.today = world.today.replace(day=3)
        bank.state(world.own, opening="600.00")
        bank.match()
        assert world.cash() == "600.00"  # 100.00 known + 500.00 taken over

    def test_an_overdraft_is_taken_over_too(self, world: World, bank: Statements) -> None:
        bank.state(world.own, opening="-80.00")
        bank.match()
        assert world.cash() == "-80.00"


class TestSuspense:
    def test_what_nobody_recognises_is_booked_so_that_cash_agrees(self, world: World, bank: Statements) -> None:
        bank.state(world.own, bank.entry("70.00"), bank.entry("-20.00"))
        assert bank.match().in_suspense == 2
        assert bank.balance(SUSPENSE) == "50.00"
        agreement = bank.agree()[world.own]
        assert (agreement.agrees, agreement.in_suspense) == (True, 2)
        with world.session() as session:
            assert len(reconciliation.list_suspense(session)) == 2

    @pytest.mark.parametrize("amount", ["70.00", "-70.00"])
    def test_a_person_says_whose_it_is(self, world: World, bank: Statements, amount: str) -> None:
        bank.state(world.own, bank.entry(amount))
        bank.match()
        fees = AccountRef(AccountKind.FEE_INCOME, "CNY", world.own_party)
        with world.session() as session:
            (waiting,) = [entry.id for entry in reconciliation.list_suspense(session)]
            reconciliation.resolve_suspense(
                session, waiting, account=fees, reason="bank interest", actor=CHECKER, clock=world.clock
            )
        assert (bank.balance(SUSPENSE), bank.balance(fees)) == ("0.00", amount)
        assert bank.entries() == [("resolved", "bank interest")]
        with pytest.raises(NotInSuspense), world.session() as session:
            reconciliation.resolve_suspense(
                session, waiting, account=fees, reason="again", actor=CHECKER, clock=world.clock
            )

    def test_an_entry_that_does_not_exist_is_not_found(self, world: World) -> None:
        fees = AccountRef(AccountKind.FEE_INCOME, "CNY", world.own_party)
        with pytest.raises(NotFound), world.session() as session:
            reconciliation.resolve_suspense(session, 99, account=fees, reason="", actor=CHECKER, clock=world.clock)


class TestAgreement:
    def test_a_difference_nobody_explains_stays_visible(self, world: World, bank: Statements) -> None:
        bank.state(world.own, opening="500.00")
        bank.match()
        world.fund("0.01")
        agreement = bank.agree()[world.own]
        assert str(agreement.unexplained.amount) == "-0.01"

    def test_an_earlier_day_is_compared_by_what_was_booked_then(self, world: World, bank: Statements) -> None:
        bank.state(world.own, opening="500.00")
        bank.match()
        monday = world.today
        world.today = monday.replace(day=3)
        bank.state(world.own, bank.entry("25.00"))
        bank.match()
        assert bank.agree(monday)[world.own].agrees
        assert str(bank.agree()[world.own].bank.amount) == "525.00"

    def test_the_last_look_at_a_day_is_kept(self, world: World, bank: Statements) -> None:
        bank.state(world.own, opening="500.00")
        assert not bank.agree()[world.own].agrees
        bank.match()
        assert bank.agree()[world.own].agrees
