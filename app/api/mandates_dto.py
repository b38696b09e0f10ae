"""Mandates."""

from datetime import date
from typing import Annotated, Self

import msgspec

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
    shown_id,
)
from app.money_dto import CurrencyCode, MoneyDto
from domain.collection.amendments import Amendment
from domain.collection.errors import LimitNotPositive
from domain.collection.mandates import MandateLimits, NewMandate, Refused
from domain.collection.queries import PREFIX as MANDATE
from domain.collection.states import Cycle, Limb, MandatePurpose, MandateState
from domain.collection.tables import DebitRefusal, Mandate, MandateFields, MandateVersion
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.values.money import CurrencyMismatch

MandateReference = Annotated[str, line(35, "How the signed paper is filed; unique in the group.", "M-2026-0042")]
EvidenceReference = Annotated[str, line(140, "Where what was signed is kept.", "archive/2026/0042", minimum=0)]


class LimitsDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Up to what a mandate may be used; what is not given does not bind."""

    max_amount: MoneyDto | None = None
    cycle: Cycle = Cycle.TERM
    max_per_cycle: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    max_total: MoneyDto | None = None

    def value(self, currency: str) -> MandateLimits:
        """The limits as the service takes them. Raises CurrencyMismatch."""
        return MandateLimits(
            max_amount_minor=_minor(self.max_amount, currency),
            cycle=self.cycle,
            max_per_cycle=self.max_per_cycle,
            max_total_minor=_minor(self.max_total, currency),
        )

    @classmethod
    def of(cls, terms: MandateFields, currency: str) -> Self:
        """The limits as the API shows them."""
        most, total = terms.max_amount_minor, terms.max_total_minor
        return cls(
            max_amount=None if most is None else MoneyDto.of_minor(most, currency),
            cycle=terms.cycle,
            max_per_cycle=terms.max_per_cycle,
            max_total=None if total is None else MoneyDto.of_minor(total, currency),
        )


def _minor(limit: MoneyDto | None, currency: str) -> int | None:
    if limit is None:
        return None
    money = limit.money()
    if money.currency != currency:
        raise CurrencyMismatch(left=currency, right=money.currency)
    if money.minor <= 0:
        raise LimitNotPositive(limit=str(money))
    return money.minor


class GrantMandate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a debtor signed: leave to debit an account of its own, for one purpose."""

    reference: MandateReference
    party_id: PartyId
    account_id: AccountId
    currency: CurrencyCode
    signed_on: date
    purpose: MandatePurpose = MandatePurpose.TRADE_PAYMENT
    ends_on: date | None = None
    limits: LimitsDto = msgspec.field(default_factory=LimitsDto)
    payee_id: PartyId | None = None
    evidence_digest: Digest | None = None
    evidence_reference: EvidenceReference = ""

    def value(self, place: int) -> NewMandate:
        """The mandate as the service takes it. Raises NotFound, ValidationFailed."""
        return NewMandate(
            reference=self.reference,
            party_id=parse_public_id(PARTY, self.party_id),
            account_id=parse_public_id(ACCOUNT, self.account_id),
            currency=self.currency,
            signed_on=body_date(f"items/{place}/signed_on", self.signed_on),
            purpose=self.purpose,
            ends_on=body_date(f"items/{place}/ends_on", self.ends_on),
            limits=self.limits.value(self.currency),
            payee_id=optional_id(PARTY, self.payee_id),
            evidence_digest=None if self.evidence_digest is None else bytes.fromhex(self.evidence_digest),
            evidence_reference=self.evidence_reference,
        )


class GrantMandates(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Signed mandates, each by itself."""

    items: Annotated[list[GrantMandate], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class MandateView(msgspec.Struct, kw_only=True):
    """A debtor's leave to be debited; `version` counts changes of its terms."""

    id: MandateId
    reference: str
    party_id: PartyId
    account_id: AccountId
    currency: str
    purpose: MandatePurpose
    signed_on: date
    ends_on: date | None
    state: MandateState
    version: int
    limits: LimitsDto
    payee_id: PartyId | None
    created_at: Moment


class RefusedMandateView(msgspec.Struct, kw_only=True):
    """A mandate that is not in order: its place in the request, from 0, and why."""

    place: int
    reference: str
    code: str
    message_en: str
    message_zh: str


class GrantedView(msgspec.Struct, kw_only=True):
    """What became of each mandate: those in order are in force, the others refused with their reasons."""

    granted: list[MandateId]
    refused: list[RefusedMandateView]


def mandate_view(row: Mandate) -> MandateView:
    """The mandate as the API shows it."""
    return MandateView(
        id=row.public_id,
        reference=row.reference,
        party_id=public_id(PARTY, row.party_id),
        account_id=public_id(ACCOUNT, row.account_id),
        currency=row.currency,
        purpose=row.purpose,
        signed_on=row.signed_on,
        ends_on=row.ends_on,
        state=row.state,
        version=row.version,
        limits=LimitsDto.of(row, row.currency),
        payee_id=shown_id(PARTY, row.payee_id),
        created_at=row.created_at,
    )


def granted_view(asked: list[NewMandate], granted: list[NewMandate], refused: list[Refused]) -> GrantedView:
    """What became of each."""
    return GrantedView(
        granted=[public_id(MANDATE, mandate.id) for mandate in granted], refused=refused_views(asked, refused)
    )


def refused_views(asked: list[NewMandate], refused: list[Refused]) -> list[RefusedMandateView]:
    """Those of the list that are not in order, with their reasons."""
    return [
        RefusedMandateView(
            place=each.place,
            reference=asked[each.place].reference,
            code=each.refusal.code,
            message_en=each.refusal.message("en"),
            message_zh=each.refusal.message("zh"),
        )
        for each in refused
    ]


class AmendMandate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """New terms as the payer signed them, whole: what is not given is not limited."""

    account_id: AccountId
    ends_on: date | None = None
    limits: LimitsDto
    evidence_digest: Digest
    evidence_reference: EvidenceReference = ""

    def value(self, currency: str) -> Amendment:
        """The amendment as the service takes it. Raises NotFound, CurrencyMismatch, LimitNotPositive."""
        return Amendment(
            account_id=parse_public_id(ACCOUNT, self.account_id),
            ends_on=body_date("ends_on", self.ends_on),
            limits=self.limits.value(currency),
            evidence_digest=bytes.fromhex(self.evidence_digest),
            evidence_reference=self.evidence_reference,
        )


class AmendmentView(msgspec.Struct, kw_only=True):
    """An amendment that waits for a second person, who sends the same terms to approve it."""

    mandate_id: MandateId
    digest: Digest


class MandateVersionView(msgspec.Struct, kw_only=True):
    """One version of a mandate's terms, and what proves it."""

    version: int
    from_on: date
    account_id: AccountId
    payee_id: PartyId | None
    purpose: MandatePurpose
    ends_on: date | None
    limits: LimitsDto
    evidence_digest: Digest | None
    evidence_reference: str
    made_by: str
    made_at: Moment


class MandateVersionsView(msgspec.Struct, kw_only=True):
    """All versions, the first one first."""

    versions: list[MandateVersionView]


def versions_view(mandate: Mandate, rows: list[MandateVersion]) -> MandateVersionsView:
    """The versions as the API shows them."""
    return MandateVersionsView(
        versions=[
            MandateVersionView(
                version=row.version,
                from_on=row.from_on,
                account_id=public_id(ACCOUNT, row.account_id),
                payee_id=shown_id(PARTY, row.payee_id),
                purpose=row.purpose,
                ends_on=row.ends_on,
                limits=LimitsDto.of(row, mandate.currency),
                evidence_digest=None if row.evidence_digest is None else row.evidence_digest.hex(),
                evidence_reference=row.evidence_reference,
                made_by=row.made_by,
                made_at=row.made_at,
            )
            for row in rows
        ]
    )


class DebitRefusalView(msgspec.Struct, kw_only=True):
    """A debit that the mandate did not cover, and the limbs on which it failed."""

    refused_on: date
    obligation: str
    version: int
    limbs: list[Limb]
    amount: MoneyDto


class DebitRefusalsView(msgspec.Struct, kw_only=True):
    """The latest refusals, at most 200, newest first."""

    refusals: list[DebitRefusalView]


def refusals_view(rows: list[DebitRefusal]) -> DebitRefusalsView:
    """The refusals as the API shows them."""
    return DebitRefusalsView(
        refusals=[
            DebitRefusalView(
                refused_on=row.refused_on,
                obligation=row.obligation_key,
                version=row.version,
                limbs=sorted(Limb.of_bits(row.limbs)),
                amount=MoneyDto.of_minor(row.amount_minor, row.currency),
            )
            for row in rows
        ]
    )
