"""What advances out of sales take of lines and limits: the merchant is who is lent to and who repays, both in one."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from domain.financing.exposure_rules import Scope
from domain.financing.sales.states import OUTSTANDING, SalesAdvanceState
from domain.financing.sales.tables import SalesAdvance
from domain.parties.queries import any_of
from domain.platform.database import TenantSession

_STATES = ", ".join(f"'{state.value}'" for state in OUTSTANDING)
# `replay.exposure` for set operations: the whole principal from the approval on, then what is open of advance and fee.
EXPOSURE = f"""(CASE WHEN sales_advance.state = 'approved' THEN net_minor
    WHEN sales_advance.state IN ({_STATES}) THEN least(net_minor, net_minor + fee_minor - rebated_minor - repaid_minor)
    ELSE 0 END)"""
_LENT = case(
    (col(SalesAdvance.state) == SalesAdvanceState.APPROVED, col(SalesAdvance.net_minor)),
    (
        col(SalesAdvance.state).in_(OUTSTANDING),
        func.least(
            col(SalesAdvance.net_minor),
            col(SalesAdvance.net_minor)
            + col(SalesAdvance.fee_minor)
            - col(SalesAdvance.rebated_minor)
            - col(SalesAdvance.repaid_minor),
        ),
    ),
    else_=0,
)


def sales_scope(advance: SalesAdvance) -> Scope:
    """The narrowest scope an advance is counted in."""
    return Scope(advance.lender_id, advance.merchant_id, advance.debtor_id, advance.currency)


def lent_out_of_sales(session: TenantSession, scope: Scope) -> int:
    """The principal of the advances out of sales that a scope counts, in minor units."""
    wanted = select(func.coalesce(func.sum(_LENT), 0)).where(
        SalesAdvance.tenant_id == session.tenant_id, SalesAdvance.currency == scope.currency
    )
    for column, party in (
        (SalesAdvance.lender_id, scope.lender_id),
        (SalesAdvance.merchant_id, scope.seller_id),
        (SalesAdvance.debtor_id, scope.debtor_id),
    ):
        if party is not None:
            wanted = wanted.where(column == party)
    return int(session.exec(wanted).one())


def lent_out_of_sales_on(session: TenantSession, parties: Collection[UUID]) -> list[Select[UUID, str, int]]:
    """(party_id, currency, minor) of the advances out of sales on each of the parties, each advance once."""
    as_merchant = _lent_on(session, col(SalesAdvance.merchant_id), parties)
    as_debtor = _lent_on(session, col(SalesAdvance.debtor_id), parties)
    return [as_merchant, as_debtor.where(col(SalesAdvance.debtor_id) != col(SalesAdvance.merchant_id))]


def _lent_on(session: TenantSession, side: Any, parties: Collection[UUID]) -> Select[UUID, str, int]:  # noqa: ANN401 - a column
    return select_columns(
        side.label("party_id"), col(SalesAdvance.currency).label("currency"), _LENT.label("minor")
    ).where(col(SalesAdvance.tenant_id) == session.tenant_id, side == any_of(parties))
