"""Before money leaves: conditions checked again, then ordered by the lender's maker and approved by its checker."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.banking.states import Purpose
from domain.financing import queries
from domain.financing.conditions import broken_conditions
from domain.financing.errors import ConditionsNotMet, NothingToWithdraw, TwoLenders
from domain.financing.positions import Position, give_up_positions, open_positions
from domain.financing.registration import unregistered
from domain.financing.requests import lapse_requests
from domain.financing.rules import availability, cash_out, prepaid_interest
from domain.financing.states import AdvanceState, FacilityState
from domain.financing.tables import Advance, FundingOrder
from domain.parties.queries import any_of, own_accounts, payable_accounts
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.receivables.states import ReceivableState
from domain.values.actor import Actor, system
from domain.values.errors import NotFound
from domain.values.money import Money

APPROVAL = "funding_order"
CHECKER = system("conditions")
INVOICE_LOST = "invoice disputed, paid or due"
_WAITING = (AdvanceState.CREATED, AdvanceState.CONDITIONS_MET)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Advances that may be ordered, that wait for a bank account that can be used, and that came to nothing."""

    met: list[UUID]
    waiting: list[UUID]
    lapsed: list[UUID]


def check_conditions(session: TenantSession, *, clock: Clock, ids: Collection[UUID] | None = None) -> Conditions:
    """Check accepted advances again before any money moves; all that wait, where no ids are given.

    The invoice is undisputed, unpaid and not due, and as well confirmed as the line asks; no limit was lowered under
    it; the law lets its lender lend; lender and seller have accounts that can be used today. An advance that fails
    lapses, with its reason, and frees every limit; one whose account still cools off, or whose line is suspended,
    waits; so does one whose assignment must be registered before its money leaves (notice 77 of 2025, art. 14).
    """
    positions = open_positions(session, _accepted(session, ids)).values()
    own = _accounts(session, own_accounts(session.tenant_id))
    payable = _accounts(session, payable_accounts(session.tenant_id, clock.today()))
    broken = _broken(session, positions, clock)
    unproved = unregistered(session, positions, clock=clock)
    result = Conditions([], [], [])
    for position in positions:
        advance = position.advance
        if advance.id in broken:
            result.lapsed.append(advance.id)
            continue
        advance.own_account_id = own.get((advance.lender_id, advance.currency))
        advance.payee_account_id = payable.get((advance.seller_id, advance.currency))
        usable = advance.own_account_id is not None and advance.payee_account_id is not None
        ready = usable and position.facility.state is FacilityState.ACTIVE and advance.id not in unproved
        (result.met if ready else result.waiting).append(advance.id)
    for reason in sorted(set(broken.values())):
        lost = [position for position in positions if broken.get(position.advance.id) == reason]
        requests = [position.advance.request_id for position in lost]
        give_up_positions(session, lost, AdvanceState.LAPSED, actor=CHECKER, clock=clock, reason=reason)
        lapse_requests(session, requests, actor=CHECKER, clock=clock, reason=reason)
    move_all(session, Advance, result.met, AdvanceState.CONDITIONS_MET, actor=CHECKER, clock=clock)
    return result


def _broken(session: TenantSession, positions: Collection[Position], clock: Clock) -> dict[UUID, str]:
    lost = {each.advance.id: INVOICE_LOST for each in positions if not _invoice_stands(each, clock.today())}
    standing = [position for position in positions if position.advance.id not in lost]
    return lost | broken_conditions(session, standing, clock=clock)


def _accepted(session: TenantSession, ids: Collection[UUID] | None) -> list[UUID]:
    waiting = select(Advance.id).where(Advance.tenant_id == session.tenant_id, col(Advance.state).in_(_WAITING))
    return list(session.exec(waiting if ids is None else waiting.where(col(Advance.id) == any_of(ids))))


def _accounts(session: TenantSession, accounts: Select[UUID, str, UUID]) -> dict[tuple[UUID, str], UUID]:
    return {(party_id, currency): account_id for party_id, currency, account_id in session.execute(accounts)}


def _invoice_stands(position: Position, today: date) -> bool:
    advance, invoice = position.advance, position.receivable
    most = availability(invoice.unpaid, advance.advance_rate, [])
    covered = advance.principal_minor <= most.minor  # a credit note may have come since acceptance (R10)
    return invoice.state is ReceivableState.LISTED and advance.rolled_due_on > today and covered


def order_funding(
    session: TenantSession, advance_ids: Collection[UUID], *, funding_on: date, actor: Actor, clock: Clock
) -> FundingOrder:
    """The lender's maker orders advances to be paid out on `funding_on`; front-ended interest is set for that day (R4).

    Raises ConditionsNotMet, TwoLenders.
    """
    positions = open_positions(session, advance_ids)
    _require_ready(positions.values(), funding_on)
    lenders = {(each.advance.lender_id, each.advance.currency) for each in positions.values()}
    if len(lenders) != 1:
        raise TwoLenders(count=len(lenders))
    ((lender_id, currency),) = lenders
    order = FundingOrder(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        lender_id=lender_id,
        funding_on=funding_on,
        item_count=len(positions),
        total_minor=0,
        currency=currency,
        made_by=str(actor),
    )
    session.add(order)
    session.flush()
    for position in positions.values():
        advance = position.advance
        advance.funding_order_id, advance.funding_on = order.id, funding_on
        advance.prepaid_minor = prepaid_interest(advance.contract, funding_on).minor
        order.total_minor += payout(advance).minor
    session.flush()
    digest = _digest([position.advance for position in positions.values()])
    approvals.propose(session, kind=APPROVAL, subject_id=order.id, digest=digest, actor=actor, clock=clock)
    return order


def payout(advance: Advance) -> Money:
    """The cash that is to leave for an advance (R3, R4)."""
    return cash_out(
        advance.money(advance.principal_minor), advance.money(advance.fee_minor), advance.money(advance.prepaid_minor)
    )


def approve_funding(session: TenantSession, order_id: UUID, *, actor: Actor, clock: Clock) -> list[UUID]:
    """The lender's checker approves exactly this order; the advances are instructed and due for the bank.

    Raises SamePerson, DigestChanged when anything in it has changed, ConditionsNotMet when an invoice is lost.
    """
    positions = open_positions(session, _of_order(session, order_id))
    advances = [position.advance for position in positions.values()]
    if not advances:
        raise NotFound(kind="funding order", reference=order_id)
    approvals.approve(session, kind=APPROVAL, subject_id=order_id, digest=_digest(advances), actor=actor, clock=clock)
    _require_ready(positions.values(), clock.today())
    ids = [advance.id for advance in advances]
    move_all(session, Advance, ids, AdvanceState.INSTRUCTED, actor=actor, clock=clock)
    return ids


def withdraw_funding(
    session: TenantSession,
    order_id: UUID,
    advance_ids: Collection[UUID] | None = None,
    *,
    reason: str,
    actor: Actor,
    clock: Clock,
) -> list[UUID]:
    """Take back an approved order, or those of its advances, before a run has gathered it; returns what lapsed.

    One that a run has gathered is left alone: only the bank can say what became of it. One person may: stopping money
    asks for less than letting it go. Raises NothingToWithdraw.
    """
    ordered = set(_of_order(session, order_id))
    chosen = ordered if advance_ids is None else ordered & set(advance_ids)
    positions = open_positions(session, chosen).values()
    gathered = queries.under_way(session, chosen, Purpose.ADVANCE_DISBURSEMENT)
    withdrawn = [
        each for each in positions if each.advance.state is AdvanceState.INSTRUCTED and each.advance.id not in gathered
    ]
    if not withdrawn:
        raise NothingToWithdraw(order=public_id("fno", order_id), gathered=len(gathered))
    ids = [position.advance.id for position in withdrawn]
    requests = [position.advance.request_id for position in withdrawn]
    give_up_positions(session, withdrawn, AdvanceState.LAPSED, actor=actor, clock=clock, reason=reason)
    lapse_requests(session, requests, actor=actor, clock=clock, reason=reason)
    for position in withdrawn:
        announce(session, "advance.withdrawn", position.advance.public_id, {"reason": reason}, clock=clock)
    return ids


def _of_order(session: TenantSession, order_id: UUID) -> list[UUID]:
    return list(
        session.exec(
            select(Advance.id).where(Advance.tenant_id == session.tenant_id, Advance.funding_order_id == order_id)
        )
    )


def _require_ready(positions: Collection[Position], on: date) -> None:
    unready = [
        each.advance.public_id
        for each in positions
        if each.advance.state is not AdvanceState.CONDITIONS_MET
        or each.advance.payee_account_id is None
        or each.advance.own_account_id is None
    ]
    if unready or not positions:
        reason = {"reason_en": "its conditions are not met", "reason_zh": "放款条件未满足"}
        raise ConditionsNotMet(count=len(unready), first=(unready or ["—"])[0], **reason)
    lost = [each.advance.public_id for each in positions if not _invoice_stands(each, on)]
    if lost:
        reason = {"reason_en": "its invoice is disputed or due", "reason_zh": "发票有争议或已到期"}
        raise ConditionsNotMet(count=len(lost), first=lost[0], **reason)


def _digest(advances: Sequence[Advance]) -> str:
    facts = [
        f"{advance.id}|{payout(advance)}|{advance.own_account_id}|{advance.payee_account_id}|{advance.funding_on}"
        for advance in sorted(advances, key=lambda advance: advance.id)
    ]
    return sha256("\n".join(facts).encode()).hexdigest()
