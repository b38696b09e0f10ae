"""How money is given back (rules/pooling-and-collection.md, "Over-debit" and "Retries, returns, finality"). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.banking.states import AT_THE_BANK, SETTLED_STATES, Direction, InstructionState
from domain.runs.corrections.errors import (
    NotCorrectable,
    OnlyWhole,
    RefundBeyondCollected,
    RefundTotalDiffers,
)
from domain.runs.corrections.states import Method
from domain.values.errors import InvalidValue
from domain.values.money import Money

REVERSAL_DAYS = 5  # after the value date; later, or in part, it is a payment of its own
# A refund does not stop the payer's bank from returning the debit too, which it does within these days.
HOLD_DAYS = 7


@dataclass(frozen=True, slots=True)
class Original:
    """The instruction whose money is to go back."""

    id: int
    direction: Direction
    state: InstructionState
    amount: Money
    value_date: date | None


def method_for(original: Original, amount: Money, today: date) -> Method:
    """Unsettled: recall; within 5 days and whole: reversal; else a linked credit transfer.

    Of our own payments all that can be done is to ask for the whole. Raises NotCorrectable, OnlyWhole.
    """
    whole = amount == original.amount
    settled = original.state in SETTLED_STATES
    if not settled and original.state not in AT_THE_BANK:
        raise NotCorrectable(instruction=original.id, state=original.state.value)
    if not settled or original.direction is Direction.CREDIT:
        if not whole:
            raise OnlyWhole(amount=original.amount)
        return Method.RECALL
    assert original.value_date is not None, "what settled has a value date"
    soon = today <= original.value_date + timedelta(days=REVERSAL_DAYS)
    return Method.REVERSAL if whole and soon else Method.TRANSFER


def check_refund(original: Money, amount: Money, *, before: Money, expected: Money) -> None:
    """`before` is what was given back already, `expected` what the caller thinks it comes to with `amount`.

    Raises InvalidValue, CurrencyMismatch, RefundTotalDiffers, RefundBeyondCollected.
    """
    if amount.minor <= 0:
        raise InvalidValue(
            field="amount", value=str(amount), reason="it must be above zero", reason_zh="金额必须大于零"
        )
    total = before + amount
    if total != expected:
        raise RefundTotalDiffers(expected=expected, actual=total)
    if total > original:
        raise RefundBeyondCollected(total=total, collected=original)


def held_until(method: Method, value_date: date | None, today: date) -> date:
    """The first day on which it may leave: a transfer 7 days after the debit, the others at once."""
    if method is not Method.TRANSFER or value_date is None:
        return today
    return max(today, value_date + timedelta(days=HOLD_DAYS))
