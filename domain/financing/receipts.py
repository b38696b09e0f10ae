"""Money that came to a lender's own account without our asking: a debtor's own payment, or the lender's capital."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, product
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, any_, func, literal, or_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from domain.banking.cash import cash_at_bank
from domain.financing.booking import book_facts
from domain.financing.debts import Debt, allocate_receipt
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.financing.proofs import may_be, unproved
from domain.financing.rules import needs_review
from domain.financing.states import OUTSTANDING
from domain.financing.tables import Advance, Repayment
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.parts.wholes import split_under, unpaid_parts
from domain.receivables.tables import Receivable
from domain.values.actor import Actor
from domain.values.money import Money

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

    That is: outstanding advances on that account have invoices of one debtor whose numbers stand in the remittance,
    each number once. One that names several is set against them by law (R8); so is one that names an invoice which was
    split, if all its unpaid parts stand on the account (R17). The others are left to reconciliation: unknown,
    ambiguous, in another currency, over five times what is unpaid, or perhaps what a person entered already.
    """
    candidates = _by_number(session, receipts)
    entered = unproved(session, {each.lender_id for readings in candidates.values() for each in chain(*readings)})
    facts: dict[str, list[Fact]] = {}
    for receipt in receipts:
        debts = _meant([candidates.get((receipt.own_account_id, word), []) for word in words_of(receipt.remittance)])
        if _plausible(receipt, debts) and not _entered(receipt, debts, entered):
            facts[receipt.source] = _facts(receipt, debts)
    book_facts(session, [fact for each in facts.values() for fact in each], actor=actor, clock=clock)
    return {source: each[0].advance_id for source, each in facts.items()}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An outstanding advance, by its invoice's number."""

    lender_id: UUID
    debtor_id: UUID
    debt: Debt


Readings = list[list[_Candidate]]  # what a word may name: one advance, or those of all parts of an invoice; or nothing


def _meant(named: Sequence[Readings]) -> list[_Candidate]:
    """What all the words that name something name, each in one way and none twice; nothing where that is not so."""
    known = [readings for readings in named if readings]
    if not all(len(readings) == 1 and readings[0] for readings in known):
        return []
    found = [each for readings in known for each in readings[0]]
    return found if len({each.debt.key for each in found}) == len(found) else []


def _by_number(session: TenantSession, receipts: Iterable[Receipt]) -> dict[tuple[UUID, str], Readings]:
    accounts = {receipt.own_account_id for receipt in receipts}
    words = {word for receipt in receipts for word in words_of(receipt.remittance)}
    wholes = split_under(session, words)
    parts = unpaid_parts(session, [whole_id for ids in wholes.values() for whole_id in ids])
    part_ids = [part_id for ids in parts.values() for part_id in ids]
    found: dict[tuple[UUID, str], Readings] = {}
    standing: dict[tuple[UUID, UUID], _Candidate] = {}
    for row in session.execute(_outstanding(session, accounts, words, part_ids)):
        amount = Money.from_minor(row.owed, row.currency)
        secured = Decimal(1 if row.recourse else 0)
        debt = Debt(row.id, amount, row.rolled_due_on, secured=secured, burden=row.annual_rate)
        standing[row.own_account_id, row.receivable_id] = one = _Candidate(row.lender_id, row.debtor_id, debt)
        found.setdefault((row.own_account_id, row.invoice_number), []).append([one])
    for number, whole_ids in wholes.items():
        for account_id, whole_id in product({account_id for account_id, _ in standing}, whole_ids):
            on_account = [standing.get((account_id, part_id)) for part_id in parts[whole_id]]
            financed = [each for each in on_account if each is not None]
            if financed:  # what others hold a part of is nobody's to share out
                whole = financed if len(financed) == len(on_account) else []
                found.setdefault((account_id, number), []).append(whole)
    return found


def _outstanding(
    session: TenantSession, accounts: Collection[UUID], numbers: Collection[str], receivable_ids: Collection[UUID]
) -> Select[Any]:
    """Outstanding advances on the accounts, on invoices of these numbers or on these receivables."""
    unpaid = col(Receivable.confirmed_minor) - col(Receivable.diluted_minor) - col(Receivable.paid_minor)
    fee = col(Advance.debtor_fee_minor) - col(Advance.debtor_fee_paid_minor)
    return (
        select_columns(
            *(col(Advance.own_account_id), col(Receivable.invoice_number), col(Advance.receivable_id)),
            *(col(Advance.id), col(Advance.lender_id), col(Advance.debtor_id)),
            (func.greatest(unpaid, 0) + fee).label("owed"),
            *(col(Advance.currency), col(Advance.rolled_due_on), col(Advance.recourse), col(Advance.annual_rate)),
        )
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == Advance.tenant_id, col(Receivable.id) == Advance.receivable_id),
        )
        .where(
            col(Advance.tenant_id) == session.tenant_id,
            col(Advance.own_account_id) == any_of(accounts),
            col(Advance.state).in_(OUTSTANDING),
            or_(
                col(Receivable.invoice_number) == any_(literal(sorted(numbers), ARRAY(Text))),
                col(Receivable.id) == any_of(receivable_ids),
            ),
        )
    )


def words_of(remittance: str) -> set[str]:
    """What in a remittance may be the number of something."""
    return set(_WORD.findall(remittance))


def _plausible(receipt: Receipt, found: Sequence[_Candidate]) -> bool:
    """One debtor, its currency, and not so much that it must be a slip."""
    if not found:
        return False
    same = {(each.debtor_id, each.debt.open.currency) for each in found}
    if len(same) != 1 or found[0].debt.open.currency != receipt.amount.currency:
        return False
    return not needs_review(receipt.amount, Money.total((each.debt.open for each in found), receipt.amount.currency))


def _entered(receipt: Receipt, found: Sequence[_Candidate], entered: Iterable[Repayment]) -> bool:
    """Whether a person may have entered this money before its statement came."""
    return any(
        known.lender_id == found[0].lender_id and may_be(known, found[0].debtor_id, receipt.amount, receipt.value_date)
        for known in entered
    )


def _facts(receipt: Receipt, found: Sequence[_Candidate]) -> list[Fact]:
    """The receipt's own word names its first share; the others of the same word are numbered."""
    shares = allocate_receipt(receipt.amount, [each.debt for each in found], on=receipt.value_date)
    return [
        Fact(
            advance_id=advance_id,
            kind=EventKind.RECEIVED,
            value_date=receipt.value_date,
            amount=amount,
            source=receipt.source if place == 1 else f"{receipt.source}:{place}",
            cash=cash_at_bank(receipt.own_account_id, receipt.amount.currency),
        )
        for place, (advance_id, amount) in enumerate(shares, 1)
    ]


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
