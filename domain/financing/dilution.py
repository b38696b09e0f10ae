"""Credit notes under an advance (R10): the debtor owes less, and the seller answers for what was lent on it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from domain.banking.cash import in_transit
from domain.banking.states import Purpose
from domain.financing import queries
from domain.financing.booking import book_facts
from domain.financing.errors import NothingOwed, NothingToRelease, NotThePair, ReleaseUnderWay
from domain.financing.facts import Fact
from domain.financing.positions import COMMITTED, Position, open_positions
from domain.financing.replay import EventKind
from domain.financing.states import ENDED_UNPLEDGED
from domain.financing.tables import Advance
from domain.ledger import steps
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.dilution import approve_cancellation, find_credit_note, record_credit_note
from domain.receivables.exposure import lock_receivables
from domain.receivables.parts.wholes import roll_up
from domain.receivables.tables import CreditNote
from domain.values.actor import Actor
from domain.values.errors import NotFound
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Dilution:
    """A credit note, and what it calls from the seller of the advance that stands on the invoice, if one does."""

    note: CreditNote
    advance_id: UUID | None
    call: Money


def dilute_receivable(
    session: TenantSession,
    receivable_id: UUID,
    *,
    amount: Money,
    reference: str,
    issued_on: date,
    reason: str,
    evidence: bytes,
    actor: Actor,
    clock: Clock,
) -> Dilution:
    """Set a credit note, or a ticket refund, against an invoice.

    Before funding the balance that can be financed falls, and an advance it no longer covers is not paid out; after
    funding the seller owes the part of the principal that was lent on it. Raises CreditBeyondInvoice, CreditKnown,
    CreditNotYetIssued, NotFound.
    """
    # The ledger before everything else, as every booking does.
    steps.lock_ledger(session)
    advance_id = live_advances(session, [receivable_id]).get(receivable_id)
    position = None if advance_id is None else open_positions(session, [advance_id])[advance_id]
    locked = lock_receivables(session, [receivable_id]) if position is None else {receivable_id: position.receivable}
    if receivable_id not in locked:
        raise NotFound(kind="receivable", reference=receivable_id)
    note = record_credit_note(
        session,
        locked[receivable_id],
        amount=amount,
        reference=reference,
        issued_on=issued_on,
        reason=reason,
        evidence=evidence,
        actor=actor,
        clock=clock,
    )
    diluted = _tell(session, position, note, actor=actor, clock=clock)
    # Limits before wholes, as acceptances take them.
    roll_up(session, locked.values())
    return diluted


def _tell(
    session: TenantSession, position: Position | None, note: CreditNote, *, actor: Actor, clock: Clock
) -> Dilution:
    """What a credit note does to the advance that stands on the receivable, if one does."""
    if position is None:
        return Dilution(note, None, Money.zero(note.currency))
    advance = position.advance
    if advance.state in COMMITTED:
        advance.financed_minor -= note.amount_minor
        session.flush()
        return Dilution(note, advance.id, Money.zero(note.currency))
    _book(session, advance, note, actor=actor, clock=clock)
    session.refresh(advance)
    return Dilution(note, advance.id, advance.money(advance.called_minor))


def cancel_credit_note(session: TenantSession, note_id: UUID, *, reason: str, actor: Actor, clock: Clock) -> Dilution:
    """A second person takes a credit note back: the debtor owes its amount again, and the seller no call for it.

    Raises SamePerson, NothingProposed, CreditCancelled, NotFound.
    """
    steps.lock_ledger(session)
    note = find_credit_note(session, note_id)
    advance_id = live_advances(session, [note.receivable_id]).get(note.receivable_id)
    position = None if advance_id is None else open_positions(session, [advance_id])[advance_id]
    locked = lock_receivables(session, [note.receivable_id])[note.receivable_id]
    approve_cancellation(session, locked, note, reason=reason, actor=actor, clock=clock)
    undone = _undo(session, position, note, reason=reason, actor=actor, clock=clock)
    roll_up(session, [locked])
    return undone


def _undo(
    session: TenantSession, position: Position | None, note: CreditNote, *, reason: str, actor: Actor, clock: Clock
) -> Dilution:
    """What taking a credit note back does to the advance that stands on the receivable, if one does."""
    if position is None:
        return Dilution(note, None, Money.zero(note.currency))
    advance, locked = position.advance, position.receivable
    if _word(note) in position.sources:
        book_facts(session, [_undoing(advance, note, reason, clock)], actor=actor, clock=clock)
        session.refresh(advance)
    else:  # it had lowered what the money was lent on, before that left
        advance.financed_minor += note.amount_minor
        locked.exposure_minor = min(position.committed, locked.unpaid).minor
        session.flush()
    return Dilution(note, advance.id, advance.money(advance.called_minor))


def _undoing(advance: Advance, note: CreditNote, reason: str, clock: Clock) -> Fact:
    assert advance.own_account_id is not None
    return Fact(
        advance_id=advance.id,
        kind=EventKind.RETURNED,
        value_date=clock.today(),
        amount=note.amount,
        source=f"{_word(note)}:cancelled",
        cash=in_transit(advance.own_account_id, advance.currency),
        reverses=_word(note),
        reason=reason,
    )


def _word(note: CreditNote) -> str:
    return f"credit_note:{note.id}"


def live_advances(session: TenantSession, receivable_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The advance that stands on each of the receivables, where one does."""
    rows = session.exec(
        select(Advance.receivable_id, Advance.id).where(
            Advance.tenant_id == session.tenant_id,
            col(Advance.receivable_id) == any_of(receivable_ids),
            col(Advance.state).not_in(ENDED_UNPLEDGED),
        )
    )
    return dict(rows.all())


def _book(session: TenantSession, advance: Advance, note: CreditNote, *, actor: Actor, clock: Clock) -> None:
    assert advance.own_account_id is not None
    fact = Fact(
        advance_id=advance.id,
        kind=EventKind.DILUTED,
        value_date=note.issued_on,
        amount=note.amount,
        source=_word(note),
        cash=in_transit(advance.own_account_id, advance.currency),
        reason=note.reason,
    )
    book_facts(session, [fact], actor=actor, clock=clock)


def set_off_call(
    session: TenantSession, advance_id: UUID, *, against_id: UUID, reason: str, actor: Actor, clock: Clock
) -> Money:
    """Take what a seller owes on a call out of the reserve of another of its advances; returns how much that was.

    Raises NotThePair, NothingOwed, NothingToRelease, ReleaseUnderWay, NotFound.
    """
    steps.lock_ledger(session)
    positions = open_positions(session, [advance_id, against_id])
    owing, giving = positions[advance_id].advance, positions[against_id].advance
    _require_pair(owing, giving)
    called, held = positions[advance_id].figures.called, positions[against_id].figures.held
    free = held - giving.money(giving.hold_minor)
    if not called:
        raise NothingOwed(payer=owing.public_id, currency=owing.currency)
    if free.minor <= 0:
        hold = giving.money(giving.hold_minor)
        raise NothingToRelease(advance=giving.public_id, reserve=str(held), held=str(hold))
    if queries.under_way(session, [against_id], Purpose.HOLDBACK_RELEASE):
        raise ReleaseUnderWay(advance=giving.public_id)
    amount = min(called, free)
    number = len(positions[advance_id].events)
    facts = _both_sides(owing, giving, amount, number=number, reason=reason, on=clock.today())
    book_facts(session, facts, actor=actor, clock=clock)
    return amount


def _require_pair(owing: Advance, giving: Advance) -> None:
    same = (owing.lender_id, owing.seller_id, owing.currency) == (giving.lender_id, giving.seller_id, giving.currency)
    if not same or owing.id == giving.id:
        raise NotThePair(first=owing.public_id, second=giving.public_id)


def _both_sides(
    owing: Advance, giving: Advance, amount: Money, *, number: int, reason: str, on: date
) -> Sequence[Fact]:
    """Out of one reserve into the other's call: what is in transit between them is nothing when both are booked."""
    assert owing.own_account_id is not None
    transit = in_transit(owing.own_account_id, owing.currency)
    source = f"set_off:{owing.id}:{number}"
    return [
        Fact(giving.id, EventKind.RELEASED, on, amount, f"{source}:from", transit, reason=reason),
        Fact(owing.id, EventKind.DILUTION_PAID, on, amount, f"{source}:to", transit, reason=reason),
    ]
