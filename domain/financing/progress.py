"""Where an advance and its receivable stand, decided from figures and dates: pure."""

from datetime import date

from domain.financing.replay import Figures
from domain.financing.states import AdvanceState
from domain.receivables.states import ReceivableState
from domain.values.money import Money


def advance_state(current: AdvanceState, figures: Figures, penalty_from: date, today: date) -> AdvanceState:
    """The state that follows from what the bank has told us so far.

    Overdue from the day after the due date and its grace; an advance in recourse stays there until it is repaid.
    """
    if figures.funded_on is None:
        return AdvanceState.FUNDING_FAILED
    if figures.repaid:
        return AdvanceState.REPAID if figures.held or figures.claim else AdvanceState.CLOSED
    if current is AdvanceState.RECOURSE_DEMANDED:
        return current
    if today > penalty_from:
        return AdvanceState.OVERDUE
    return AdvanceState.PART_REPAID if figures.collected else AdvanceState.FUNDED


def receivable_state(
    current: ReceivableState,
    *,
    funded: bool,
    advance_closed: bool,
    face: Money,
    confirmed: Money,
    unpaid: Money,
    late: bool,
) -> ReceivableState:
    """The state of the receivable under an advance. A dispute ends by payment only, or by who raised it."""
    if not unpaid:
        return ReceivableState.CLOSED if advance_closed else ReceivableState.PAID
    if current in {ReceivableState.DISPUTED, ReceivableState.DEFAULTED}:
        return current
    if not funded:
        return ReceivableState.CONFIRMED if confirmed == face else ReceivableState.PART_CONFIRMED
    if late:
        return ReceivableState.OVERDUE
    return ReceivableState.PART_PAID if unpaid < confirmed else ReceivableState.FINANCED
