"""The debtor's word: proposed by its maker, signed by its checker."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.confirmations_dto import ConfirmationView, ProposeConfirmation, confirmation_view
from app.api.parties import visible_party
from app.api.receivables_dto import CONFIRMATION
from app.deps import Work
from app.endpoints import command, query
from app.fields import ConfirmationPath, ReasonBody
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from domain.receivables import queries, service
from domain.receivables.listings import CONFIRMATIONS

Filters = Annotated[list[str] | None, filters_of(CONFIRMATIONS)]


class Confirmations(Controller):
    """What debtors say to the invoices they owe."""

    path = "/confirmations"
    tags = ("receivables",)

    @query("/", needs=Permission.RECEIVABLES_READ)
    def list_confirmations(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ConfirmationView]:
        """List debtors' answers, newest first."""
        return listed(work, CONFIRMATIONS, confirmation_view, filters=filters, cursor=cursor, limit=limit)

    @command("/", needs=Permission.RECEIVABLES_ANSWER)
    def propose_confirmation(
        self, work: NamedDependency[Work], data: JSONBody[ProposeConfirmation]
    ) -> ConfirmationView:
        """Answer for a list of invoices: confirmed, with an amount, or disputed.

        Nothing changes until a second person of the debtor signs. What is confirmed already takes a better grade.
        """
        proposed = service.propose_confirmation(
            work.session,
            debtor_id=visible_party(work, data.debtor_id).id,
            answers=[answer.value() for answer in data.answers],
            actor=work.actor,
            clock=work.clock,
            document=data.document.value() if data.document else None,
        )
        return confirmation_view(proposed)

    @command("/{confirmation_id:str}/sign", needs=Permission.RECEIVABLES_CONFIRM, status_code=HTTP_200_OK)
    def sign_confirmation(self, work: NamedDependency[Work], confirmation_id: ConfirmationPath) -> ConfirmationView:
        """Sign the answers another person gave: amounts and dates bind the debtor from now on."""
        identity = parse_public_id(CONFIRMATION, confirmation_id)
        row = queries.confirmation(work.session, identity)
        work.confine(row.debtor_id, kind="confirmation", reference=confirmation_id)
        return confirmation_view(service.sign_confirmation(work.session, identity, actor=work.actor, clock=work.clock))

    @command("/{confirmation_id:str}/refuse", needs=Permission.RECEIVABLES_CONFIRM, status_code=HTTP_200_OK)
    def refuse_confirmation(
        self, work: NamedDependency[Work], confirmation_id: ConfirmationPath, data: JSONBody[ReasonBody]
    ) -> ConfirmationView:
        """Refuse to sign the answers another person gave: nothing was said."""
        identity = parse_public_id(CONFIRMATION, confirmation_id)
        row = queries.confirmation(work.session, identity)
        work.confine(row.debtor_id, kind="confirmation", reference=confirmation_id)
        refused = service.refuse_confirmation(
            work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return confirmation_view(refused)
