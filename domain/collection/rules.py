"""Rules of mandates and entrusted collection, pure (rules/pooling-and-collection.md, "Mandates and purpose")."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.collection.errors import InstalmentsDoNotAddUp, NoSuchDay
from domain.collection.states import Cycle, Frequency, Limb, MandatePurpose, MandateState
from domain.values.money import Money
from domain.values.rounding import Rounding

DORMANT_MONTHS = 36  # SEPA rulebooks: a mandate not used for 36 months may not be used again
LAST_DAY = 31  # how "the last day of the month" is written
MAX_DAY = 28  # every month has it; beyond, only the last day is unambiguous
BASIS_POINT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class MandateTerms:
    """What a mandate version allows. Limits of None do not bind; `payee_id` None lets any account of ours collect."""

    state: MandateState
    signed_on: date
    ends_on: date | None
    party_account_id: UUID
    currency: str
    purpose: MandatePurpose
    payee_id: UUID | None = None
    max_amount: Money | None = None
    cycle: Cycle = Cycle.TERM
    max_per_cycle: int | None = None
    max_total: Money | None = None


@dataclass(frozen=True, slots=True)
class Debit:
    """A debit that is to be presented on `due_on`."""

    payee_id: UUID
    account_id: UUID
    amount: Money
    purpose: MandatePurpose
    due_on: date


@dataclass(frozen=True, slots=True)
class Use:
    """What was debited under the mandate before, and not refused or returned: in the debit's cycle, and ever."""

    count_in_cycle: int
    total: Money


def failed_limbs(terms: MandateTerms, debit: Debit, used: Use) -> frozenset[Limb]:
    """The limbs on which a debit is not covered by its mandate; none lets it pass."""
    in_term = terms.signed_on <= debit.due_on and (terms.ends_on is None or debit.due_on <= terms.ends_on)
    same_currency = terms.currency == debit.amount.currency
    fails = {
        Limb.STATE: terms.state is not MandateState.ACTIVE,
        Limb.TERM: not in_term,
        Limb.PAYEE: terms.payee_id not in {None, debit.payee_id},
        Limb.PURPOSE: terms.purpose is not debit.purpose,
        Limb.ACCOUNT: terms.party_account_id != debit.account_id,
        Limb.CURRENCY: not same_currency,
        Limb.AMOUNT: same_currency and terms.max_amount is not None and terms.max_amount < debit.amount,
        Limb.COUNT: terms.max_per_cycle is not None and used.count_in_cycle >= terms.max_per_cycle,
        Limb.TOTAL: same_currency and terms.max_total is not None and terms.max_total < used.total + debit.amount,
    }
    return frozenset(limb for limb, failed in fails.items() if failed)


def cycle_start(cycle: Cycle, on: date, signed_on: date) -> date:
    """The first day of the cycle that `on` falls in; weeks begin on Monday."""
    if cycle is Cycle.DAY:
        return on
    if cycle is Cycle.WEEK:
        return on - timedelta(days=on.weekday())
    if cycle is Cycle.MONTH:
        return on.replace(day=1)
    if cycle is Cycle.YEAR:
        return on.replace(month=1, day=1)
    return signed_on


def check_day(day: int) -> None:
    """A monthly or yearly due stands on day 1-28, or on the last (31). Raises NoSuchDay."""
    if not 1 <= day <= MAX_DAY and day != LAST_DAY:
        raise NoSuchDay(day=day, most=MAX_DAY, last=LAST_DAY)


def due_dates(frequency: Frequency, first_on: date, day: int, until: date) -> Iterator[date]:
    """The days of a subscription from `first_on` up to and with `until`.

    Weekly keeps the weekday of `first_on`; monthly and yearly stand on `day` of the month (31: its last).
    """
    if frequency is Frequency.WEEKLY:
        on = first_on
        while on <= until:
            yield on
            on += timedelta(days=7)
        return
    step = 1 if frequency is Frequency.MONTHLY else 12
    months = first_on.year * 12 + first_on.month - 1
    while (on := _on_day(months, day)) <= until:
        if on >= first_on:
            yield on
        months += step


def _on_day(months: int, day: int) -> date:
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def check_instalments(total: Money, parts: Sequence[Money]) -> None:
    """Instalments come to exactly the total, and each is something. Raises InstalmentsDoNotAddUp."""
    summed = Money.total(parts, total.currency)
    if summed != total or not all(Money.zero(total.currency) < part for part in parts):
        raise InstalmentsDoNotAddUp(total=str(total), summed=str(summed), count=len(parts))


@dataclass(frozen=True, slots=True)
class FeePlan:
    """What a client pays for a collected item: an amount, basis points of it, and a ceiling."""

    per_item: Money
    fee_bp: Decimal = Decimal(0)
    most: Money | None = None


def collection_fee(amount: Money, plan: FeePlan) -> Money:
    """Per item + amount × bp, at most the ceiling, and never more than was collected.

    100.00 at 0.50 and 30 bp: 0.50 + 0.30 = 0.80.
    """
    fee = plan.per_item + amount.times(plan.fee_bp * BASIS_POINT, Rounding.HALF_UP)
    return min([fee, amount, *([plan.most] if plan.most is not None else [])])


def payable_now(not_final: Iterable[Money], risk_limit: Money, at_risk: Money) -> list[Money]:
    """Of what was collected and can still come back, oldest first, what may be paid out within the risk limit.

    `at_risk` was paid out before it was final and still is not. The first that does not fit ends the list.
    """
    taken: list[Money] = []
    for amount in not_final:
        at_risk += amount
        if risk_limit < at_risk:
            break
        taken.append(amount)
    return taken
