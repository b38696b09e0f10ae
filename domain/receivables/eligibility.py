"""Whether a receivable may be financed, rule by rule, with what each rule saw: pure (R1, R20 and the dated limits).

A rule fails, warns, or passes. One that fails makes the receivable ineligible; contra takes its amount out instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.law.limits import DatedLimit, Limit, limit_on, term_limits
from domain.receivables.states import ReceivableState, Verdict
from domain.values.money import Money

_S = ReceivableState
_NOT_IN_FORCE = "not in force"
OWED = frozenset({_S.CONFIRMED, _S.PART_CONFIRMED, _S.LISTED, _S.FINANCED, _S.PART_PAID, _S.OVERDUE})


@dataclass(frozen=True, slots=True)
class EligibilityPolicy:
    """What the platform lends on; every check keeps the version it was made under.

    `over_age_days` are days past due; `max_tenor_days` run from the check to the due date; `currencies` None takes any.
    """

    version: str = "2026-1"
    over_age_days: int = 90  # beyond, notice 205 of 2019 counts a claim as non-performing (R23)
    max_tenor_days: int = 365
    currencies: frozenset[str] | None = None


STANDARD = EligibilityPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A receivable and its surroundings as a check finds them.

    `unpaid` is what the debtor confirmed less what it paid; `contra` the part of it that stands against what the seller
    owes the debtor; `told_of_holder` is False where a part was passed on and its debtor does not know.
    """

    state: ReceivableState
    unpaid: Money
    contra: Money
    issued_on: date
    due_on: date
    delivered_on: date | None
    affiliate: bool
    red_lettered: bool
    not_assignable: bool
    is_certificate: bool
    seller_is_small: bool
    debtor_is_small: bool
    told_of_holder: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule said: its name, where it comes from, what it looked at."""

    rule: str
    source: str
    verdict: Verdict
    inputs: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As the check keeps it."""
        inputs = dict(self.inputs)
        return {"rule": self.rule, "source": self.source, "verdict": self.verdict.value, "inputs": inputs}


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The verdict on one receivable, and how much of it may be lent on (R1): nothing where a rule failed."""

    verdict: Verdict
    eligible: Money
    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """The rules that make it ineligible."""
        return tuple(result for result in self.results if result.verdict is Verdict.FAIL)


Law = Sequence[DatedLimit]
Rule = Callable[[Facts, EligibilityPolicy, date, Law], Result]


def eligibility(facts: Facts, policy: EligibilityPolicy, on: date, law: Law) -> Eligibility:
    """Every rule on one receivable as of a date, by the law of its days."""
    results = tuple(rule(facts, policy, on, law) for rule in RULES)
    worst = max((result.verdict for result in results), key=list(Verdict).index)
    nothing = Money.zero(facts.unpaid.currency)
    eligible = nothing if worst is Verdict.FAIL else facts.unpaid - facts.contra
    return Eligibility(worst, eligible, results)


def confirmed_and_undisputed(facts: Facts, _policy: EligibilityPolicy, _on: date, _law: Law) -> Result:
    """The debtor owes it and says so."""
    owed = facts.state in OWED and facts.unpaid > Money.zero(facts.unpaid.currency)
    inputs = {"state": facts.state.value, "unpaid": str(facts.unpaid)}
    return Result("confirmed_and_undisputed", "R1", _fails_unless(owed), inputs)


def not_over_age(facts: Facts, policy: EligibilityPolicy, on: date, _law: Law) -> Result:
    """It is not late beyond the age at which claims stop counting."""
    late = days_late(facts.due_on, on)
    inputs = {"days_late": late, "limit_days": policy.over_age_days}
    return Result("not_over_age", "R20", _fails_unless(late <= policy.over_age_days), inputs)


def within_tenor(facts: Facts, policy: EligibilityPolicy, on: date, _law: Law) -> Result:
    """It falls due soon enough."""
    days = (facts.due_on - on).days
    inputs = {"tenor_days": days, "limit_days": policy.max_tenor_days}
    return Result("within_tenor", "policy", _fails_unless(days <= policy.max_tenor_days), inputs)


def no_affiliate(facts: Facts, _policy: EligibilityPolicy, _on: date, _law: Law) -> Result:
    """Seller and debtor are not under common control: what one owes the other is no arm's-length claim."""
    return Result("no_affiliate", "R20", _fails_unless(not facts.affiliate), {"affiliate": facts.affiliate})


def less_contra(facts: Facts, _policy: EligibilityPolicy, _on: date, _law: Law) -> Result:
    """What the debtor could set off is left out; where nothing remains, there is nothing to lend on."""
    inputs = {"contra": str(facts.contra), "unpaid": str(facts.unpaid)}
    if not facts.contra:
        return Result("less_contra", "R20", Verdict.PASS, inputs)
    return Result("less_contra", "R20", Verdict.WARN if facts.contra < facts.unpaid else Verdict.FAIL, inputs)


def not_red_lettered(facts: Facts, _policy: EligibilityPolicy, _on: date, _law: Law) -> Result:
    """The tax authority has not cancelled the invoice by a red one."""
    inputs = {"red_lettered": facts.red_lettered}
    return Result("not_red_lettered", "R1", _fails_unless(not facts.red_lettered), inputs)


def assignable(facts: Facts, _policy: EligibilityPolicy, on: date, law: Law) -> Result:
    """An anti-assignment clause does not bind a third party for money claims: it warns, and blocks nothing."""
    inputs = {"not_assignable": facts.not_assignable}
    verdict = Verdict.WARN if facts.not_assignable else Verdict.PASS
    return Result("assignable", _citation(limit_on(law, Limit.ANTI_ASSIGNMENT, on)), verdict, inputs)


def debtor_told_of_holder(facts: Facts, _policy: EligibilityPolicy, on: date, law: Law) -> Result:
    """A debtor that was not told of a part's new holder may still pay the one before."""
    limit = limit_on(law, Limit.NOTICE, on)
    verdict = Verdict.PASS if facts.told_of_holder or limit is None else Verdict.WARN
    return Result("debtor_told_of_holder", _citation(limit), verdict, {"told_of_holder": facts.told_of_holder})


def paid_in_time_to_a_small_seller(facts: Facts, _policy: EligibilityPolicy, _on: date, law: Law) -> Result:
    """A large buyer owes a small seller within the days the law gives, counted from delivery; in force at delivery."""
    start = facts.delivered_on or facts.issued_on
    limit = limit_on(law, Limit.SMALL_SELLER, start)
    protected = facts.seller_is_small and not facts.debtor_is_small
    days = (facts.due_on - start).days
    inputs = {
        "protected": protected,
        "counted_from": start.isoformat(),
        "from_delivery": facts.delivered_on is not None,
        "term_days": days,
        "limit_days": int(limit.value) if limit else None,
    }
    late = protected and limit is not None and days > limit.value
    verdict = Verdict.WARN if late else Verdict.PASS
    return Result("paid_in_time_to_a_small_seller", _citation(limit), verdict, inputs)


def within_certificate_term(facts: Facts, _policy: EligibilityPolicy, _on: date, law: Law) -> Result:
    """A payment certificate runs six months in principle and never more than a year; in force when it was issued."""
    terms = term_limits(law, facts.issued_on)
    inputs = {
        "is_certificate": facts.is_certificate,
        "issued_on": facts.issued_on.isoformat(),
        "due_on": facts.due_on.isoformat(),
        "months_in_principle": terms.usual_months if terms else None,
        "months_at_most": terms.longest_months if terms else None,
    }
    verdict = Verdict.PASS
    if facts.is_certificate and terms and facts.due_on > terms.longest_until(facts.issued_on):
        verdict = Verdict.FAIL
    elif facts.is_certificate and terms and facts.due_on > terms.usual_until(facts.issued_on):
        verdict = Verdict.WARN
    return Result("within_certificate_term", terms.citation if terms else _NOT_IN_FORCE, verdict, inputs)


def currency_taken(facts: Facts, policy: EligibilityPolicy, _on: date, _law: Law) -> Result:
    """The platform lends in that currency."""
    taken = policy.currencies
    inputs = {"currency": facts.unpaid.currency, "taken": sorted(taken) if taken else "any"}
    return Result("currency_taken", "policy", _fails_unless(taken is None or facts.unpaid.currency in taken), inputs)


RULES: tuple[Rule, ...] = (
    confirmed_and_undisputed,
    not_over_age,
    within_tenor,
    no_affiliate,
    less_contra,
    not_red_lettered,
    assignable,
    debtor_told_of_holder,
    paid_in_time_to_a_small_seller,
    within_certificate_term,
    currency_taken,
)


def days_late(due_on: date, on: date) -> int:
    """Days past due; zero up to the due date."""
    return max((on - due_on).days, 0)


def _fails_unless(holds: bool) -> Verdict:  # noqa: FBT001 - the condition itself
    return Verdict.PASS if holds else Verdict.FAIL


def _citation(limit: DatedLimit | None) -> str:
    return limit.citation if limit else _NOT_IN_FORCE
