"""Reconciling a day: statements in, entries matched or recognised, the rest to a person, cash agreed.

import_statements (banking) -> match_entries -> agree_cash; `resolve_suspense` for what waited.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.banking.states import EntryState
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.pooling.execution import confirm_sweeps
from domain.reconciliation.agreement import CashAgreement, agree_cash
from domain.reconciliation.entries import close_by_reason, open_entries
from domain.reconciliation.matching import match_by_reference
from domain.reconciliation.opening import take_over_openings
from domain.reconciliation.recognisers import RECOGNISERS, Recogniser
from domain.reconciliation.states import Recognised, SuspenseReason
from domain.reconciliation.suspense import list_suspense, put_in_suspense, resolve_as_deposit, resolve_suspense

__all__ = [
    "RECOGNISERS",
    "CashAgreement",
    "Matched",
    "agree_cash",
    "list_suspense",
    "match_entries",
    "resolve_as_deposit",
    "resolve_suspense",
]


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of the entries that were open."""

    opened_accounts: int
    matched: int
    in_suspense: int
    recognised: dict[Recognised, int] = field(default_factory=dict)


def match_entries(
    session: TenantSession, *, clock: Clock, recognisers: Mapping[Recognised, Recogniser] = RECOGNISERS
) -> Matched:
    """Find out what every open statement entry is: ours by reference, somebody's by recognition, else suspense.

    An entry that is ahead of the bank's report stays open and is matched once that has come. Calling it twice changes
    nothing.
    """
    opened = take_over_openings(session, clock=clock)
    by_reference = match_by_reference(session)
    if by_reference.sweeps:
        confirm_sweeps(session, by_reference.sweeps, clock=clock)
    left = list(open_entries(session))
    recognised: dict[Recognised, int] = {}
    for kind, recogniser in recognisers.items():
        found = set(recogniser(session, left, clock)) if left else set()
        recognised[kind] = close_by_reason(session, dict.fromkeys(found, kind.value), EntryState.RECOGNISED)
        left = [entry for entry in left if entry.id not in found]
    reasons = by_reference.misfits | {entry.id: SuspenseReason.UNRECOGNISED.value for entry in left}
    in_suspense = put_in_suspense(session, reasons, clock=clock)
    return Matched(opened, by_reference.matched, in_suspense, recognised)
