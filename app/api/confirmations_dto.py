"""The debtor's answers."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.receivables_dto import CONFIRMATION, RECEIVABLE, flag
from app.fields import MAX_ITEMS, ConfirmationId, Digest, Moment, PartyId, ReceivableId, line
from app.money_dto import MoneyDto
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.receivables.evidence import Document
from domain.receivables.service import DebtorAnswer
from domain.receivables.states import Answer, ConfirmationState
from domain.receivables.tables import Confirmation


class AnswerLine(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the debtor says to one invoice; without amount or due date, the invoice's own."""

    receivable_id: ReceivableId
    answer: Answer = Answer.CONFIRMED
    amount: MoneyDto | None = None
    due_on: date | None = None
    reason: Annotated[str, line(500, "Why it is disputed.", "Goods arrived damaged", minimum=0)] = ""
    waives_defences: Annotated[bool, flag("Pays the lender whatever the seller did.")] = False

    def value(self) -> DebtorAnswer:
        """The answer. Raises NotFound."""
        return DebtorAnswer(
            receivable_id=parse_public_id(RECEIVABLE, self.receivable_id),
            answer=self.answer,
            amount=self.amount.money() if self.amount else None,
            due_on=self.due_on,
            reason=self.reason,
            waives_defences=self.waives_defences,
        )


class DocumentDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A paper by its digest, and where to find it."""

    sha256: Digest
    reference: Annotated[str, line(140, "Where to find it.", "Letter 2026-0042")]

    def value(self) -> Document:
        """The document."""
        return Document(bytes.fromhex(self.sha256), self.reference)


class ProposeConfirmation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A debtor's answers to a list of invoices; `document` is the paper it signed, if there is one."""

    debtor_id: PartyId
    answers: Annotated[list[AnswerLine], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    document: DocumentDto | None = None


class ConfirmationView(msgspec.Struct, kw_only=True):
    """A debtor's answers: in force once signed by a second person."""

    id: ConfirmationId
    debtor_id: PartyId
    state: ConfirmationState
    made_by: str
    created_at: Moment
    signed_at: Moment | None


def confirmation_view(row: Confirmation) -> ConfirmationView:
    """The debtor's answers as the API shows them."""
    return ConfirmationView(
        id=public_id(CONFIRMATION, row.id),
        debtor_id=public_id(PARTY, row.debtor_id),
        state=row.state,
        made_by=row.made_by,
        created_at=row.created_at,
        signed_at=row.signed_at,
    )
