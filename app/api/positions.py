"""Positions: how the accounts of a pool stand, page by page, and what branches and headers owe each other."""

from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency

from app.api.positions_dto import IntercompanyView, MemberPositionView, member_position_view
from app.deps import Work
from app.endpoints import query
from app.fields import CurrencyOf, PoolPath
from app.money_dto import shown
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page, read_cursor
from domain.access.rules import Permission
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.pooling.checks import intercompany_positions
from domain.pooling.pages import member_page
from domain.pooling.positions import positions
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolMember, PoolStructure
from domain.values.currency import minor_units
from domain.values.money import Money


class Positions(Controller):
    """What pools' accounts hold and owe."""

    tags = ("pooling",)

    @query("/pools/{pool_id:str}/members", needs=Permission.POOLS_READ)
    def list_pool_members(
        self, work: NamedDependency[Work], pool_id: PoolPath, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[MemberPositionView]:
        """List a pool's members with their terms and how they stand now, upper accounts first."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        listing = ("pool_members", pool_id)
        ended = read_cursor(work, listing, cursor)
        members = member_page(work.session, pool.id, after=int(ended[0]) if ended else 0, limit=limit + 1)
        standing = positions(work.session, [member.account_id for member in members], pool.currency)

        def view(row: PoolMember) -> MemberPositionView:
            return member_position_view(row, standing[row.account_id], pool_id)

        return page(work, listing, members, limit, view=view, position=lambda row: [row.place])

    @query("/intercompany-positions", needs=Permission.POOLS_READ)
    def list_intercompany_positions(
        self,
        work: NamedDependency[Work],
        currency: CurrencyOf,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[IntercompanyView]:
        """List what each branch is owed by its header, as the ledger has it; a branch sees its own.

        Branches that are even are left out.
        """
        minor_units(currency)
        listing = ("intercompany", currency)
        ended = read_cursor(work, listing, cursor)
        owed = sorted(intercompany_positions(work.session, currency).items(), key=lambda each: each[0])
        own = work.principal.party_id
        after = UUID(ended[0]) if ended else None
        visible = [each for each in owed if own in {None, each[0]} and (after is None or each[0] > after)]
        return page(work, listing, visible, limit, view=_owed_view, position=lambda each: [str(each[0])])


def _owed_view(owed: tuple[UUID, Money]) -> IntercompanyView:
    branch_id, amount = owed
    return IntercompanyView(branch_id=public_id(PARTY, branch_id), due_from_header=shown(amount))
