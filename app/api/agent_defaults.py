"""Defaults of agents: declared by one person, enforced by another; then claims, in the order of R27."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.agent_defaults_dto import (
    CLAIM,
    DEFAULT,
    ClaimPayment,
    ClaimView,
    DeclareDefault,
    DefaultView,
    claim_view,
    default_view,
)
from app.api.agents import visible_agent
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ApproveDigest, ClaimPath, DefaultPath, ReasonBody, RefuseDigest
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.agents import defaults
from domain.financing.agents.listings import CLAIMS, DEFAULTS
from domain.financing.agents.tables import AgentClaim, AgentDefault

DefaultFilters = Annotated[list[str] | None, filters_of(DEFAULTS)]
ClaimFilters = Annotated[list[str] | None, filters_of(CLAIMS)]


class AgentDefaults(Controller):
    """Agents that do not pay."""

    path = "/agent-defaults"
    tags = ("agents",)

    @query("/", needs=Permission.AGENTS_READ)
    def list_agent_defaults(
        self,
        work: NamedDependency[Work],
        filters: DefaultFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[DefaultView]:
        """List defaults, newest first."""
        return listed(work, DEFAULTS, default_view, filters=filters, cursor=cursor, limit=limit)

    @command("/", needs=Permission.AGENTS_RISK)
    def declare_agent_default(self, work: NamedDependency[Work], data: JSONBody[DeclareDefault]) -> DefaultView:
        """Declare that an agent does not pay what it owes; nothing moves until a second person enforces it."""
        work.whole_group()
        declared = defaults.declare_default(
            work.session,
            visible_agent(work, data.agent_id).id,
            data.owed.money(),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return default_view(declared)

    @money_command("/{default_id:str}/enforce", needs=Permission.AGENTS_APPROVE, status_code=HTTP_200_OK)
    def enforce_agent_default(
        self, work: NamedDependency[Work], default_id: DefaultPath, data: JSONBody[ApproveDigest]
    ) -> DefaultView:
        """Use the deposit, call it up again and claim the rest (R27).

        The agent sells nothing until its deposit is topped up.
        """
        row = _default(work, default_id)
        enforced = defaults.enforce_default(
            work.session, row.id, digest_seen=data.digest, actor=work.actor, clock=work.clock
        )
        return default_view(enforced)

    @command("/{default_id:str}/refuse", needs=Permission.AGENTS_APPROVE, status_code=HTTP_200_OK)
    def refuse_agent_default(
        self, work: NamedDependency[Work], default_id: DefaultPath, data: JSONBody[RefuseDigest]
    ) -> DefaultView:
        """There is no default after all."""
        row = _default(work, default_id)
        refused = defaults.refuse_default(
            work.session, row.id, digest_seen=data.digest, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return default_view(refused)


class AgentClaims(Controller):
    """Who answers for what a deposit did not cover."""

    path = "/agent-claims"
    tags = ("agents",)

    @query("/", needs=Permission.AGENTS_READ)
    def list_agent_claims(
        self,
        work: NamedDependency[Work],
        filters: ClaimFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ClaimView]:
        """List claims, newest first; who is to pay one sees it."""
        return listed(work, CLAIMS, claim_view, filters=filters, cursor=cursor, limit=limit)

    @command("/{claim_id:str}/pass-on", needs=Permission.AGENTS_RISK, status_code=HTTP_200_OK)
    def pass_on_agent_claim(
        self, work: NamedDependency[Work], claim_id: ClaimPath, data: JSONBody[ReasonBody]
    ) -> ClaimView:
        """Claim what was not paid from the next in the order: payouts, guarantor, seller. Answers the new claim."""
        row = _claim(work, claim_id)
        passed = defaults.pass_on_claim(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return claim_view(passed)

    @money_command("/{claim_id:str}/payments", needs=Permission.AGENTS_WRITE)
    def propose_claim_payment(
        self, work: NamedDependency[Work], claim_id: ClaimPath, data: JSONBody[ClaimPayment]
    ) -> ClaimView:
        """Ask to set what is held for the payer against the claim."""
        row = _claim(work, claim_id)
        amount = data.amount.money()
        proposed = defaults.propose_claim_payment(work.session, row.id, amount, actor=work.actor, clock=work.clock)
        return claim_view(proposed)

    @money_command("/{claim_id:str}/payments/approve", needs=Permission.AGENTS_APPROVE, status_code=HTTP_200_OK)
    def approve_claim_payment(
        self, work: NamedDependency[Work], claim_id: ClaimPath, data: JSONBody[ClaimPayment]
    ) -> ClaimView:
        """Take the very amount another person proposed of what is held for the payer."""
        row = _claim(work, claim_id)
        amount = data.amount.money()
        paid = defaults.approve_claim_payment(work.session, row.id, amount, actor=work.actor, clock=work.clock)
        return claim_view(paid)


def _default(work: Work, reference: str) -> AgentDefault:
    """The default, for who decides about it."""
    work.whole_group()
    return work.find(AgentDefault, DEFAULT, reference, kind="default")


def _claim(work: Work, reference: str) -> AgentClaim:
    """The claim, for who decides about it."""
    work.whole_group()
    return work.find(AgentClaim, CLAIM, reference, kind="claim")
