"""Why the positions of a pool, and the interest on them, are what they are."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from app.api.pool_explanations_dto import PoolExplanationView, pool_explanation_view
from app.deps import Work
from app.endpoints import query
from app.fields import AccountPath, PoolPath, business_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, read_cursor, write_cursor
from domain.access.rules import Permission
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.tables import BankAccount
from domain.pooling.explaining import explain_legs, legs_of_account
from domain.pooling.pages import leg_page
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolStructure

AsOf = Annotated[date | None, QueryParameter(description="At the end of this date; today without it.")]


class PoolExplanations(Controller):
    """Positions with their reasons."""

    tags = ("pooling",)

    @query("/pools/{pool_id:str}/explanation", needs=Permission.POOLS_READ)
    def explain_pool(
        self,
        work: NamedDependency[Work],
        pool_id: PoolPath,
        as_of: AsOf = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> PoolExplanationView:
        """Explain positions and interest of a pool as of any date, account by account.

        Each position is the sum of its sweeps; interest is told by periods, with principal, rate and version, exact
        and rounded, and what corrected value dates changed stands apart. The same sums are held against what nights
        accrued and what the ledger has now.
        """
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        on = business_date("as_of", as_of) or work.clock.today()
        listing = ("pool_explanation", pool_id, on.isoformat())
        ended = read_cursor(work, listing, cursor)
        after = (UUID(ended[0]), UUID(ended[1])) if ended else None
        legs = leg_page(work.session, pool.id, after=after, limit=limit + 1)
        page = legs[:limit]
        more = len(legs) > limit
        position = [str(page[-1].account_id), str(page[-1].parent_account_id)] if more else []
        found = explain_legs(work.session, page, on)
        return pool_explanation_view(found, write_cursor(work, listing, position) if more else None)

    @query("/bank-accounts/{account_id:str}/position-explanation", needs=Permission.POOLS_READ)
    def explain_position(
        self, work: NamedDependency[Work], account_id: AccountPath, as_of: AsOf = None
    ) -> PoolExplanationView:
        """Explain what an account is owed by the accounts above it, or owes them; a branch asks for its own."""
        account = work.find(BankAccount, ACCOUNT, account_id, kind="bank account")
        work.confine(account.party_id, kind="bank account", reference=account_id)
        on = business_date("as_of", as_of) or work.clock.today()
        return pool_explanation_view(explain_legs(work.session, legs_of_account(work.session, account.id), on))
