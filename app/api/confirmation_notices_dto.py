"""Notices to debtors, and the evidence of what they confirmed."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from app.api.confirmations_dto import DocumentDto
from app.api.receivables_dto import RECEIVABLE
from app.fields import MAX_ITEMS, Moment, NoticeId, PartyId, ReceivableId
from app.money_dto import MoneyDto, shown
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.receivables.notices import PREFIX, NewNotice
from domain.receivables.states import ConfirmationGrade, Delivery, EvidenceKind
from domain.receivables.tables import ConfirmationEvidence, ConfirmationNotice, NoticeDelivery, Receivable


class SendNotice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A letter to a debtor about some of its invoices."""

    debtor_id: PartyId
    receivable_ids: Annotated[list[ReceivableId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    answer_by: date
    silence_is_consent: Annotated[bool, msgspec.Meta(description="The letter says that silence counts as consent.")]
    document: DocumentDto

    def value(self, debtor_id: UUID) -> NewNotice:
        """The notice. Raises NotFound."""
        ids = dict.fromkeys(parse_public_id(RECEIVABLE, reference) for reference in self.receivable_ids)
        return NewNotice(debtor_id, list(ids), self.answer_by, self.silence_is_consent, self.document.value())


class ProveDelivery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """When and how a notice arrived, and the paper that proves it."""

    delivered_on: date
    how: Delivery
    document: DocumentDto


class NoticeView(msgspec.Struct, kw_only=True):
    """A notice that asked a debtor to confirm."""

    id: NoticeId
    debtor_id: PartyId
    sent_on: date
    answer_by: date
    silence_is_consent: bool
    document: DocumentDto
    sent_by: str
    created_at: Moment


class DeliveredView(msgspec.Struct, kw_only=True):
    """The proof that a notice arrived; silence counts after `answer_until`."""

    notice_id: NoticeId
    delivered_on: date
    how: Delivery
    document: DocumentDto
    answer_until: date
    recorded_by: str


class EvidenceView(msgspec.Struct, kw_only=True):
    """One piece of evidence, and the grade and amount it gave the confirmation, if any."""

    kind: EvidenceKind
    grade: ConfirmationGrade | None
    amount: MoneyDto | None
    actor: str
    on: date
    document: DocumentDto
    created_at: Moment


class ConfirmationStanding(msgspec.Struct, kw_only=True):
    """How well a receivable is confirmed, for how much, and by what evidence."""

    receivable_id: ReceivableId
    grade: ConfirmationGrade | None
    confirmed_amount: MoneyDto | None
    evidence: list[EvidenceView]


def notice_view(row: ConfirmationNotice) -> NoticeView:
    """The notice as the API shows it."""
    return NoticeView(
        id=row.public_id,
        debtor_id=public_id(PARTY, row.debtor_id),
        sent_on=row.sent_on,
        answer_by=row.answer_by,
        silence_is_consent=row.silence_is_consent,
        document=document_view(row.document_sha256, row.reference),
        sent_by=row.sent_by,
        created_at=row.created_at,
    )


def delivered_view(row: NoticeDelivery) -> DeliveredView:
    """The proof as the API shows it."""
    return DeliveredView(
        notice_id=public_id(PREFIX, row.notice_id),
        delivered_on=row.delivered_on,
        how=row.how,
        document=document_view(row.document_sha256, row.reference),
        answer_until=row.answer_until,
        recorded_by=row.recorded_by,
    )


def standing_view(row: Receivable, evidence: list[ConfirmationEvidence]) -> ConfirmationStanding:
    """The confirmation as the API shows it."""
    return ConfirmationStanding(
        receivable_id=row.public_id,
        grade=row.confirmation_grade,
        confirmed_amount=None if row.confirmed_minor is None else shown(row.confirmed_amount),
        evidence=[_evidence_view(each, row.currency) for each in evidence],
    )


def _evidence_view(row: ConfirmationEvidence, currency: str) -> EvidenceView:
    return EvidenceView(
        kind=row.kind,
        grade=row.grade,
        amount=None if row.amount_minor is None else MoneyDto.of_minor(row.amount_minor, currency),
        actor=row.actor,
        on=row.on,
        document=document_view(row.document_sha256, row.reference),
        created_at=row.created_at,
    )


def document_view(sha256: bytes, reference: str) -> DocumentDto:
    """A paper by its digest, and where to find it."""
    return DocumentDto(sha256=sha256.hex(), reference=reference)
