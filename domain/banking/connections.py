"""Which bank gets what kind of file, and until when: settings of a tenant, a row for each bank that wants its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel import select as select_rows

from domain import audit
from domain.banking import queries
from domain.banking.profiles import STANDARD, BankProfile, bank_profile
from domain.banking.rules import next_slot, open_slot
from domain.banking.states import ChannelKind, InstructionState
from domain.banking.tables import BankConnection, BankCutOff, Instruction
from domain.parties.queries import any_of
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor


@dataclass(frozen=True, slots=True)
class Connection:
    """A bank's setting as preparation needs it."""

    bank_id: str
    profile: BankProfile
    channel: ChannelKind
    zone: ZoneInfo
    cut_offs: Mapping[str, time]

    def is_open(self, clock: Clock) -> bool:
        """Whether it takes files now."""
        return not self.cut_offs or open_slot(self._now(clock), self.cut_offs) is not None

    def opens_at(self, clock: Clock) -> str:
        """The slot from which it takes them again."""
        return next_slot(self._now(clock), self.cut_offs) or ""

    def _now(self, clock: Clock) -> time:
        return clock.now().astimezone(self.zone).time()


@dataclass(frozen=True, slots=True)
class Lane:
    """The own accounts whose instructions go into the same files: all of them, or those of one bank."""

    profile: BankProfile
    accounts: Sequence[UUID] | None = None

    @property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What restricts instructions to this lane."""
        return () if self.accounts is None else (col(Instruction.own_account_id) == any_of(self.accounts),)


def lanes(session: TenantSession, run_id: UUID, profile: BankProfile | None, *, clock: Clock) -> list[Lane]:
    """Files of a run: one lane per connected bank that is open, one for all others; or one with the given profile."""
    if profile is not None:
        return [Lane(profile)]
    known = connections(session)
    if not known:
        return [Lane(STANDARD)]
    by_bank = _accounts(session, run_id)
    others = [account for bank_id, own in by_bank.items() if bank_id not in known for account in own]
    found = [
        Lane(known[bank_id].profile, own)
        for bank_id, own in by_bank.items()
        if bank_id in known and known[bank_id].is_open(clock)
    ]
    return [*found, *([Lane(STANDARD, others)] if others else [])]


def past_cut_off(session: TenantSession, run_id: UUID, *, clock: Clock) -> dict[str, str]:
    """Banks that a run still has something for and that are past their cut-off, with the slot that opens next."""
    known = connections(session)
    closed = {bank_id: each for bank_id, each in known.items() if not each.is_open(clock)}
    waiting = _accounts(session, run_id) if closed else {}
    return {bank_id: each.opens_at(clock) for bank_id, each in closed.items() if bank_id in waiting}


def _accounts(session: TenantSession, run_id: UUID) -> dict[str, list[UUID]]:
    """Own accounts that frozen instructions of the run are of, by bank."""
    found = (
        select(col(BankAccount.bank_id), col(BankAccount.id))
        .join(
            Instruction,
            (col(Instruction.tenant_id) == col(BankAccount.tenant_id))
            & (col(Instruction.own_account_id) == col(BankAccount.id)),
        )
        .where(
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.run_id) == run_id,
            col(Instruction.state) == InstructionState.LOCKED,
        )
        .distinct()
        .order_by(col(BankAccount.bank_id), col(BankAccount.id))
    )
    by_bank: dict[str, list[UUID]] = {}
    for bank_id, account_id in session.execute(found):
        by_bank.setdefault(bank_id, []).append(account_id)
    return by_bank


def is_connected(session: TenantSession, accounts: Select[UUID]) -> bool:
    """Whether the bank of one of these own accounts has settings."""
    found = select(
        exists()
        .where(col(BankConnection.tenant_id) == session.tenant_id, col(BankConnection.bank_id) == BankAccount.bank_id)
        .where(col(BankAccount.tenant_id) == session.tenant_id, col(BankAccount.id).in_(accounts))
    )
    connected: bool = session.execute(found).scalar_one()
    return connected


def connections(session: TenantSession) -> dict[str, Connection]:
    """The tenant's banks that have settings, by id."""
    rows = session.exec(
        select_rows(BankConnection)
        .where(BankConnection.tenant_id == session.tenant_id)
        .order_by(col(BankConnection.bank_id))
    ).all()
    if not rows:
        return {}
    cut_offs: dict[str, dict[str, time]] = {}
    for cut_off in session.exec(select_rows(BankCutOff).where(BankCutOff.tenant_id == session.tenant_id)):
        cut_offs.setdefault(cut_off.bank_id, {})[cut_off.slot] = cut_off.until
    return {
        row.bank_id: Connection(
            row.bank_id, bank_profile(row.profile), row.channel, ZoneInfo(row.zone), cut_offs.get(row.bank_id, {})
        )
        for row in rows
    }


def channels_of(session: TenantSession) -> dict[str, ChannelKind]:
    """By what way each bank that has settings is reached."""
    found = session.execute(
        select(col(BankConnection.bank_id), col(BankConnection.channel))
        .where(col(BankConnection.tenant_id) == session.tenant_id)
        .order_by(col(BankConnection.bank_id))
    )
    return {row.bank_id: row.channel for row in found}


def set_connection(
    session: TenantSession,
    bank_id: str,
    *,
    profile: str,
    channel: ChannelKind,
    zone: str,
    cut_offs: Mapping[str, time],
    actor: Actor,
    clock: Clock,
) -> None:
    """Say how a bank is spoken to from now on; messages made before stay as they are. Raises ProfileUnknown."""
    bank_profile(profile)
    settings: dict[str, Any] = {
        "profile": profile,
        "channel": channel,
        "zone": zone,
        "set_by": str(actor),
        "set_at": clock.now(),
    }
    row = {"tenant_id": session.tenant_id, "bank_id": bank_id, **settings}
    upsert = insert(BankConnection).values(row)
    session.execute(upsert.on_conflict_do_update(index_elements=["tenant_id", "bank_id"], set_=settings))
    session.execute(
        delete(BankCutOff).where(col(BankCutOff.tenant_id) == session.tenant_id, col(BankCutOff.bank_id) == bank_id)
    )
    slots = [
        {"tenant_id": session.tenant_id, "bank_id": bank_id, "slot": slot, "until": until}
        for slot, until in cut_offs.items()
    ]
    if slots:
        session.execute(insert(BankCutOff), slots)
    facts: dict[str, object] = {"profile": profile, "channel": channel.value, "slots": sorted(cut_offs)}
    audit.record(session, actor=actor, action="bank_connection.set", subject=bank_id, facts=facts, clock=clock)


def overrule_findings(session: TenantSession, message_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> None:
    """Send a message all the same that its bank is thought to refuse. Raises NotFound."""
    message = queries.lock_message(session, message_id)
    message.overruled_by = str(actor)
    audit.record(
        session,
        actor=actor,
        action="bank_message.overruled",
        subject=message.bank_reference,
        facts={"reason": reason, "findings": len(message.findings)},
        clock=clock,
    )
    session.flush()
