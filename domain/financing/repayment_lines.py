"""How a payment that a person books is set against debts: line by line, what each does, and what they are known by."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select

from domain.financing import queries
from domain.financing.events import Event, EventKind
from domain.financing.figures import Figures
from domain.financing.replay import replay
from domain.financing.states import Payer
from domain.financing.tables import Advance, Repayment, RepaymentLine
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.values.money import Money

# What the money of each payer becomes on an advance.
KINDS = {
    Payer.DEBTOR: EventKind.RECEIVED,
    Payer.SELLER_RECOURSE: EventKind.BOUGHT_BACK,
    Payer.SELLER_DILUTION: EventKind.DILUTION_PAID,
}


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment is set against one advance, and the advance just before and after it on its value date."""

    advance: Advance
    amount: Money
    before: Figures
    after: Figures


def lines_of(session: TenantSession, repayment_id: UUID) -> list[RepaymentLine]:
    """How it was set against debts, in their order."""
    found = select(RepaymentLine).where(
        RepaymentLine.tenant_id == session.tenant_id, RepaymentLine.repayment_id == repayment_id
    )
    return list(session.exec(found.order_by(col(RepaymentLine.place))))


def waterfall_of(session: TenantSession, repayment: Repayment) -> list[Share]:
    """What the payment does, or did, to each advance on its value date (R7): what is seen before it is settled."""
    lines = lines_of(session, repayment.id)
    advances = {advance.id: advance for advance in queries.advances(session, {line.advance_id for line in lines})}
    events = queries.events_of(session, advances)
    shares = []
    for line in lines:
        advance = advances[line.advance_id]
        source = source_of(repayment, line)
        known = [queries.as_event(row) for row in events.get(advance.id, []) if row.source != source]
        own = Event(uuid7(), len(known) + 1, KINDS[repayment.payer], repayment.value_date, amount_of(repayment, line))
        before = replay(advance.contract, known, repayment.value_date)
        after = replay(advance.contract, [*known, own], repayment.value_date)
        shares.append(Share(advance, own.amount, before, after))
    return shares


def source_of(repayment: Repayment, line: RepaymentLine) -> str:
    """The word by which an advance knows its share."""
    return f"repayment:{repayment.id}:{line.place}"


def amount_of(repayment: Repayment, line: RepaymentLine) -> Money:
    """What a line sets against its advance."""
    return Money.from_minor(line.amount_minor, repayment.currency)


def digest_of(repayment: Repayment, lines: Sequence[RepaymentLine]) -> str:
    """What a second person settles, or undoes: the payment and all of its lines."""
    head = f"{repayment.payer}|{repayment.value_date}|{repayment.amount_minor}|{repayment.currency}"
    facts = [head, *(f"{line.place}|{line.advance_id}|{line.amount_minor}" for line in lines)]
    return sha256("\n".join(facts).encode()).hexdigest()
