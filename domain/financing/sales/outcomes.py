"""The bank's word on advances out of sales: paid out, collected, refused, come back."""

from collections.abc import Sequence

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Verdict
from domain.financing.queries import lock_facilities
from domain.financing.sales import queries
from domain.financing.sales.booking import book_facts
from domain.financing.sales.dues import obligation_of
from domain.financing.sales.facts import SalesFact
from domain.financing.sales.service import give_back
from domain.financing.sales.states import SalesAdvanceState, SalesEventKind
from domain.ledger import steps
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.values.actor import BANK


def book_sales_disbursements(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    """Only the bank's word makes an advance funded (R15); a refused or returned payout frees line and limits."""
    book_facts(session, _facts(outcomes, SalesEventKind.FUNDED), actor=BANK, clock=clock)
    refused = {each.subject_id: each.reason or "" for each in outcomes if each.result is Verdict.REJECTED}
    if not refused:
        return
    steps.lock_ledger(session)
    facilities = lock_facilities(session, queries.facilities_of(session, refused))
    locked = queries.lock_sales_advances(session, refused).values()
    waiting = [row for row in locked if row.state is SalesAdvanceState.APPROVED]
    for row in waiting:
        row.failure_reason = refused[row.id]
        move(session, row, SalesAdvanceState.FUNDING_FAILED, actor=BANK, clock=clock, reason="bank refused")
        facts = {"reason": row.failure_reason}
        announce(session, "sales_advance.funding_failed", row.public_id, facts, clock=clock)
    give_back(session, [(row, facilities[row.facility_id], row.net_minor) for row in waiting])


def book_sales_collections(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    """What merchants were debited repays their advances (R15); what came back never did.

    A debit that settled ends its obligation: the next run collects what has come due since. A refused one stays, and
    whether it is tried again is the run's to plan; so it is with one that came back before the next was made.
    """
    settled = [each for each in outcomes if each.result is Verdict.SETTLED]
    known = queries.known_sources(session, [each.source for each in settled])
    book_facts(session, _facts(outcomes, SalesEventKind.COLLECTED), actor=BANK, clock=clock)
    advances = queries.lock_sales_advances(session, {each.subject_id for each in outcomes})
    for outcome in settled:
        row = advances[outcome.subject_id]
        if outcome.source not in known and outcome.obligation_key == obligation_of(row):
            row.collection_round += 1
    failed = [each for each in outcomes if each.result is not Verdict.SETTLED]
    made = queries.instructed(session, {obligation_of(advances[each.subject_id]) for each in failed})
    for outcome in failed:
        row = advances[outcome.subject_id]
        row.failure_reason = outcome.reason or ""
        facts = {"amount": str(outcome.amount), "reason": row.failure_reason}
        announce(session, "sales_advance.collection_failed", row.public_id, facts, clock=clock)
        returned = outcome.result is Verdict.RETURNED
        if returned and outcome.obligation_key == obligation_of(row, -1) and obligation_of(row) not in made:
            # Asked for under its own obligation again, so that it is tried anew only on the days a retry may have.
            row.collection_round -= 1
    session.flush()


def _facts(outcomes: Sequence[Outcome], kind: SalesEventKind) -> list[SalesFact]:
    """What moved; settled before returned, because both may come in one batch."""
    moved = [each for each in outcomes if each.result is not Verdict.REJECTED]
    return [_fact(each, kind) for each in sorted(moved, key=lambda each: each.result is Verdict.RETURNED)]


def _fact(outcome: Outcome, kind: SalesEventKind) -> SalesFact:
    returned = outcome.result is Verdict.RETURNED
    return SalesFact(
        advance_id=outcome.subject_id,
        kind=SalesEventKind.RETURNED if returned else kind,
        value_date=outcome.value_date,
        amount=outcome.amount,
        source=outcome.source,
        cash=in_transit(outcome.own_account_id, outcome.amount.currency),
        reverses=outcome.source_of(Verdict.SETTLED) if returned else None,
        reason=outcome.reason or "",
    )
