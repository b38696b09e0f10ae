"""Messages that carry no instructions (mandates, reversals, recalls): written down here, sent as any other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from domain.banking import vault
from domain.banking.preparation import MESSAGE_SERIES
from domain.banking.profiles import STANDARD
from domain.banking.references import bank_message_id
from domain.banking.states import Direction, MessageKind, MessageState
from domain.banking.tables import BankMessage, MessageContent
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from domain.platform.numbers import reserve
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Slot:
    """The number a message will have, reserved before its content is written, because the content names it."""

    tenant_id: int
    number: int
    id: UUID = field(default_factory=uuid7)

    @property
    def reference(self) -> str:
        """The id the bank will know it by."""
        return bank_message_id(self.tenant_id, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message with its content. `total` is what it is about; of mandates nothing, in their currency."""

    slot: Slot
    kind: MessageKind
    direction: Direction
    total: Money
    content: bytes
    item_count: int = 1


def reserve_slots(session: TenantSession, count: int) -> list[Slot]:
    """As many new messages."""
    return [Slot(session.tenant_id, number) for number in reserve(session, MESSAGE_SERIES, count)] if count else []


def keep_messages(session: TenantSession, messages: Sequence[Outgoing], *, keys: KeyRing, clock: Clock) -> None:
    """Write them down, prepared to be submitted once this is committed; two statements whatever their number."""
    if messages:
        session.execute(insert(BankMessage), [_row(each, clock) for each in messages])
        session.execute(insert(MessageContent), [_box(each, keys) for each in messages])


def _row(message: Outgoing, clock: Clock) -> dict[str, Any]:
    return {
        "tenant_id": message.slot.tenant_id,
        "id": message.slot.id,
        "created_at": clock.now(),
        "number": message.slot.number,
        "kind": message.kind,
        "direction": message.direction,
        "due_on": clock.today(),
        "currency": message.total.currency,
        "item_count": message.item_count,
        "total_minor": message.total.minor,
        "profile": STANDARD.name,
        "window_days": 0,
        "digest": sha256(message.content).digest(),
        "findings": [],
        "state": MessageState.PREPARED,
    }


def _box(message: Outgoing, keys: KeyRing) -> dict[str, Any]:
    slot = message.slot
    key_id, sealed = vault.seal(keys, vault.MESSAGE, slot.tenant_id, slot.id, message.content)
    return {"tenant_id": slot.tenant_id, "id": slot.id, "key_id": key_id, "sealed": sealed}
