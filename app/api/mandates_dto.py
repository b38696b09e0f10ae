"""Mandates."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import MAX_ITEMS, AccountId, MandateId, Moment, PartyId, body_date, line
from app.money_dto import CurrencyCode
from domain.collection.mandates import NewMandate, Refused
from domain.collection.queries import PREFIX as MANDATE
from domain.collection.states import MandatePurpose, MandateState
from domain.collection.tables import Mandate
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id


class GrantMandate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a debtor signed: leave to debit an account of its own, for one purpose."""

    reference: Annotated[str, line(35, "How the signed paper is filed; unique in the group.", "M-2026-0042")]
    party_id: PartyId
    account_id: AccountId
    currency: CurrencyCode
    signed_on: date
    purpose: MandatePurpose = MandatePurpose.TRADE_PAYMENT
    ends_on: date | None = None

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
    created_at: Moment


class RefusedMandateView(msgspec.Struct, kw_only=True):
    """A mandate that was not granted: its place in the request, from 0, and why."""

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
        created_at=row.created_at,
    )


def granted_view(asked: list[NewMandate], granted: list[NewMandate], refused: list[Refused]) -> GrantedView:
    """What became of each."""
    return GrantedView(
        granted=[public_id(MANDATE, mandate.id) for mandate in granted],
        refused=[
            RefusedMandateView(
                place=each.place,
                reference=asked[each.place].reference,
                code=each.refusal.code,
                message_en=each.refusal.message("en"),
                message_zh=each.refusal.message("zh"),
            )
            for each in refused
        ],
    )
