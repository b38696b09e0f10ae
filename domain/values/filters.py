"""One filter grammar for API, console, command line and export: `field:operator:value`, several of them joined by AND.

`state:eq:overdue`, `due_on:lt:2026-04-01`, `state:in:funded,overdue`, `name:has:春秋`, `face_amount:ge:1000.00:CNY`.
Only the first two colons separate, so a value may hold more. A listing names the fields it can be filtered by, each
with the reader of its values; what is not named cannot be asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.values.days import read_day
from domain.values.errors import DomainError
from domain.values.money import Money

MAX_CONDITIONS = 20  # a listing has fewer fields; more is a mistake or an attack on the planner
MAX_CHOICES = 50  # values of one `in`
MAX_TEXT = 200


class Operator(StrEnum):
    """How a field is compared; `has` finds a part of a text, whatever its case."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    HAS = "has"


EXACT = frozenset({Operator.EQ, Operator.NE, Operator.IN})
ORDERED = EXACT | {Operator.LT, Operator.LE, Operator.GT, Operator.GE}
WORDED = EXACT | {Operator.HAS}
COMPARED = ORDERED - {Operator.IN, Operator.NE}


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field that may be filtered by; `read` makes a value of text and raises ValueError when there is none in it."""

    read: Callable[[str], object]
    operators: frozenset[Operator]
    example: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison, understood; `in` has several values, every other operator one."""

    field: str
    operator: Operator
    values: tuple[object, ...]


class UnknownFilterField(DomainError):
    """The listing cannot be filtered by that field."""

    code = "unknown_filter_field"
    status = 422
    en = "“{field}” is not a field to filter by. Use one of: {allowed}."
    zh = "“{field}”不是可筛选的字段,可用字段:{allowed}。"

    def __init__(self, *, field: str, allowed: Sequence[str]) -> None:
        super().__init__(field=field, allowed=", ".join(allowed))


class BadFilter(DomainError):
    """The text is not a condition the field understands."""

    code = "bad_filter"
    status = 422
    en = "“{condition}” is not a filter. Write {expected}."
    zh = "“{condition}”不是有效的筛选条件,正确写法:{expected}。"

    def __init__(self, *, condition: str, expected: str) -> None:
        super().__init__(condition=condition[:MAX_TEXT], expected=expected)


class TooManyFilters(DomainError):
    """More conditions, or more values of one condition, than a listing takes."""

    code = "too_many_filters"
    status = 422
    en = "Give at most {conditions} filters, each with at most {choices} values."
    zh = "筛选条件最多 {conditions} 个,每个条件最多 {choices} 个值。"

    def __init__(self) -> None:
        super().__init__(conditions=MAX_CONDITIONS, choices=MAX_CHOICES)


def text_field(example: str) -> FilterField:
    """A field of words."""
    return FilterField(_read_text, WORDED, example)


def choice_field(members: type[StrEnum]) -> FilterField:
    """A field that holds one of a few words, such as a state."""
    return FilterField(members, EXACT, "|".join(members))


def date_field() -> FilterField:
    """A business date."""
    return FilterField(_read_date, ORDERED, "2026-04-01")


def moment_field() -> FilterField:
    """A moment with its offset."""
    return FilterField(_read_moment, COMPARED, "2026-04-01T09:00:00+08:00")


def money_field() -> FilterField:
    """An amount with its currency; amounts of other currencies do not match."""
    return FilterField(_read_money, COMPARED, "1000.00:CNY")


def flag_field() -> FilterField:
    """True or false."""
    return FilterField({"true": True, "false": False}.__getitem__, frozenset({Operator.EQ}), "true|false")


def parse_filters(texts: Sequence[str], fields: Mapping[str, FilterField]) -> tuple[Condition, ...]:
    """The conditions the texts stand for. Raises UnknownFilterField, BadFilter, TooManyFilters."""
    if len(texts) > MAX_CONDITIONS:
        raise TooManyFilters
    return tuple(_parse(text, fields) for text in texts)


def _parse(text: str, fields: Mapping[str, FilterField]) -> Condition:
    name, _, rest = text.partition(":")
    word, _, value = rest.partition(":")
    if name not in fields:
        raise UnknownFilterField(field=name[:MAX_TEXT], allowed=sorted(fields))
    field = fields[name]
    refusal = BadFilter(condition=text, expected=f"{name}:{'|'.join(sorted(field.operators))}:{field.example}")
    if word not in field.operators:
        raise refusal
    parts = value.split(",") if word == Operator.IN else [value]
    if len(parts) > MAX_CHOICES:
        raise TooManyFilters
    try:
        return Condition(name, Operator(word), tuple(field.read(part) for part in parts))
    except (ValueError, KeyError, DomainError):
        raise refusal from None


def _read_text(text: str) -> str:
    if not 1 <= len(text) <= MAX_TEXT or not text.isprintable():
        raise ValueError(text)
    return text


def _read_date(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise ValueError(text)
    return day


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _read_money(text: str) -> Money:
    amount, _, currency = text.partition(":")
    return Money.of(amount, currency)
