"""States as tables: what may follow what. The one door that moves a row stands in `platform.transitions`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from domain.values.errors import DomainError

State = TypeVar("State", bound=StrEnum)


class IllegalTransition(DomainError):
    """The object's state does not allow the move."""

    code = "illegal_transition"
    status = 409
    en = "This {entity} is “{current}” and cannot become “{target}”. Allowed from here: {allowed}."
    zh = "该{entity}当前状态为“{current}”,不能变为“{target}”。允许的下一状态:{allowed}。"

    def __init__(self, *, entity: str, current: str, target: str, allowed: list[str]) -> None:
        super().__init__(entity=entity, current=current, target=target, allowed=", ".join(allowed) or "—")


def check_transition(entity: str, table: Mapping[State, frozenset[State]], current: State, target: State) -> None:
    """Raise IllegalTransition unless `table` lets `current` become `target`."""
    allowed = table.get(current, frozenset())
    if target not in allowed:
        raise IllegalTransition(
            entity=entity,
            current=current.value,
            target=target.value,
            allowed=sorted(state.value for state in allowed),
        )
