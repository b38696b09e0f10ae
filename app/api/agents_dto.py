"""Agents as the API knows them: profile, status, limit with every input, the policy they are measured by."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from app.fields import Moment, PartyId, Reason, line
from app.money_dto import CurrencyCode, MoneyDto, shown, shown_rate
from domain.financing.agents.limits import LimitExplained
from domain.financing.agents.rules import Standing, agent_limit, headroom, used_percent
from domain.financing.agents.states import Status
from domain.financing.agents.tables import Agent, AgentPolicy, AgentWarning, StatusChange
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

Factor = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,2}(\.[0-9]{1,3})?$", max_length=6, description="A multiple: 4 is four times.", examples=["4"]
    ),
]
ReportingDays = Annotated[
    int, msgspec.Meta(ge=15, le=30, description="15 or 30: the length of a settlement period.", examples=[15])
]
RemittanceDays = Annotated[
    int, msgspec.Meta(ge=0, le=90, description="From the end of a period to its payment.", examples=[10])
]
Evidence = Annotated[str, line(500, "What it was judged by.", "Audited accounts 2025")]


class EnrolAgent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A party of kind agent, for whom it sells, and how it settles; its first period begins today unless told."""

    agent_id: PartyId
    seller_id: PartyId
    currency: CurrencyCode
    reporting_days: ReportingDays
    remittance_days: RemittanceDays
    period_from: date | None = None


class ChangeDays(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How the agent settles from its open period on."""

    reporting_days: ReportingDays
    remittance_days: RemittanceDays


class ReviewFinances(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether the agent's finances pass, and by what they were judged (R25)."""

    passed: bool
    evidence: Evidence


class OverrideHistory(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether its payment history passes whatever happened; null lets what happened speak again (R25)."""

    passes: bool | None
    reason: Reason


class SetPolicy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How agents are measured from a date on: what a deposit counts for, what capacity is multiplied by."""

    valid_from: date
    citation: Annotated[str, line(500, "What it rests on.", "Agency risk manual, chapter 3")]
    multiple_a: Factor
    multiple_b: Factor
    factor_a: Factor
    factor_b: Factor
    late_allowed: Annotated[int, msgspec.Meta(ge=0, le=24)] = 0
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0
    window_days: Annotated[int, msgspec.Meta(ge=1, le=1098)] = 365
    call_days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 5
    report_confirms: bool = True


class PolicyView(msgspec.Struct, kw_only=True):
    """A policy in force from a date on."""

    valid_from: date
    citation: str
    multiple_a: str
    multiple_b: str
    factor_a: str
    factor_b: str
    late_allowed: int
    grace_days: int
    window_days: int
    call_days: int
    report_confirms: bool
    made_by: str
    made_at: Moment


class AgentView(msgspec.Struct, kw_only=True):
    """An agent as it stands; `debtor_id` is the same firm on its invoices."""

    id: PartyId
    seller_id: PartyId
    debtor_id: PartyId
    currency: str
    reporting_days: int
    remittance_days: int
    period_from: date
    status: Status
    finances_pass: bool
    finances_reviewed_on: date | None
    finances_evidence: str
    history_pass: bool
    late_periods: int
    history_override: bool | None
    override_reason: str
    reviewed_on: date | None
    halted: bool
    sold: MoneyDto
    refunded: MoneyDto
    remitted: MoneyDto
    outstanding: MoneyDto
    deposit: MoneyDto
    returning: MoneyDto
    limit: MoneyDto
    headroom: MoneyDto
    created_at: Moment


class PeriodSalesView(msgspec.Struct, kw_only=True):
    """What was sold in one of the highest periods, less refunds."""

    sales: MoneyDto
    days: int


class AgentLimitView(msgspec.Struct, kw_only=True):
    """An agent's limit with the rules and every input behind it."""

    rules: list[str]
    agent_id: PartyId
    status: Status
    halted: bool
    days_at_risk: int
    highest_periods: list[PeriodSalesView]
    mean_daily_sales: MoneyDto | None
    factor: str
    capacity: MoneyDto | None
    deposit: MoneyDto
    multiple: str
    limit: MoneyDto
    outstanding: MoneyDto
    used_percent: str
    headroom: MoneyDto
    policy_from: date
    citation: str


class AgentWarningView(msgspec.Struct, kw_only=True):
    """That a part of the limit was used, in per cent; cleared when capacity was restored (R21)."""

    agent_id: PartyId
    level: int
    limit: MoneyDto
    outstanding: MoneyDto
    raised_at: Moment
    cleared_at: Moment | None


class StatusChangeView(msgspec.Struct, kw_only=True):
    """A status, and of what it was found (R25)."""

    agent_id: PartyId
    on: date
    status: Status
    finances_pass: bool
    history_pass: bool
    late_periods: int
    actor: str
    reason: str


def agent_view(row: Agent) -> AgentView:
    """The agent as the API shows it."""
    standing = row.standing
    return AgentView(
        id=row.public_id,
        seller_id=public_id(PARTY, row.seller_id),
        debtor_id=public_id(PARTY, row.debtor_id),
        currency=row.currency,
        reporting_days=row.reporting_days,
        remittance_days=row.remittance_days,
        period_from=row.period_from,
        status=row.status,
        finances_pass=row.finances_pass,
        finances_reviewed_on=row.finances_reviewed_on,
        finances_evidence=row.finances_evidence,
        history_pass=row.history_pass,
        late_periods=row.late_periods,
        history_override=row.history_override,
        override_reason=row.override_reason,
        reviewed_on=row.reviewed_on,
        halted=row.halted,
        sold=shown(row.money(row.sold_minor)),
        refunded=shown(row.money(row.refunded_minor)),
        remitted=shown(row.money(row.remitted_minor)),
        outstanding=shown(row.outstanding),
        deposit=shown(row.money(row.deposit_minor)),
        returning=shown(row.money(row.returning_minor)),
        limit=shown(agent_limit(standing)),
        headroom=shown(headroom(standing)),
        created_at=row.created_at,
    )


def limit_view(agent_id: UUID, explained: LimitExplained) -> AgentLimitView:
    """The explanation as the API shows it."""
    standing: Standing = explained.standing
    mean = explained.mean_daily_sales
    return AgentLimitView(
        rules=["R21", "R25", "R26", "R27"] if standing.halted else ["R21", "R25", "R26"],
        agent_id=public_id(PARTY, agent_id),
        status=standing.status,
        halted=standing.halted,
        days_at_risk=explained.days_at_risk,
        highest_periods=[PeriodSalesView(sales=shown(each.sales), days=each.days) for each in explained.highest],
        mean_daily_sales=None if mean is None else shown(mean),
        factor=shown_rate(explained.factor),
        capacity=None if standing.capacity is None else shown(standing.capacity),
        deposit=shown(standing.secured),
        multiple=shown_rate(standing.multiple),
        limit=shown(explained.limit),
        outstanding=shown(standing.outstanding),
        used_percent=str(used_percent(explained.limit, standing.outstanding)),
        headroom=shown(explained.headroom),
        policy_from=explained.policy_from,
        citation=explained.citation,
    )


def policy_view(row: AgentPolicy) -> PolicyView:
    """The policy as the API shows it."""
    return PolicyView(
        valid_from=row.valid_from,
        citation=row.citation,
        multiple_a=shown_rate(row.multiple_a),
        multiple_b=shown_rate(row.multiple_b),
        factor_a=shown_rate(row.factor_a),
        factor_b=shown_rate(row.factor_b),
        late_allowed=row.late_allowed,
        grace_days=row.grace_days,
        window_days=row.window_days,
        call_days=row.call_days,
        report_confirms=row.report_confirms,
        made_by=row.made_by,
        made_at=row.made_at,
    )


def warning_view(row: AgentWarning) -> AgentWarningView:
    """The warning as the API shows it."""
    return AgentWarningView(
        agent_id=public_id(PARTY, row.agent_id),
        level=row.level,
        limit=MoneyDto.of_minor(row.limit_minor, row.currency),
        outstanding=MoneyDto.of_minor(row.outstanding_minor, row.currency),
        raised_at=row.created_at,
        cleared_at=row.cleared_at,
    )


def status_change_view(row: StatusChange) -> StatusChangeView:
    """The change as the API shows it."""
    return StatusChangeView(
        agent_id=public_id(PARTY, row.agent_id),
        on=row.on,
        status=row.status,
        finances_pass=row.finances_pass,
        history_pass=row.history_pass,
        late_periods=row.late_periods,
        actor=row.actor,
        reason=row.reason,
    )
