"""Who does something: a person, a program with a key, the scheduler, or the bank by its word."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ActorKind(StrEnum):
    """What sort of actor stands in a transition, a posting or an audit entry."""

    PERSON = "person"
    API_KEY = "key"
    SYSTEM = "system"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Actor:
    """Written as `kind:name`, such as `person:0192…` or `system:close_of_business`."""

    kind: ActorKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The actor a stored `kind:name` stands for."""
        kind, _, name = text.partition(":")
        return cls(ActorKind(kind), name)


def system(job: str) -> Actor:
    """The scheduler, doing `job`."""
    return Actor(ActorKind.SYSTEM, job)


BANK = Actor(ActorKind.BANK, "report")
