"""Entrusted collection: for whom, what falls due when, what came in, what was paid out."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.collection_dto import (
    CancelDues,
    ClientClaimView,
    ClientView,
    DueView,
    MovedView,
    PayoutView,
    PlanView,
    PresentDues,
    ProposeClient,
    ProveNotices,
    RegisteredPlansView,
    RegisterPlans,
    client_claim_view,
    client_view,
    due_view,
    payout_view,
    plan_view,
    registered_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ApproveDigest, ClientPath, PlanPath, ReasonBody, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.collection import clients, dues, notices, plans
from domain.collection.clients import PREFIX as CLIENT
from domain.collection.dues import PREFIX as DUE
from domain.collection.listings import CLAIMS, CLIENTS, DUES, PAYOUTS, PLANS
from domain.collection.plans import PREFIX as PLAN
from domain.collection.states import ClientState, PlanState
from domain.collection.tables import Client, Plan
from domain.platform.ids import parse_public_id, public_id

ClientFilters = Annotated[list[str] | None, filters_of(CLIENTS)]
PlanFilters = Annotated[list[str] | None, filters_of(PLANS)]
DueFilters = Annotated[list[str] | None, filters_of(DUES)]
ClaimFilters = Annotated[list[str] | None, filters_of(CLAIMS)]
PayoutFilters = Annotated[list[str] | None, filters_of(PAYOUTS)]


class CollectionClients(Controller):
    """Firms for which dues are collected."""

    path = "/collection/clients"
    tags = ("collection",)

    @query("/", needs=Permission.COLLECTION_READ)
    def list_collection_clients(
        self,
        work: NamedDependency[Work],
        filters: ClientFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ClientView]:
        """List clients, newest first."""
        return listed(work, CLIENTS, client_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{client_id:str}", needs=Permission.COLLECTION_READ)
    def get_collection_client(self, work: NamedDependency[Work], client_id: ClientPath) -> ClientView:
        """Show a client."""
        return client_view(visible_client(work, client_id))

    @command("/", needs=Permission.COLLECTION_WRITE)
    def propose_collection_client(self, work: NamedDependency[Work], data: JSONBody[ProposeClient]) -> ClientView:
        """Propose a client; collections begin once a second person has approved its terms."""
        work.whole_group()
        return client_view(clients.propose_client(work.session, data.value(), actor=work.actor, clock=work.clock))

    @command("/{client_id:str}/approve", needs=Permission.COLLECTION_APPROVE, status_code=HTTP_200_OK)
    def approve_collection_client(
        self, work: NamedDependency[Work], client_id: ClientPath, data: JSONBody[ApproveDigest]
    ) -> ClientView:
        """Begin to collect for a client, on exactly the terms whose digest was seen."""
        work.whole_group()
        identity = parse_public_id(CLIENT, client_id)
        return client_view(
            clients.approve_client(work.session, identity, digest=data.digest, actor=work.actor, clock=work.clock)
        )

    @command("/{client_id:str}/suspend", needs=Permission.COLLECTION_WRITE, status_code=HTTP_200_OK)
    def suspend_collection_client(
        self, work: NamedDependency[Work], client_id: ClientPath, data: JSONBody[ReasonBody]
    ) -> ClientView:
        """Collect nothing more for a client for now."""
        return _moved(work, client_id, ClientState.SUSPENDED, data.reason)

    @command("/{client_id:str}/resume", needs=Permission.COLLECTION_APPROVE, status_code=HTTP_200_OK)
    def resume_collection_client(
        self, work: NamedDependency[Work], client_id: ClientPath, data: JSONBody[ReasonBody]
    ) -> ClientView:
        """Collect again for a client that was suspended."""
        return _moved(work, client_id, ClientState.ACTIVE, data.reason)

    @command("/{client_id:str}/close", needs=Permission.COLLECTION_APPROVE, status_code=HTTP_200_OK)
    def close_collection_client(
        self, work: NamedDependency[Work], client_id: ClientPath, data: JSONBody[ReasonBody]
    ) -> ClientView:
        """Collect nothing more for a client, for good."""
        return _moved(work, client_id, ClientState.CLOSED, data.reason)

    @command("/{client_id:str}/plans", needs=Permission.COLLECTION_WRITE)
    def register_plans(
        self, work: NamedDependency[Work], client_id: ClientPath, data: JSONBody[RegisterPlans]
    ) -> RegisteredPlansView:
        """Register plans of a client.

        Each by itself: those in order are laid out, the others are answered with their reasons.
        """
        client = visible_client(work, client_id)
        asked = [item.value(place) for place, item in enumerate(data.items)]
        registered, refused = plans.register_plans(
            work.session, client.id, asked, calendar=work.calendar, actor=work.actor, clock=work.clock
        )
        return registered_view(asked, [public_id(PLAN, plan_id) for plan_id in registered], refused)


class CollectionPlans(Controller):
    """What payers owe clients, and when."""

    path = "/collection/plans"
    tags = ("collection",)

    @query("/", needs=Permission.COLLECTION_READ)
    def list_plans(
        self,
        work: NamedDependency[Work],
        filters: PlanFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[PlanView]:
        """List plans, newest first."""
        work.whole_group()
        return listed(work, PLANS, plan_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{plan_id:str}", needs=Permission.COLLECTION_READ)
    def get_plan(self, work: NamedDependency[Work], plan_id: PlanPath) -> PlanView:
        """Show a plan."""
        work.whole_group()
        return plan_view(work.find(Plan, PLAN, plan_id, kind="plan"))

    @command("/{plan_id:str}/pause", needs=Permission.COLLECTION_WRITE, status_code=HTTP_200_OK)
    def pause_plan(self, work: NamedDependency[Work], plan_id: PlanPath, data: JSONBody[ReasonBody]) -> PlanView:
        """Let nothing more fall due under a plan for now."""
        return _plan_moved(work, plan_id, PlanState.PAUSED, data.reason)

    @command("/{plan_id:str}/resume", needs=Permission.COLLECTION_WRITE, status_code=HTTP_200_OK)
    def resume_plan(self, work: NamedDependency[Work], plan_id: PlanPath, data: JSONBody[ReasonBody]) -> PlanView:
        """Go on with a paused plan; what would have fallen due meanwhile is not owed."""
        return _plan_moved(work, plan_id, PlanState.ACTIVE, data.reason)

    @command("/{plan_id:str}/end", needs=Permission.COLLECTION_WRITE, status_code=HTTP_200_OK)
    def end_plan(self, work: NamedDependency[Work], plan_id: PlanPath, data: JSONBody[ReasonBody]) -> PlanView:
        """End a plan; dues that no payer was told of are cancelled."""
        return _plan_moved(work, plan_id, PlanState.ENDED, data.reason)


class CollectionDues(Controller):
    """Single amounts that payers owe."""

    path = "/collection/dues"
    tags = ("collection",)

    @query("/", needs=Permission.COLLECTION_READ)
    def list_dues(
        self,
        work: NamedDependency[Work],
        filters: DueFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[DueView]:
        """List dues, newest first; a payer sees its own."""
        return listed(work, DUES, due_view, filters=filters, cursor=cursor, limit=limit)

    @command("/cancel", needs=Permission.COLLECTION_WRITE, status_code=HTTP_200_OK)
    def cancel_dues(self, work: NamedDependency[Work], data: JSONBody[CancelDues]) -> MovedView:
        """Give up dues that are not with the bank, all of them or none."""
        work.whole_group()
        ids = [parse_public_id(DUE, reference) for reference in data.dues]
        dues.cancel_dues(work.session, ids, reason=data.reason, actor=work.actor, clock=work.clock)
        return MovedView(count=len(set(ids)))

    @money_command("/present-anew", needs=Permission.COLLECTION_APPROVE, status_code=HTTP_200_OK)
    def present_dues_anew(self, work: NamedDependency[Work], data: JSONBody[PresentDues]) -> MovedView:
        """Debit failed dues once more, on a day their payers are told of; all of them or none."""
        work.whole_group()
        ids = [parse_public_id(DUE, reference) for reference in data.dues]
        debit_on = body_date("debit_on", data.debit_on)
        dues.present_anew(work.session, ids, debit_on=debit_on, reason=data.reason, actor=work.actor, clock=work.clock)
        return MovedView(count=len(set(ids)))

    @command("/proofs", needs=Permission.COLLECTION_WRITE)
    def prove_notices(self, work: NamedDependency[Work], data: JSONBody[ProveNotices]) -> MovedView:
        """Keep proofs that notices reached their payers, each once; answers how many are new."""
        work.whole_group()
        proofs = [item.value(place) for place, item in enumerate(data.items)]
        return MovedView(count=notices.prove_notices(work.session, proofs, actor=work.actor, clock=work.clock))


class ClientPayouts(Controller):
    """What clients are paid."""

    path = "/collection/payouts"
    tags = ("collection",)

    @query("/", needs=Permission.COLLECTION_READ)
    def list_client_payouts(
        self,
        work: NamedDependency[Work],
        filters: PayoutFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[PayoutView]:
        """List payouts to clients, newest first."""
        work.whole_group()
        return listed(work, PAYOUTS, payout_view, filters=filters, cursor=cursor, limit=limit)


class ClientClaims(Controller):
    """What clients owe back."""

    path = "/collection/claims"
    tags = ("collection",)

    @query("/", needs=Permission.COLLECTION_READ)
    def list_client_claims(
        self,
        work: NamedDependency[Work],
        filters: ClaimFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ClientClaimView]:
        """List claims on clients, newest first; the next payout recovers those that none has recovered."""
        work.whole_group()
        return listed(work, CLAIMS, client_claim_view, filters=filters, cursor=cursor, limit=limit)


def visible_client(work: Work, reference: str) -> Client:
    """The client, for its firm and the group. Raises NotFound."""
    row = work.find(Client, CLIENT, reference, kind="client")
    work.confine(row.party_id, kind="client", reference=reference)
    return row


def _moved(work: Work, reference: str, to: ClientState, reason: str) -> ClientView:
    work.whole_group()
    identity = parse_public_id(CLIENT, reference)
    return client_view(
        clients.move_client(work.session, identity, to, reason=reason, actor=work.actor, clock=work.clock)
    )


def _plan_moved(work: Work, reference: str, to: PlanState, reason: str) -> PlanView:
    work.whole_group()
    plan = work.find(Plan, PLAN, reference, kind="plan")
    plans.move_plans(work.session, [plan.id], to, reason=reason, actor=work.actor, clock=work.clock)
    return plan_view(plans.find_plan(work.session, plan.id))
