"""The bank's word that an advance out of sales has left, where no bank is asked."""

from domain.access.tenants import tenant_clock
from domain.banking.answers import Outcome
from domain.banking.states import Direction, Purpose, Verdict
from domain.financing.sales.outcomes import book_sales_disbursements
from domain.financing.sales.queries import find_sales_advance
from domain.platform.database import Database, Role
from domain.platform.ids import parse_public_id
from tests.api.treasury import MONDAY


def pay_out(database: Database, tenant_id: int, reference: str) -> None:
    """The approved advance is funded on Monday."""
    with database.session(Role.WORKER, tenant_id) as session:
        row = find_sales_advance(session, parse_public_id("sad", reference))
        told = Outcome(
            instruction_id=1,
            purpose=Purpose.SALES_DISBURSEMENT,
            direction=Direction.CREDIT,
            subject_id=row.id,
            result=Verdict.SETTLED,
            amount=row.money(row.net_minor),
            value_date=MONDAY,
            reason=None,
            own_account_id=row.own_account_id,
            counter_account_id=row.payee_account_id,
            mandate_id=None,
            attempt=1,
            obligation_key=f"sales_disbursement:{row.id}",
            run_id=None,
        )
        book_sales_disbursements(session, [told], clock=tenant_clock(session))
