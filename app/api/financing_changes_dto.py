"""Changes that one person proposes and another decides: limits, rates, what is known of a lender, amendments."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from app.api.contract_dto import ReferenceName
from app.fields import ChangeId, Digest, FacilityId, Moment, PartyId, line, shown_id
from app.money_dto import CurrencyCode, MoneyDto, Rate, shown_rate
from domain.financing.changes import NewRate, digest_of
from domain.financing.exposure_rules import Scope
from domain.financing.states import ChangeKind, ChangeState, Licence
from domain.financing.tables import ExposureLimit, FinancingChange, ReferenceRate
from domain.law.tables import LegalLimit
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Citation = Annotated[str, line(500, "Where it can be read.", "National Interbank Funding Center, 20 May 2025")]


class ChangeView(msgspec.Struct, kw_only=True):
    """What shall change, whole; whoever approves gives the digest of what it read."""

    id: ChangeId
    kind: ChangeKind
    state: ChangeState
    lender_id: PartyId | None
    facility_id: FacilityId | None
    proposed: dict[str, Any]
    digest: Digest
    reason: str
    made_by: str
    created_at: Moment


class SetLimit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The most that may be lent to, on or by those named; `limit` null lifts it. Without a lender: the group's."""

    currency: CurrencyCode
    limit: MoneyDto | None
    lender_id: PartyId | None = None
    seller_id: PartyId | None = None
    debtor_id: PartyId | None = None


class LimitView(msgspec.Struct, kw_only=True):
    """A limit in force, what stands under it, and what stands beyond it because it was lowered or money came back."""

    scope: str
    lender_id: PartyId | None
    seller_id: PartyId | None
    debtor_id: PartyId | None
    limit: MoneyDto
    used: MoneyDto
    over: MoneyDto
    set_by: str
    set_at: Moment


class LimitList(msgspec.Struct, kw_only=True):
    """Limits in force."""

    items: list[LimitView]


class RecordRate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A quote of a reference: from which day, how much, and where it was read."""

    name: ReferenceName
    effective_on: date
    rate: Rate
    citation: Citation

    def value(self) -> NewRate:
        """The quote as the house takes it."""
        return NewRate(self.name, self.effective_on, Decimal(self.rate), self.citation)


class RateView(msgspec.Struct, kw_only=True):
    """What a reference stands at from a day on; a later revision of the day corrects it."""

    name: str
    effective_on: date
    revision: int
    rate: str
    citation: str
    recorded_by: str


class RateList(msgspec.Struct, kw_only=True):
    """Quotes of a reference, newest first."""

    items: list[RateView]


class LegalLimitView(msgspec.Struct, kw_only=True):
    """What the law says from a day on, and where."""

    name: str
    effective_on: date
    value: str
    unit: str
    citation: str


class LegalLimitList(msgspec.Struct, kw_only=True):
    """The law's limits, by name and day."""

    items: list[LegalLimitView]


class DescribeLender(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """By what right a lender lends, and its risk assets as it stated them, if it did."""

    lender_id: PartyId
    licence: Licence
    licence_number: Annotated[str, line(64, "As the supervisor registered it.", "L0123", minimum=0)] = ""
    risk_assets: MoneyDto | None = None
    risk_assets_on: date | None = None


def change_view(row: FinancingChange) -> ChangeView:
    """The change as the API shows it."""
    return ChangeView(
        id=row.public_id,
        kind=row.kind,
        state=row.state,
        lender_id=shown_id(PARTY, row.lender_id),
        facility_id=shown_id("fac", row.facility_id),
        proposed=_shown(row.proposed),
        digest=digest_of(row),
        reason=row.reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def _shown(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """What is proposed with parties by their public ids; no others are named in a proposal."""
    if isinstance(value, dict):
        return {_shown(key): _shown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return public_id(PARTY, UUID(value)) if isinstance(value, str) and _UUID.fullmatch(value) else value


def limit_view(row: ExposureLimit) -> LimitView:
    """The limit as the API shows it."""
    limit, used, over = (
        MoneyDto.of_minor(minor, row.currency) for minor in (row.limit_minor, row.used_minor, row.over_minor)
    )
    return LimitView(
        scope=Scope(row.lender_id, row.seller_id, row.debtor_id, row.currency).name,
        lender_id=shown_id(PARTY, row.lender_id),
        seller_id=shown_id(PARTY, row.seller_id),
        debtor_id=shown_id(PARTY, row.debtor_id),
        limit=limit,
        used=used,
        over=over,
        set_by=row.set_by,
        set_at=row.set_at,
    )


def rate_view(row: ReferenceRate) -> RateView:
    """The quote as the API shows it."""
    return RateView(
        name=row.name,
        effective_on=row.effective_on,
        revision=row.revision,
        rate=shown_rate(row.rate),
        citation=row.citation,
        recorded_by=row.recorded_by,
    )


def legal_view(row: LegalLimit) -> LegalLimitView:
    """The limit of the law as the API shows it."""
    return LegalLimitView(
        name=row.name,
        effective_on=row.effective_on,
        value=shown_rate(row.value),
        unit=row.unit,
        citation=row.citation,
    )
