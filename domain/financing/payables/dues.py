"""What own cash is due to pay, as one SELECT: the standard columns that `banking` makes instructions of."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, Uuid, and_, cast, func, literal, null, select
from sqlmodel import col

from domain.banking.states import Direction, Purpose
from domain.financing.payables.states import EarlyPaymentState
from domain.financing.payables.tables import EarlyPayment
from domain.parties.queries import payable_accounts
from domain.platform.binds import ON, TENANT, of
from domain.platform.database import TenantSession
from domain.receivables.queries import unpaid_minor
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable


def due_early_payments(session: TenantSession, on: date) -> Select[Any]:
    """Payments that two people of treasury ordered to leave by `on`.

    Only to the very account they approved, while it is still the one the supplier is paid to, and only for an invoice
    that stands as they saw it: undisputed, with no lender's money on it, and owed in full.
    """
    return _due_payments().params(of(session, of_on=on))


@cache
def _due_payments() -> Select[Any]:
    payable = payable_accounts(TENANT, ON).subquery("payable_account")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.EARLY_PAYMENT.value).label("purpose"),
            func.concat("early_payment:", col(EarlyPayment.id)).label("obligation_key"),
            (col(EarlyPayment.amount_minor) - col(EarlyPayment.discount_minor)).label("amount_minor"),
            col(EarlyPayment.currency).label("currency"),
            col(EarlyPayment.own_account_id).label("own_account_id"),
            col(EarlyPayment.payee_account_id).label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(EarlyPayment.id).label("subject_id"),
            ON.label("due_on"),
            func.concat("Invoice ", col(Receivable.invoice_number)).label("remittance"),
        )
        .join(
            Receivable,
            and_(col(Receivable.tenant_id) == EarlyPayment.tenant_id, col(Receivable.id) == EarlyPayment.receivable_id),
        )
        .join(
            payable,
            and_(
                payable.c.party_id == EarlyPayment.supplier_id,
                payable.c.currency == EarlyPayment.currency,
                payable.c.account_id == EarlyPayment.payee_account_id,
            ),
        )
        .where(
            col(EarlyPayment.tenant_id) == TENANT,
            col(EarlyPayment.state) == EarlyPaymentState.INSTRUCTED,
            col(EarlyPayment.pay_on) <= ON,
            # A dispute stops the payment at once, also of what was ordered yesterday.
            col(Receivable.state) == ReceivableState.LISTED,
            col(Receivable.exposure_minor) == 0,
            unpaid_minor() == EarlyPayment.amount_minor,
        )
    )
