"""Loan slips as a file: what a bank, an auditor or a tax office asks of an entrustment loan, one line each."""

import csv
from collections.abc import Sequence
from datetime import date
from io import StringIO
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.parties.tables import Party
from domain.platform.database import TenantSession
from domain.pooling.errors import PeriodTooLong
from domain.pooling.tables import LoanSlip
from domain.values.money import Money

MAX_DAYS = 31  # a month is what banks ask for at a time
_HEADINGS = (
    "reference 借据编号",
    "lender 委托人",
    "borrower 借款人",
    "principal 本金",
    "currency 币种",
    "annual rate 年利率",
    "lent on 起息日",
    "evaluated on 归集日",
)


def slips_file(session: TenantSession, since: date, until: date, *, party_id: UUID | None = None) -> str:
    """The slips of a period as CSV, in their order; a firm is shown those that name it. Raises PeriodTooLong."""
    days = (until - since).days + 1
    if not 0 < days <= MAX_DAYS:
        raise PeriodTooLong(days=days, limit=MAX_DAYS)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADINGS)
    writer.writerows(_line(row) for row in _slips(session, since, until, party_id))
    return out.getvalue()


def _slips(session: TenantSession, since: date, until: date, party_id: UUID | None) -> Sequence[Row[Any]]:
    lender, borrower = aliased(Party), aliased(Party)
    slips: Select[LoanSlip, str, str] = (
        select(LoanSlip, col(lender.name).label("lender"), col(borrower.name).label("borrower"))
        .join(lender, (col(lender.tenant_id) == session.tenant_id) & (col(lender.id) == col(LoanSlip.lender_id)))
        .join(
            borrower, (col(borrower.tenant_id) == session.tenant_id) & (col(borrower.id) == col(LoanSlip.borrower_id))
        )
        .where(col(LoanSlip.tenant_id) == session.tenant_id, col(LoanSlip.lent_on).between(since, until))
    )
    if party_id is not None:
        slips = slips.where(or_(col(LoanSlip.lender_id) == party_id, col(LoanSlip.borrower_id) == party_id))
    return session.execute(slips.order_by(col(LoanSlip.lent_on), col(LoanSlip.id))).all()


def _line(row: Row[Any]) -> tuple[str, ...]:
    slip: LoanSlip = row[0]
    principal = Money.from_minor(slip.principal_minor, slip.currency)
    return (
        slip.reference,
        _plain(row.lender),
        _plain(row.borrower),
        f"{principal.amount:f}",
        slip.currency,
        f"{slip.annual_rate.normalize():f}",
        slip.lent_on.isoformat(),
        slip.evaluated_on.isoformat(),
    )


def _plain(name: str) -> str:
    """A spreadsheet takes a text that begins like a formula for one."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name
