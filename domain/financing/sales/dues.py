"""What is due from and to the bank for advances out of sales, as one SELECT each.

The share of a day is what its sales come to, refunds and corrections included, rounded by the day; what is due is the
sum of all days since the money came, as far as it is owed, and from the final day on everything that is (R15). It is
counted out of the sales each time: nothing is kept beside them that could drift. One debit is on its way at a time and
takes all that has come due by its day, so that no failure of one day's debit is mixed up with another's.
"""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
)
from sqlmodel import col

from domain.banking.states import Direction, Purpose
from domain.financing.sales.accrual import penalty_sql
from domain.financing.sales.states import OUTSTANDING, SalesAdvanceState
from domain.financing.sales.tables import MerchantSale, SalesAdvance
from domain.financing.states import FacilityState
from domain.financing.tables import Facility
from domain.parties.queries import payable_accounts
from domain.platform.binds import ON, TENANT, of
from domain.platform.database import TenantSession


def due_sales_disbursements(session: TenantSession, on: date) -> Select[Any]:
    """Advances that two people of the lender agreed to pay out by `on`.

    Only to the very account they approved, while it is still the one the merchant is paid to, and while the line lends.
    """
    return _disbursements().params(of(session, of_on=on))


@cache
def _disbursements() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.SALES_DISBURSEMENT.value).label("purpose"),
            func.concat("sales_disbursement:", col(SalesAdvance.id)).label("obligation_key"),
            col(SalesAdvance.net_minor).label("amount_minor"),
            col(SalesAdvance.currency).label("currency"),
            col(SalesAdvance.own_account_id).label("own_account_id"),
            col(SalesAdvance.payee_account_id).label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(SalesAdvance.id).label("subject_id"),
            ON.label("due_on"),
            func.concat("Advance ", col(SalesAdvance.contract_reference)).label("remittance"),
        )
        .join(
            payable,
            and_(
                payable.c.party_id == SalesAdvance.merchant_id,
                payable.c.currency == SalesAdvance.currency,
                payable.c.account_id == SalesAdvance.payee_account_id,
            ),
        )
        .join(
            Facility,
            and_(col(Facility.tenant_id) == SalesAdvance.tenant_id, col(Facility.id) == SalesAdvance.facility_id),
        )
        .where(
            col(SalesAdvance.tenant_id) == TENANT,
            col(SalesAdvance.state) == SalesAdvanceState.APPROVED,
            col(SalesAdvance.funding_on) <= ON,
            col(Facility.state) == FacilityState.ACTIVE,
        )
    )


def due_sales_collections(session: TenantSession, on: date, *, mandates: FromClause) -> Select[Any]:
    """What merchants' sales reported by now repay, debited on `on` (R15).

    From the final day on it is everything, and the penalty with it (R6): one debit of the rest.

    `mandates` (party_id, currency, mandate_id, account_id) are those in force; a merchant without one is not debited,
    and becomes overdue.
    """
    shares = shares_of_sales(session.tenant_id, on).subquery("shares")
    penalty = _penalty(on) - col(SalesAdvance.penalty_paid_minor)
    # What was paid back too much is owed at once, whatever was sold.
    unpaid = asked(shares, on) - col(SalesAdvance.repaid_minor) + penalty + _claim()
    return (
        select(
            literal(Direction.DEBIT.value).label("direction"),
            literal(Purpose.SALES_COLLECTION.value).label("purpose"),
            func.concat("sales:", col(SalesAdvance.id), ":", col(SalesAdvance.collection_round)).label(
                "obligation_key"
            ),
            unpaid.label("amount_minor"),
            col(SalesAdvance.currency).label("currency"),
            col(SalesAdvance.own_account_id).label("own_account_id"),
            mandates.c.account_id.label("counter_account_id"),
            mandates.c.mandate_id.label("mandate_id"),
            col(SalesAdvance.id).label("subject_id"),
            literal(on).label("due_on"),
            func.concat(_asked_for(on), " ", col(SalesAdvance.contract_reference)).label("remittance"),
        )
        .outerjoin(shares, shares.c.advance_id == SalesAdvance.id)
        .join(
            mandates,
            and_(mandates.c.party_id == SalesAdvance.merchant_id, mandates.c.currency == SalesAdvance.currency),
        )
        .where(
            col(SalesAdvance.tenant_id) == session.tenant_id,
            col(SalesAdvance.state).in_(OUTSTANDING),
            unpaid > 0,
        )
    )


def _penalty(on: date) -> ColumnElement[Any]:
    """The penalty at the start of `on`; the day is a parameter, so that the statement is planned once."""
    term = penalty_sql("greatest(sales_advance.accrued_until, CAST(:penalty_at AS date))")
    return cast(text(term).bindparams(penalty_at=on), BigInteger)


def overpaid() -> ColumnElement[int]:
    """`SalesFigures.overpaid` of a row, in minor units."""
    set_off = col(SalesAdvance.penalty_paid_minor) + col(SalesAdvance.recovered_minor) + col(SalesAdvance.repaid_minor)
    return col(SalesAdvance.collected_minor) - set_off


def _claim() -> ColumnElement[Any]:
    return func.greatest(col(SalesAdvance.refunded_minor) - overpaid(), 0)


def _asked_for(on: date) -> ColumnElement[str]:
    return case((col(SalesAdvance.final_on) <= on, "Rest of"), else_="Share of sales")


def obligation_of(advance: SalesAdvance, later: int = 0) -> str:
    """The obligation under which an advance is collected now, or that many rounds later."""
    return f"sales:{advance.id}:{advance.collection_round + later}"


def shares_of_sales(tenant_id: int, until: date) -> Select[Any]:
    """(advance_id, share_minor): the shares of all days from the payout to `until`, of what is outstanding."""
    days = shares_by_day(tenant_id, until).where(col(SalesAdvance.state).in_(OUTSTANDING)).subquery("days")
    return select(days.c.advance_id, func.sum(days.c.share_minor).label("share_minor")).group_by(days.c.advance_id)


def shares_by_day(tenant_id: int, until: date) -> Select[Any]:
    """(advance_id, sold_on, sales_minor, share_minor) of every day on which a funded advance's merchant sold."""
    sales = func.sum(MerchantSale.amount_minor)
    return (
        select(
            col(SalesAdvance.id).label("advance_id"),
            col(MerchantSale.sold_on),
            sales.label("sales_minor"),
            func.round(sales * col(SalesAdvance.share)).label("share_minor"),
        )
        .join(
            MerchantSale,
            and_(
                col(MerchantSale.tenant_id) == SalesAdvance.tenant_id,
                col(MerchantSale.merchant_id) == SalesAdvance.merchant_id,
                col(MerchantSale.currency) == SalesAdvance.currency,
                col(MerchantSale.sold_on) >= SalesAdvance.funded_on,
                col(MerchantSale.sold_on) <= until,
            ),
        )
        .where(col(SalesAdvance.tenant_id) == tenant_id)
        .group_by(col(SalesAdvance.id), col(SalesAdvance.share), col(MerchantSale.sold_on))
    )


def asked(shares: FromClause, on: date) -> ColumnElement[Any]:
    """What an advance should have paid by `on`, in minor units: its shares as far as they are owed, in the end all."""
    owed = col(SalesAdvance.net_minor) + col(SalesAdvance.fee_minor) - col(SalesAdvance.rebated_minor)
    so_far = func.least(func.greatest(func.coalesce(shares.c.share_minor, 0), 0), owed)
    return case((col(SalesAdvance.final_on) <= on, owed), else_=so_far)
