"""Claims: what lenders have registered on a receivable and told its debtor, and who is paid first."""

from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.claims_dto import (
    AssignmentNoticeView,
    ClaimsView,
    HypotheticalClaim,
    PreviewView,
    RecordAssignmentNotice,
    RecordRegistration,
    RegistrationView,
    assignment_notice_view,
    claims_view,
    preview_view,
    registration_view,
)
from app.api.parties import visible_party
from app.api.receivables_dto import RECEIVABLE
from app.deps import Work
from app.endpoints import command, query
from app.fields import ReasonBody, ReceivablePath, RegistrationPath, body_date
from domain.access.rules import Permission
from domain.financing.listings import ADVANCES
from domain.platform.ids import parse_public_id
from domain.platform.listing import list_rows
from domain.receivables import claims
from domain.receivables.priority import priority
from domain.receivables.tables import Receivable
from domain.values.errors import NotFound
from domain.values.money import Money


class Claims(Controller):
    """Two lenders, one receivable: registered first, then notified first, then by what they lent."""

    tags = ("receivables",)

    @query("/receivables/{receivable_id:str}/claims", needs=Permission.RECEIVABLES_READ)
    def list_claims(self, work: NamedDependency[Work], receivable_id: ReceivablePath) -> ClaimsView:
        """Show what lenders have on record on a receivable, and what each gets of it; a lender sees its own."""
        row = _lent_on(work, receivable_id)
        return claims_view(
            claims.registrations_on(work.session, row.id),
            claims.assignment_notices_on(work.session, row.id),
            priority(claims.claims_on(work.session, row.id), _collectable(row)),
            only=work.principal.party_id,
        )

    @command("/receivables/{receivable_id:str}/registrations", needs=Permission.CLAIMS_WRITE)
    def record_registration(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[RecordRegistration]
    ) -> RegistrationView:
        """Put an entry of a public registry on record."""
        body_date("registered_at", data.registered_at)
        row, lender_id = _lent_on(work, receivable_id), visible_party(work, data.lender_id).id
        recorded = claims.record_registration(
            work.session, data.value(row, lender_id), actor=work.actor, clock=work.clock
        )
        return registration_view(recorded, None)

    @command("/registrations/{registration_id:str}/discharge", needs=Permission.CLAIMS_WRITE, status_code=HTTP_200_OK)
    def discharge_registration(
        self, work: NamedDependency[Work], registration_id: RegistrationPath, data: JSONBody[ReasonBody]
    ) -> RegistrationView:
        """Let go of a registration; one whose receivable closes is discharged by itself."""
        identity = parse_public_id(claims.REGISTRATION, registration_id)
        registration = claims.find_registration(work.session, identity)
        work.confine(registration.lender_id, kind="registration", reference=registration_id)
        gone = claims.discharge_registration(
            work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return registration_view(registration, gone)

    @command("/receivables/{receivable_id:str}/assignment-notices", needs=Permission.CLAIMS_WRITE)
    def record_assignment_notice(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[RecordAssignmentNotice]
    ) -> AssignmentNoticeView:
        """Put on record that the debtor was told a lender holds the claim on it."""
        body_date("served_at", data.served_at)
        row, lender_id = _lent_on(work, receivable_id), visible_party(work, data.lender_id).id
        recorded = claims.record_assignment_notice(
            work.session, data.value(row, lender_id), actor=work.actor, clock=work.clock
        )
        return assignment_notice_view(recorded)

    @command(
        "/receivables/{receivable_id:str}/priority-preview", needs=Permission.RECEIVABLES_READ, status_code=HTTP_200_OK
    )
    def preview_priority(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[HypotheticalClaim]
    ) -> PreviewView:
        """Show what each lender would get if another claim appeared; nothing is kept. A lender sees its own share."""
        row = _lent_on(work, receivable_id)
        another = data.value()
        preview = claims.preview_priority(claims.claims_on(work.session, row.id), another, _collectable(row))
        return preview_view(preview, another, only=work.principal.party_id)


def _collectable(row: Receivable) -> Money:
    """What there is to share: what is unpaid, or the face where the debtor has not answered yet."""
    return row.face_amount if row.confirmed_minor is None else row.unpaid


def _lent_on(work: Work, reference: str) -> Receivable:
    """The receivable, for the group, and for a lender with an advance on it. Raises NotFound."""
    row = work.find(Receivable, RECEIVABLE, reference, kind="receivable")
    lender: UUID | None = work.principal.party_id
    if lender is not None:
        filters = [f"receivable:eq:{reference}"]
        advances = list_rows(work.session, ADVANCES, filters=filters, party_id=lender, limit=1)
        if not any(advance.lender_id == lender for advance in advances):
            raise NotFound(kind="receivable", reference=reference)
    return row
