"""Reading mandates, for people and for the SELECTs of what is due."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, String, and_, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.tables import BankMessage
from domain.collection.states import MandatePurpose, MandateState
from domain.collection.tables import DebitRefusal, Mandate, MandateRegistration
from domain.parties.queries import Tenant, any_of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.errors import NotFound

PREFIX = "mnd"
Registration = tuple[MandateRegistration, BankMessage]  # what the payer's bank was told, and the message it stood in
MAX_PAGE = 500  # more is an export


@lru_cache  # several owners of dues join it on the same day
def active_mandates(
    tenant_id: Tenant, on: date | BindParameter[date], purpose: MandatePurpose = MandatePurpose.TRADE_PAYMENT
) -> Select[UUID, str, UUID, UUID]:
    """(party_id, currency, mandate_id, account_id): the mandate each debtor is debited under on `on`.

    The one signed last, if a debtor has several: an older one may name an account it has left.
    """
    return (
        select(
            col(Mandate.party_id), col(Mandate.currency), col(Mandate.id).label("mandate_id"), col(Mandate.account_id)
        )
        .where(
            col(Mandate.tenant_id) == tenant_id,
            col(Mandate.state) == MandateState.ACTIVE,
            col(Mandate.purpose) == purpose,
            col(Mandate.signed_on) <= on,
            or_(col(Mandate.ends_on).is_(None), col(Mandate.ends_on) >= on),
        )
        .ext(distinct_on(col(Mandate.party_id), col(Mandate.currency)))
        .order_by(col(Mandate.party_id), col(Mandate.currency), col(Mandate.signed_on).desc(), col(Mandate.id).desc())
    )


def active_mandate_ids(tenant_id: int) -> Select[UUID]:
    """The mandates in force now, for bulk paths to compare with."""
    return select(col(Mandate.id)).where(col(Mandate.tenant_id) == tenant_id, col(Mandate.state) == MandateState.ACTIVE)


@lru_cache
def mandates_by_account(
    tenant_id: int, on: date, purpose: MandatePurpose = MandatePurpose.FUND_SWEEP
) -> Select[UUID, UUID]:
    """(account_id, mandate_id): the mandate each account may be debited under on `on`, the one signed last."""
    return (
        select(col(Mandate.account_id), col(Mandate.id).label("mandate_id"))
        .where(
            col(Mandate.tenant_id) == tenant_id,
            col(Mandate.state) == MandateState.ACTIVE,
            col(Mandate.purpose) == purpose,
            col(Mandate.signed_on) <= on,
            or_(col(Mandate.ends_on).is_(None), col(Mandate.ends_on) >= on),
        )
        .ext(distinct_on(col(Mandate.account_id)))
        .order_by(col(Mandate.account_id), col(Mandate.signed_on).desc(), col(Mandate.id).desc())
    )


def find_mandate(session: TenantSession, mandate_id: UUID) -> Mandate:
    """The mandate. Raises NotFound."""
    found = session.get(Mandate, (session.tenant_id, mandate_id))
    if found is None:
        raise NotFound(kind="mandate", reference=public_id(PREFIX, mandate_id))
    return found


def payers_of(session: TenantSession, mandate_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose account each of these mandates lets be debited."""
    found = session.execute(
        select(col(Mandate.id), col(Mandate.party_id)).where(
            col(Mandate.tenant_id) == session.tenant_id, col(Mandate.id) == any_of(mandate_ids)
        )
    )
    return {row.id: row.party_id for row in found}


def mandates_by_reference(session: TenantSession, references: Collection[str]) -> dict[str, Mandate]:
    """Those of `references` that are registered."""
    found = session.exec(
        select_rows(Mandate).where(
            Mandate.tenant_id == session.tenant_id,
            col(Mandate.reference) == any_(literal(list(references), ARRAY(String))),
        )
    )
    return {mandate.reference: mandate for mandate in found}


def list_mandates(
    session: TenantSession,
    *conditions: Any,  # noqa: ANN401 - filters of a listing
    after: UUID | None = None,
    limit: int = 50,
) -> list[Mandate]:
    """One page of mandates, oldest first; the next one begins after the last id."""
    query = select_rows(Mandate).where(Mandate.tenant_id == session.tenant_id, *conditions)
    if after is not None:
        query = query.where(col(Mandate.id) > after)
    return list(session.exec(query.order_by(col(Mandate.id)).limit(min(limit, MAX_PAGE))))


def refusals_of(session: TenantSession, mandate_id: UUID, limit: int = 200) -> list[DebitRefusal]:
    """The latest debits that the mandate did not cover, newest first."""
    return list(
        session.exec(
            select_rows(DebitRefusal)
            .where(DebitRefusal.tenant_id == session.tenant_id, DebitRefusal.mandate_id == mandate_id)
            .order_by(col(DebitRefusal.refused_on).desc(), col(DebitRefusal.obligation_key))
            .limit(limit)
        )
    )


def registrations_of(session: TenantSession, mandate_id: UUID) -> list[Registration]:
    """All that the payer's bank was told of the mandate, the first message first."""
    found = session.exec(
        select_rows(MandateRegistration, BankMessage)
        .join(
            BankMessage,
            and_(
                col(BankMessage.tenant_id) == col(MandateRegistration.tenant_id),
                col(BankMessage.id) == col(MandateRegistration.message_id),
            ),
        )
        .where(MandateRegistration.tenant_id == session.tenant_id, MandateRegistration.mandate_id == mandate_id)
        .order_by(col(BankMessage.number))
    )
    return [(told, message) for told, message in found]
