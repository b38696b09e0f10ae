"""Drafted messages written: their bytes kept as they will be sent, and what their bank would not like beside them."""

from hashlib import sha256
from itertools import islice

from sqlalchemy import insert, select
from sqlmodel import col

from domain.banking import vault
from domain.banking.connections import is_connected
from domain.banking.profiles import BankProfile, bank_profile
from domain.banking.rendering import faults, render
from domain.banking.states import MessageState
from domain.banking.tables import BankMessage, MessageBlock, MessageContent
from domain.calendars.reading import bank_calendar
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.transitions import move
from domain.values.actor import system

MAX_FINDINGS = 100  # kept with a message: who mends the first hundred sees the next
_BY = system("bank_files")


def write_message(
    session: TenantSession, message: BankMessage, *, keys: KeyRing, clock: Clock, profile: BankProfile | None = None
) -> bytes:
    """Write the bytes of a drafted message and keep them, sealed: from here on they are what is sent.

    In the profile it was drafted for, unless another is given. Raises FieldRefused.
    """
    content = render(session, message, keys, profile or bank_profile(message.profile))
    if profile is None:
        message.findings = _findings(session, message, keys)
    key_id, sealed = vault.seal(keys, vault.MESSAGE, session.tenant_id, message.id, content)
    session.execute(
        insert(MessageContent).values(tenant_id=session.tenant_id, id=message.id, key_id=key_id, sealed=sealed)
    )
    message.digest = sha256(content).digest()
    move(session, message, MessageState.PREPARED, actor=_BY, clock=clock)
    session.flush()
    return content


def _findings(session: TenantSession, message: BankMessage, keys: KeyRing) -> list[dict[str, str]]:
    """What a bank with a profile of its own would not like of the file; of the others nothing is known."""
    own = select(col(MessageBlock.own_account_id)).where(
        col(MessageBlock.tenant_id) == session.tenant_id, col(MessageBlock.message_id) == message.id
    )
    if not is_connected(session, own):
        return []
    profile, calendar = bank_profile(message.profile), bank_calendar(session, message.due_on)
    found = islice(faults(session, message, keys, profile, calendar), MAX_FINDINGS)
    return [{"rule": each.rule, "severity": each.severity, "place": each.place, "shown": each.shown} for each in found]
