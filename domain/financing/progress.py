"""Where an advance and its receivable stand, decided from figures and dates: pure."""

from datetime import date

from domain.financing.figures import Figures
from domain.financing.states import AdvanceState
from domain.receivables.states import ReceivableState
from domain.values.money import Money


def advance_state(
    current: AdvanceState, figures: Figures, *, penalty_from: date, demanded: bool, unpaid: Money, today: date
) -> AdvanceState:
    """The state that follows from what the bank has told us so far.

    Overdue from the day after the due date and its grace; an advance in recourse stays there until it is repaid. It is
    bought back when the seller's money settled an invoice its debtor still owes; what it gave up stays written off.
    """
    if figures.funded_on is None:
        return AdvanceState.FUNDING_FAILED
    if figures.written_off:
        return AdvanceState.WRITTEN_OFF
    if figures.repaid:
        return _ended(current, figures, unpaid)
    if demanded:
        return AdvanceState.RECOURSE_DEMANDED
    if today > penalty_from:
        return AdvanceState.OVERDUE
    return AdvanceState.PART_REPAID if figures.collected else AdvanceState.FUNDED


def _ended(current: AdvanceState, figures: Figures, unpaid: Money) -> AdvanceState:
    if figures.bought_back and (unpaid or current is AdvanceState.BOUGHT_BACK):
        return AdvanceState.BOUGHT_BACK
    return AdvanceState.REPAID if figures.held or figures.claim else AdvanceState.CLOSED


def receivable_state(
    current: ReceivableState,
    *,
    funded: bool,
    advance: AdvanceState,
    face: Money,
    confirmed: Money,
    unpaid: Money,
    late: bool,
) -> ReceivableState:
    """The state of the receivable under an advance. A dispute ends by payment only, or by who raised it."""
    if advance is AdvanceState.BOUGHT_BACK:
        return ReceivableState.REASSIGNED if unpaid else ReceivableState.CLOSED
    if not unpaid:
        return ReceivableState.CLOSED if advance is AdvanceState.CLOSED else ReceivableState.PAID
    if current in {ReceivableState.DISPUTED, ReceivableState.DEFAULTED}:
        return current
    if not funded:
        return ReceivableState.CONFIRMED if confirmed == face else ReceivableState.PART_CONFIRMED
    if late:
        return ReceivableState.OVERDUE
    return ReceivableState.PART_PAID if unpaid < confirmed else ReceivableState.FINANCED
