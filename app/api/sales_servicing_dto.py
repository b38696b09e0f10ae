"""What settles an advance out of sales, what was demanded, and what was given up."""

from datetime import date

import msgspec

from app.fields import Moment, PartyId, SalesAdvanceId, SalesWriteOffId
from app.money_dto import MoneyDto, shown
from domain.financing.sales.payoffs import Payoff
from domain.financing.sales.tables import SalesAdvance, SalesDemand, SalesWriteOff
from domain.financing.states import WriteOffState
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id

SALES_WRITE_OFF = "swo"


class SalesPayoffView(msgspec.Struct, kw_only=True):
    """What settles an advance on a day: open + penalty + to_recover - rebate = amount."""

    sales_advance_id: SalesAdvanceId
    on: date
    open: MoneyDto
    penalty: MoneyDto
    to_recover: MoneyDto
    unearned: MoneyDto
    rebate: MoneyDto
    amount: MoneyDto
    rules: list[str]


class SalesDemandView(msgspec.Struct, kw_only=True):
    """What a merchant was asked for on a day, after the last one; the penalty is a part of the amount."""

    sales_advance_id: SalesAdvanceId
    demanded_on: date
    amount: MoneyDto
    penalty: MoneyDto
    reason: str
    made_by: str


class SalesDemandList(msgspec.Struct, kw_only=True):
    """All demands there were, oldest first."""

    items: list[SalesDemandView]


class SalesWriteOffView(msgspec.Struct, kw_only=True):
    """An advance out of sales given up: in force once risk has agreed; its merchant owes it all the same."""

    id: SalesWriteOffId
    sales_advance_id: SalesAdvanceId
    lender_id: PartyId
    merchant_id: PartyId
    state: WriteOffState
    value_date: date
    amount: MoneyDto
    reason: str
    made_by: str
    created_at: Moment


def sales_payoff_view(row: SalesAdvance, found: Payoff) -> SalesPayoffView:
    """The payoff of a day."""
    return SalesPayoffView(
        sales_advance_id=row.public_id,
        on=found.on,
        open=shown(found.open),
        penalty=shown(found.penalty),
        to_recover=shown(found.to_recover),
        unearned=shown(found.unearned),
        rebate=shown(found.rebate),
        amount=shown(found.amount),
        rules=["R15", "R9", "R6"],
    )


def sales_demand_view(row: SalesDemand) -> SalesDemandView:
    """The demand as the API shows it."""
    return SalesDemandView(
        sales_advance_id=public_id("sad", row.advance_id),
        demanded_on=row.demanded_on,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        penalty=MoneyDto.of_minor(row.penalty_minor, row.currency),
        reason=row.reason,
        made_by=row.made_by,
    )


def sales_write_off_view(row: SalesWriteOff) -> SalesWriteOffView:
    """The write-off as the API shows it."""
    return SalesWriteOffView(
        id=row.public_id,
        sales_advance_id=public_id("sad", row.advance_id),
        lender_id=public_id(PARTY, row.lender_id),
        merchant_id=public_id(PARTY, row.merchant_id),
        state=row.state,
        value_date=row.value_date,
        amount=shown(row.amount),
        reason=row.reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )
