"""What advances out of sales take of lines and limits: the merchant is who is lent to and who repays, both in one."""

from sqlalchemy import case, func
from sqlmodel import col, select

from domain.financing.exposure_rules import Scope
from domain.financing.sales.states import OUTSTANDING, SalesAdvanceState
from domain.financing.sales.tables import SalesAdvance
from domain.platform.database import TenantSession

_STATES = ", ".join(f"'{state.value}'" for state in OUTSTANDING)
# `replay.exposure` for set operations: the whole principal from the approval on, then what is open of advance and fee.
EXPOSURE = f"""(CASE WHEN sales_advance.state = 'approved' THEN net_minor
    WHEN sales_advance.state IN ({_STATES}) THEN least(net_minor, net_minor + fee_minor - collected_minor)
    ELSE 0 END)"""
_EXPOSURE = case(
    (col(SalesAdvance.state) == SalesAdvanceState.APPROVED, col(SalesAdvance.net_minor)),
    (
        col(SalesAdvance.state).in_(OUTSTANDING),
        func.least(
            col(SalesAdvance.net_minor),
            col(SalesAdvance.net_minor) + col(SalesAdvance.fee_minor) - col(SalesAdvance.collected_minor),
        ),
    ),
    else_=0,
)


def sales_scope(advance: SalesAdvance) -> Scope:
    """The narrowest scope an advance is counted in."""
    return Scope(advance.lender_id, advance.merchant_id, advance.merchant_id, advance.currency)


def lent_out_of_sales(session: TenantSession, scope: Scope) -> int:
    """The principal of the advances out of sales that a scope counts, in minor units."""
    wanted = select(func.coalesce(func.sum(_EXPOSURE), 0)).where(
        SalesAdvance.tenant_id == session.tenant_id, SalesAdvance.currency == scope.currency
    )
    for column, party in (
        (SalesAdvance.lender_id, scope.lender_id),
        (SalesAdvance.merchant_id, scope.seller_id),
        (SalesAdvance.merchant_id, scope.debtor_id),
    ):
        if party is not None:
            wanted = wanted.where(column == party)
    return int(session.exec(wanted).one())
