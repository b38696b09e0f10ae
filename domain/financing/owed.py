"""What a payer owes a lender when its payment comes: the debts that R8 puts in order, and what would settle them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, or_, select

from domain.financing import queries
from domain.financing.debts import Debt
from domain.financing.errors import BeforeFunding, NothingOwed, PaysTooMuch
from domain.financing.figures import Figures
from domain.financing.replay import payoff_on, replay
from domain.financing.states import OUTSTANDING, PAID_OUT, AdvanceState, Payer
from domain.financing.tables import Advance
from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.receivables.tables import Receivable
from domain.values.errors import NotFound
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class NewRepayment:
    """A payment to book.

    `advance_ids` is the payer's own choice of debts, in its order; `entry_number` names the statement entry that waits
    in suspense, where there is one.
    """

    lender_id: UUID
    payer_id: UUID
    payer: Payer
    amount: Money
    value_date: date
    reference: str
    reason: str
    advance_ids: Sequence[UUID] = ()
    entry_number: int | None = None


def debts_of(session: TenantSession, new: NewRepayment) -> tuple[list[Debt], Money]:
    """What the payer owes this lender in the payment's currency, and what would settle all of it on its value date.

    Raises NothingOwed, PaysTooMuch, BeforeFunding, NotFound.
    """
    found = _candidates(session, new)
    events = queries.events_of(session, [advance.id for advance, _ in found])
    debts, payoff = [], Money.zero(new.amount.currency)
    for advance, receivable in found:
        if advance.funded_on is None or new.value_date < advance.funded_on:
            if advance.id in new.advance_ids:
                raise BeforeFunding(advance=advance.public_id, value_date=new.value_date)
            continue
        known = [queries.as_event(row) for row in events.get(advance.id, [])]
        figures = replay(advance.contract, known, max(new.value_date, advance.accrued_until or new.value_date))
        settles = payoff_on(advance.contract, figures, new.value_date) + figures.written_off - figures.recovered
        debts.append(_debt(new, advance, receivable, figures, settles))
        payoff += settles + debtor_fee_open(advance)
    total = Money.total((debt.open for debt in debts), new.amount.currency)
    if not debts or (not total and not new.advance_ids):
        raise NothingOwed(payer=public_id("pty", new.payer_id), currency=new.amount.currency)
    if new.payer is not Payer.DEBTOR and total < new.amount:
        raise PaysTooMuch(amount=str(new.amount), owed=str(total))
    return debts, payoff


def _candidates(session: TenantSession, new: NewRepayment) -> Sequence[tuple[Advance, Receivable]]:
    debtor = new.payer is Payer.DEBTOR
    owing = {
        Payer.DEBTOR: col(Advance.state).in_(OUTSTANDING),
        Payer.SELLER_RECOURSE: col(Advance.state) == AdvanceState.RECOURSE_DEMANDED,
        Payer.SELLER_DILUTION: col(Advance.called_minor) > 0,
    }[new.payer]
    chosen = and_(col(Advance.id) == any_of(new.advance_ids), col(Advance.state).in_(PAID_OUT))
    rows = session.exec(
        select(Advance, Receivable)
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == Advance.tenant_id, col(Receivable.id) == Advance.receivable_id),
        )
        .where(
            Advance.tenant_id == session.tenant_id,
            Advance.lender_id == new.lender_id,
            Advance.currency == new.amount.currency,
            (Advance.debtor_id if debtor else Advance.seller_id) == new.payer_id,
            or_(owing, chosen),
        )
        .order_by(col(Advance.id))
    ).all()
    missing = [each for each in new.advance_ids if each not in {advance.id for advance, _ in rows}]
    if missing:
        raise NotFound(kind="advance", reference=public_id("adv", missing[0]))
    return rows


def debtor_fee_open(advance: Advance) -> Money:
    """What the debtor still owes of the fee it bears."""
    return advance.money(advance.debtor_fee_minor - advance.debtor_fee_paid_minor)


def _debt(new: NewRepayment, advance: Advance, receivable: Receivable, figures: Figures, settles: Money) -> Debt:
    """What may be paid on it: a debtor pays its invoice, a seller what was asked of it."""
    owed = {
        Payer.DEBTOR: receivable.unpaid + debtor_fee_open(advance),
        Payer.SELLER_RECOURSE: settles + figures.claim,
        Payer.SELLER_DILUTION: figures.called,
    }[new.payer]
    late = new.value_date > advance.penalty_from
    return Debt(
        key=advance.id,
        open=owed,
        due_on=advance.rolled_due_on,
        # The seller stands behind its debtor where there is recourse: a claim that nobody else answers for is weaker.
        secured=Decimal(1 if advance.recourse else 0),
        burden=advance.terms.penalty_rate if late else advance.annual_rate,
    )
