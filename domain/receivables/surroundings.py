"""What stands around a receivable, as parts of set operations: who is affiliated, and what is owed the other way."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, BindParameter, ColumnElement, Table, and_, func, or_, select, tuple_

from domain.parties.states import RelationKind
from domain.parties.tables import Party, PartyRelation
from domain.receivables.eligibility import OWED
from domain.receivables.states import ReceivableState
from domain.receivables.tables import Receivable

RECEIVABLE: Table = Receivable.__table__  # type: ignore[attr-defined]
PARTY: Table = Party.__table__  # type: ignore[attr-defined]
_RELATION: Table = PartyRelation.__table__  # type: ignore[attr-defined]

Tenant = int | BindParameter[int]

# What counts against the debtor's own claims: verified is enough, it need not have been confirmed by the seller.
_COUNTS_AGAINST = (*OWED, ReceivableState.VERIFIED, ReceivableState.DISPUTED, ReceivableState.DEFAULTED)


def unpaid(receivable: Any) -> ColumnElement[int]:  # noqa: ANN401 - the table or an alias of it
    """What the debtor confirmed and has not paid."""
    owed: ColumnElement[int] = func.greatest(
        func.coalesce(receivable.c.confirmed_minor, 0) - receivable.c.diluted_minor - receivable.c.paid_minor, 0
    )
    return owed


def in_states(receivable: Any, states: Collection[ReceivableState]) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether it stands in one of the states."""
    within: ColumnElement[bool] = receivable.c.state.in_(sorted(states))
    return within


def owed_back(tenant_id: Tenant, pairs: CTE) -> CTE:
    """(seller_id, debtor_id, currency, minor): what the sellers of `pairs` owe their debtors; pairs owing nothing miss.

    A firm is known by its tax id: it is one party as a seller, another as a debtor.
    """
    back = RECEIVABLE.alias("back")
    seller, debtor = PARTY.alias("seller"), PARTY.alias("debtor")
    as_debtor, as_seller = PARTY.alias("seller_as_debtor"), PARTY.alias("debtor_as_seller")
    return (
        select(
            pairs.c.seller_id,
            pairs.c.debtor_id,
            pairs.c.currency,
            func.sum(
                func.coalesce(back.c.confirmed_minor, back.c.face_minor) - back.c.diluted_minor - back.c.paid_minor
            ).label("minor"),
        )
        .select_from(pairs)
        .join(seller, and_(seller.c.tenant_id == tenant_id, seller.c.id == pairs.c.seller_id))
        .join(debtor, and_(debtor.c.tenant_id == tenant_id, debtor.c.id == pairs.c.debtor_id))
        .join(as_debtor, _same_firm(seller, as_debtor))
        .join(as_seller, _same_firm(debtor, as_seller))
        .join(
            back,
            and_(
                back.c.tenant_id == tenant_id,
                back.c.seller_id == as_seller.c.id,
                back.c.debtor_id == as_debtor.c.id,
                back.c.currency == pairs.c.currency,
                in_states(back, _COUNTS_AGAINST),
            ),
        )
        .group_by(pairs.c.seller_id, pairs.c.debtor_id, pairs.c.currency)
        .cte("owed_back")
    )


def affiliated(tenant_id: Tenant, seller: Any, debtor: Any) -> ColumnElement[bool]:  # noqa: ANN401 - parties' aliases
    """Whether two parties are one firm, head and branch, or noted as affiliates under any of their parts."""
    one, other = PARTY.alias("affiliate_seller"), PARTY.alias("affiliate_debtor")
    # A list that depends on no row, so that it is made once and looked up by hash, however many pairs there are.
    noted = (
        select(one.c.country, one.c.tax_id, other.c.country, other.c.tax_id)
        .join(_RELATION, and_(_RELATION.c.tenant_id == tenant_id, _RELATION.c.party_id == one.c.id))
        .join(other, and_(other.c.tenant_id == tenant_id, other.c.id == _RELATION.c.related_id))
        .where(
            one.c.tenant_id == tenant_id,
            _RELATION.c.kind == RelationKind.AFFILIATE,
            one.c.tax_id.is_not(None),
            other.c.tax_id.is_not(None),
        )
    )
    firms = tuple_(seller.c.country, seller.c.tax_id, debtor.c.country, debtor.c.tax_id)
    return or_(
        and_(seller.c.country == debtor.c.country, seller.c.tax_id == debtor.c.tax_id),
        func.coalesce(seller.c.parent_id == debtor.c.id, False),
        func.coalesce(debtor.c.parent_id == seller.c.id, False),
        func.coalesce(seller.c.parent_id == debtor.c.parent_id, False),
        firms.in_(noted),
    )


def _same_firm(one: Any, other: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """The same row, or the same tax id under another part that the firm plays."""
    return and_(
        other.c.tenant_id == one.c.tenant_id,
        other.c.country == one.c.country,
        other.c.tax_id == one.c.tax_id,
    )
