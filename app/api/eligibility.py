"""Eligibility: what every rule says of a receivable now, and what it said before."""

from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency

from app.api.eligibility_dto import EligibilityView, eligibility_view
from app.api.receivables import visible_receivable
from app.deps import Work
from app.endpoints import command, query
from app.fields import ReceivablePath
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page, read_cursor
from domain.access.rules import Permission
from domain.receivables import checks
from domain.receivables.tables import Receivable


class EligibilityChecks(Controller):
    """Whether a receivable may be financed: for its seller and the group, not its debtor."""

    path = "/receivables/{receivable_id:str}/eligibility"
    tags = ("receivables",)

    @query("/", needs=Permission.RECEIVABLES_READ)
    def list_eligibility_checks(
        self,
        work: NamedDependency[Work],
        receivable_id: ReceivablePath,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[EligibilityView]:
        """List the checks of a receivable, latest first, each with what its rules saw."""
        row = _sold(work, receivable_id)
        listing = ("eligibility", receivable_id)
        ended = read_cursor(work, listing, cursor)
        before = UUID(ended[0]) if ended else None
        found = checks.eligibility_checks(work.session, row.id, before=before, limit=limit + 1)
        return page(work, listing, found, limit, view=eligibility_view, position=lambda check: [str(check.id)])

    @command("/", needs=Permission.RECEIVABLES_WRITE)
    def check_eligibility(self, work: NamedDependency[Work], receivable_id: ReceivablePath) -> EligibilityView:
        """Check a receivable by every rule, as of today; the result is kept."""
        row = _sold(work, receivable_id)
        checks.check_eligibility(work.session, [row.id], clock=work.clock, actor=work.actor)
        (latest,) = checks.eligibility_checks(work.session, row.id, limit=1)
        return eligibility_view(latest)


def _sold(work: Work, reference: str) -> Receivable:
    """The receivable, for who sells it: what the group knows of firms is not the debtor's business."""
    row = visible_receivable(work, reference)
    work.confine(row.seller_id, kind="receivable", reference=reference)
    return row
