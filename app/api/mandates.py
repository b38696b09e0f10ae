"""Mandates: granted in bulk, suspended, reinstated, cancelled."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.mandates_dto import (
    AmendMandate,
    AmendmentView,
    DebitRefusalsView,
    GrantedView,
    GrantMandates,
    MandateVersionsView,
    MandateView,
    granted_view,
    mandate_view,
    refusals_view,
    versions_view,
)
from app.deps import Work
from app.endpoints import command, query
from app.fields import MandatePath, ReasonBody, RefuseDigest
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.collection import amendments, mandates
from domain.collection.listings import MANDATES
from domain.collection.queries import PREFIX as MANDATE
from domain.collection.queries import find_mandate, refusals_of
from domain.collection.tables import Mandate
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id

Filters = Annotated[list[str] | None, filters_of(MANDATES)]


class Mandates(Controller):
    """Debtors' leave to be debited."""

    path = "/mandates"
    tags = ("mandates",)

    @query("/", needs=Permission.MANDATES_READ)
    def list_mandates(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[MandateView]:
        """List mandates, newest first; a debtor sees its own."""
        return listed(work, MANDATES, mandate_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{mandate_id:str}", needs=Permission.MANDATES_READ)
    def get_mandate(self, work: NamedDependency[Work], mandate_id: MandatePath) -> MandateView:
        """Show a mandate."""
        return mandate_view(visible_mandate(work, mandate_id))

    @command("/", needs=Permission.MANDATES_WRITE)
    def grant_mandates(self, work: NamedDependency[Work], data: JSONBody[GrantMandates]) -> GrantedView:
        """Register signed mandates.

        Each by itself: those in order are in force at once, the others are answered with their reasons.
        """
        asked = [item.value(place) for place, item in enumerate(data.items)]
        for mandate in asked:
            work.confine(mandate.party_id, kind="party", reference=public_id(PARTY, mandate.party_id))
        granted, refused = mandates.grant_each(work.session, asked, actor=work.actor, clock=work.clock)
        return granted_view(asked, granted, refused)

    @command("/{mandate_id:str}/suspend", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def suspend_mandate(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReasonBody]
    ) -> MandateView:
        """Stop debiting under a mandate for now; one that is not active stays as it is."""
        row = visible_mandate(work, mandate_id)
        mandates.suspend_mandates(work.session, [row.id], reason=data.reason, actor=work.actor, clock=work.clock)
        return mandate_view(row)

    @command("/{mandate_id:str}/reinstate", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def reinstate_mandate(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReasonBody]
    ) -> MandateView:
        """Debit again under a mandate whose trouble is over."""
        row = visible_mandate(work, mandate_id)
        mandates.reinstate_mandates(work.session, [row.id], reason=data.reason, actor=work.actor, clock=work.clock)
        return mandate_view(row)

    @command("/{mandate_id:str}/cancel", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def cancel_mandate(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReasonBody]
    ) -> MandateView:
        """End a mandate for good."""
        row = visible_mandate(work, mandate_id)
        mandates.cancel_mandates(work.session, [row.id], reason=data.reason, actor=work.actor, clock=work.clock)
        return mandate_view(row)

    @query("/{mandate_id:str}/versions", needs=Permission.MANDATES_READ)
    def list_mandate_versions(self, work: NamedDependency[Work], mandate_id: MandatePath) -> MandateVersionsView:
        """Show every version of a mandate's terms, with what proves it."""
        row = visible_mandate(work, mandate_id)
        return versions_view(row, amendments.versions_of(work.session, row.id))

    @query("/{mandate_id:str}/refusals", needs=Permission.MANDATES_READ)
    def list_debit_refusals(self, work: NamedDependency[Work], mandate_id: MandatePath) -> DebitRefusalsView:
        """Show the debits that a mandate did not cover, limb by limb."""
        row = visible_mandate(work, mandate_id)
        return refusals_view(refusals_of(work.session, row.id))

    @command("/{mandate_id:str}/amend", needs=Permission.MANDATES_WRITE)
    def amend_mandate(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[AmendMandate]
    ) -> AmendmentView:
        """Propose new terms; nothing is debited under the mandate until a second person has approved them."""
        row = visible_mandate(work, mandate_id)
        digest = amendments.propose_amendment(
            work.session, row.id, data.value(row.currency), actor=work.actor, clock=work.clock
        )
        return AmendmentView(mandate_id=mandate_id, digest=digest)

    @command("/{mandate_id:str}/approve-amendment", needs=Permission.MANDATES_APPROVE, status_code=HTTP_200_OK)
    def approve_amendment(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[AmendMandate]
    ) -> MandateView:
        """Put exactly these terms in force, as another person proposed them."""
        row = visible_mandate(work, mandate_id)
        return mandate_view(
            amendments.approve_amendment(
                work.session, row.id, data.value(row.currency), actor=work.actor, clock=work.clock
            )
        )

    @command("/{mandate_id:str}/withdraw-amendment", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def withdraw_amendment(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[RefuseDigest]
    ) -> MandateView:
        """Take back new terms that were proposed; the mandate is debited under as before."""
        return _without_amendment(work, mandate_id, data)

    @command("/{mandate_id:str}/refuse-amendment", needs=Permission.MANDATES_APPROVE, status_code=HTTP_200_OK)
    def refuse_amendment(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[RefuseDigest]
    ) -> MandateView:
        """Refuse new terms that were proposed; the mandate is debited under as before."""
        return _without_amendment(work, mandate_id, data)


def _without_amendment(work: Work, reference: str, refusal: RefuseDigest) -> MandateView:
    row = visible_mandate(work, reference)
    return mandate_view(
        amendments.withdraw_amendment(
            work.session, row.id, digest=refusal.digest, reason=refusal.reason, actor=work.actor, clock=work.clock
        )
    )


def visible_mandate(work: Work, reference: str) -> Mandate:
    """The mandate, for its debtor and the group. Raises NotFound."""
    row = find_mandate(work.session, parse_public_id(MANDATE, reference))
    work.confine(row.party_id, kind="mandate", reference=reference)
    return row
