"""Who is asking: what guards and services know about the caller once a token has been checked."""

from dataclasses import dataclass
from uuid import UUID

from domain.access.errors import SecondFactorMissing
from domain.access.rules import MONEY_PERMISSIONS, Permission
from domain.values.actor import Actor, ActorKind
from domain.values.errors import AccessRefused, Language


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or program of one tenant; `party_id` is the firm it acts for, and its queries are confined to it.

    `requires_second_factor` is true for a person of a real tenant who signed in without one: all but money is allowed.
    """

    tenant_id: int
    actor: Actor
    permissions: frozenset[Permission]
    party_id: UUID | None
    language: Language
    requires_second_factor: bool = False

    def require(self, permission: Permission) -> None:
        """Raise AccessRefused without the permission, SecondFactorMissing when it needs the factor not given."""
        if permission not in self.permissions:
            raise AccessRefused(permission=permission.value)
        if self.requires_second_factor and permission in MONEY_PERMISSIONS:
            raise SecondFactorMissing(permission=permission.value)

    @property
    def person_id(self) -> UUID | None:
        """The person behind it, None for a program."""
        return UUID(self.actor.name) if self.actor.kind is ActorKind.PERSON else None


def as_language(text: str) -> Language:
    """`zh` or `en`: whoever does not read Chinese gets English."""
    return "zh" if text == "zh" else "en"
