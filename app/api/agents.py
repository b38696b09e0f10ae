"""Agents: enrolled, reviewed, their limit explained, and the policy they are measured by."""

from decimal import Decimal
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.agents_dto import (
    AgentLimitView,
    AgentView,
    AgentWarningView,
    ChangeDays,
    EnrolAgent,
    OverrideHistory,
    PolicyView,
    ReviewFinances,
    SetPolicy,
    StatusChangeView,
    agent_view,
    limit_view,
    policy_view,
    status_change_view,
    warning_view,
)
from app.api.financing_changes_dto import ChangeView, change_view
from app.deps import Work
from app.endpoints import command, query
from app.fields import AgentPath, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from app.refusals import FieldFault, ValidationFailed
from domain.access.rules import Permission
from domain.financing import changes
from domain.financing.agents import limits, profiles, queries
from domain.financing.agents.listings import AGENTS, STATUSES, WARNINGS
from domain.financing.agents.policies import NewPolicy
from domain.financing.agents.profiles import NewAgent
from domain.financing.agents.tables import Agent
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.values.currency import minor_units
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(AGENTS)]
WarningFilters = Annotated[list[str] | None, filters_of(WARNINGS)]
StatusFilters = Annotated[list[str] | None, filters_of(STATUSES)]
_PERIODS = (15, 30)


class Agents(Controller):
    """Who sells for the group and settles later."""

    path = "/agents"
    tags = ("agents",)

    @query("/", needs=Permission.AGENTS_READ)
    def list_agents(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[AgentView]:
        """List agents, newest first; an agent sees itself."""
        return listed(work, AGENTS, agent_view, filters=filters, cursor=cursor, limit=limit)

    @command("/", needs=Permission.AGENTS_WRITE)
    def enrol_agent(self, work: NamedDependency[Work], data: JSONBody[EnrolAgent]) -> AgentView:
        """Enrol a party of kind agent; until its finances are reviewed it is of status B at best (R25)."""
        work.whole_group()
        minor_units(data.currency)
        new = NewAgent(
            agent_id=parse_public_id(PARTY, data.agent_id),
            seller_id=parse_public_id(PARTY, data.seller_id),
            currency=data.currency,
            reporting_days=_period(data.reporting_days),
            remittance_days=data.remittance_days,
            period_from=body_date("period_from", data.period_from),
        )
        return agent_view(profiles.enrol_agent(work.session, new, actor=work.actor, clock=work.clock))

    @query("/{agent_id:str}", needs=Permission.AGENTS_READ)
    def get_agent(self, work: NamedDependency[Work], agent_id: AgentPath) -> AgentView:
        """Show an agent."""
        return agent_view(visible_agent(work, agent_id))

    @query("/{agent_id:str}/limit", needs=Permission.AGENTS_READ)
    def explain_agent_limit(self, work: NamedDependency[Work], agent_id: AgentPath) -> AgentLimitView:
        """Show what an agent may sell, with the rules and every input behind it (R21, R26)."""
        agent = visible_agent(work, agent_id)
        return limit_view(agent.id, limits.explain_limit(work.session, agent.id, clock=work.clock))

    @command("/{agent_id:str}/days", needs=Permission.AGENTS_WRITE)
    def propose_agent_days(
        self, work: NamedDependency[Work], agent_id: AgentPath, data: JSONBody[ChangeDays]
    ) -> ChangeView:
        """Propose how an agent settles, from its open period on; a second person puts it in force by its digest."""
        work.whole_group()
        change = changes.propose_days(
            work.session,
            visible_agent(work, agent_id),
            _period(data.reporting_days),
            data.remittance_days,
            actor=work.actor,
            clock=work.clock,
        )
        return change_view(change)

    @command("/{agent_id:str}/finances", needs=Permission.AGENTS_RISK, status_code=HTTP_200_OK)
    def review_agent_finances(
        self, work: NamedDependency[Work], agent_id: AgentPath, data: JSONBody[ReviewFinances]
    ) -> AgentView:
        """Note whether an agent's finances pass, and by what they were judged; its status follows (R25)."""
        work.whole_group()
        reviewed = profiles.review_finances(
            work.session,
            visible_agent(work, agent_id).id,
            passed=data.passed,
            evidence=data.evidence,
            actor=work.actor,
            clock=work.clock,
        )
        return agent_view(reviewed)

    @command("/{agent_id:str}/history", needs=Permission.AGENTS_RISK)
    def propose_agent_history(
        self, work: NamedDependency[Work], agent_id: AgentPath, data: JSONBody[OverrideHistory]
    ) -> ChangeView:
        """Propose to judge an agent's payment history by hand, or to let what happened speak again (R25).

        A second person puts it in force by its digest; the agent's status follows then.
        """
        work.whole_group()
        change = changes.propose_judgement(
            work.session,
            visible_agent(work, agent_id),
            passes=data.passes,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return change_view(change)

    @query("/warnings", needs=Permission.AGENTS_READ)
    def list_agent_warnings(
        self,
        work: NamedDependency[Work],
        filters: WarningFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[AgentWarningView]:
        """List when agents had used 50, 75 and 100 % of their limits, newest first (R21)."""
        return listed(work, WARNINGS, warning_view, filters=filters, cursor=cursor, limit=limit)

    @query("/statuses", needs=Permission.AGENTS_READ)
    def list_agent_statuses(
        self,
        work: NamedDependency[Work],
        filters: StatusFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[StatusChangeView]:
        """List how agents' statuses came about, newest first (R25)."""
        return listed(work, STATUSES, status_change_view, filters=filters, cursor=cursor, limit=limit)


class AgentPolicies(Controller):
    """How agents are measured."""

    path = "/agent-policies"
    tags = ("agents",)

    @query("/current", needs=Permission.AGENTS_READ)
    def get_agent_policy(self, work: NamedDependency[Work]) -> PolicyView:
        """Show the policy in force."""
        return policy_view(queries.policy_on(work.session, work.clock.today()))

    @command("/", needs=Permission.AGENTS_RISK)
    def propose_agent_policy(self, work: NamedDependency[Work], data: JSONBody[SetPolicy]) -> ChangeView:
        """Propose a policy from a date on, today at the earliest; a second person puts it in force by its digest."""
        work.whole_group()
        valid_from = body_date("valid_from", data.valid_from)
        new = NewPolicy(
            valid_from=valid_from,
            citation=data.citation,
            multiple_a=Decimal(data.multiple_a),
            multiple_b=Decimal(data.multiple_b),
            factor_a=Decimal(data.factor_a),
            factor_b=Decimal(data.factor_b),
            late_allowed=data.late_allowed,
            grace_days=data.grace_days,
            window_days=data.window_days,
            call_days=data.call_days,
            report_confirms=data.report_confirms,
        )
        return change_view(changes.propose_policy(work.session, new, actor=work.actor, clock=work.clock))


def visible_agent(work: Work, reference: str) -> Agent:
    """The agent, for itself, its seller and the group. Raises NotFound."""
    row = queries.find_agent(work.session, parse_public_id(PARTY, reference))
    if work.principal.party_id not in {None, row.id, row.seller_id}:
        raise NotFound(kind="agent", reference=reference)
    return row


def _period(days: int) -> int:
    """A settlement period's length. Raises ValidationFailed."""
    if days not in _PERIODS:
        raise ValidationFailed([FieldFault("out_of_range", "15 or 30", "应为 15 或 30", pointer="#/reporting_days")])
    return days
