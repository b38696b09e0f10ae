"""Sending messages: once, whoever tries, and the same bytes whenever the outcome of sending was unknown.

No transaction is open while the bank is asked. What we are about to do is committed before we do it, so that after a
crash at any point the row says at least as much as the bank may know.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from domain.banking import inbox, queries, vault
from domain.banking.channels.port import BankChannel, Reply
from domain.banking.errors import BankUnavailable, NotSent, OutcomeUnknown
from domain.banking.profiles import BankProfile
from domain.banking.states import UNSENT_STATES, MessageKind, MessageState
from domain.banking.tables import BankMessage, MessageContent
from domain.banking.writing import write_message
from domain.platform.clock import Clock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.transitions import move
from domain.values.actor import BANK, system

_BY = system("bank_files")


class Sending(StrEnum):
    """What came of an attempt to submit a message."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # submit again later: it asks first
    NOT_SENT = "not_sent"  # submit again later
    HELD = "held"  # its bank would refuse it: shown to a person instead
    PAUSED = "paused"  # with its run, until somebody resumes that
    BUSY = "busy"  # another worker is sending it
    DONE = "done"  # sent before, nothing was left to do


def unsent_messages(session: TenantSession, kinds: Collection[MessageKind] = tuple(MessageKind)) -> list[UUID]:
    """Messages the bank has not acknowledged, oldest first: what a worker submits, and submits again."""
    found = (
        select(col(BankMessage.id))
        .where(
            col(BankMessage.tenant_id) == session.tenant_id,
            col(BankMessage.state).in_(UNSENT_STATES),
            col(BankMessage.kind).in_(kinds),
        )
        .order_by(col(BankMessage.number))
    )
    return list(session.execute(found).scalars())


def submit_message(
    database: Database,
    channel: BankChannel,
    tenant_id: int,
    message_id: UUID,
    *,
    keys: KeyRing,
    clock: Clock,
    profile: BankProfile | None = None,
) -> Sending:
    """Send one message and record what the bank says; safe to call at any time, by any number of workers.

    What is only drafted is written first, for the profile given or the one it was drafted for.
    """
    with _claim(database, message_id) as claimed:
        if not claimed:
            return Sending.BUSY
        return _Submission(database, channel, tenant_id, message_id, keys, clock, profile).run()


@contextmanager
def _claim(database: Database, message_id: UUID) -> Iterator[bool]:
    """Whether this worker has the message to itself, until the block ends or its connection dies.

    A lock of a connection, not of a transaction: a transaction would stay open for as long as the bank takes, and a
    claim in a row would outlive a worker that was killed.
    """
    key = {"key": int.from_bytes(message_id.bytes[8:], signed=True)}  # the random half of a UUIDv7
    engine = database.engines[Role.WORKER].execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        claimed: bool = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one()
        try:
            yield claimed
        finally:
            if claimed:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


@dataclass(frozen=True, slots=True)
class _Submission:
    """One attempt, with the claim held."""

    database: Database
    channel: BankChannel
    tenant_id: int
    message_id: UUID
    keys: KeyRing
    clock: Clock
    profile: BankProfile | None

    def run(self) -> Sending:
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            message, written = queries.find_message(session, self.message_id), None
            if message.state is MessageState.DRAFTED:
                written = write_message(session, message, keys=self.keys, clock=self.clock, profile=self.profile)
        if message.state not in UNSENT_STATES:
            return Sending.DONE
        if message.is_held:
            return Sending.HELD
        if message.state is MessageState.PREPARED:
            return self._send(message, written, sent_before=False)
        return self._ask(message)

    def _ask(self, message: BankMessage) -> Sending:
        """It may be at the bank already: only if the bank never had it is it sent again."""
        try:
            reply = self.channel.inquire(message.bank_reference)
        except BankUnavailable as unavailable:
            return self._leave_open(MessageState.UNKNOWN, unavailable.facts["detail"], Sending.UNKNOWN)
        if reply is not None:
            return self._record(reply)
        return self._send(message, None, sent_before=True)

    def _send(self, message: BankMessage, written: bytes | None, *, sent_before: bool) -> Sending:
        """Send what was just written and committed, or what was prepared before."""
        content = self._announce(written)
        if content is None:
            return Sending.PAUSED
        try:
            reply = self.channel.submit(message.bank_reference, content)
        except NotSent as not_sent:
            # An earlier attempt may still have arrived, so only a first one can be taken back.
            back = MessageState.UNKNOWN if sent_before else MessageState.PREPARED
            return self._leave_open(back, not_sent.facts["detail"], Sending.NOT_SENT)
        except OutcomeUnknown as unknown:
            return self._leave_open(MessageState.UNKNOWN, unknown.facts["detail"], Sending.UNKNOWN)
        return self._record(reply)

    def _announce(self, written: bytes | None) -> bytes | None:
        """Write down that the message is about to leave; returns the bytes it was prepared with.

        None for one that was paused: whoever pauses locks it too, so that it leaves before that or not at all.
        """
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            message = queries.lock_message(session, self.message_id)
            if message.paused:
                return None
            if message.state is not MessageState.TRANSMITTED:
                move(session, message, MessageState.TRANSMITTED, actor=_BY, clock=self.clock)
        if written is not None:
            return written
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            stored = session.get_one(MessageContent, (self.tenant_id, self.message_id))
            box = stored.key_id, stored.sealed
        return vault.unseal(self.keys, vault.MESSAGE, self.tenant_id, self.message_id, box)

    def _leave_open(self, state: MessageState, detail: object, sending: Sending) -> Sending:
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            message = queries.lock_message(session, self.message_id)
            # An answer that came in while we waited has told already.
            if message.state in UNSENT_STATES and message.state is not state:
                move(session, message, state, actor=_BY, clock=self.clock, reason=str(detail))
        return sending

    def _record(self, reply: Reply) -> Sending:
        """Keep the report as an answer like any other; it is applied with them."""
        state = MessageState.ACKNOWLEDGED if reply.accepted else MessageState.REFUSED
        with self.database.session(Role.WORKER, self.tenant_id) as session:
            message = queries.lock_message(session, self.message_id)
            if message.state in UNSENT_STATES:
                move(session, message, state, actor=BANK, clock=self.clock)
            inbox.store_answer(session, self.channel.name, reply.report, keys=self.keys, clock=self.clock)
        return Sending.ACKNOWLEDGED if reply.accepted else Sending.REFUSED
