"""Evidence of what a debtor confirmed, by word or by silence: added, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import col, select

from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.receivables.states import ConfirmationGrade, EvidenceKind
from domain.receivables.tables import ConfirmationEvidence
from domain.values.actor import Actor


@dataclass(frozen=True, slots=True)
class Document:
    """A paper by its SHA-256, and the reference it can be found under."""

    sha256: bytes
    reference: str

    @classmethod
    def of_words(cls, text: str) -> Self:
        """What somebody wrote here instead of on paper."""
        return cls(sha256(text.encode()).digest(), text[:140])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves something of one receivable, and the grade and amount it gave the confirmation, if any."""

    receivable_id: UUID
    kind: EvidenceKind
    document: Document
    grade: ConfirmationGrade | None = None
    amount_minor: int | None = None


def record_evidence(session: TenantSession, evidence: Sequence[Evidence], *, actor: Actor, clock: Clock) -> None:
    """Add evidence of many receivables by one INSERT."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "receivable_id": each.receivable_id,
            "kind": each.kind,
            "grade": each.grade,
            "amount_minor": each.amount_minor,
            "actor": str(actor),
            "on": clock.today(),
            "document_sha256": each.document.sha256,
            "reference": each.document.reference,
        }
        for each in evidence
    ]
    if rows:
        session.execute(insert(ConfirmationEvidence), rows)


def evidence_of(session: TenantSession, receivable_id: UUID) -> list[ConfirmationEvidence]:
    """All that is known, in the order it was added."""
    return list(
        session.exec(
            select(ConfirmationEvidence)
            .where(
                ConfirmationEvidence.tenant_id == session.tenant_id, ConfirmationEvidence.receivable_id == receivable_id
            )
            .order_by(col(ConfirmationEvidence.id))
        )
    )
