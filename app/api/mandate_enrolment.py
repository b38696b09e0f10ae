"""Mandates drafted, authorised by their payers, registered by their banks; taken up again, blocked, replaced."""

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.mandate_enrolment_dto import (
    AuthoriseMandate,
    DraftedView,
    DraftMandates,
    MandateFileView,
    RegistrationsView,
    ReplaceMandate,
    ReplacementView,
    drafted_view,
    mandate_file_view,
    registrations_view,
)
from app.api.mandates import visible_mandate
from app.api.mandates_dto import MandateView, mandate_view
from app.deps import Work
from app.endpoints import command, query, upload
from app.fields import CurrencyOf, FileName, MandatePath, ReasonBody, RefuseDigest
from domain.access.rules import Permission
from domain.collection import endings, enrolment, replacements
from domain.collection.mandate_file import import_mandates
from domain.collection.queries import registrations_of
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.values.currency import minor_units


class MandateEnrolment(Controller):
    """How mandates come into force, and what takes their place."""

    path = "/mandates"
    tags = ("mandates",)

    @command("/drafts", needs=Permission.MANDATES_WRITE)
    def draft_mandates(self, work: NamedDependency[Work], data: JSONBody[DraftMandates]) -> DraftedView:
        """Draft mandates for their payers to authorise.

        Each by itself: those in order are drafted, the others are answered with their reasons.
        """
        asked = [item.value(place, work.clock.today()) for place, item in enumerate(data.items)]
        for mandate in asked:
            work.confine(mandate.party_id, kind="party", reference=public_id(PARTY, mandate.party_id))
        drafted, refused = enrolment.draft_each(work.session, asked, actor=work.actor, clock=work.clock)
        return drafted_view(asked, drafted, refused)

    @upload("/imports", needs=Permission.MANDATES_WRITE)
    def import_mandates(
        self, work: NamedDependency[Work], body: RawBody, file_name: FileName, currency: CurrencyOf
    ) -> MandateFileView:
        """Draft the mandates of a CSV or XLSX file for their payers to authorise, all of them or none.

        The body is the file itself. With a fault in any row nothing is drafted, and each is answered with row, column
        and remedy. `currency` is that of rows that name none.
        """
        work.whole_group()
        minor_units(currency)
        report = import_mandates(
            work.session,
            content=body,
            file_name=file_name,
            currency=currency,
            keys=work.keys,
            actor=work.actor,
            clock=work.clock,
        )
        return mandate_file_view(report)

    @command("/{mandate_id:str}/ask-authorisation", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def ask_mandate_authorisation(self, work: NamedDependency[Work], mandate_id: MandatePath) -> MandateView:
        """Put a draft before its payer."""
        row = visible_mandate(work, mandate_id)
        return mandate_view(enrolment.ask_authorisation(work.session, row.id, actor=work.actor, clock=work.clock))

    @command("/{mandate_id:str}/authorise", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def record_mandate_authorisation(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[AuthoriseMandate]
    ) -> MandateView:
        """Record that the payer has said yes, with its proof; its bank is asked to register the mandate next."""
        row = visible_mandate(work, mandate_id)
        return mandate_view(
            enrolment.record_authorisation(work.session, row.id, data.value(), actor=work.actor, clock=work.clock)
        )

    @query("/{mandate_id:str}/registrations", needs=Permission.MANDATES_READ)
    def list_mandate_registrations(self, work: NamedDependency[Work], mandate_id: MandatePath) -> RegistrationsView:
        """Show what the payer's bank was told of a mandate, and what it said."""
        row = visible_mandate(work, mandate_id)
        return registrations_view(registrations_of(work.session, row.id))

    @command("/{mandate_id:str}/reinstate-ended", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def reinstate_ended_mandate(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReasonBody]
    ) -> MandateView:
        """Ask the bank anew to register a mandate that had expired or was cancelled."""
        row = visible_mandate(work, mandate_id)
        return mandate_view(
            enrolment.reinstate_ended(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        )

    @command("/{mandate_id:str}/block", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def block_mandate(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReasonBody]
    ) -> MandateView:
        """End a mandate under which nothing may ever be debited again, such as after a fraud."""
        row = visible_mandate(work, mandate_id)
        endings.block_mandates(work.session, [row.id], reason=data.reason, actor=work.actor, clock=work.clock)
        return mandate_view(row)

    @command("/{mandate_id:str}/replace", needs=Permission.MANDATES_WRITE)
    def propose_mandate_replacement(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReplaceMandate]
    ) -> ReplacementView:
        """Propose a new paper in the place of a mandate, which stands until a second person has approved it."""
        row = visible_mandate(work, mandate_id)
        digest = replacements.propose_replacement(
            work.session, row.id, data.value(row), actor=work.actor, clock=work.clock
        )
        return ReplacementView(mandate_id=mandate_id, digest=digest)

    @command("/{mandate_id:str}/approve-replacement", needs=Permission.MANDATES_APPROVE)
    def approve_mandate_replacement(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[ReplaceMandate]
    ) -> MandateView:
        """Put exactly this paper in force, as another person proposed it; plans go on under it."""
        row = visible_mandate(work, mandate_id)
        return mandate_view(
            replacements.approve_replacement(work.session, row.id, data.value(row), actor=work.actor, clock=work.clock)
        )

    @command("/{mandate_id:str}/withdraw-replacement", needs=Permission.MANDATES_WRITE, status_code=HTTP_200_OK)
    def withdraw_mandate_replacement(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[RefuseDigest]
    ) -> MandateView:
        """Take back a paper that was proposed; the mandate stays in force as it is."""
        return _without_replacement(work, mandate_id, data)

    @command("/{mandate_id:str}/refuse-replacement", needs=Permission.MANDATES_APPROVE, status_code=HTTP_200_OK)
    def refuse_mandate_replacement(
        self, work: NamedDependency[Work], mandate_id: MandatePath, data: JSONBody[RefuseDigest]
    ) -> MandateView:
        """Refuse a paper that was proposed; the mandate stays in force as it is."""
        return _without_replacement(work, mandate_id, data)


def _without_replacement(work: Work, reference: str, refusal: RefuseDigest) -> MandateView:
    row = visible_mandate(work, reference)
    return mandate_view(
        replacements.refuse_replacement(
            work.session, row.id, digest=refusal.digest, reason=refusal.reason, actor=work.actor, clock=work.clock
        )
    )
