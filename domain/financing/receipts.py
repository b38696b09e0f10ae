"""Money that came to a lender's own account without our asking: a debtor's own payment, or the lender's capital."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Text, and_, any_, literal
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from domain.banking.cash import cash_at_bank
from domain.financing.booking import book_facts
from domain.financing.facts import Fact
from domain.financing.replay import EventKind
from domain.financing.states import OUTSTANDING
from domain.financing.tables import Advance
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.money import Money

REVIEW_FACTOR = 5  # of the invoice's unpaid balance: more than that is a slip, or worse, and a person looks
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]*")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A credit on an own account that no instruction of ours explains; `source` names the statement entry."""

    source: str
    own_account_id: UUID
    amount: Money
    value_date: date
    remittance: str


def book_receipts(
    session: TenantSession, receipts: Sequence[Receipt], *, actor: Actor, clock: Clock
) -> dict[str, UUID]:
    """Book those receipts that are a debtor's own payment; returns the advance by the receipt's source.

    That is: exactly one outstanding advance on that account has an invoice whose number stands in the remittance. The
    others are left to reconciliation: unknown, ambiguous, in another currency, or over five times what is unpaid.
    """
    candidates = _by_number(session, receipts)
    facts = []
    for receipt in receipts:
        found = {
            each for word in _words(receipt.remittance) for each in candidates.get((receipt.own_account_id, word), ())
        }
        payable = [each for each in found if _plausible(receipt, each)]
        if len(payable) == 1 and len(found) == 1:
            facts.append(_fact(receipt, payable[0]))
    book_facts(session, facts, actor=actor, clock=clock)
    return {fact.source: fact.advance_id for fact in facts}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An outstanding advance, by its invoice's number."""

    advance_id: UUID
    unpaid: Money


def _by_number(session: TenantSession, receipts: Iterable[Receipt]) -> dict[tuple[UUID, str], list[_Candidate]]:
    accounts = {receipt.own_account_id for receipt in receipts}
    words = {word for receipt in receipts for word in _words(receipt.remittance)}
    rows = session.execute(
        select_columns(
            col(Advance.own_account_id),
            col(Receivable.invoice_number),
            col(Advance.id),
            col(Receivable.confirmed_minor) - col(Receivable.paid_minor),
            col(Advance.currency),
        )
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == Advance.tenant_id, col(Receivable.id) == Advance.receivable_id),
        )
        .where(
            col(Advance.tenant_id) == session.tenant_id,
            col(Advance.own_account_id) == any_of(accounts),
            col(Advance.state).in_(OUTSTANDING),
            col(Receivable.invoice_number) == any_(literal(sorted(words), ARRAY(Text))),
        )
    )
    found: dict[tuple[UUID, str], list[_Candidate]] = {}
    for account_id, number, advance_id, unpaid, currency in rows:
        candidate = _Candidate(advance_id, Money.from_minor(unpaid, currency))
        found.setdefault((account_id, number), []).append(candidate)
    return found


def _words(remittance: str) -> set[str]:
    return set(_WORD.findall(remittance))


def _plausible(receipt: Receipt, candidate: _Candidate) -> bool:
    if receipt.amount.currency != candidate.unpaid.currency:
        return False
    return not candidate.unpaid.times(REVIEW_FACTOR) < receipt.amount


def _fact(receipt: Receipt, candidate: _Candidate) -> Fact:
    return Fact(
        advance_id=candidate.advance_id,
        kind=EventKind.RECEIVED,
        value_date=receipt.value_date,
        amount=receipt.amount,
        source=receipt.source,
        cash=cash_at_bank(receipt.own_account_id, receipt.amount.currency),
    )


@dataclass(frozen=True, slots=True)
class Capital:
    """Money a lender put into its own account to lend; `source` names the statement entry."""

    source: str
    lender_id: UUID
    own_account_id: UUID
    amount: Money
    value_date: date


def book_capital(session: TenantSession, deposits: Sequence[Capital], *, actor: Actor, clock: Clock) -> None:
    """Book what lenders put in: cash at bank against their funding capital, each once."""
    postings = [
        Posting(
            key=f"financing:capital:{deposit.source}",
            event="capital.received",
            source=deposit.source,
            value_date=deposit.value_date,
            legs=(
                Leg(
                    cash_at_bank(deposit.own_account_id, deposit.amount.currency),
                    AccountRef(AccountKind.FUNDING_CAPITAL, deposit.amount.currency, deposit.lender_id),
                    deposit.amount,
                ),
            ),
            explanation={"amount": str(deposit.amount.amount)},
        )
        for deposit in deposits
    ]
    ledger.post_all(session, postings, actor=actor, clock=clock)
