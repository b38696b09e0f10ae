"""Mandates on their way into force, and papers that take the place of others."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.mandates_dto import LimitsDto, MandateReference, RefusedMandateView, refused_views
from app.api.receivables_dto import RowErrorView, row_error_view
from app.fields import (
    MAX_ITEMS,
    AccountId,
    Digest,
    MandateId,
    Moment,
    PartyId,
    body_date,
    line,
    optional_id,
)
from app.money_dto import CurrencyCode
from domain.banking.references import bank_message_id
from domain.banking.states import MessageState
from domain.collection.enrolment import Authorisation
from domain.collection.files import FileReport
from domain.collection.mandates import NewMandate, Refused
from domain.collection.queries import PREFIX as MANDATE
from domain.collection.queries import Registration
from domain.collection.replacements import in_place_of
from domain.collection.states import MandatePurpose, RegistrationKind
from domain.collection.tables import Mandate
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id

Evidence = Annotated[str, line(140, "Where what proves it is kept.", "archive/2026/0042")]


class DraftMandate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a payer is to authorise."""

    reference: MandateReference
    party_id: PartyId
    account_id: AccountId
    currency: CurrencyCode
    purpose: MandatePurpose = MandatePurpose.TRADE_PAYMENT
    ends_on: date | None = None
    limits: LimitsDto = msgspec.field(default_factory=LimitsDto)
    payee_id: PartyId | None = None

    def value(self, place: int, today: date) -> NewMandate:
        """The mandate as the service takes it. Raises NotFound, ValidationFailed, CurrencyMismatch."""
        return NewMandate(
            reference=self.reference,
            party_id=parse_public_id(PARTY, self.party_id),
            account_id=parse_public_id(ACCOUNT, self.account_id),
            currency=self.currency,
            signed_on=today,
            purpose=self.purpose,
            ends_on=body_date(f"items/{place}/ends_on", self.ends_on),
            limits=self.limits.value(self.currency),
            payee_id=optional_id(PARTY, self.payee_id),
        )


class DraftMandates(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Mandates to be authorised, each by itself."""

    items: Annotated[list[DraftMandate], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class DraftedView(msgspec.Struct, kw_only=True):
    """What became of each mandate: those in order wait for their payers, the others are refused with their reasons."""

    drafted: list[MandateId]
    refused: list[RefusedMandateView]


def drafted_view(asked: list[NewMandate], drafted: list[NewMandate], refused: list[Refused]) -> DraftedView:
    """What became of each."""
    return DraftedView(
        drafted=[public_id(MANDATE, mandate.id) for mandate in drafted], refused=refused_views(asked, refused)
    )


class MandateFileView(msgspec.Struct, kw_only=True):
    """What became of a file: all of its mandates are drafted, or none, with every fault."""

    read: int
    drafted: list[MandateId]
    refused: list[RowErrorView]


def mandate_file_view(report: FileReport) -> MandateFileView:
    """The report as the API shows it."""
    return MandateFileView(
        read=report.read, drafted=report.made, refused=[row_error_view(error) for error in report.refused]
    )


class AuthoriseMandate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """That the payer has said yes: when, and what proves it."""

    signed_on: date
    evidence_digest: Digest
    evidence_reference: Evidence

    def value(self) -> Authorisation:
        """The authorisation as the service takes it. Raises ValidationFailed."""
        return Authorisation(
            signed_on=body_date("signed_on", self.signed_on),
            evidence_digest=bytes.fromhex(self.evidence_digest),
            evidence_reference=self.evidence_reference,
        )


class ReplaceMandate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new paper of the same payer, for the same purpose and currency, whole: what is not given is not limited."""

    reference: MandateReference
    account_id: AccountId
    signed_on: date
    ends_on: date | None = None
    limits: LimitsDto = msgspec.field(default_factory=LimitsDto)
    payee_id: PartyId | None = None
    evidence_digest: Digest
    evidence_reference: Evidence

    def value(self, old: Mandate) -> NewMandate:
        """The new paper as the service takes it. Raises NotFound, ValidationFailed, CurrencyMismatch."""
        paper = NewMandate(
            reference=self.reference,
            party_id=old.party_id,
            account_id=parse_public_id(ACCOUNT, self.account_id),
            currency=old.currency,
            signed_on=body_date("signed_on", self.signed_on),
            ends_on=body_date("ends_on", self.ends_on),
            limits=self.limits.value(old.currency),
            payee_id=optional_id(PARTY, self.payee_id),
            evidence_digest=bytes.fromhex(self.evidence_digest),
            evidence_reference=self.evidence_reference,
        )
        return in_place_of(old, paper)


class ReplacementView(msgspec.Struct, kw_only=True):
    """A paper that waits for a second person, who sends the same to approve it."""

    mandate_id: MandateId
    digest: Digest


class RegistrationView(msgspec.Struct, kw_only=True):
    """One message to the payer's bank about a mandate; `accepted` is its word, null until it has said it."""

    kind: RegistrationKind
    version: int
    message_reference: str
    message_state: MessageState
    told_at: Moment
    accepted: bool | None
    reason: str | None
    decided_at: Moment | None


class RegistrationsView(msgspec.Struct, kw_only=True):
    """All that the bank was told, the first message first."""

    registrations: list[RegistrationView]


def registrations_view(rows: list[Registration]) -> RegistrationsView:
    """The messages as the API shows them."""
    return RegistrationsView(
        registrations=[
            RegistrationView(
                kind=told.kind,
                version=told.version,
                message_reference=bank_message_id(message.tenant_id, message.number),
                message_state=message.state,
                told_at=message.created_at,
                accepted=told.accepted,
                reason=told.reason,
                decided_at=told.decided_at,
            )
            for told, message in rows
        ]
    )
