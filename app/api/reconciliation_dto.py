"""What reconciliation found, and what people say to the rest."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.statements_dto import Count, StatementView, statement_view
from app.fields import Moment, PartyId, ProposalId, Reason, id_pattern, public, shown_id
from app.money_dto import MoneyDto
from domain.banking.exceptions import PREFIX as EXCEPTION
from domain.banking.lookup import STATEMENT
from domain.banking.states import ExceptionKind
from domain.banking.tables import BankException, Statement, StatementBalance
from domain.ledger.chart import AccountKind
from domain.platform.ids import public_id
from domain.pooling.service import PREFIX as PROPOSAL
from domain.pooling.tables import SweepProposal
from domain.reconciliation.service import Matched

ExceptionId = Annotated[str, public(EXCEPTION, "Something the bank said that fits nothing.")]
StatementIdOrNone = Annotated[str, public(STATEMENT, "A bank's statement.")] | None
OwnerId = Annotated[str, msgspec.Meta(pattern=id_pattern("pty"), description="The party whose account it is.")]


class MatchedView(msgspec.Struct, kw_only=True):
    """What became of the entries that were open."""

    opened_accounts: Count
    matched: Count
    recognised: dict[str, int]
    in_suspense: Count
    runs_closed: Count
    proposals: list[ProposalId]


class ResolveEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """To which account the money belongs, in the entry's currency, and why; without owner, the group's own."""

    kind: AccountKind
    reason: Reason
    owner_id: OwnerId | None = None


class TakeAsDeposit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whose deposit it is."""

    agent_id: PartyId


class StatedBalanceView(msgspec.Struct, kw_only=True):
    """A balance by the bank's code, such as OPBD and CLBD; credit is positive."""

    kind: str
    on: date
    amount: MoneyDto


class StatementDetail(msgspec.Struct, kw_only=True):
    """A statement and all balances in it."""

    statement: StatementView
    balances: list[StatedBalanceView]


class ExceptionView(msgspec.Struct, kw_only=True):
    """Something the bank said that fits nothing we know, with its facts; closed once somebody dealt with it."""

    id: ExceptionId
    kind: ExceptionKind
    statement_id: StatementIdOrNone
    facts: dict[str, str]
    created_at: Moment
    resolved_at: Moment | None
    resolved_by: str | None


def matched_view(matched: Matched, runs_closed: int, crossed: list[SweepProposal]) -> MatchedView:
    """What became of the entries."""
    return MatchedView(
        opened_accounts=matched.opened_accounts,
        matched=matched.matched,
        recognised={kind.value: count for kind, count in matched.recognised.items()},
        in_suspense=matched.in_suspense,
        runs_closed=runs_closed,
        proposals=[public_id(PROPOSAL, proposal.id) for proposal in crossed],
    )


def statement_detail(row: Statement, balances: list[StatementBalance]) -> StatementDetail:
    """The statement with its balances."""
    return StatementDetail(
        statement=statement_view(row),
        balances=[
            StatedBalanceView(kind=each.kind, on=each.on, amount=MoneyDto.of_minor(each.amount_minor, each.currency))
            for each in balances
        ],
    )


def exception_view(row: BankException) -> ExceptionView:
    """The misfit as the API shows it."""
    return ExceptionView(
        id=public_id(EXCEPTION, row.id),
        kind=row.kind,
        statement_id=shown_id(STATEMENT, row.statement_id),
        facts={name: str(value) for name, value in row.facts.items()},
        created_at=row.created_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
    )
