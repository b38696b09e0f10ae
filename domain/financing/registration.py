"""Registration before funding: whose money waits until its assignment is on record (notice 77 of 2025, art. 14).

Where the law asks it of a seller's country, every advance waits; only a licensed lender, whose facility says that it
goes without, pays out before. China's is the law we carry, from the day its row is in force.
"""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from domain.financing.lenders import licences
from domain.financing.positions import Position
from domain.financing.states import Licence
from domain.law.limits import Limit, limit_on
from domain.law.rows import legal_limits
from domain.parties.queries import any_of
from domain.parties.rules import CHINA
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.receivables.claims import registered_claims


def unregistered(session: TenantSession, positions: Collection[Position], *, clock: Clock) -> set[UUID]:
    """The advances whose money waits for a registration of their lender on their receivable."""
    if limit_on(legal_limits(session), Limit.REGISTRATION, clock.today()) is None:
        return set()
    bound = _bound(session, positions)
    if not bound:
        return set()
    known = registered_claims(session, {position.receivable.id for position in bound})
    return {each.advance.id for each in bound if (each.receivable.id, each.advance.lender_id) not in known}


def _bound(session: TenantSession, positions: Collection[Position]) -> list[Position]:
    sellers = {position.advance.seller_id for position in positions}
    chinese = set(
        session.exec(
            select(Party.id).where(
                Party.tenant_id == session.tenant_id, col(Party.id) == any_of(sellers), Party.country == CHINA
            )
        )
    )
    here = [position for position in positions if position.advance.seller_id in chinese]
    rights = licences(session, {position.advance.lender_id for position in here})
    return [each for each in here if each.facility.registration_first or rights[each.advance.lender_id] is Licence.NONE]
