"""A file of statements brought in by a person: the evening's steps, for one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from domain.banking.brought import Standing, accounts_of, exceptions_of, standing_of
from domain.banking.statements import ImportedStatements, import_statements
from domain.banking.states import EntryState
from domain.banking.tables import BankException
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.pooling.slots import evaluate_crossed
from domain.pooling.tables import SweepProposal
from domain.reconciliation import service as reconciliation
from domain.reconciliation.agreement import CashAgreement
from domain.runs import service as runs


@dataclass(frozen=True, slots=True)
class FileBrought:
    """What a file was, what its new entries are by now, and how its accounts agree with the books."""

    imported: ImportedStatements
    standing: list[Standing]
    exceptions: Sequence[BankException]
    agreements: list[CashAgreement]  # those that disagree first
    runs_closed: int
    proposals: list[SweepProposal]

    @property
    def needs_a_person(self) -> bool:
        """Whether anything of the file waits for somebody."""
        in_suspense = any(each.state is EntryState.SUSPENSE for each in self.standing)
        return in_suspense or bool(self.exceptions) or not all(each.agrees for each in self.agreements)


def bring_statements(
    session: TenantSession, source: BinaryIO, *, keys: KeyRing, clock: Clock, account_id: UUID | None = None
) -> FileBrought:
    """Import a file, find out what every open entry is, compare the accounts it is about with the books.

    All in the caller's transaction: a file is taken whole or not at all. Raises what `import_statements` raises.
    """
    imported = import_statements(session, source, keys=keys, clock=clock, account_id=account_id)
    reconciliation.match_entries(session, clock=clock)
    crossed = evaluate_crossed(session, clock=clock)
    agreements = _agreements(session, imported, clock)
    closed = runs.close_runs(session, clock=clock)
    exceptions = exceptions_of(session, imported)
    return FileBrought(imported, standing_of(session, imported), exceptions, agreements, closed, crossed)


def _agreements(session: TenantSession, imported: ImportedStatements, clock: Clock) -> list[CashAgreement]:
    """Those of the file's accounts, on the last day it tells of."""
    stated = accounts_of(session, imported)
    if not stated:
        return []
    agreed = reconciliation.agree_cash(session, on=max(stated.values()), clock=clock)
    return sorted((each for each in agreed if each.account_id in stated), key=lambda each: each.agrees)
