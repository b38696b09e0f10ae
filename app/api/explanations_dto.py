"""An advance's explanation as the API shows it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from app.api.servicing_dto import CostView, cost_view
from app.fields import AdvanceId
from app.money_dto import MoneyDto, shown
from domain.financing.citations import RULE
from domain.financing.events import EventKind
from domain.financing.explaining import ExplainedAdvance, Proof
from domain.financing.explanation import LENDERS_OWN, Bearing, Derivation, Figure, Part, Period, Waterfall
from domain.ledger.sources import SourcePosting
from domain.values.rule import Rule

EXACT_PLACES = Decimal("1E-12")


class PeriodView(msgspec.Struct, kw_only=True):
    """Days that bore a rate; `exact` and `residue` are decimals in major units, the residue what is carried on."""

    bearing: Bearing
    start: date
    end: date
    days: int
    principal: MoneyDto
    rate: str
    year_days: int
    exact: str
    amount: MoneyDto
    residue: str


class PartView(msgspec.Struct, kw_only=True):
    """A summand: of a period, of an event with the posting that booked it, or of another figure times a factor."""

    on: date
    amount: MoneyDto
    rules: list[str]
    period: PeriodView | None
    event: int | None
    kind: EventKind | None
    posting: int | None
    of: Figure | None
    factor: str | None


class DerivationView(msgspec.Struct, kw_only=True):
    """A figure and its parts; `unexplained` is zero, or a fault that shows."""

    figure: Figure
    amount: MoneyDto
    rules: list[str]
    parts: list[PartView]
    unexplained: MoneyDto


class WaterfallView(msgspec.Struct, kw_only=True):
    """One event, and what its amount was set against (R7)."""

    number: int
    kind: EventKind
    value_date: date
    amount: MoneyDto
    rules: list[str]
    costs: MoneyDto
    penalty: MoneyDto
    interest: MoneyDto
    principal: MoneyDto
    reserve: MoneyDto
    principal_after: MoneyDto
    posting: int | None


class ContractFieldView(msgspec.Struct, kw_only=True):
    """What was agreed, and what it was taken from."""

    name: str
    value: str
    source: str


class QuotedReferenceView(msgspec.Struct, kw_only=True):
    """The published rate that the contract's was made from."""

    name: str
    rate: str
    margin_bp: str
    effective_on: date
    citation: str


class RuleView(msgspec.Struct, kw_only=True):
    """A rule by its number."""

    number: str
    en: str
    zh: str
    citation: str


class PostingRefView(msgspec.Struct, kw_only=True):
    """A posting of the ledger that carries a figure; those of nights hold all advances of the lender together."""

    number: int
    event: str
    source: str
    value_date: date


class ProofView(msgspec.Struct, kw_only=True):
    """Whether derivation, sub-ledger and ledger agree on the advance as it is booked now."""

    as_of: date | None
    subledger_agrees: bool
    ledger_agrees: bool
    differences: list[str]


class ExplanationView(msgspec.Struct, kw_only=True):
    """An advance, explained."""

    advance_id: AdvanceId
    as_of: date
    adds_up: bool
    figures: list[DerivationView]
    periods: list[PeriodView]
    events: list[WaterfallView]
    contract: list[ContractFieldView]
    reference: QuotedReferenceView | None
    all_in_rate: CostView
    rules: list[RuleView]
    warnings: list[dict[str, Any]]
    postings: list[PostingRefView]
    proof: ProofView


def explanation_view(found: ExplainedAdvance, *, for_seller: bool = False) -> ExplanationView:
    """The explanation as the API shows it; a seller is not told what its lender provides for."""
    told = [each for each in found.explanation.derivations if not (for_seller and each.figure in LENDERS_OWN)]
    quoted = found.reference
    return ExplanationView(
        advance_id=found.advance.public_id,
        as_of=found.explanation.as_of,
        adds_up=found.explanation.adds_up,
        figures=[_derivation_view(found, each) for each in told],
        periods=[_period_view(each) for each in found.explanation.periods],
        events=[_waterfall_view(found, each) for each in found.explanation.events],
        contract=[ContractFieldView(name=each.name, value=each.value, source=each.source) for each in found.contract],
        reference=None
        if quoted is None
        else QuotedReferenceView(
            name=quoted.name,
            rate=str(quoted.rate),
            margin_bp=str(quoted.margin_bp),
            effective_on=quoted.effective_on,
            citation=quoted.citation,
        ),
        all_in_rate=cost_view(found.cost),
        rules=_rule_views(told),
        warnings=list(found.warnings),
        postings=[posting_ref_view(each) for each in found.postings],
        proof=proof_view(found.proof),
    )


def _rule_views(told: Iterable[Derivation]) -> list[RuleView]:
    numbers = {"R14"} | {number for each in told for number in each.rules}
    numbers |= {number for each in told for part in each.parts for number in part.rules}
    rules = [rule for number, rule in RULE.items() if number in numbers]
    return [rule_view(rule) for rule in rules]


def proof_view(proof: Proof) -> ProofView:
    """Whether the books agree, as the API shows it."""
    return ProofView(
        as_of=proof.as_of,
        subledger_agrees=proof.subledger_agrees,
        ledger_agrees=proof.ledger_agrees,
        differences=list(proof.differences),
    )


def rule_view(rule: Rule) -> RuleView:
    """A rule as the API shows it."""
    return RuleView(number=rule.number, en=rule.en, zh=rule.zh, citation=rule.citation)


def posting_ref_view(posting: SourcePosting) -> PostingRefView:
    """A posting by its number."""
    return PostingRefView(
        number=posting.number, event=posting.event, source=posting.source, value_date=posting.value_date
    )


def _derivation_view(found: ExplainedAdvance, each: Derivation) -> DerivationView:
    return DerivationView(
        figure=each.figure,
        amount=shown(each.amount),
        rules=list(each.rules),
        parts=[_part_view(found, part) for part in each.parts],
        unexplained=shown(each.unexplained),
    )


def _part_view(found: ExplainedAdvance, part: Part) -> PartView:
    return PartView(
        on=part.on,
        amount=shown(part.amount),
        rules=list(part.rules),
        period=None if part.period is None else _period_view(part.period),
        event=part.event,
        kind=part.kind,
        posting=None if part.event is None else found.posting_of(part.event),
        of=part.of,
        factor=None if part.factor is None else str(part.factor),
    )


def _period_view(each: Period) -> PeriodView:
    return PeriodView(
        bearing=each.bearing,
        start=each.start,
        end=each.end,
        days=each.days,
        principal=shown(each.principal),
        rate=str(each.rate),
        year_days=each.year_days,
        exact=exact_text(each.exact),
        amount=shown(each.amount),
        residue=exact_text(each.residue),
    )


def exact_text(value: Decimal) -> str:
    """Twelve places: a billion at any rate is told apart from its neighbour."""
    text = f"{value.quantize(EXACT_PLACES):f}".rstrip("0")
    return text + "00" if text.endswith(".") else text


def _waterfall_view(found: ExplainedAdvance, each: Waterfall) -> WaterfallView:
    return WaterfallView(
        number=each.event.number,
        kind=each.event.kind,
        value_date=each.event.value_date,
        amount=shown(each.event.amount),
        rules=list(each.rules),
        costs=shown(each.costs),
        penalty=shown(each.penalty),
        interest=shown(each.interest),
        principal=shown(each.principal),
        reserve=shown(each.reserve),
        principal_after=shown(each.principal_after),
        posting=found.posting_of(each.event.number),
    )
