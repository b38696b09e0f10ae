"""Statements: what the bank says it booked, and whether our books say the same."""

from io import BytesIO
from typing import Annotated, Any

from litestar import Controller, Request
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.statements_dto import (
    AgreeCash,
    AgreementsView,
    AnswerTaken,
    EntryDetailsView,
    EntryView,
    ImportedView,
    StatementView,
    agreements_view,
    entry_details_view,
    entry_view,
    imported_view,
    statement_view,
)
from app.deps import Work
from app.endpoints import command, query, upload
from app.fields import MAX_NUMBER, body_date, id_pattern
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.banking import statements
from domain.banking.channels.signing import check_signature, signed_path
from domain.banking.inbox import take_callback
from domain.banking.listings import ENTRIES, STATEMENTS
from domain.banking.lookup import details_of, find_entry
from domain.parties.accounts import PREFIX
from domain.parties.tables import BankAccount
from domain.reconciliation.agreement import agree_cash

MAX_POSITION = 2**31 - 1
EntryPath = Annotated[int, PathParameter(ge=1, le=MAX_NUMBER, description="Number of the entry.")]
AfterPosition = Annotated[
    int, QueryParameter(ge=0, le=MAX_POSITION, description="Details behind this position, at most 500 of them.")
]
Filters = Annotated[list[str] | None, filters_of(STATEMENTS)]
EntryFilters = Annotated[list[str] | None, filters_of(ENTRIES)]

MEDIA = ["application/xml", "text/plain", "text/csv"]
ListedAccount = Annotated[
    str | None,
    QueryParameter(pattern=id_pattern(PREFIX), description="Whose list it is: a bank's CSV hardly says. Else unused."),
]


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

    @upload("/statements/imports", needs=Permission.STATEMENTS_WRITE, media=MEDIA, worker=True)
    def import_statements(
        self, work: NamedDependency[Work], body: RawBody, account: ListedAccount = None
    ) -> ImportedView:
        """Keep the statements of a file: camt.052 to 054, MT940, MT942, or a bank's CSV list of one account.

        The body is the file itself. What is known changes nothing, in whatever file it comes.
        """
        work.whole_group()
        named = None if account is None else work.find(BankAccount, PREFIX, account, kind="bank account")
        brought = statements.import_statements(
            work.session,
            BytesIO(body),
            keys=work.keys,
            clock=work.clock,
            account_id=None if named is None else named.id,
        )
        return imported_view(brought)

    @upload("/bank-answers", needs=Permission.STATEMENTS_WRITE, media=["application/xml"], worker=True)
    def receive_bank_answer(
        self, work: NamedDependency[Work], request: Request[Any, Any, Any], body: RawBody
    ) -> AnswerTaken:
        """Take an answer that the bank brings itself instead of being asked: a status report or a notice.

        Signed by a key of the bank (headers Tributary-Key, Tributary-Date, Content-Digest, Tributary-Signature), within
        five minutes. It is kept as it came and applied with the next run; the same bytes again change nothing.
        """
        work.whole_group()
        path = signed_path(request.scope["raw_path"], request.scope["query_string"])
        at = work.house.clock.now()
        check_signature(work.house.bank_keys, request.headers, request.method, path, body, at=at)
        return AnswerTaken(new=take_callback(work.session, body, keys=work.keys, clock=work.clock))

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

    @query("/statement-entries/{entry_id:int}/details", needs=Permission.STATEMENTS_READ)
    def list_entry_details(
        self, work: NamedDependency[Work], entry_id: EntryPath, after: AfterPosition = 0
    ) -> EntryDetailsView:
        """Show what a batch entry consists of; an entry that is no batch has no details."""
        work.whole_group()
        entry = find_entry(work.session, entry_id)
        return entry_details_view(entry.id, details_of(work.session, entry.id, after=after))

    @command("/cash-agreements", needs=Permission.STATEMENTS_WRITE, status_code=HTTP_200_OK)
    def agree_cash(self, work: NamedDependency[Work], data: JSONBody[AgreeCash]) -> AgreementsView:
        """Compare the books with the bank's closing balances on a day, to the cent."""
        work.whole_group()
        on = body_date("on", data.on)
        return agreements_view(on, agree_cash(work.session, on=on, clock=work.clock))
