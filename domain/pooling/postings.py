"""Accounting entries of pooling, as data.

A sweep moves cash between two own accounts and makes a position between their owners: what a branch gave up, its
header owes it. Banking books the payer's side against in transit; here the same amount leaves in transit again, so
that nothing is in transit after a record.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.banking.cash import cash_at_bank, in_transit
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.pooling.rules import SweepDirection, SweepMeans
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """What an entry needs to know of a sweep, and what explains it."""

    id: UUID
    account_id: UUID
    parent_account_id: UUID
    party_id: UUID
    direction: SweepDirection
    method: str
    means: SweepMeans
    available: Money
    raw: Money
    lot_amount: Money
    amount: Money

    @property
    def payer_id(self) -> UUID:
        """The own account the cash leaves."""
        return self.account_id if self.direction is SweepDirection.UP else self.parent_account_id

    @property
    def payee_id(self) -> UUID:
        """The own account it comes to."""
        return self.parent_account_id if self.direction is SweepDirection.UP else self.account_id

    def explanation(self) -> dict[str, object]:
        """The rule behind the amount, with its inputs."""
        return {
            "rule": f"Sweeps: {self.method}, {self.direction.value}, by {self.means.value}",
            "balance": str(self.available.amount),
            "raw": str(self.raw.amount),
            "lot": str(self.lot_amount.amount),
            "amount": str(self.amount.amount),
        }


def sweep_executed(sweep: SweepFacts, value_date: date) -> Posting:
    """The cash reaches the other side, and the position between branch and header moves by as much."""
    legs = (_other_side(sweep), _position(sweep, back=False))
    return Posting(
        f"sweep:{sweep.id}:executed", "sweep.executed", f"sweep:{sweep.id}", value_date, legs, sweep.explanation()
    )


def sweep_returned(sweep: SweepFacts, value_date: date, reason: str) -> Posting:
    """The bank took the cash back: `sweep_executed` turned around, covered or not, because it is a fact."""
    there = _other_side(sweep)
    legs = (Leg(there.credit, there.debit, sweep.amount, Mode.IMPOSED), _position(sweep, back=True))
    explanation = sweep.explanation() | {"reason": reason}
    return Posting(f"sweep:{sweep.id}:returned", "sweep.returned", f"sweep:{sweep.id}", value_date, legs, explanation)


def _other_side(sweep: SweepFacts) -> Leg:
    """What banking leaves to us: the receiving side of a transfer, the paying side of a collection.

    What the bank has debited is imposed: whether the branch's account covered it was for the bank to say.
    """
    currency = sweep.amount.currency
    if sweep.means is SweepMeans.DIRECT_DEBIT:
        transit = in_transit(sweep.payee_id, currency)
        return Leg(transit, cash_at_bank(sweep.payer_id, currency), sweep.amount, Mode.IMPOSED)
    return Leg(cash_at_bank(sweep.payee_id, currency), in_transit(sweep.payer_id, currency), sweep.amount)


def _position(sweep: SweepFacts, *, back: bool) -> Leg:
    due_from = AccountRef(AccountKind.IC_DUE_FROM_HEADER, sweep.amount.currency, sweep.party_id)
    due_to = AccountRef(AccountKind.IC_DUE_TO_BRANCH, sweep.amount.currency, sweep.party_id)
    grows = (sweep.direction is SweepDirection.UP) is not back
    return Leg(due_from, due_to, sweep.amount) if grows else Leg(due_to, due_from, sweep.amount)


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
