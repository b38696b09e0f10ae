"""Filters as SQL: conditions of the one grammar become the WHERE clause of a listing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_

from domain.values.filters import Condition, Operator
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class MoneyColumns:
    """An amount as tables hold it: minor units in one column, the currency in another."""

    minor: Any
    currency: Any


def where(conditions: Sequence[Condition], columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """One clause per condition; `columns` maps each field of the listing to its column or MoneyColumns."""
    return [_clause(condition, columns[condition.field]) for condition in conditions]


def _clause(condition: Condition, column: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column or MoneyColumns
    value = condition.values[0]
    if isinstance(column, MoneyColumns):
        assert isinstance(value, Money), "a money field reads Money"
        same_currency = column.currency == value.currency
        return and_(same_currency, _compare(column.minor, condition.operator, value.minor))
    if condition.operator is Operator.IN:
        clause: ColumnElement[bool] = column.in_(condition.values)
        return clause
    return _compare(column, condition.operator, value)


def _compare(column: Any, operator: Operator, value: object) -> ColumnElement[bool]:  # noqa: ANN401 - any column type
    clauses = {
        Operator.EQ: column.__eq__,
        Operator.NE: column.is_distinct_from,  # an empty field differs from every value
        Operator.LT: column.__lt__,
        Operator.LE: column.__le__,
        Operator.GT: column.__gt__,
        Operator.GE: column.__ge__,
        Operator.HAS: lambda part: column.icontains(part, autoescape=True),
    }
    clause: ColumnElement[bool] = clauses[operator](value)
    return clause
