"""Statements: what the bank says it booked, and whether our books say the same."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.statements_dto import (
    AgreeCash,
    AgreementsView,
    EntryView,
    ImportedView,
    StatementView,
    agreements_view,
    entry_view,
    imported_view,
    statement_view,
)
from app.deps import Work
from app.endpoints import command, query, upload
from app.fields import body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.banking import statements
from domain.banking.listings import ENTRIES, STATEMENTS
from domain.reconciliation.agreement import agree_cash

Filters = Annotated[list[str] | None, filters_of(STATEMENTS)]
EntryFilters = Annotated[list[str] | None, filters_of(ENTRIES)]


class Statements(Controller):
    """What banks state."""

    tags = ("statements",)

    @query("/statements", needs=Permission.STATEMENTS_READ)
    def list_statements(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[StatementView]:
        """List statements, newest first."""
        return listed(work, STATEMENTS, statement_view, filters=filters, cursor=cursor, limit=limit)

    @upload("/statements/imports", needs=Permission.STATEMENTS_WRITE, media=["application/xml"], worker=True)
    def import_statements(self, work: NamedDependency[Work], body: RawBody) -> ImportedView:
        """Keep the statements of a camt.053 file.

        The body is the file itself. What is known changes nothing, in whatever file it comes.
        """
        work.whole_group()
        return imported_view(statements.import_statements(work.session, body, keys=work.keys, clock=work.clock))

    @query("/statement-entries", needs=Permission.STATEMENTS_READ)
    def list_statement_entries(
        self,
        work: NamedDependency[Work],
        filters: EntryFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[EntryView]:
        """List entries, newest first; `state:eq:imported` are those nobody has matched."""
        return listed(work, ENTRIES, entry_view, filters=filters, cursor=cursor, limit=limit)

    @command("/cash-agreements", needs=Permission.STATEMENTS_WRITE, status_code=HTTP_200_OK)
    def agree_cash(self, work: NamedDependency[Work], data: JSONBody[AgreeCash]) -> AgreementsView:
        """Compare the books with the bank's closing balances on a day, to the cent."""
        work.whole_group()
        on = body_date("on", data.on)
        return agreements_view(on, agree_cash(work.session, on=on, clock=work.clock))
