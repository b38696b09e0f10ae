"""How pools change: versions proposed and approved, and the slots in which they are evaluated by themselves."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.pool_versions_dto import (
    ProposeVersion,
    SetSlots,
    SlotsView,
    VersionMemberView,
    VersionView,
    slot_view,
    version_view,
)
from app.api.positions_dto import terms_view
from app.deps import Work
from app.endpoints import command, query, replacement
from app.fields import ApproveDigest, PoolPath, RefuseDigest, in_path
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page, read_cursor
from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from domain.pooling import structures
from domain.pooling.pages import version_member_page, version_page
from domain.pooling.slots import set_slots, slots_of
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.structures import VERSION
from domain.pooling.tables import PoolStructure, PoolVersion, PoolVersionMember

VersionPath = Annotated[str, in_path(VERSION, "The version of a pool.")]


class PoolVersions(Controller):
    """What a pool was, is and will be."""

    tags = ("pooling",)

    @query("/pools/{pool_id:str}/versions", needs=Permission.POOLS_READ)
    def list_pool_versions(
        self, work: NamedDependency[Work], pool_id: PoolPath, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[VersionView]:
        """List a pool's versions, newest first."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        listing = ("pool_versions", pool_id)
        ended = read_cursor(work, listing, cursor)
        found = version_page(work.session, pool.id, below=int(ended[0]) if ended else None, limit=limit + 1)

        def view(row: PoolVersion) -> VersionView:
            return version_view(row, pool.currency)

        return page(work, listing, found, limit, view=view, position=lambda row: [row.version])

    @command("/pools/{pool_id:str}/versions", needs=Permission.POOLS_WRITE)
    def propose_pool_version(
        self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[ProposeVersion]
    ) -> VersionView:
        """Propose a change of a pool, in force from a date once another person has approved it.

        A standing approval (`auto_approve`) is given by who may approve sweeps.
        """
        work.whole_group()
        if data.terms.auto_approve:
            work.principal.require(Permission.POOLS_SWEEP)
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        version = structures.propose_version(
            work.session,
            structure_id=pool.id,
            effective_on=data.begins(),
            terms=data.terms.value(pool.currency),
            members=[member.value(pool.currency) for member in data.members],
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return version_view(version, pool.currency)

    @query("/pool-versions/{version_id:str}/members", needs=Permission.POOLS_READ)
    def list_pool_version_members(
        self, work: NamedDependency[Work], version_id: VersionPath, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[VersionMemberView]:
        """List the members as a version has them, upper accounts first."""
        work.whole_group()
        version = work.find(PoolVersion, VERSION, version_id, kind="pool version")
        currency = _currency(work, version)
        listing = ("pool_version_members", version_id)
        ended = read_cursor(work, listing, cursor)
        after = int(ended[0]) if ended else 0
        members = version_member_page(work.session, version.id, after=after, limit=limit + 1)

        def view(row: PoolVersionMember) -> VersionMemberView:
            return VersionMemberView(place=row.place, terms=terms_view(row, currency))

        return page(work, listing, members, limit, view=view, position=lambda row: [row.place])

    @command("/pool-versions/{version_id:str}/approve", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def approve_pool_version(
        self, work: NamedDependency[Work], version_id: VersionPath, data: JSONBody[ApproveDigest]
    ) -> VersionView:
        """Approve exactly the change whose digest was seen; another person than who proposed it."""
        work.whole_group()
        identity = parse_public_id(VERSION, version_id)
        version = structures.approve_version(
            work.session, version_id=identity, digest=data.digest, actor=work.actor, clock=work.clock
        )
        return version_view(version, _currency(work, version))

    @command("/pool-versions/{version_id:str}/reject", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def reject_pool_version(
        self, work: NamedDependency[Work], version_id: VersionPath, data: JSONBody[RefuseDigest]
    ) -> VersionView:
        """Refuse a change that waits for its approval."""
        work.whole_group()
        version = structures.reject_version(
            work.session,
            version_id=parse_public_id(VERSION, version_id),
            digest=data.digest,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return version_view(version, _currency(work, version))

    @query("/pools/{pool_id:str}/slots", needs=Permission.POOLS_READ)
    def list_pool_slots(self, work: NamedDependency[Work], pool_id: PoolPath) -> SlotsView:
        """Show when a pool is evaluated by itself."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        return SlotsView(items=[slot_view(row, pool.currency) for row in slots_of(work.session, pool.id)])

    @replacement("/pools/{pool_id:str}/slots", needs=Permission.POOLS_WRITE)
    def set_pool_slots(self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[SetSlots]) -> SlotsView:
        """Evaluate a pool in exactly these slots from now on."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        found = set_slots(
            work.session,
            structure_id=pool.id,
            slots=[slot.value() for slot in data.slots],
            actor=work.actor,
            clock=work.clock,
        )
        return SlotsView(items=[slot_view(row, pool.currency) for row in found])


def _currency(work: Work, version: PoolVersion) -> str:
    return structures.currency_of(work.session, version.structure_id)
