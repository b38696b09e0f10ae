"""Accounting entries of takings, as data."""

from datetime import date
from uuid import UUID

from domain.banking.cash import cash_at_bank
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.values.money import Money


def taking_booked(
    *, branch_id: UUID, account_id: UUID, reference: str, expected: Money, booked: Money, value_date: date
) -> Posting:
    """What the bank credited (or, for a correction, debited) for one day of a branch: the bank's figure, not ours.

    Imposed, because the bank has done it: a correction may reach an account that was swept empty.
    """
    cash = cash_at_bank(account_id, booked.currency)
    takings = AccountRef(AccountKind.TAKINGS, booked.currency, branch_id)
    if booked.amount > 0:
        event, leg = "takings.deposited", Leg(cash, takings, booked, Mode.IMPOSED)
    else:
        event, leg = "takings.corrected", Leg(takings, cash, -booked, Mode.IMPOSED)
    explanation: dict[str, object] = {"expected": str(expected.amount), "booked": str(booked.amount)}
    source = f"taking:{reference}"
    return Posting(source, event, source, value_date, (leg,), explanation)
