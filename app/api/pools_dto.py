"""Pools, what was proposed to sweep, and takings."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from app.fields import (
    MAX_ITEMS,
    AccountId,
    Digest,
    ImportId,
    Moment,
    PartyId,
    PoolId,
    ProposalId,
    Reason,
    line,
    public,
)
from app.money_dto import CurrencyCode, MoneyDto, Rate, shown, shown_rate
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.pooling.evaluation import SweepOrder
from domain.pooling.positions import Position
from domain.pooling.row_errors import RowError
from domain.pooling.rules import SkipReason, SweepDirection, SweepMeans, SweepMethod, SweepTerms, TargetMode
from domain.pooling.service import PREFIX as PROPOSAL
from domain.pooling.states import ProposalState, SweepState
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.structures import NewMember
from domain.pooling.tables import PoolStructure, Sweep, SweepProposal
from domain.pooling.takings import TakingsReport
from domain.values.money import CurrencyMismatch, Money

Slot = Annotated[str, msgspec.Meta(pattern="^[0-9a-z_-]{1,16}$", max_length=16, examples=["1830"])]
SweepId = Annotated[str, public("swp", "A sweep.")]
Limit = MoneyDto | None


class MemberDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An account of the pool, and how it is swept; amounts are in the pool's currency."""

    account_id: AccountId
    method: SweepMethod
    parent_account_id: AccountId | None = None
    priority: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    floor: Limit = None
    target: Limit = None
    target_mode: TargetMode = TargetMode.CONSTANT
    threshold: Limit = None
    keep: Limit = None
    percent: Rate = "0"
    fixed: Limit = None
    lower: Limit = None
    upper: Limit = None
    two_way: bool = False
    partial_fill: bool = False
    lot: Limit = None
    minimum: Limit = None
    maximum: Limit = None
    means: SweepMeans = SweepMeans.CREDIT_TRANSFER

    def value(self, currency: str) -> NewMember:
        """The member as the service takes it. Raises CurrencyMismatch, NotFound."""
        return NewMember(
            account_id=parse_public_id(ACCOUNT, self.account_id),
            terms=self._terms(currency),
            parent_account_id=parse_public_id(ACCOUNT, self.parent_account_id) if self.parent_account_id else None,
            priority=self.priority,
            floor=Money.from_minor(_minor(self.floor, currency), currency) if self.floor else None,
            means=self.means,
        )

    def _terms(self, currency: str) -> SweepTerms:
        return SweepTerms(
            method=self.method,
            currency=currency,
            target_minor=_minor(self.target, currency),
            target_mode=self.target_mode,
            threshold_minor=_minor(self.threshold, currency),
            keep_minor=_minor(self.keep, currency),
            percent=Decimal(self.percent),
            fixed_minor=_minor(self.fixed, currency),
            lower_minor=_minor(self.lower, currency),
            upper_minor=_minor(self.upper, currency),
            two_way=self.two_way,
            partial_fill=self.partial_fill,
            lot_minor=_minor(self.lot, currency) if self.lot else 1,
            minimum_minor=_minor(self.minimum, currency),
            maximum_minor=_minor(self.maximum, currency) if self.maximum else None,
        )


class CreatePool(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A header account and what is swept into it; members name upper accounts before those below them."""

    name: Annotated[str, line(100, "Of the pool.", "华东归集")]
    header_account_id: AccountId
    currency: CurrencyCode
    members: Annotated[list[MemberDto], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    floor: Limit = None
    sweep_order: SweepOrder = SweepOrder.CREDIT_FIRST
    auto_approve: bool = False
    up_rate: Rate = "0"
    down_rate: Rate = "0"


class SweepEditDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a proposed sweep: a lower amount, or, without one, nothing."""

    sweep_id: SweepId
    reason: Reason
    amount: Limit = None


class EditProposal(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes of the proposal whose digest was seen."""

    digest: Digest
    edits: Annotated[list[SweepEditDto], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class EvaluatePool(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """For which slot of today; evaluated before, the same proposal is shown again."""

    slot: Slot


class MemberView(msgspec.Struct, kw_only=True):
    """An account of a pool, how it is swept, and how it stands."""

    account_id: AccountId
    party_id: PartyId
    parent_account_id: AccountId
    method: SweepMethod
    target_mode: TargetMode
    target: MoneyDto
    percent: str
    priority: int
    two_way: bool
    booked: MoneyDto
    available: MoneyDto


class PoolView(msgspec.Struct, kw_only=True):
    """A pool."""

    id: PoolId
    name: str
    currency: str
    header_account_id: AccountId
    floor: MoneyDto
    sweep_order: SweepOrder
    auto_approve: bool
    version: int
    created_at: Moment


class PoolPositionView(msgspec.Struct, kw_only=True):
    """A pool with its members as they stand."""

    pool: PoolView
    header_booked: MoneyDto
    header_available: MoneyDto
    members: list[MemberView]
    next_cursor: str | None


class ProposalView(msgspec.Struct, kw_only=True):
    """Proposed sweeps of a pool; approval is for exactly this digest."""

    id: ProposalId
    pool_id: PoolId
    business_date: date
    slot: str
    state: ProposalState
    digest: str
    up: MoneyDto
    down: MoneyDto
    header_before: MoneyDto
    header_after: MoneyDto
    sweep_count: int
    skip_count: int
    evaluated_by: str
    created_at: Moment


class SweepView(msgspec.Struct, kw_only=True):
    """One sweep between an account and the one above it; a skipped one says why.

    `raw` is what the method asks for, `lot_amount` that in whole lots, `rule_amount` what the rules gave, which people
    may have lowered to `amount`. A wave waits for the one before it.
    """

    id: SweepId
    proposal_id: ProposalId
    account_id: AccountId
    parent_account_id: AccountId
    party_id: PartyId
    method: SweepMethod
    direction: SweepDirection
    wave: int
    available: MoneyDto
    raw: MoneyDto
    lot_amount: MoneyDto
    rule_amount: MoneyDto
    amount: MoneyDto
    means: SweepMeans
    state: SweepState
    edited_by: str | None
    edit_reason: str | None
    skip_reason: SkipReason | None
    value_date: date | None
    failure: str | None


class TakingsErrorView(msgspec.Struct, kw_only=True):
    """Why a row was not taken."""

    row: int
    column: str
    code: str
    message_en: str
    message_zh: str


class TakingsReportView(msgspec.Struct, kw_only=True):
    """What became of a file of till weeks."""

    id: ImportId
    read: int
    outside: int
    known: int
    taken: int
    total: MoneyDto
    refused_count: int
    refused: list[TakingsErrorView]


def _minor(amount: MoneyDto | None, currency: str) -> int:
    if amount is None:
        return 0
    if amount.currency != currency:
        raise CurrencyMismatch(left=currency, right=amount.currency)
    return amount.money().minor


def pool_view(row: PoolStructure) -> PoolView:
    """The pool as the API shows it."""
    return PoolView(
        id=public_id(POOL, row.id),
        name=row.name,
        currency=row.currency,
        header_account_id=public_id(ACCOUNT, row.header_account_id),
        floor=MoneyDto.of_minor(row.floor_minor, row.currency),
        sweep_order=row.sweep_order,
        auto_approve=row.auto_approve,
        version=row.version,
        created_at=row.created_at,
    )


def member_view(row: Any, position: Position) -> MemberView:  # noqa: ANN401 - a row of PoolMember's columns
    """A member as it stands."""
    return MemberView(
        account_id=public_id(ACCOUNT, row.account_id),
        party_id=public_id(PARTY, row.party_id),
        parent_account_id=public_id(ACCOUNT, row.parent_account_id),
        method=row.method,
        target_mode=row.target_mode,
        target=MoneyDto.of_minor(row.target_minor, position.currency),
        percent=shown_rate(row.percent),
        priority=row.priority,
        two_way=row.two_way,
        booked=shown(position.booked),
        available=shown(position.available),
    )


def proposal_view(row: SweepProposal) -> ProposalView:
    """The proposal as the API shows it."""
    return ProposalView(
        id=public_id(PROPOSAL, row.id),
        pool_id=public_id(POOL, row.structure_id),
        business_date=row.business_date,
        slot=row.slot,
        state=row.state,
        digest=row.digest,
        up=shown(row.up),
        down=shown(row.down),
        header_before=MoneyDto.of_minor(row.header_before_minor, row.currency),
        header_after=MoneyDto.of_minor(row.header_after_minor, row.currency),
        sweep_count=row.sweep_count,
        skip_count=row.skip_count,
        evaluated_by=row.evaluated_by,
        created_at=row.created_at,
    )


def sweep_view(row: Sweep) -> SweepView:
    """The sweep as the API shows it."""
    return SweepView(
        id=public_id("swp", row.id),
        proposal_id=public_id(PROPOSAL, row.proposal_id),
        account_id=public_id(ACCOUNT, row.account_id),
        parent_account_id=public_id(ACCOUNT, row.parent_account_id),
        party_id=public_id(PARTY, row.party_id),
        method=row.method,
        direction=row.direction,
        wave=row.wave,
        available=MoneyDto.of_minor(row.available_minor, row.currency),
        raw=MoneyDto.of_minor(row.raw_minor, row.currency),
        lot_amount=MoneyDto.of_minor(row.lot_amount_minor, row.currency),
        rule_amount=MoneyDto.of_minor(row.rule_minor, row.currency),
        amount=shown(row.amount),
        means=row.means,
        state=row.state,
        edited_by=row.edited_by,
        edit_reason=row.edit_reason,
        skip_reason=row.skip_reason,
        value_date=row.value_date,
        failure=row.failure,
    )


def takings_view(report: TakingsReport) -> TakingsReportView:
    """What became of the file."""
    return TakingsReportView(
        id=public_id("imp", report.import_id),
        read=report.read,
        outside=report.outside,
        known=report.known,
        taken=report.taken,
        total=shown(report.total),
        refused_count=report.refused_count,
        refused=[_error_view(error) for error in report.refused],
    )


def _error_view(error: RowError) -> TakingsErrorView:
    return TakingsErrorView(
        row=error.row,
        column=error.column,
        code=error.code,
        message_en=error.message_en,
        message_zh=error.message_zh,
    )
