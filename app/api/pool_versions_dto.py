"""Changes of pools, and when pools are evaluated by themselves."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.api.pools_dto import MemberDto
from app.fields import MAX_ITEMS, Moment, PoolId, Reason, body_date, line, public
from app.money_dto import MoneyDto, Rate, shown_rate
from domain.platform.ids import public_id
from domain.pooling.evaluation import SweepOrder
from domain.pooling.slots import NewSlot
from domain.pooling.states import SlotKind, VersionState
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.structures import VERSION, PoolTerms
from domain.pooling.tables import PoolSlot, PoolVersion
from domain.values.errors import InvalidValue
from domain.values.money import CurrencyMismatch, Money

VersionId = Annotated[str, public(VERSION, "A version of a pool.")]
SlotName = Annotated[str, msgspec.Meta(pattern="^[0-9a-z_-]{1,10}$", max_length=10, examples=["noon"])]
Cron = Annotated[str, line(100, "Minute, hour, day of month, month, day of week.", "30 11,16 * * 1-5")]
NO_RATE = "0"


class PoolTermsDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a version says of the pool as a whole."""

    floor: MoneyDto
    sweep_order: SweepOrder = SweepOrder.CREDIT_FIRST
    auto_approve: bool = False
    up_rate: Rate = NO_RATE
    down_rate: Rate = NO_RATE

    def value(self, currency: str) -> PoolTerms:
        """The terms as the service takes them. Raises CurrencyMismatch."""
        floor = self.floor.money()
        if floor.currency != currency:
            raise CurrencyMismatch(left=currency, right=floor.currency)
        return PoolTerms(
            floor=floor,
            sweep_order=self.sweep_order,
            auto_approve=self.auto_approve,
            up_rate=Decimal(self.up_rate),
            down_rate=Decimal(self.down_rate),
        )


class ProposeVersion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The pool as it is to be from a date: all of its terms and members."""

    effective_on: date
    terms: PoolTermsDto
    members: Annotated[list[MemberDto], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    reason: Reason

    def begins(self) -> date:
        """The date, if the books may have it. Raises ValidationFailed."""
        return body_date("effective_on", self.effective_on)


class VersionView(msgspec.Struct, kw_only=True):
    """A version of a pool; approval is for exactly this digest."""

    id: VersionId
    pool_id: PoolId
    version: int
    effective_on: date
    state: VersionState
    floor: MoneyDto
    sweep_order: SweepOrder
    auto_approve: bool
    up_rate: str
    down_rate: str
    member_count: int
    digest: str
    made_by: str
    reason: str
    created_at: Moment


class VersionMemberView(msgspec.Struct, kw_only=True):
    """A member as a version has it."""

    place: int
    terms: MemberDto


class SlotDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A cron expression, or a threshold that a member's balance crosses: one of the two."""

    name: SlotName
    cron: Cron | None = None
    threshold: MoneyDto | None = None

    def value(self) -> NewSlot:
        """The slot as the service takes it. Raises InvalidValue for one that is both or neither."""
        if (self.cron is None) == (self.threshold is None):
            reason, reason_zh = "give either cron or threshold", "请在 cron 与 threshold 中择一填写"
            raise InvalidValue(field=f"slots/{self.name}", value=self.cron, reason=reason, reason_zh=reason_zh)
        return NewSlot(self.name, self.cron, None if self.threshold is None else self.threshold.money())


class SetSlots(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All slots of a pool; a pool without any is swept in the evening."""

    slots: Annotated[list[SlotDto], msgspec.Meta(max_length=24)]


class SlotView(msgspec.Struct, kw_only=True):
    """When a pool is evaluated by itself."""

    name: str
    kind: SlotKind
    cron: str | None
    threshold: MoneyDto | None


class SlotsView(msgspec.Struct, kw_only=True):
    """A pool's slots by name."""

    items: list[SlotView]


def version_view(row: PoolVersion, currency: str) -> VersionView:
    """The version as the API shows it."""
    return VersionView(
        id=public_id(VERSION, row.id),
        pool_id=public_id(POOL, row.structure_id),
        version=row.version,
        effective_on=row.effective_on,
        state=row.state,
        floor=MoneyDto.of(Money.from_minor(row.floor_minor, currency)),
        sweep_order=row.sweep_order,
        auto_approve=row.auto_approve,
        up_rate=shown_rate(row.up_rate),
        down_rate=shown_rate(row.down_rate),
        member_count=row.member_count,
        digest=row.digest,
        made_by=row.made_by,
        reason=row.reason,
        created_at=row.created_at,
    )


def slot_view(row: PoolSlot, currency: str) -> SlotView:
    """The slot as the API shows it."""
    threshold = None if row.threshold_minor is None else MoneyDto.of_minor(row.threshold_minor, currency)
    return SlotView(name=row.name, kind=row.kind, cron=row.cron, threshold=threshold)
