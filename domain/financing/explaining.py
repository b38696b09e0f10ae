"""An advance explained from what is kept of it: contract and sources, derivations, postings, and the proof of it all.

The proof is made of the advance as the books hold it today, whatever past date is asked about: the same walk must come
to the sub-ledger's every figure, and to what the advance's own postings added to each account of the ledger.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from domain.financing import queries
from domain.financing.accrual import booked_figures, closed_until
from domain.financing.explanation import Explanation, explain
from domain.financing.postings import Owners, positions
from domain.financing.replay import Event, Figures
from domain.financing.rules import AllInRate
from domain.financing.service import CostOfAdvance, find_advance
from domain.financing.supervision import provision_rate
from domain.financing.tables import Advance, AdvanceEvent, Offer, ReferenceRate, Request
from domain.financing.yields import cash_flows, realised_rate
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.sources import SourcePosting, added_by, postings_of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.receivables.parts.splitting import splits_of
from domain.receivables.parts.wholes import wholes_above
from domain.receivables.tables import Receivable
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class ContractField:
    """One thing that was agreed, as text, and what it was taken from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """The reference a rate was made from: its own rate on its day, the margin over it, and where it was published."""

    name: str
    rate: Decimal
    margin_bp: Decimal
    effective_on: date
    citation: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether walk, sub-ledger and ledger come to the same; `differences` names each figure where they do not."""

    as_of: date | None
    subledger_agrees: bool
    ledger_agrees: bool
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainedAdvance:
    """Everything there is to say about where an advance stands; `warnings` are the law's, as they were shown."""

    advance: Advance
    explanation: Explanation
    contract: tuple[ContractField, ...]
    reference: Quoted | None
    recorded: tuple[AdvanceEvent, ...]
    postings: tuple[SourcePosting, ...]
    cost: CostOfAdvance
    warnings: tuple[dict[str, Any], ...]
    proof: Proof

    def posting_of(self, event: int) -> int | None:
        """The number of the posting that booked an event, by the event's own number."""
        keys = {posting.key: posting.number for posting in self.postings}
        sources = {row.number: row.source for row in self.recorded}
        return keys.get(f"financing:{sources[event]}")


def explain_advance(session: TenantSession, advance_id: UUID, as_of: date) -> ExplainedAdvance:
    """Where an advance stood, or would stand, at the start of `as_of`, and why. Raises NotFound."""
    advance = find_advance(session, advance_id)
    recorded = queries.events_of(session, [advance_id]).get(advance_id, [])
    events = [queries.as_event(row) for row in recorded]
    offer = session.get_one(Offer, (session.tenant_id, advance.offer_id))
    request = session.get_one(Request, (session.tenant_id, advance.request_id))
    closed = closed_until(session)
    explanation = explain(advance.contract, events, as_of, provision_rate(session, as_of))
    sources = [advance.public_id, *_nights(advance, as_of, closed)]
    return ExplainedAdvance(
        advance=advance,
        explanation=explanation,
        contract=(*_part(session, advance), *_contract(advance, offer)),
        reference=_reference(session, advance),
        recorded=tuple(recorded),
        postings=tuple(posting for posting in postings_of(session, sources) if posting.value_date <= as_of),
        cost=_cost(advance, explanation),
        warnings=tuple(_once([*request.warnings, *offer.warnings])),
        proof=_prove(session, advance, events, closed),
    )


def _cost(advance: Advance, explanation: Explanation) -> CostOfAdvance:
    """Quoted and realised by then: what moved later is not known yet (R14)."""
    figures = explanation.figures
    flows = cash_flows([told.event for told in explanation.events], figures)
    cost = Money.total((flow.amount for flow in flows), advance.currency)
    ended = figures.funded_on is not None and figures.repaid
    quoted = AllInRate(simple=advance.quoted_simple, effective=advance.quoted_effective)
    return CostOfAdvance(quoted, realised_rate(flows) if ended else None, cost, flows)


def _part(session: TenantSession, advance: Advance) -> Iterator[ContractField]:
    """Where the advance is on a part: which part, of which invoice, and by which split."""
    row = session.get_one(Receivable, (session.tenant_id, advance.receivable_id))
    if row.parent_id is not None:
        whole, split = wholes_above(session, row)[-1], splits_of(session, row.parent_id)[-1]
        yield ContractField("part", row.invoice_number, f"{split.public_id}, of receivable {whole.public_id} (R17)")


def _contract(advance: Advance, offer: Offer) -> Iterator[ContractField]:
    """What figures depend on. An offer takes its fields from one version of its facility and is never changed."""
    facility = f"{public_id('fac', offer.facility_id)} version {offer.facility_version}"
    agreed = f"offer {offer.public_id}, from facility {facility}"
    receivable = f"receivable {public_id('rcv', advance.receivable_id)}"
    rolled = f"{receivable}, rolled by the banks' calendar"
    yield ContractField("face_amount", str(advance.money(advance.face_minor)), receivable)
    yield ContractField("financed", str(advance.money(advance.financed_minor)), f"{receivable}: confirmed, not paid")
    yield ContractField("principal", str(advance.money(advance.principal_minor)), agreed)
    yield ContractField("advance_rate", str(advance.advance_rate), agreed)
    yield ContractField("fee_bp", str(offer.fee_bp), agreed)
    yield ContractField("fee", str(advance.money(advance.fee_minor)), agreed)
    terms = advance.terms
    for field in fields(terms):
        value = getattr(terms, field.name)
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        yield ContractField(field.name, text, agreed)
    yield ContractField("penalty_rate", str(terms.penalty_rate), "annual_rate × overdue_multiplier (R6)")
    yield ContractField("due_on", advance.due_on.isoformat(), receivable)
    yield ContractField("rolled_due_on", advance.rolled_due_on.isoformat(), f"{rolled} (R24)")
    yield ContractField("interest_until", advance.interest_until.isoformat(), f"{rolled} (R24)")
    yield ContractField("penalty_from", advance.penalty_from.isoformat(), "rolled_due_on + grace_days (R6)")


def _reference(session: TenantSession, advance: Advance) -> Quoted | None:
    """The quote a floating rate was fixed at. A correction of it that came later does not touch what was agreed."""
    name, margin, rate, on = advance.reference_name, advance.margin_bp, advance.reference_rate, advance.reference_on
    if name is None or margin is None or rate is None or on is None:
        return None
    citation = session.exec(
        select(ReferenceRate.citation)
        .where(
            ReferenceRate.tenant_id == session.tenant_id,
            ReferenceRate.name == name,
            ReferenceRate.effective_on == on,
            ReferenceRate.rate == rate,
        )
        .order_by(col(ReferenceRate.revision).desc())
        .limit(1)
    ).first()
    return Quoted(name, rate, margin, on, citation or "")


def _nights(advance: Advance, as_of: date, closed: date | None) -> list[str]:
    """The closes of business that posted what it accrued, together with the lender's other advances."""
    if advance.funded_on is None or closed is None:
        return []
    last = min(as_of, closed)
    if not advance.principal_open_minor and advance.accrued_until is not None:
        last = min(last, advance.accrued_until)
    days = range(max((last - advance.funded_on).days, 0))
    return [f"accrual:{advance.funded_on + timedelta(days=day)}" for day in days]


def _once(warnings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({str(warning.get("code")): warning for warning in warnings}.values())


def _prove(session: TenantSession, advance: Advance, events: Sequence[Event], closed: date | None) -> Proof:
    booked = booked_figures(advance, closed)
    if booked.as_of is None:
        return Proof(None, subledger_agrees=True, ledger_agrees=True, differences=())
    walked = explain(advance.contract, events, booked.as_of)
    kept = list(_against_subledger(walked.figures, booked))
    unexplained = [f"{each.figure.value}: unexplained {each.unexplained}" for each in walked.derivations]
    kept += [line for line, each in zip(unexplained, walked.derivations, strict=True) if each.unexplained]
    entered = list(_against_ledger(session, advance, walked.figures))
    return Proof(booked.as_of, not kept, not entered, (*kept, *entered))


def _against_subledger(walked: Figures, booked: Figures) -> Iterator[str]:
    for field in fields(Figures):
        ours, theirs = getattr(walked, field.name), getattr(booked, field.name)
        if ours != theirs:
            yield f"{field.name}: explained {ours}, sub-ledger {theirs}"


def _against_ledger(session: TenantSession, advance: Advance, figures: Figures) -> Iterator[str]:
    """What accrues at night is posted per lender, so a receivable and its income are compared as one: what was paid."""
    owners = Owners(advance.lender_id, advance.seller_id, advance.debtor_id, advance.currency)
    expected = dict(positions(owners, figures))
    found = {ref: amount for ref, amount in added_by(session, advance.public_id).items() if ref in expected}
    for receivable, income in _ACCRUED_AT_NIGHT:
        for side in (expected, found):
            _merge(side, owners.of_lender(income), owners.of_lender(receivable))
    for ref, amount in expected.items():
        if amount != found.get(ref, 0):
            yield f"{ref}: explained {amount}, ledger {found.get(ref, 0)} (minor units)"


_ACCRUED_AT_NIGHT = (
    (AccountKind.INTEREST_RECEIVABLE, AccountKind.INTEREST_INCOME),
    (AccountKind.PENALTY_RECEIVABLE, AccountKind.PENALTY_INCOME),
)


def _merge(side: dict[AccountRef, int], source: AccountRef, target: AccountRef) -> None:
    side[target] = side.get(target, 0) + side.pop(source, 0)
