"""A debit against its mandate, limb by limb (rules/pooling-and-collection.md, "Mandates and purpose")."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain.collection.rules import Debit, MandateTerms, Use, cycle_start, failed_limbs
from domain.collection.states import Cycle, Limb, MandatePurpose, MandateState
from domain.values.money import Money

HQ, SOMEBODY, ACCOUNT, OTHER = (UUID(int=number) for number in range(1, 5))
DUE = date(2026, 3, 27)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


TERMS = MandateTerms(
    state=MandateState.ACTIVE,
    signed_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    party_account_id=ACCOUNT,
    currency="CNY",
    purpose=MandatePurpose.INSURANCE,
    payee_id=HQ,
    max_amount=cny("500.00"),
    cycle=Cycle.MONTH,
    max_per_cycle=2,
    max_total=cny("3000.00"),
)
DEBIT = Debit(payee_id=HQ, account_id=ACCOUNT, amount=cny("500.00"), purpose=MandatePurpose.INSURANCE, due_on=DUE)
USED = Use(count_in_cycle=1, total=cny("2500.00"))


def test_a_debit_that_keeps_to_every_limb_passes_to_the_last_cent_and_count() -> None:
    # 500.00 <= 500.00 each; 1 + 1 <= 2 in March; 2,500.00 + 500.00 <= 3,000.00 in all
    assert failed_limbs(TERMS, DEBIT, USED) == frozenset()


@pytest.mark.parametrize(
    ("limb", "terms", "debit", "used"),
    [
        (Limb.STATE, {"state": MandateState.SUSPENDED}, {}, {}),
        (Limb.TERM, {}, {"due_on": date(2025, 12, 31)}, {}),
        (Limb.TERM, {}, {"due_on": date(2027, 1, 1)}, {}),
        (Limb.PAYEE, {}, {"payee_id": SOMEBODY}, {}),
        (Limb.PURPOSE, {}, {"purpose": MandatePurpose.RENT}, {}),
        (Limb.ACCOUNT, {}, {"account_id": OTHER}, {}),
        (Limb.AMOUNT, {"max_amount": cny("499.99")}, {}, {}),
        (Limb.COUNT, {}, {}, {"count_in_cycle": 2}),
        (Limb.TOTAL, {}, {}, {"total": cny("2500.01")}),
        (Limb.CURRENCY, {}, {"amount": Money.of("1.00", "EUR")}, {}),
    ],
)
def test_each_limb_fails_by_itself(
    limb: Limb, terms: dict[str, object], debit: dict[str, object], used: dict[str, object]
) -> None:
    given = replace(TERMS, **terms), replace(DEBIT, **debit), replace(USED, **used)  # type: ignore[arg-type]
    assert failed_limbs(*given) == {limb}


def test_limits_that_are_not_given_do_not_bind() -> None:
    free = replace(TERMS, payee_id=None, ends_on=None, max_amount=None, max_per_cycle=None, max_total=None)
    huge = replace(DEBIT, payee_id=SOMEBODY, amount=cny("9999999.00"), due_on=date(2099, 1, 1))
    assert failed_limbs(free, huge, Use(1_000, cny("99999999.00"))) == frozenset()


def test_limbs_are_stored_as_bits_that_never_change() -> None:
    assert {limb.value: limb.bit for limb in Limb} == {
        "state": 1,
        "term": 2,
        "payee": 4,
        "purpose": 8,
        "account": 16,
        "currency": 32,
        "amount": 64,
        "count": 128,
        "total": 256,
    }
    assert Limb.of_bits(1 + 64) == {Limb.STATE, Limb.AMOUNT}


@pytest.mark.parametrize(
    ("cycle", "start"),
    [
        (Cycle.DAY, date(2026, 3, 27)),
        (Cycle.WEEK, date(2026, 3, 23)),  # a Monday
        (Cycle.MONTH, date(2026, 3, 1)),
        (Cycle.YEAR, date(2026, 1, 1)),
        (Cycle.TERM, date(2025, 6, 30)),
    ],
)
def test_a_cycle_begins_where_calendars_say(cycle: Cycle, start: date) -> None:
    assert cycle_start(cycle, DUE, signed_on=date(2025, 6, 30)) == start
