"""Debits of financing that failed for good, presented anew because a person says so: the next run asks again.

A run tries again by itself what failed for want of funds; what it has given up, a closed account, a mandate that was
refused, waits here until somebody has asked the payer. Nothing moves by it: the obligation gets another number.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel import col, select

from domain import audit
from domain.audit import Deed
from domain.banking.states import HOLDS_OBLIGATION, Purpose
from domain.financing.sales import service as sales_advances
from domain.financing.sales import states as sales
from domain.financing.sales.tables import SalesAdvance
from domain.financing.service import represent_collections
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.runs.queries import OPEN_ITEMS, given_up_collections
from domain.values.actor import Actor

# As `queries.given_up_collections`; but an advance is debited many times, so that only what is under way, or was paid
# under the present obligation, speaks against asking again.
_GIVEN_UP = """
    SELECT subject.id FROM {table} AS subject
    WHERE subject.tenant_id = :tenant AND subject.state = ANY(:open)
      AND EXISTS (SELECT FROM instruction AS failed
                  WHERE failed.tenant_id = :tenant AND failed.subject_id = subject.id
                    AND failed.obligation_key = {obligation})
      AND NOT EXISTS (SELECT FROM instruction AS live
                      WHERE live.tenant_id = :tenant AND live.subject_id = subject.id AND live.purpose = '{purpose}'
                        AND (live.state = ANY(:under_way)
                             OR live.obligation_key = {obligation} AND live.state = ANY(:holding)))
      AND NOT EXISTS (SELECT FROM planned_attempt AS planned
                      WHERE planned.tenant_id = :tenant AND planned.taken_by IS NULL
                        AND planned.obligation_key = {obligation})
    ORDER BY subject.id
"""


def _query(table: str, kind: str, purpose: Purpose) -> TextClause:
    obligation = f"concat('{kind}:', subject.id, ':', subject.collection_round)"
    return text(_GIVEN_UP.format(table=table, obligation=obligation, purpose=purpose.value))


_RECOURSE = _query("advance", "recourse", Purpose.RECOURSE_COLLECTION)
_SALES = _query("sales_advance", "sales", Purpose.SALES_COLLECTION)


@dataclass(frozen=True, slots=True)
class FailedDebit:
    """An advance, on an invoice or out of sales, whose debit failed for good, and what the bank said."""

    id: UUID
    public_id: str
    lender_id: UUID
    reason: str
    out_of_sales: bool


def failed_debits(session: TenantSession, *, lender_id: UUID | None = None) -> list[FailedDebit]:
    """Everything that waits for a person: a lender's own, or all of it."""
    session.flush()
    ids = {*given_up_collections(session), *_given_up(session, _RECOURSE, [AdvanceState.RECOURSE_DEMANDED.value])}
    invoices = session.exec(
        select(Advance)
        .where(Advance.tenant_id == session.tenant_id, col(Advance.id) == any_of(ids))
        .order_by(col(Advance.id))
    )
    ids = _given_up(session, _SALES, [state.value for state in sales.OUTSTANDING])
    tills = session.exec(
        select(SalesAdvance)
        .where(SalesAdvance.tenant_id == session.tenant_id, col(SalesAdvance.id) == any_of(ids))
        .order_by(col(SalesAdvance.id))
    )
    return [
        FailedDebit(row.id, row.public_id, row.lender_id, row.failure_reason, isinstance(row, SalesAdvance))
        for row in (*invoices, *tills)
        if lender_id in {None, row.lender_id}
    ]


def present_anew(
    session: TenantSession,
    *,
    actor: Actor,
    clock: Clock,
    lender_id: UUID | None = None,
    ids: Collection[UUID] | None = None,
) -> list[FailedDebit]:
    """Let the next run ask again for what failed for good; returns what it will ask for.

    A lender's own, or these, or everything; what is on its way, is tried again by itself, or has not failed stays.
    """
    chosen = [each for each in failed_debits(session, lender_id=lender_id) if ids is None or each.id in ids]
    if not chosen:
        return []
    presented = {
        *represent_collections(session, [each.id for each in chosen if not each.out_of_sales]),
        *sales_advances.represent_collections(session, [each.id for each in chosen if each.out_of_sales]),
    }
    done = [each for each in chosen if each.id in presented]
    deeds = [Deed("collection.presented", each.public_id, {"reason": each.reason}) for each in done]
    audit.record_all(session, deeds, actor=actor, clock=clock)
    return done


def _given_up(session: TenantSession, query: TextClause, open_states: Collection[str]) -> set[UUID]:
    binds = {
        "tenant": session.tenant_id,
        "open": list(open_states),
        "under_way": [state.value for state in OPEN_ITEMS],
        "holding": [state.value for state in HOLDS_OBLIGATION],
    }
    return set(session.scalars(query, binds))
