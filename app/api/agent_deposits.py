"""Deposits of agents: held, called up, paid back by two people and the bank."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.agent_deposits_dto import (
    RETURN,
    CallView,
    DepositEventView,
    ProposeReturn,
    ReturnView,
    call_view,
    deposit_event_view,
    return_view,
)
from app.api.agents import visible_agent
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ApproveDigest, RefuseDigest, ReturnPath
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing.agents import returns
from domain.financing.agents.listings import CALLS, DEPOSITS, RETURNS
from domain.financing.agents.tables import DepositReturn

DepositFilters = Annotated[list[str] | None, filters_of(DEPOSITS)]
CallFilters = Annotated[list[str] | None, filters_of(CALLS)]
ReturnFilters = Annotated[list[str] | None, filters_of(RETURNS)]


class Deposits(Controller):
    """What is held for agents."""

    path = "/agent-deposits"
    tags = ("agents",)

    @query("/", needs=Permission.AGENTS_READ)
    def list_agent_deposits(
        self,
        work: NamedDependency[Work],
        filters: DepositFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[DepositEventView]:
        """List what changed deposits, newest first.

        Deposits come with the bank's statements: transfers that begin with `DEPOSIT` or `保证金` and the agent's code.
        """
        return listed(work, DEPOSITS, deposit_event_view, filters=filters, cursor=cursor, limit=limit)

    @query("/calls", needs=Permission.AGENTS_READ)
    def list_deposit_calls(
        self,
        work: NamedDependency[Work],
        filters: CallFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[CallView]:
        """List calls to top up deposits, newest first."""
        return listed(work, CALLS, call_view, filters=filters, cursor=cursor, limit=limit)

    @query("/returns", needs=Permission.AGENTS_READ)
    def list_deposit_returns(
        self,
        work: NamedDependency[Work],
        filters: ReturnFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ReturnView]:
        """List deposits on their way back, newest first."""
        return listed(work, RETURNS, return_view, filters=filters, cursor=cursor, limit=limit)

    @money_command("/returns", needs=Permission.AGENTS_WRITE)
    def propose_deposit_return(self, work: NamedDependency[Work], data: JSONBody[ProposeReturn]) -> ReturnView:
        """Ask to pay a part of a deposit back; never what secures outstanding sales (R26)."""
        agent = visible_agent(work, data.agent_id)
        work.confine(agent.seller_id, kind="agent", reference=data.agent_id)
        made = returns.propose_return(work.session, agent.id, data.amount.money(), actor=work.actor, clock=work.clock)
        return return_view(made)

    @money_command("/returns/{return_id:str}/approve", needs=Permission.AGENTS_APPROVE, status_code=HTTP_200_OK)
    def approve_deposit_return(
        self, work: NamedDependency[Work], return_id: ReturnPath, data: JSONBody[ApproveDigest]
    ) -> ReturnView:
        """Let a deposit another person proposed to pay back leave with the next run."""
        row = _return(work, return_id)
        approved = returns.approve_return(
            work.session, row.id, digest_seen=data.digest, actor=work.actor, clock=work.clock
        )
        return return_view(approved)

    @command("/returns/{return_id:str}/refuse", needs=Permission.AGENTS_APPROVE, status_code=HTTP_200_OK)
    def refuse_deposit_return(
        self, work: NamedDependency[Work], return_id: ReturnPath, data: JSONBody[RefuseDigest]
    ) -> ReturnView:
        """Keep a deposit another person proposed to pay back."""
        row = _return(work, return_id)
        refused = returns.refuse_return(
            work.session, row.id, digest_seen=data.digest, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return return_view(refused)


def _return(work: Work, reference: str) -> DepositReturn:
    """The return, for who decides about it."""
    work.whole_group()
    return work.find(DepositReturn, RETURN, reference, kind="deposit return")
