"""Reconciliation: entries matched or shown to a person, what a person says, and how cash agreed."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.reconciliation_dto import (
    ExceptionView,
    MatchedView,
    ResolveEntry,
    StatementDetail,
    TakeAsDeposit,
    exception_view,
    matched_view,
    statement_detail,
)
from app.api.statements_dto import AgreementView, EntryView, agreement_view, entry_view
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import MAX_NUMBER, business_date, in_path
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed, page, read_cursor
from domain.access.rules import Permission
from domain.banking import exceptions, lookup
from domain.banking.exceptions import PREFIX as EXCEPTION
from domain.banking.listings import ENTRIES, EXCEPTIONS
from domain.banking.lookup import STATEMENT
from domain.banking.tables import BankException, StatementEntry
from domain.ledger.chart import AccountRef
from domain.parties import queries as parties
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.pooling.slots import evaluate_crossed
from domain.reconciliation import service as reconciliation
from domain.reconciliation.agreement import kept_agreements
from domain.runs import service as runs

ExceptionFilters = Annotated[list[str] | None, filters_of(EXCEPTIONS)]
OnDay = Annotated[date, QueryParameter(description="The day.")]
StatementPath = Annotated[str, in_path(STATEMENT, "The statement.")]
EntryPath = Annotated[int, PathParameter(ge=1, le=MAX_NUMBER, description="Number of the statement entry.")]
ExceptionPath = Annotated[str, in_path(EXCEPTION, "What fits nothing.")]


class Reconciliation(Controller):
    """The bank's word against our books."""

    tags = ("statements",)

    @query("/statements/{statement_id:str}", needs=Permission.STATEMENTS_READ)
    def get_statement_of_bank(self, work: NamedDependency[Work], statement_id: StatementPath) -> StatementDetail:
        """Show a statement with its balances.

        Its entries are listed under /v1/statement-entries, filtered by `statement`.
        """
        row = lookup.find_statement(work.session, parse_public_id(STATEMENT, statement_id))
        holder = parties.account(work.session, row.account_id).party_id
        work.confine(holder, kind="statement", reference=statement_id)
        return statement_detail(row, list(lookup.balances_of(work.session, row.id)))

    @command("/reconciliation/match", needs=Permission.STATEMENTS_WRITE, worker=True, status_code=HTTP_200_OK)
    def match_statement_entries(self, work: NamedDependency[Work]) -> MatchedView:
        """Find out what every open statement entry is.

        Ours by reference, somebody's by recognition, else suspense; runs that are proved by it close, and pools whose
        balance crossed a slot's threshold by it get a proposal. The evening's job does the same; doing it twice
        changes nothing.
        """
        work.whole_group()
        matched = reconciliation.match_entries(work.session, clock=work.clock)
        crossed = evaluate_crossed(work.session, clock=work.clock)
        return matched_view(matched, runs.close_runs(work.session, clock=work.clock), crossed)

    @query("/reconciliation/suspense", needs=Permission.STATEMENTS_READ)
    def list_suspense_entries(
        self, work: NamedDependency[Work], cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[EntryView]:
        """List entries that wait for a person, newest first."""
        waiting = ["state:eq:suspense"]
        return listed(work, ENTRIES, entry_view, filters=waiting, cursor=cursor, limit=limit)

    @money_command(
        "/reconciliation/suspense/{entry_id:int}/resolve", needs=Permission.LEDGER_CORRECT, status_code=HTTP_200_OK
    )
    def resolve_suspense_entry(
        self, work: NamedDependency[Work], entry_id: EntryPath, data: JSONBody[ResolveEntry]
    ) -> EntryView:
        """Book an entry from suspense to the account it belongs to."""
        work.whole_group()
        entry = lookup.find_entry(work.session, entry_id)
        owner = None if data.owner_id is None else parties.party(work.session, parse_public_id(PARTY, data.owner_id)).id
        reconciliation.resolve_suspense(
            work.session,
            entry_id,
            account=AccountRef(data.kind, entry.currency, owner),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return entry_view(_as_it_is_now(work, entry))

    @money_command(
        "/reconciliation/suspense/{entry_id:int}/deposit", needs=Permission.LEDGER_CORRECT, status_code=HTTP_200_OK
    )
    def take_suspense_as_deposit(
        self, work: NamedDependency[Work], entry_id: EntryPath, data: JSONBody[TakeAsDeposit]
    ) -> EntryView:
        """Book an entry from suspense as the deposit of an agent (R26)."""
        work.whole_group()
        entry = lookup.find_entry(work.session, entry_id)
        reconciliation.resolve_as_deposit(
            work.session,
            entry_id,
            agent_id=parse_public_id(PARTY, data.agent_id),
            actor=work.actor,
            clock=work.clock,
        )
        return entry_view(_as_it_is_now(work, entry))

    @query("/reconciliation/exceptions", needs=Permission.STATEMENTS_READ)
    def list_bank_exceptions(
        self,
        work: NamedDependency[Work],
        filters: ExceptionFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ExceptionView]:
        """List what the bank said that fits nothing, newest first."""
        return listed(work, EXCEPTIONS, exception_view, filters=filters, cursor=cursor, limit=limit)

    @command(
        "/reconciliation/exceptions/{exception_id:str}/resolve",
        needs=Permission.STATEMENTS_WRITE,
        status_code=HTTP_200_OK,
    )
    def resolve_bank_exception(self, work: NamedDependency[Work], exception_id: ExceptionPath) -> ExceptionView:
        """Close what somebody has dealt with; closing it again changes nothing."""
        work.whole_group()
        identity = parse_public_id(EXCEPTION, exception_id)
        exceptions.resolve_exception(work.session, identity, actor=work.actor, clock=work.clock)
        return exception_view(work.find(BankException, EXCEPTION, exception_id, kind="bank exception"))

    @query("/cash-agreements", needs=Permission.STATEMENTS_READ)
    def list_cash_agreements(
        self, work: NamedDependency[Work], on: OnDay, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[AgreementView]:
        """Show how cash agreed when that day was last looked at, by account."""
        work.whole_group()
        day = business_date("on", on)
        listing = ("cash_agreements", day.isoformat())
        ended = read_cursor(work, listing, cursor)
        found = kept_agreements(work.session, on=day, after=UUID(ended[0]) if ended else None, limit=limit + 1)
        return page(work, listing, found, limit, view=agreement_view, position=lambda row: [str(row.account_id)])


def _as_it_is_now(work: Work, entry: StatementEntry) -> StatementEntry:
    """What set operations changed is read again."""
    work.session.refresh(entry)
    return entry
