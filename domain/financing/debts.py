"""Several debts and one payment (R8, Civil Code art. 560): which is paid first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Debt:
    """One of several debts to the same creditor.

    `open` is what may be paid on it; `secured` the part that something else stands for, as a fraction; `burden` the
    yearly rate it costs the debtor from now on.
    """

    key: UUID
    open: Money
    due_on: date
    secured: Decimal
    burden: Decimal


def order_debts(debts: Sequence[Debt], *, on: date, chosen: Sequence[UUID] = ()) -> list[list[Debt]]:
    """The debts in the order in which a payment of `on` meets them; those that nothing tells apart stand together.

    The payer's choice comes first, in the order it names them; then what is matured, least secured, most burdensome,
    earliest due.
    """
    wanted = {key: place for place, key in enumerate(chosen)}

    def rank(debt: Debt) -> tuple[int, bool, Decimal, Decimal, date]:
        return (
            wanted.get(debt.key, len(wanted)),
            debt.due_on > on,
            debt.secured,
            -debt.burden,
            debt.due_on,
        )

    return [list(equal) for _, equal in groupby(sorted(debts, key=lambda debt: (*rank(debt), debt.key)), key=rank)]


def allocate_receipt(
    payment: Money, debts: Sequence[Debt], *, on: date, chosen: Sequence[UUID] = ()
) -> list[tuple[UUID, Money]]:
    """What of `payment` is set against which debt (R8); equal debts share pro rata, to the cent (R17).

    What exceeds all of them goes to the first: it is the payer's again there. There is at least one debt.
    """
    groups = order_debts(debts, on=on, chosen=chosen)
    shares: dict[UUID, Money] = {}
    left = payment
    for group in groups:
        total = Money.total((debt.open for debt in group), payment.currency)
        short = left < total
        paid = left.allocate([debt.open.minor for debt in group]) if short else [debt.open for debt in group]
        for debt, share in zip(group, paid, strict=True):
            shares[debt.key] = share
        left -= min(total, left)
        if not left:
            break
    first = groups[0][0].key
    shares[first] += left
    return [(key, share) for key, share in shares.items() if share]
