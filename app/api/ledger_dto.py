"""The ledger's accounts, statements and postings."""

from datetime import date
from typing import Annotated, Any

import msgspec

from app.fields import Moment, line
from app.money_dto import MoneyDto, shown
from domain.ledger.balances import Balance
from domain.ledger.chart import CHART, AccountKind, AccountRef, Section, Side
from domain.ledger.check import Finding, FindingKind
from domain.ledger.posting import Mode
from domain.ledger.statements import BookedLeg, Explanation, StatementLine
from domain.parties.accounts import PREFIX as BANK_ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

# Whose the accounts are: of these kinds a bank account's, of all others a party's or nobody's.
OWNED_BY_BANK_ACCOUNT = frozenset({AccountKind.CASH_AT_BANK, AccountKind.IN_TRANSIT})


class ChartLineView(msgspec.Struct, kw_only=True):
    """A kind of account: where it stands, which side it grows on, whether it may fall below zero."""

    kind: AccountKind
    section: Section
    normal_side: Side
    may_go_negative: bool
    name_en: str
    name_zh: str


class ChartView(msgspec.Struct, kw_only=True):
    """The chart of accounts."""

    items: list[ChartLineView]


class AccountRefView(msgspec.Struct, kw_only=True):
    """An account by what it is; `owner` is a party, of cash and in transit a bank account, or nobody."""

    kind: AccountKind
    currency: str
    owner: str | None


class BalanceView(msgspec.Struct, kw_only=True):
    """What an account holds on its normal side, what is on its way in and out, and what can be spent."""

    account: AccountRefView
    as_of: date | None
    posted: MoneyDto
    pending_in: MoneyDto
    pending_out: MoneyDto
    available: MoneyDto


class StatementLineView(msgspec.Struct, kw_only=True):
    """One transfer, seen from the account."""

    transfer_id: int
    posting_id: int
    value_date: date
    booked_at: Moment
    event: str
    source: str
    counter: AccountRefView
    change: MoneyDto
    balance: MoneyDto


class StatementView(msgspec.Struct, kw_only=True):
    """A page of an account's statement; `closing` is the balance at the end of the whole period."""

    account: AccountRefView
    opening: MoneyDto
    lines: list[StatementLineView]
    closing: MoneyDto
    next_cursor: str | None


class LegView(msgspec.Struct, kw_only=True):
    """A transfer as it was booked."""

    transfer_id: int
    debit: AccountRefView
    credit: AccountRefView
    amount: MoneyDto
    mode: Mode
    pending_id: int | None


class PostingView(msgspec.Struct, kw_only=True):
    """A business event in the books, and the rules and inputs it was made from."""

    id: int
    key: str
    event: str
    source: str
    value_date: date
    booked_at: Moment
    actor: str
    explanation: dict[str, Any]
    reverses: int | None
    reversed_by: int | None
    legs: list[LegView]


class TrialLineView(msgspec.Struct, kw_only=True):
    """All accounts of one kind and currency: debits and credits they stand at."""

    kind: AccountKind
    section: Section
    accounts: int
    debit: MoneyDto
    credit: MoneyDto


class TrialBalanceView(msgspec.Struct, kw_only=True):
    """The trial balance: per currency, debits and credits add up to the same."""

    as_of: date | None
    balances: bool
    lines: list[TrialLineView]


class FindingView(msgspec.Struct, kw_only=True):
    """Something that does not add up."""

    kind: FindingKind
    subject: str
    recorded: str
    recomputed: str


class CheckView(msgspec.Struct, kw_only=True):
    """Whether the books add up when everything is added up again."""

    adds_up: bool
    findings: list[FindingView]


class ReversePosting(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why the posting is undone."""

    reason: Annotated[str, line(500, "Why, for those who read the books later.", "Booked to the wrong lender")]


class ReversalView(msgspec.Struct, kw_only=True):
    """The posting that undoes another."""

    posting_id: int
    reverses: int


def chart_view() -> ChartView:
    """The whole chart."""
    return ChartView(
        items=[
            ChartLineView(
                kind=kind,
                section=entry.section,
                normal_side=entry.normal_side,
                may_go_negative=entry.may_go_negative,
                name_en=entry.en,
                name_zh=entry.zh,
            )
            for kind, entry in CHART.items()
        ]
    )


def account_ref_view(ref: AccountRef) -> AccountRefView:
    """The account by what it is."""
    prefix = BANK_ACCOUNT if ref.kind in OWNED_BY_BANK_ACCOUNT else PARTY
    return AccountRefView(
        kind=ref.kind, currency=ref.currency, owner=None if ref.owner is None else public_id(prefix, ref.owner)
    )


def balance_view(ref: AccountRef, as_of: date | None, balance: Balance) -> BalanceView:
    """The balance as the API shows it."""
    return BalanceView(
        account=account_ref_view(ref),
        as_of=as_of,
        posted=shown(balance.posted),
        pending_in=shown(balance.pending_in),
        pending_out=shown(balance.pending_out),
        available=shown(balance.available),
    )


def statement_line_view(entry: StatementLine) -> StatementLineView:
    """One line."""
    return StatementLineView(
        transfer_id=entry.transfer_id,
        posting_id=entry.posting_id,
        value_date=entry.value_date,
        booked_at=entry.booked_at,
        event=entry.event,
        source=entry.source,
        counter=account_ref_view(entry.counter),
        change=shown(entry.change),
        balance=shown(entry.balance),
    )


def posting_view(posting: Explanation) -> PostingView:
    """The posting with its reasons."""
    return PostingView(
        id=posting.posting_id,
        key=posting.key,
        event=posting.event,
        source=posting.source,
        value_date=posting.value_date,
        booked_at=posting.booked_at,
        actor=posting.actor,
        explanation=posting.explanation,
        reverses=posting.reverses,
        reversed_by=posting.reversed_by,
        legs=[_leg_view(leg) for leg in posting.legs],
    )


def _leg_view(leg: BookedLeg) -> LegView:
    return LegView(
        transfer_id=leg.transfer_id,
        debit=account_ref_view(leg.debit),
        credit=account_ref_view(leg.credit),
        amount=shown(leg.amount),
        mode=leg.mode,
        pending_id=leg.pending_id,
    )


def check_view(findings: list[Finding]) -> CheckView:
    """The outcome of a check."""
    return CheckView(
        adds_up=not findings,
        findings=[
            FindingView(kind=found.kind, subject=found.subject, recorded=found.recorded, recomputed=found.recomputed)
            for found in findings
        ],
    )
