"""How over-debits are put right (rules/pooling-and-collection.md, "Over-debit")."""

from datetime import date

import pytest

from domain.banking.states import Direction, InstructionState
from domain.runs.corrections.errors import (
    NotCorrectable,
    OnlyWhole,
    RefundBeyondCollected,
    RefundTotalDiffers,
)
from domain.runs.corrections.rules import Original, check_refund, held_until, method_for
from domain.runs.corrections.states import Method
from domain.values.errors import InvalidValue
from domain.values.money import Money

MONDAY = date(2026, 3, 2)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def debit(state: InstructionState = InstructionState.SETTLED, direction: Direction = Direction.DEBIT) -> Original:
    settled = state in {InstructionState.SETTLED, InstructionState.FINAL}
    return Original(7, direction, state, cny("100.00"), MONDAY if settled else None)


class TestMethod:
    def test_what_is_not_settled_is_recalled(self) -> None:
        assert method_for(debit(InstructionState.ACCEPTED), cny("100.00"), MONDAY) is Method.RECALL

    def test_a_part_of_what_is_not_settled_cannot_be_recalled(self) -> None:
        with pytest.raises(OnlyWhole):
            method_for(debit(InstructionState.SUBMITTED), cny("40.00"), MONDAY)

    @pytest.mark.parametrize(
        ("on", "method"), [(date(2026, 3, 7), Method.REVERSAL), (date(2026, 3, 8), Method.TRANSFER)]
    )
    def test_whole_within_five_days_it_is_reversed(self, on: date, method: Method) -> None:
        # value date 2 March + 5 days = 7 March, the last day
        assert method_for(debit(), cny("100.00"), on) is method

    def test_in_part_it_is_a_payment_of_its_own(self) -> None:
        assert method_for(debit(), cny("40.00"), MONDAY) is Method.TRANSFER

    @pytest.mark.parametrize("state", [InstructionState.LOCKED, InstructionState.REJECTED, InstructionState.RETURNED])
    def test_what_never_moved_money_or_gave_it_back_is_left_alone(self, state: InstructionState) -> None:
        with pytest.raises(NotCorrectable):
            method_for(debit(state), cny("100.00"), MONDAY)

    def test_of_a_payment_of_ours_the_payee_is_asked(self) -> None:
        assert method_for(debit(direction=Direction.CREDIT), cny("100.00"), MONDAY) is Method.RECALL


class TestTotal:
    def test_the_caller_states_what_it_comes_to(self) -> None:
        # 30.00 given back before + 20.00 now = 50.00
        check_refund(cny("100.00"), cny("20.00"), before=cny("30.00"), expected=cny("50.00"))

    def test_a_total_that_differs_is_refused(self) -> None:
        with pytest.raises(RefundTotalDiffers):
            check_refund(cny("100.00"), cny("20.00"), before=cny("30.00"), expected=cny("20.00"))

    def test_nothing_is_no_refund(self) -> None:
        with pytest.raises(InvalidValue):
            check_refund(cny("100.00"), cny("0.00"), before=cny("0.00"), expected=cny("0.00"))

    def test_nobody_gets_back_more_than_was_collected(self) -> None:
        with pytest.raises(RefundBeyondCollected):
            check_refund(cny("100.00"), cny("80.00"), before=cny("30.00"), expected=cny("110.00"))


class TestHold:
    def test_a_refund_waits_seven_days_after_the_debit(self) -> None:
        # 2 March + 7 days
        assert held_until(Method.TRANSFER, MONDAY, date(2026, 3, 4)) == date(2026, 3, 9)

    def test_a_later_one_does_not_wait(self) -> None:
        assert held_until(Method.TRANSFER, MONDAY, date(2026, 4, 1)) == date(2026, 4, 1)

    def test_a_reversal_does_not_wait(self) -> None:
        assert held_until(Method.REVERSAL, MONDAY, MONDAY) == MONDAY
