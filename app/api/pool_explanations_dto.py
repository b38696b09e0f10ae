"""A pool's explanation as the API shows it."""

from datetime import date

import msgspec

from app.api.explanations_dto import PostingRefView, RuleView, exact_text, posting_ref_view, rule_view
from app.api.pool_interest_dto import SWEEP, CorrectionView, SweepId, correction_view
from app.fields import AccountId, PartyId, PoolId
from app.money_dto import MoneyDto, shown, shown_rate
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.pooling.explaining import ExplainedLeg, ExplainedPool, Interest
from domain.pooling.explanation import DAY_COUNT, RULES, Bearing, Moved, Period
from domain.pooling.states import MovementKind
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolVersion
from domain.values.day_count import DayCount


class PoolMoveView(msgspec.Struct, kw_only=True):
    """A change of a position: of a sweep with its loan slip and the version it was evaluated by, or of interest."""

    kind: MovementKind
    value_date: date
    amount: MoneyDto
    counted_on: date | None
    sweep_id: SweepId | None
    loan_slip: str | None
    version: int | None


class PoolPeriodView(msgspec.Struct, kw_only=True):
    """Days that bore a version's rate; `exact` and `residue` are decimals in major units, the residue carried on.

    `corrects` names the sweep whose other value date it is the difference of.
    """

    bearing: Bearing
    start: date
    end: date
    days: int
    principal: MoneyDto
    rate: str
    version: int
    exact: str
    amount: MoneyDto
    residue: str
    rules: list[str]
    corrects: SweepId | None


class InterestView(msgspec.Struct, kw_only=True):
    """Both ways: what the branch earned, and what it owes."""

    earned: MoneyDto
    owed: MoneyDto


class LegExplanationView(msgspec.Struct, kw_only=True):
    """What stood between two accounts at the end of a date, with interest until a day (not included), and why.

    `unexplained` is zero both ways, or a fault that shows; `differences` say where the books disagree now.
    """

    pool_id: PoolId
    account_id: AccountId
    parent_account_id: AccountId
    party_id: PartyId
    position: MoneyDto
    movements: list[PoolMoveView]
    interest_until: date
    accrued: InterestView
    settled: InterestView
    unexplained: InterestView
    periods: list[PoolPeriodView]
    corrections: list[CorrectionView]
    proved: bool
    differences: list[str]


class PoolRatesView(msgspec.Struct, kw_only=True):
    """What a version of a pool pays from a date on; two people agreed to what its digest names."""

    pool_id: PoolId
    version: int
    effective_on: date
    up_rate: str
    down_rate: str
    made_by: str
    reason: str
    digest: str


class PoolExplanationView(msgspec.Struct, kw_only=True):
    """Positions and interest of a pool, explained; postings of nights hold all pools together."""

    as_of: date
    day_count: DayCount
    items: list[LegExplanationView]
    versions: list[PoolRatesView]
    rules: list[RuleView]
    postings: list[PostingRefView]
    next_cursor: str | None


def pool_explanation_view(found: ExplainedPool, next_cursor: str | None = None) -> PoolExplanationView:
    """The explanation as the API shows it."""
    return PoolExplanationView(
        as_of=found.as_of,
        day_count=DAY_COUNT,
        items=[_leg_view(each) for each in found.legs],
        versions=[_rates_view(each) for each in found.versions],
        rules=[rule_view(rule) for rule in RULES.values()],
        postings=[posting_ref_view(each) for each in found.postings],
        next_cursor=next_cursor,
    )


def _rates_view(row: PoolVersion) -> PoolRatesView:
    return PoolRatesView(
        pool_id=public_id(POOL, row.structure_id),
        version=row.version,
        effective_on=row.effective_on,
        up_rate=shown_rate(row.up_rate),
        down_rate=shown_rate(row.down_rate),
        made_by=row.made_by,
        reason=row.reason,
        digest=row.digest,
    )


def _leg_view(found: ExplainedLeg) -> LegExplanationView:
    leg, told = found.leg, found.explanation
    swept = {each.id: public_id(SWEEP, each.sweep_id) for each in found.corrections}
    return LegExplanationView(
        pool_id=public_id(POOL, leg.structure_id),
        account_id=public_id(ACCOUNT, leg.account_id),
        parent_account_id=public_id(ACCOUNT, leg.parent_account_id),
        party_id=public_id(PARTY, leg.party_id),
        position=shown(told.position),
        movements=[_move_view(each, leg.currency, swept.get(each.source)) for each in told.moves],
        interest_until=told.until,
        accrued=_interest_view(found.booked),
        settled=_interest_view(found.settled),
        unexplained=_interest_view(found.unexplained),
        periods=[_period_view(each, None if each.found_by is None else swept[each.found_by]) for each in told.periods],
        corrections=[correction_view(each) for each in found.corrections],
        proved=found.proved,
        differences=list(found.differences),
    )


def _move_view(move: Moved, currency: str, corrected: str | None) -> PoolMoveView:
    own = None if move.proposal is None else public_id(SWEEP, move.source)
    return PoolMoveView(
        kind=move.kind,
        value_date=move.value_date,
        amount=MoneyDto.of_minor(move.amount_minor, currency),
        counted_on=move.taken_on,
        sweep_id=corrected or own,
        loan_slip=move.slip,
        version=move.version,
    )


def _period_view(period: Period, corrects: str | None) -> PoolPeriodView:
    return PoolPeriodView(
        bearing=period.bearing,
        start=period.start,
        end=period.end,
        days=period.days,
        principal=shown(period.principal),
        rate=shown_rate(period.rate),
        version=period.version,
        exact=exact_text(period.exact),
        amount=shown(period.amount),
        residue=exact_text(period.residue),
        rules=list(period.rules),
        corrects=corrects,
    )


def _interest_view(interest: Interest) -> InterestView:
    return InterestView(earned=shown(interest.earned), owed=shown(interest.owed))
