"""What a transaction has read once and need not read again."""

from collections.abc import Callable
from typing import Any, TypeVar

from domain.platform.database import TenantSession

Read = TypeVar("Read")
_MEMORY = "remembered"


def remembered(session: TenantSession, name: str, read: Callable[[TenantSession], Read]) -> Read:
    """What `read` gave when this transaction first asked.

    For what changes by a decision of its own, so that a use case goes by what it found when it began. What `read`
    gives must not belong to the session, which may read its own rows anew.
    """
    memory: dict[str, Any] = session.info.setdefault(_MEMORY, {})
    began, found = memory.get(name, (None, None))
    if began is None or began is not session.get_transaction():
        found = read(session)
        memory[name] = session.get_transaction(), found
    return found  # type: ignore[no-any-return]
