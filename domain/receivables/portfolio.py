"""A portfolio as a whole, by set operations: its borrowing base (R20) and its ageing, as of any date.

Balances are what is unpaid now, unless those of another day are given; the date says how late that is. Age is computed,
never kept: it is no state.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, select

from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.receivables.borrowing import BasePolicy, BorrowingBase, PairBalance, borrowing_base
from domain.receivables.eligibility import OWED
from domain.receivables.states import ReceivableState
from domain.receivables.surroundings import PARTY, RECEIVABLE, affiliated, in_states, owed_back, unpaid
from domain.values.money import Money

Among = Select[UUID] | Collection[UUID]
_OPEN = (*OWED, ReceivableState.DISPUTED, ReceivableState.DEFAULTED)


class Bucket(StrEnum):
    """How late, in days; the usual columns of an ageing report."""

    NOT_DUE = "not_due"
    DAYS_1_30 = "days_1_30"
    DAYS_31_60 = "days_31_60"
    DAYS_61_90 = "days_61_90"
    OVER_90 = "over_90"


_LAST_DAYS = {Bucket.NOT_DUE: 0, Bucket.DAYS_1_30: 30, Bucket.DAYS_31_60: 60, Bucket.DAYS_61_90: 90}


class Side(StrEnum):
    """Whose balances an ageing adds up."""

    SELLER = "seller"
    DEBTOR = "debtor"


@dataclass(frozen=True, slots=True)
class Aged:
    """One firm's unpaid balances by bucket."""

    party_id: UUID
    buckets: dict[Bucket, Money]

    @property
    def total(self) -> Money:
        """All of them."""
        first, *rest = self.buckets.values()
        return sum(rest, start=first)


def base_of(
    session: TenantSession,
    *,
    policy: BasePolicy,
    currency: str,
    on: date,
    seller_id: UUID | None = None,
    among: Among | None = None,
) -> BorrowingBase:
    """The borrowing base of a seller, or of the receivables `among` (ids, or a SELECT of them); R20.

    Its gross is what debtors confirmed and do not dispute, on invoices that are not red-lettered.
    """
    session.flush()
    tenant_id = session.tenant_id
    own, late = unpaid(RECEIVABLE), literal(on) - RECEIVABLE.c.due_on > policy.over_age_days
    keys = (RECEIVABLE.c.seller_id, RECEIVABLE.c.debtor_id, RECEIVABLE.c.currency)
    chosen = [in_states(RECEIVABLE, OWED), RECEIVABLE.c.red_lettered.is_(False), RECEIVABLE.c.currency == currency]
    if seller_id is not None:
        chosen.append(RECEIVABLE.c.seller_id == seller_id)
    if among is not None:
        chosen.append(_among(among))
    pairs = (
        select(*keys, func.sum(own).label("balance"), func.coalesce(func.sum(own).filter(late), 0).label("over_age"))
        .where(RECEIVABLE.c.tenant_id == tenant_id, *chosen)
        .group_by(*keys)
        .cte("pairs")
    )
    back = owed_back(tenant_id, pairs)
    seller, debtor = PARTY.alias("of_seller"), PARTY.alias("of_debtor")
    found = session.execute(
        select(
            pairs,
            func.coalesce(back.c.minor, 0).label("contra"),
            affiliated(tenant_id, seller, debtor).label("affiliate"),
        )
        .select_from(pairs)
        .join(seller, and_(seller.c.tenant_id == tenant_id, seller.c.id == pairs.c.seller_id))
        .join(debtor, and_(debtor.c.tenant_id == tenant_id, debtor.c.id == pairs.c.debtor_id))
        .outerjoin(back, and_(back.c.seller_id == pairs.c.seller_id, back.c.debtor_id == pairs.c.debtor_id))
    )
    balances = [
        PairBalance(
            seller_id=row.seller_id,
            debtor_id=row.debtor_id,
            balance=Money.from_minor(int(row.balance), currency),
            over_age=Money.from_minor(int(row.over_age), currency),
            contra=Money.from_minor(int(row.contra), currency),
            affiliate=row.affiliate,
        )
        for row in found
    ]
    return borrowing_base(balances, policy, currency)


def ageing(
    session: TenantSession,
    *,
    by: Side,
    currency: str,
    on: date,
    seller_id: UUID | None = None,
    debtor_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
    balances: FromClause | None = None,
) -> list[Aged]:
    """What is unpaid on a date by how late it is, for `limit` firms in order of their ids, from above `after`.

    Disputed and defaulted balances age like any other; what its debtor never confirmed is not owed yet. `balances`
    (seller_id, debtor_id, currency, due_on, unpaid_minor) are those of another day than today.
    """
    session.flush()
    of = (_open_now(session.tenant_id, on) if balances is None else balances).c
    party = of.seller_id if by is Side.SELLER else of.debtor_id
    bucket = _bucket(literal(on) - of.due_on)
    chosen = [of.currency == currency, of.unpaid_minor > 0]
    for column, wanted in ((of.seller_id, seller_id), (of.debtor_id, debtor_id)):
        if wanted is not None:
            chosen.append(column == wanted)
    if after is not None:
        chosen.append(party > after)
    sums = [
        func.coalesce(func.sum(of.unpaid_minor).filter(bucket == each.value), 0).label(each.value) for each in Bucket
    ]
    found = session.execute(
        select(party.label("party_id"), *sums).where(*chosen).group_by(party).order_by(party).limit(limit)
    ).mappings()
    return [
        Aged(row["party_id"], {each: Money.from_minor(int(row[each.value]), currency) for each in Bucket})
        for row in found
    ]


def _open_now(tenant_id: int, on: date) -> FromClause:
    columns = (RECEIVABLE.c.seller_id, RECEIVABLE.c.debtor_id, RECEIVABLE.c.currency, RECEIVABLE.c.due_on)
    return (
        select(*columns, unpaid(RECEIVABLE).label("unpaid_minor"))
        .where(RECEIVABLE.c.tenant_id == tenant_id, in_states(RECEIVABLE, _OPEN), RECEIVABLE.c.issued_on <= on)
        .subquery("balance")
    )


def _bucket(late: Any) -> ColumnElement[str]:  # noqa: ANN401 - days, as a column
    return case(*((late <= last, bucket.value) for bucket, last in _LAST_DAYS.items()), else_=Bucket.OVER_90.value)


def _among(among: Among) -> ColumnElement[bool]:
    chosen: ColumnElement[bool] = (
        RECEIVABLE.c.id == any_of(among) if isinstance(among, Collection) else RECEIVABLE.c.id.in_(among)
    )
    return chosen
