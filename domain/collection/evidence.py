"""All that is known of one mandate, as an evidence pack: what was signed, and every debit that was made or refused."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from domain.access.tenants import tenant_of
from domain.audit.service import entries
from domain.banking.history import histories
from domain.banking.tables import Instruction
from domain.collection.amendments import versions_of
from domain.collection.queries import find_mandate
from domain.collection.states import Limb
from domain.collection.tables import DebitRefusal, Due, DunningNotice, Mandate, NoticeProof, Prenotice
from domain.ledger import seals as ledger_seals
from domain.parties.queries import any_of
from domain.parties.tables import BankAccount, Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.evidence import as_json, pack, plain
from domain.platform.transitions import transitions_of

MAX_AUDIT = 1_000


def mandate_evidence(session: TenantSession, mandate_id: UUID, *, audit: bool, clock: Clock) -> bytes:
    """The pack of a mandate; the audit trail is the group's own affair. Raises NotFound.

    Debits are found by reading the tenant's instructions: no index is kept for what is asked for so seldom.
    """
    mandate = find_mandate(session, mandate_id)
    files = {
        "mandate.json": as_json(_mandate(session, mandate)),
        "versions.json": as_json(versions_of(session, mandate.id)),
        "debits.json": as_json(_debits(session, mandate)),
        "refusals.json": as_json(_refusals(session, mandate)),
        "notices.json": as_json(_notices(session, mandate)),
        "transitions.json": as_json(transitions_of(session, [mandate.id])),
        "seals.json": as_json(ledger_seals.heads(session)),
    }
    if audit:
        files["audit.json"] = as_json(entries(session, subject=mandate.public_id, limit=MAX_AUDIT))
    return pack(mandate.public_id, files, made_at=clock.now())


def _mandate(session: TenantSession, mandate: Mandate) -> dict[str, Any]:
    account = session.get_one(BankAccount, (session.tenant_id, mandate.account_id))
    party = session.get_one(Party, (session.tenant_id, mandate.party_id))
    return {
        "id": mandate.public_id,
        "group": tenant_of(session).name,
        "party": {"name": party.name, "code": party.code},
        "account": {"holder": account.holder_name, "bank_id": account.bank_id, "masked": account.masked},
        "facts": mandate,
    }


def _debits(session: TenantSession, mandate: Mandate) -> list[dict[str, Any]]:
    """Each debit with the version and the limbs it was checked against, and what became of it."""
    rows = session.exec(
        select(Instruction)
        .where(Instruction.tenant_id == session.tenant_id, Instruction.mandate_id == mandate.id)
        .order_by(col(Instruction.id))
    ).all()
    happened = histories(session, [row.id for row in rows])
    return [
        {
            "instruction": row,
            "end_to_end_id": row.end_to_end_id,
            "limbs_passed": _limbs(row.mandate_limbs or 0),
            "events": happened[row.id],
        }
        for row in rows
    ]


def _refusals(session: TenantSession, mandate: Mandate) -> list[dict[str, Any]]:
    rows = session.exec(
        select(DebitRefusal)
        .where(DebitRefusal.tenant_id == session.tenant_id, DebitRefusal.mandate_id == mandate.id)
        .order_by(col(DebitRefusal.refused_on), col(DebitRefusal.obligation_key))
    )
    return [{**plain(row), "limbs_failed": _limbs(row.limbs)} for row in rows]


def _limbs(bits: int) -> list[str]:
    failed = Limb.of_bits(bits)
    return [limb.value for limb in Limb if limb in failed]


def _notices(session: TenantSession, mandate: Mandate) -> dict[str, Any]:
    """What the payer was told of each due under the mandate, and the proof that it was."""
    dues = session.exec(
        select(Due).where(Due.tenant_id == session.tenant_id, Due.mandate_id == mandate.id).order_by(col(Due.id))
    ).all()

    def of_dues(table: Any) -> list[Any]:  # noqa: ANN401 - a table
        wanted = (table.tenant_id == session.tenant_id, col(table.due_id) == any_of([due.id for due in dues]))
        return list(session.exec(select(table).where(*wanted).order_by(*table.__table__.primary_key.columns)))

    return {
        "dues": list(dues),
        "prenotices": of_dues(Prenotice),
        "reminders": of_dues(DunningNotice),
        "proofs": of_dues(NoticeProof),
    }
