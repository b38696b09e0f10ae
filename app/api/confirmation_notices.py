"""Notices that ask debtors to confirm, the proof that they arrived, and all that stands behind a debtor's word."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.api.confirmation_notices_dto import (
    ConfirmationStanding,
    DeliveredView,
    NoticeView,
    ProveDelivery,
    SendNotice,
    delivered_view,
    notice_view,
    standing_view,
)
from app.api.parties import visible_party
from app.api.receivables import visible_receivable
from app.deps import Work
from app.endpoints import command, query
from app.fields import NoticePath, ReceivablePath, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from domain.receivables import notices
from domain.receivables.evidence import evidence_of
from domain.receivables.listings import CONFIRMATION_NOTICES

Filters = Annotated[list[str] | None, filters_of(CONFIRMATION_NOTICES)]


class ConfirmationNotices(Controller):
    """What debtors were asked, and what proves their answer."""

    tags = ("receivables",)

    @query("/confirmation-notices", needs=Permission.RECEIVABLES_READ)
    def list_confirmation_notices(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[NoticeView]:
        """List notices that asked debtors to confirm, newest first."""
        return listed(work, CONFIRMATION_NOTICES, notice_view, filters=filters, cursor=cursor, limit=limit)

    @command("/confirmation-notices", needs=Permission.RECEIVABLES_VERIFY)
    def send_confirmation_notice(self, work: NamedDependency[Work], data: JSONBody[SendNotice]) -> NoticeView:
        """Note that a debtor was asked to answer for invoices by a date.

        Silence confirms them once that date has passed, if another person proved the delivery: as `silent`, or as
        `deemed` where the notice says that silence counts as consent.
        """
        work.whole_group()
        body_date("answer_by", data.answer_by)
        debtor = visible_party(work, data.debtor_id)
        return notice_view(notices.send_notice(work.session, data.value(debtor.id), actor=work.actor, clock=work.clock))

    @command("/confirmation-notices/{notice_id:str}/delivery", needs=Permission.RECEIVABLES_VERIFY)
    def prove_delivery(
        self, work: NamedDependency[Work], notice_id: NoticePath, data: JSONBody[ProveDelivery]
    ) -> DeliveredView:
        """Record the proof that a notice reached its debtor; for another person than its sender."""
        work.whole_group()
        body_date("delivered_on", data.delivered_on)
        delivery = notices.prove_delivery(
            work.session,
            parse_public_id(notices.PREFIX, notice_id),
            delivered_on=data.delivered_on,
            how=data.how,
            document=data.document.value(),
            actor=work.actor,
            clock=work.clock,
        )
        return delivered_view(delivery)

    @query("/receivables/{receivable_id:str}/confirmation", needs=Permission.RECEIVABLES_READ)
    def get_confirmation_evidence(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath
    ) -> ConfirmationStanding:
        """Show how well a receivable is confirmed, and by what evidence, oldest first."""
        row = visible_receivable(work, receivable_id)
        return standing_view(row, evidence_of(work.session, row.id))
