"""What lenders have on record on a receivable, and what each gets of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from app.api.confirmation_notices_dto import document_view
from app.api.confirmations_dto import DocumentDto
from app.api.receivables_dto import RECEIVABLE
from app.fields import Moment, PartyId, ReceivableId, RegistrationId, body_date, line
from app.money_dto import MoneyDto, shown
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id, uuid7
from domain.receivables.claims import NewAssignmentNotice, NewRegistration, Preview
from domain.receivables.priority import Claim
from domain.receivables.states import Delivery
from domain.receivables.tables import AssignmentNotice, ClaimDischarge, ClaimRegistration, Receivable
from domain.values.money import Money


class RecordRegistration(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of a public registry, as its receipt says."""

    lender_id: PartyId
    amount: MoneyDto
    registry_name: Annotated[str, line(64, "Which registry.", "中登网")]
    registry_reference: Annotated[str, line(64, "Number of the entry.", "01234567890123456789")]
    registered_at: Moment

    def value(self, receivable: Receivable, lender_id: UUID) -> NewRegistration:
        """The entry, on that receivable."""
        return NewRegistration(
            receivable_id=receivable.id,
            lender_id=lender_id,
            amount=self.amount.money(),
            registry_name=self.registry_name,
            registry_reference=self.registry_reference,
            registered_at=self.registered_at,
        )


class RecordAssignmentNotice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A notice to the debtor that a lender holds the claim, as its proof says."""

    lender_id: PartyId
    amount: MoneyDto
    served_at: Moment
    how: Delivery
    document: DocumentDto

    def value(self, receivable: Receivable, lender_id: UUID) -> NewAssignmentNotice:
        """The notice, of that receivable."""
        return NewAssignmentNotice(
            receivable_id=receivable.id,
            lender_id=lender_id,
            amount=self.amount.money(),
            served_at=self.served_at,
            how=self.how,
            document=self.document.value(),
        )


class HypotheticalClaim(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A claim that might appear: for how much, and the moments that would rank it."""

    amount: MoneyDto
    registered_at: Moment | None = None
    notified_at: Moment | None = None

    def value(self) -> Claim:
        """The claim, of a lender nobody knows."""
        return Claim(
            lender_id=uuid7(),
            amount=self.amount.money(),
            registered_at=body_date("registered_at", self.registered_at),
            notified_at=body_date("notified_at", self.notified_at),
        )


class RegistrationView(msgspec.Struct, kw_only=True):
    """An entry of a registry; `discharged_on` is set once it no longer stands."""

    id: RegistrationId
    receivable_id: ReceivableId
    lender_id: PartyId
    amount: MoneyDto
    registry_name: str
    registry_reference: str
    registered_at: Moment
    discharged_on: date | None
    discharge_reason: str
    recorded_by: str


class AssignmentNoticeView(msgspec.Struct, kw_only=True):
    """That the debtor was told, when and how, and the proof."""

    receivable_id: ReceivableId
    lender_id: PartyId
    amount: MoneyDto
    served_at: Moment
    how: Delivery
    document: DocumentDto
    recorded_by: str


class ShareView(msgspec.Struct, kw_only=True):
    """What a lender gets."""

    lender_id: PartyId
    amount: MoneyDto


class ClaimsView(msgspec.Struct, kw_only=True):
    """What is on record on a receivable, and how what is unpaid would be shared."""

    registrations: list[RegistrationView]
    notices: list[AssignmentNoticeView]
    shares: list[ShareView]


class PreviewView(msgspec.Struct, kw_only=True):
    """What lenders get now, what they would get then, and what would be left for the other claim."""

    now: list[ShareView]
    then: list[ShareView]
    another: MoneyDto


def registration_view(row: ClaimRegistration, discharge: ClaimDischarge | None) -> RegistrationView:
    """The entry as the API shows it."""
    return RegistrationView(
        id=row.public_id,
        receivable_id=public_id(RECEIVABLE, row.receivable_id),
        lender_id=public_id(PARTY, row.lender_id),
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        registry_name=row.registry_name,
        registry_reference=row.registry_reference,
        registered_at=row.registered_at,
        discharged_on=discharge.discharged_on if discharge else None,
        discharge_reason=discharge.reason if discharge else "",
        recorded_by=row.recorded_by,
    )


def assignment_notice_view(row: AssignmentNotice) -> AssignmentNoticeView:
    """The notice as the API shows it."""
    return AssignmentNoticeView(
        receivable_id=public_id(RECEIVABLE, row.receivable_id),
        lender_id=public_id(PARTY, row.lender_id),
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        served_at=row.served_at,
        how=row.how,
        document=document_view(row.document_sha256, row.reference),
        recorded_by=row.recorded_by,
    )


def claims_view(
    registrations: Sequence[tuple[ClaimRegistration, ClaimDischarge | None]],
    notices: Sequence[AssignmentNotice],
    shares: Mapping[UUID, Money],
    *,
    only: UUID | None,
) -> ClaimsView:
    """What is on record, of one lender `only` or of all."""
    return ClaimsView(
        registrations=[
            registration_view(row, discharge) for row, discharge in registrations if only in {None, row.lender_id}
        ],
        notices=[assignment_notice_view(row) for row in notices if only in {None, row.lender_id}],
        shares=_shares(shares, only),
    )


def preview_view(preview: Preview, another: Claim, *, only: UUID | None) -> PreviewView:
    """Now and then, of one lender `only` or of all."""
    known = {lender: amount for lender, amount in preview.then.items() if lender != another.lender_id}
    return PreviewView(
        now=_shares(preview.now, only), then=_shares(known, only), another=shown(preview.then[another.lender_id])
    )


def _shares(shares: Mapping[UUID, Money], only: UUID | None) -> list[ShareView]:
    return [
        ShareView(lender_id=public_id(PARTY, lender), amount=shown(amount))
        for lender, amount in shares.items()
        if only in {None, lender}
    ]
