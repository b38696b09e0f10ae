"""What is due from and to the bank, as one SELECT each: the standard columns that `banking` makes instructions of."""

from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlmodel import col

from domain.banking.states import Direction, Purpose
from domain.financing.accrual import accrued_sql
from domain.financing.states import OUTSTANDING, AdvanceState
from domain.financing.tables import Advance
from domain.parties.queries import own_accounts, payable_accounts
from domain.platform.binds import ON, TENANT, of
from domain.platform.database import TenantSession
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable

# Nothing is owed any more: what is left is the seller's, also what its debtor paid on an invoice it had bought back.
_RELEASES = (AdvanceState.REPAID, AdvanceState.FUNDING_FAILED, AdvanceState.BOUGHT_BACK, AdvanceState.WRITTEN_OFF)

_MANDATES = 8  # kinds of mandates that dues are composed for


def due_disbursements(session: TenantSession, on: date) -> Select[Any]:
    """Advances that two people of the lender ordered to be paid out by `on`.

    Only to the very account they approved, and only while it is still the one the seller is paid to.
    """
    return _disbursements().params(of(session, of_on=on))


@cache
def _disbursements() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.ADVANCE_DISBURSEMENT.value).label("purpose"),
            _key("disbursement").label("obligation_key"),
            (col(Advance.principal_minor) - col(Advance.fee_minor) - col(Advance.prepaid_minor)).label("amount_minor"),
            col(Advance.currency).label("currency"),
            col(Advance.own_account_id).label("own_account_id"),
            col(Advance.payee_account_id).label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(Advance.id).label("subject_id"),
            ON.label("due_on"),
            _remittance("Advance").label("remittance"),
        )
        .join(Receivable, _its_receivable())
        .join(payable, and_(_paid_to(payable), payable.c.account_id == col(Advance.payee_account_id)))
        .where(
            col(Advance.tenant_id) == TENANT,
            col(Advance.state) == AdvanceState.INSTRUCTED,
            col(Advance.funding_on) <= ON,
            # A dispute stops new funding at once, also of what was ordered yesterday.
            col(Receivable.state) == ReceivableState.LISTED,
            # Nor does money leave on what a credit note took away since.
            col(Advance.principal_minor) <= func.floor(col(Advance.advance_rate) * _unpaid()),
        )
        # An order that is taken back at this moment is waited for, and one gathered first is seen by whoever takes it
        # back. In id order, as everybody locks advances.
        .order_by(col(Advance.id))
        .with_for_update(read=True, of=Advance)
    )


def due_collections(session: TenantSession, on: date, *, mandates: FromClause) -> Select[Any]:
    """Financed invoices whose debtor is debited by `on`: what it confirmed and has not paid, on the rolled date (R24).

    The fee it bears is asked of it together with the invoice.

    `mandates` (party_id, currency, mandate_id, account_id) are those in force; a debtor without one pays by itself.
    Disputed invoices wait.
    """
    return _collections(mandates).params(of(session, of_on=on))


@lru_cache(maxsize=_MANDATES)
def _collections(mandates: FromClause) -> Select[Any]:
    unpaid = func.greatest(_unpaid(), 0)
    fee = col(Advance.debtor_fee_minor) - col(Advance.debtor_fee_paid_minor)
    # A debtor that paid just the invoice still owes its fee, also when the advance is long repaid.
    fee_left = and_(col(Advance.state).in_((AdvanceState.REPAID, AdvanceState.CLOSED)), fee > 0, unpaid == 0)
    return (
        select(
            literal(Direction.DEBIT.value).label("direction"),
            literal(Purpose.RECEIVABLE_COLLECTION.value).label("purpose"),
            _key("collection", Advance.collection_round).label("obligation_key"),
            (unpaid + fee).label("amount_minor"),
            col(Advance.currency).label("currency"),
            col(Advance.own_account_id).label("own_account_id"),
            mandates.c.account_id.label("counter_account_id"),
            mandates.c.mandate_id.label("mandate_id"),
            col(Advance.id).label("subject_id"),
            ON.label("due_on"),
            _remittance("Invoice").label("remittance"),
        )
        .join(Receivable, _its_receivable())
        .join(mandates, and_(mandates.c.party_id == Advance.debtor_id, mandates.c.currency == Advance.currency))
        .where(
            col(Advance.tenant_id) == TENANT,
            or_(col(Advance.state).in_(OUTSTANDING), fee_left),
            col(Advance.rolled_due_on) <= ON,
            col(Receivable.state) != ReceivableState.DISPUTED,
            unpaid + fee > 0,
        )
    )


def due_recourse(session: TenantSession, on: date, *, mandates: FromClause) -> Select[Any]:
    """Sellers asked to take their invoices back, debited on `on` for what is owed at its start (R11).

    `mandates` as for collections, of sellers; one without a mandate pays by itself.
    """
    return _recourse(mandates).params(of(session, of_on=on))


@lru_cache(maxsize=_MANDATES)
def _recourse(mandates: FromClause) -> Select[Any]:
    return (
        select(
            literal(Direction.DEBIT.value).label("direction"),
            literal(Purpose.RECOURSE_COLLECTION.value).label("purpose"),
            _key("recourse", Advance.collection_round).label("obligation_key"),
            _buy_back().label("amount_minor"),
            col(Advance.currency).label("currency"),
            col(Advance.own_account_id).label("own_account_id"),
            mandates.c.account_id.label("counter_account_id"),
            mandates.c.mandate_id.label("mandate_id"),
            col(Advance.id).label("subject_id"),
            ON.label("due_on"),
            _remittance("Recourse").label("remittance"),
        )
        .join(Receivable, _its_receivable())
        .join(mandates, and_(mandates.c.party_id == Advance.seller_id, mandates.c.currency == Advance.currency))
        .where(
            col(Advance.tenant_id) == TENANT,
            col(Advance.state) == AdvanceState.RECOURSE_DEMANDED,
            col(Advance.recourse_demanded_on) <= ON,
            _buy_back() > 0,
        )
    )


def _buy_back() -> ColumnElement[Any]:
    """`Figures.buy_back` at the start of the day."""
    interest, penalty = (_accrued(component) for component in ("interest", "penalty"))
    return (
        col(Advance.principal_open_minor)
        + func.greatest(interest - col(Advance.interest_paid_minor), 0)
        + (penalty - col(Advance.penalty_paid_minor))
        + (col(Advance.costs_charged_minor) - col(Advance.costs_paid_minor))
        + (col(Advance.early_charged_minor) - col(Advance.early_paid_minor))
        + func.greatest(col(Advance.released_minor) - col(Advance.surplus_minor), 0)
    )


def _accrued(component: str) -> ColumnElement[Any]:
    return cast(text(accrued_sql(component, f"greatest(advance.accrued_until, CAST(:{ON.key} AS date))")), BigInteger)


def due_releases(session: TenantSession, on: date) -> Select[Any]:
    """Reserves of repaid advances that are the seller's (R5), to the account it is paid to on `on`."""
    return _releases().params(of(session, of_on=on))


@cache
def _releases() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable")
    own = own_accounts(TENANT).subquery("own")
    held = col(Advance.surplus_minor) - col(Advance.released_minor) - col(Advance.hold_minor)
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.HOLDBACK_RELEASE.value).label("purpose"),
            _key("release", Advance.release_round).label("obligation_key"),
            held.label("amount_minor"),
            col(Advance.currency).label("currency"),
            own.c.account_id.label("own_account_id"),
            payable.c.account_id.label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(Advance.id).label("subject_id"),
            ON.label("due_on"),
            _remittance("Reserve").label("remittance"),
        )
        .join(Receivable, _its_receivable())
        .join(own, and_(own.c.party_id == Advance.lender_id, own.c.currency == Advance.currency))
        .join(payable, _paid_to(payable))
        .where(
            col(Advance.tenant_id) == TENANT,
            col(Advance.state).in_(_RELEASES),
            col(Advance.release_held).is_(False),
            or_(col(Advance.release_by_rule), col(Advance.release_approved)),
            held > 0,
        )
    )


def _key(kind: str, turn: Any = None) -> ColumnElement[str]:  # noqa: ANN401 - a column
    """The obligation, by which it is instructed once: `collection:<advance>:<round>`."""
    key = func.concat(kind, ":", col(Advance.id))
    return key if turn is None else func.concat(key, ":", turn)


def _remittance(what: str) -> ColumnElement[str]:
    # Without the invoice's code: bank files have 140 characters, and debtors know their invoices by number.
    return func.concat(what, " ", col(Receivable.invoice_number))


def _unpaid() -> ColumnElement[Any]:
    """What the debtor confirmed, was not credited and has not paid."""
    owed = func.coalesce(col(Receivable.confirmed_minor), 0) - col(Receivable.diluted_minor)
    return owed - col(Receivable.paid_minor)


def _its_receivable() -> ColumnElement[bool]:
    return and_(col(Receivable.tenant_id) == col(Advance.tenant_id), col(Receivable.id) == col(Advance.receivable_id))


def _paid_to(payable: FromClause) -> ColumnElement[bool]:
    return and_(payable.c.party_id == Advance.seller_id, payable.c.currency == Advance.currency)
