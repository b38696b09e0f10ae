"""The ledger: balances, statements, postings with their reasons, and whether it all adds up."""

from collections import defaultdict
from datetime import date
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from app.api.ledger_dto import (
    OWNED_BY_BANK_ACCOUNT,
    BalanceView,
    ChartView,
    CheckView,
    PostingView,
    ReversalView,
    ReversePosting,
    StatementView,
    TrialBalanceView,
    TrialLineView,
    account_ref_view,
    balance_view,
    chart_view,
    check_view,
    posting_view,
    statement_line_view,
)
from app.deps import Work
from app.endpoints import money_command, query
from app.fields import MAX_NUMBER, business_date
from app.money_dto import shown
from app.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from domain.access.rules import Permission
from domain.ledger import check, reversal, statements
from domain.ledger.balances import TrialLine, balance, trial_balance
from domain.ledger.chart import CHART, AccountKind, AccountRef
from domain.parties import queries as parties
from domain.parties.accounts import PREFIX as BANK_ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.values.currency import minor_units
from domain.values.money import Money

Kind = Annotated[AccountKind, QueryParameter(description="Kind of account, as the chart has it.")]
CurrencyQuery = Annotated[str, QueryParameter(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217.")]
Owner = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^(pty|acc)_[0-7][0-9a-hjkmnp-tv-z]{25}$",
        description="The party, or the bank account of `cash_at_bank` and `in_transit`; none for the group's own.",
    ),
]
AsOf = Annotated[date | None, QueryParameter(description="By value dates up to this one; now without it.")]
Since = Annotated[date, QueryParameter(description="First value date.")]
Until = Annotated[date, QueryParameter(description="Last value date.")]
PostingPath = Annotated[int, PathParameter(ge=1, le=MAX_NUMBER, description="Number of the posting.")]
TransferPath = Annotated[int, PathParameter(ge=1, le=MAX_NUMBER, description="Number of the transfer.")]


class Ledger(Controller):
    """The books."""

    path = "/ledger"
    tags = ("ledger",)

    @query("/chart", needs=Permission.LEDGER_READ)
    def get_chart(self) -> ChartView:
        """Show the chart of accounts."""
        return chart_view()

    @query("/balance", needs=Permission.LEDGER_READ)
    def get_balance(
        self,
        work: NamedDependency[Work],
        *,
        kind: Kind,
        currency: CurrencyQuery,
        owner: Owner = None,
        as_of: AsOf = None,
    ) -> BalanceView:
        """Show the balance of an account.

        Zero for an account that was never opened.
        """
        ref = _account(work, kind, currency, owner)
        on = business_date("as_of", as_of)
        return balance_view(ref, on, balance(work.session, ref, as_of=on))

    @query("/statement", needs=Permission.LEDGER_READ)
    def get_statement(
        self,
        work: NamedDependency[Work],
        *,
        kind: Kind,
        currency: CurrencyQuery,
        since: Since,
        until: Until,
        owner: Owner = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> StatementView:
        """Show an account's statement.

        By value date, with the balance after each line.
        """
        ref = _account(work, kind, currency, owner)
        first, last = business_date("since", since), business_date("until", until)
        listing = ("statement", kind, currency, owner or "", str(first), str(last))
        page = statements.account_statement(
            work.session,
            ref,
            since=first,
            until=last,
            after=_position(read_cursor(work, listing, cursor), currency),
            limit=limit,
        )
        return StatementView(
            account=account_ref_view(ref),
            opening=shown(page.opening),
            lines=[statement_line_view(entry) for entry in page.lines],
            closing=shown(page.closing),
            next_cursor=write_cursor(work, listing, _written(page.after)) if page.after else None,
        )

    @query("/trial-balance", needs=Permission.LEDGER_READ)
    def get_trial_balance(self, work: NamedDependency[Work], as_of: AsOf = None) -> TrialBalanceView:
        """Show the trial balance, by kind and currency."""
        work.whole_group()
        on = business_date("as_of", as_of)
        lines = _by_kind(trial_balance(work.session, as_of=on))
        return TrialBalanceView(as_of=on, balances=_balances(lines), lines=lines)

    @query("/check", needs=Permission.LEDGER_READ)
    def check_books(self, work: NamedDependency[Work]) -> CheckView:
        """Add everything up again.

        Sides, counters, floors, holds, numbers: recomputed from the transfers.
        """
        work.whole_group()
        return check_view(check.check(work.session))

    @query("/postings/{posting_id:int}", needs=Permission.LEDGER_READ)
    def get_posting(self, work: NamedDependency[Work], posting_id: PostingPath) -> PostingView:
        """Explain a posting.

        Its transfers, who booked it, and the rule numbers and inputs its figures came from.
        """
        work.whole_group()
        return posting_view(statements.explain(work.session, posting_id))

    @query("/transfers/{transfer_id:int}/posting", needs=Permission.LEDGER_READ)
    def get_posting_of_transfer(self, work: NamedDependency[Work], transfer_id: TransferPath) -> PostingView:
        """Explain a line of a statement."""
        work.whole_group()
        return posting_view(statements.explain_transfer(work.session, transfer_id))

    @money_command("/postings/{posting_id:int}/reverse", needs=Permission.LEDGER_CORRECT)
    def reverse_posting(
        self, work: NamedDependency[Work], posting_id: PostingPath, data: JSONBody[ReversePosting]
    ) -> ReversalView:
        """Undo a posting by an opposite one, once."""
        work.whole_group()
        posted = reversal.reverse(
            work.session,
            posting_id,
            key=f"reversal:{posting_id}",
            reason=data.reason,
            value_date=work.clock.today(),
            actor=work.actor,
            clock=work.clock,
        )
        return ReversalView(posting_id=posted.posting_id, reverses=posting_id)


def _account(work: Work, kind: AccountKind, currency: str, owner: str | None) -> AccountRef:
    """The account, if the caller may see it. Raises NotFound, UnknownCurrency."""
    minor_units(currency)
    prefix = BANK_ACCOUNT if kind in OWNED_BY_BANK_ACCOUNT else PARTY
    identity = None if owner is None else parse_public_id(prefix, owner)
    if identity is None:
        work.whole_group()
    elif prefix == BANK_ACCOUNT:
        work.confine(parties.account(work.session, identity).party_id, kind="account", reference=str(owner))
    else:
        work.confine(identity, kind="account", reference=str(owner))
    return AccountRef(kind, currency, identity)


def _position(ended: list[str] | None, currency: str) -> statements.Cursor | None:
    if ended is None:
        return None
    value_date, transfer_id, amount = ended
    return statements.Cursor(date.fromisoformat(value_date), int(transfer_id), Money.of(amount, currency))


def _written(after: statements.Cursor) -> list[str]:
    return [after.value_date.isoformat(), str(after.transfer_id), f"{after.balance.amount:f}"]


def _by_kind(lines: list[TrialLine]) -> list[TrialLineView]:
    grouped: dict[tuple[AccountKind, str], list[TrialLine]] = defaultdict(list)
    for entry in lines:
        grouped[entry.account.kind, entry.account.currency].append(entry)
    return [
        TrialLineView(
            kind=kind,
            section=CHART[kind].section,
            accounts=len(members),
            debit=shown(Money.total((member.debit for member in members), currency)),
            credit=shown(Money.total((member.credit for member in members), currency)),
        )
        for (kind, currency), members in grouped.items()
    ]


def _balances(lines: list[TrialLineView]) -> bool:
    """Whether debits and credits are the same in each currency."""
    net: dict[str, Money] = {}
    for entry in lines:
        currency = entry.debit.currency
        net[currency] = net.get(currency, Money.zero(currency)) + entry.debit.money() - entry.credit.money()
    return not any(net.values())
