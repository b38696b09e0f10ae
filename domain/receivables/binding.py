"""A debtor's word for many invoices at once: bound for their face, by set operations, with what proves it.

Whoever knows that the debtor has approved invoices comes in here: its own list, its programme's, its sales report. What
it answers one by one it signs as a confirmation (`service`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, update
from sqlmodel import col

from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.transitions import move_all
from domain.receivables.evidence import Document, Evidence, record_evidence
from domain.receivables.states import Answer, ConfirmationGrade, ConfirmationState, EvidenceKind, ReceivableState
from domain.receivables.tables import Confirmation, ConfirmationLine, Receivable
from domain.values.actor import Actor


@dataclass(frozen=True, slots=True)
class Word:
    """What a debtor said of invoices: on what paper, by whom, why it counts, and whether it gave up its defences."""

    document: Document
    made_by: str
    reason: str
    waives_defences: bool = False

    @property
    def grade(self) -> ConfirmationGrade:
        """How good a confirmation it makes."""
        return ConfirmationGrade.of_signature(waives_defences=self.waives_defences)


def bind_for_face(
    session: TenantSession, receivable_ids: Collection[UUID], word: Word, *, actor: Actor, clock: Clock
) -> list[UUID]:
    """Let the debtors' word bind them for those of the invoices that are verified; returns these.

    Each debtor gets one signed confirmation, and each invoice its evidence.
    """
    bound = session.execute(
        update(Receivable)
        .where(
            col(Receivable.tenant_id) == session.tenant_id,
            col(Receivable.id) == any_of(receivable_ids),
            col(Receivable.state) == ReceivableState.VERIFIED,
        )
        .values(confirmed_minor=col(Receivable.face_minor), confirmation_grade=word.grade)
        .returning(col(Receivable.id), col(Receivable.debtor_id), col(Receivable.face_minor), col(Receivable.due_on))
        .execution_options(synchronize_session="fetch")
    ).all()
    if not bound:
        return []
    _confirm(session, bound, word, actor=actor, clock=clock)
    ids = [row.id for row in bound]
    move_all(session, Receivable, ids, ReceivableState.CONFIRMED, actor=actor, clock=clock, reason=word.reason)
    kind = EvidenceKind.DEBTOR_UPLOAD
    proofs = [Evidence(row.id, kind, word.document, word.grade, row.face_minor) for row in bound]
    record_evidence(session, proofs, actor=actor, clock=clock)
    return ids


def _confirm(session: TenantSession, bound: Sequence[Row[Any]], word: Word, *, actor: Actor, clock: Clock) -> None:
    confirmations = {row.debtor_id: uuid7() for row in bound}
    signed = {
        "tenant_id": session.tenant_id,
        "created_at": clock.now(),
        "state": ConfirmationState.PROPOSED,
        "made_by": word.made_by,
        "document_sha256": word.document.sha256,
        "reference": word.document.reference,
        "signed_at": clock.now(),
    }
    session.execute(
        insert(Confirmation),
        [signed | {"id": identity, "debtor_id": debtor_id} for debtor_id, identity in confirmations.items()],
    )
    said = {
        "tenant_id": session.tenant_id,
        "answer": Answer.CONFIRMED,
        "waives_defences": word.waives_defences,
        "reason": word.reason,
    }
    session.execute(
        insert(ConfirmationLine),
        [
            said
            | {
                "confirmation_id": confirmations[row.debtor_id],
                "receivable_id": row.id,
                "amount_minor": row.face_minor,
                "due_on": row.due_on,
            }
            for row in bound
        ],
    )
    move_all(session, Confirmation, list(confirmations.values()), ConfirmationState.SIGNED, actor=actor, clock=clock)
