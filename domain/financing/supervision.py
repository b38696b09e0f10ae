"""What supervision asks of lenders on a day (R23), from the dated rows of the law; our own figures before them."""

from datetime import date
from decimal import Decimal

from domain.financing.rules import PERFORMING_DAYS, PROVISION_RATE
from domain.law.limits import Limit, limit_on
from domain.law.rows import legal_limits
from domain.platform.database import TenantSession


def provision_rate(session: TenantSession, on: date) -> Decimal:
    """The least share of closing financing that is provided for."""
    limit = limit_on(legal_limits(session), Limit.PROVISION, on)
    return PROVISION_RATE if limit is None else limit.value


def performing_days(session: TenantSession, on: date) -> int:
    """How many days late a debt still performs."""
    limit = limit_on(legal_limits(session), Limit.NON_PERFORMING, on)
    return PERFORMING_DAYS if limit is None else int(limit.value)
