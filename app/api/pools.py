"""Pools: built, watched, swept by two people's decision; and the takings that feed them."""

from decimal import Decimal
from io import BytesIO
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, RawBody
from litestar.status_codes import HTTP_200_OK

from app.api.pools_dto import (
    CreatePool,
    EditProposal,
    EvaluatePool,
    MemberView,
    PoolPositionView,
    PoolView,
    ProposalView,
    SweepView,
    TakingsReportView,
    member_view,
    pool_view,
    proposal_view,
    sweep_view,
    takings_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query, upload
from app.fields import ApproveDigest, CurrencyOf, FileName, PoolPath, ProposalPath, RefuseDigest
from app.money_dto import shown
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed, page, read_cursor
from domain.access.rules import Permission
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.platform.ids import parse_public_id
from domain.pooling import service, structures, takings
from domain.pooling.edits import SWEEP, SweepEdit, edit_proposal
from domain.pooling.listings import POOLS, PROPOSALS, SWEEPS
from domain.pooling.pages import member_page
from domain.pooling.positions import positions
from domain.pooling.service import PREFIX as PROPOSAL
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolMember, PoolStructure, SweepProposal
from domain.values.currency import minor_units
from domain.values.money import CurrencyMismatch, Money

PoolFilters = Annotated[list[str] | None, filters_of(POOLS)]
ProposalFilters = Annotated[list[str] | None, filters_of(PROPOSALS)]
SweepFilters = Annotated[list[str] | None, filters_of(SWEEPS)]


class Pools(Controller):
    """Which accounts are swept into which."""

    path = "/pools"
    tags = ("pooling",)

    @query("/", needs=Permission.POOLS_READ)
    def list_pools(
        self,
        work: NamedDependency[Work],
        filters: PoolFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[PoolView]:
        """List pools, newest first."""
        return listed(work, POOLS, pool_view, filters=filters, cursor=cursor, limit=limit)

    @command("/", needs=Permission.POOLS_WRITE)
    def create_pool(self, work: NamedDependency[Work], data: JSONBody[CreatePool]) -> PoolView:
        """Build a pool of own accounts.

        A standing approval (`auto_approve`) is given by who may approve sweeps.
        """
        work.whole_group()
        if data.auto_approve:
            work.principal.require(Permission.POOLS_SWEEP)
        minor_units(data.currency)
        floor = data.floor.money() if data.floor else Money.zero(data.currency)
        if floor.currency != data.currency:
            raise CurrencyMismatch(left=data.currency, right=floor.currency)
        pool = structures.create_structure(
            work.session,
            name=data.name,
            header_account_id=parse_public_id(ACCOUNT, data.header_account_id),
            floor=floor,
            members=[member.value(data.currency) for member in data.members],
            sweep_order=data.sweep_order,
            auto_approve=data.auto_approve,
            up_rate=Decimal(data.up_rate),
            down_rate=Decimal(data.down_rate),
            actor=work.actor,
            clock=work.clock,
        )
        return pool_view(pool)

    @query("/{pool_id:str}", needs=Permission.POOLS_READ)
    def get_pool(
        self, work: NamedDependency[Work], pool_id: PoolPath, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> PoolPositionView:
        """Show a pool with a page of its members as they stand now, upper accounts first."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        listing = ("pool", pool_id)
        ended = read_cursor(work, listing, cursor)
        members = member_page(work.session, pool.id, after=int(ended[0]) if ended else 0, limit=limit + 1)
        ids = [pool.header_account_id, *(member.account_id for member in members)]
        standing = positions(work.session, ids, pool.currency)

        def view(row: PoolMember) -> MemberView:
            return member_view(row, standing[row.account_id])

        shown_members = page(work, listing, members, limit, view=view, position=lambda row: [row.place])
        header = standing[pool.header_account_id]
        return PoolPositionView(
            pool=pool_view(pool),
            header_booked=shown(header.booked),
            header_available=shown(header.available),
            members=shown_members.items,
            next_cursor=shown_members.next_cursor,
        )

    @money_command("/{pool_id:str}/evaluate", needs=Permission.POOLS_SWEEP)
    def evaluate_pool(
        self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[EvaluatePool]
    ) -> ProposalView:
        """Propose today's sweeps of a pool for a slot.

        A second person approves them, unless the pool has a standing approval.
        """
        work.whole_group()
        proposal = service.evaluate_pool(
            work.session,
            structure_id=parse_public_id(POOL, pool_id),
            business_date=work.clock.today(),
            slot=data.slot,
            actor=work.actor,
            clock=work.clock,
        )
        return proposal_view(proposal)


class SweepProposals(Controller):
    """What was proposed to sweep, and what came of it."""

    tags = ("pooling",)

    @query("/sweep-proposals", needs=Permission.POOLS_READ)
    def list_sweep_proposals(
        self,
        work: NamedDependency[Work],
        filters: ProposalFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ProposalView]:
        """List proposals, newest first."""
        return listed(work, PROPOSALS, proposal_view, filters=filters, cursor=cursor, limit=limit)

    @query("/sweep-proposals/{proposal_id:str}", needs=Permission.POOLS_READ)
    def get_sweep_proposal(self, work: NamedDependency[Work], proposal_id: ProposalPath) -> ProposalView:
        """Show a proposal; its sweeps are listed under /v1/sweeps, filtered by `proposal`."""
        work.whole_group()
        return proposal_view(work.find(SweepProposal, PROPOSAL, proposal_id, kind="sweep proposal"))

    @money_command("/sweep-proposals/{proposal_id:str}/approve", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def approve_sweep_proposal(
        self, work: NamedDependency[Work], proposal_id: ProposalPath, data: JSONBody[ApproveDigest]
    ) -> ProposalView:
        """Approve exactly the sweeps whose digest was seen; another person than who evaluated."""
        work.whole_group()
        approved = service.approve_proposal(
            work.session,
            proposal_id=parse_public_id(PROPOSAL, proposal_id),
            digest=data.digest,
            actor=work.actor,
            clock=work.clock,
        )
        return proposal_view(approved)

    @money_command("/sweep-proposals/{proposal_id:str}/edit", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def edit_sweep_proposal(
        self, work: NamedDependency[Work], proposal_id: ProposalPath, data: JSONBody[EditProposal]
    ) -> ProposalView:
        """Lower or drop proposed sweeps, each with its reason.

        Never beyond what the rules gave. The digest of what is left is approved by somebody else.
        """
        work.whole_group()
        edited = edit_proposal(
            work.session,
            proposal_id=parse_public_id(PROPOSAL, proposal_id),
            digest=data.digest,
            edits=[
                SweepEdit(
                    parse_public_id(SWEEP, edit.sweep_id),
                    None if edit.amount is None else edit.amount.money(),
                    edit.reason,
                )
                for edit in data.edits
            ],
            actor=work.actor,
            clock=work.clock,
        )
        return proposal_view(edited)

    @command("/sweep-proposals/{proposal_id:str}/reject", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def reject_sweep_proposal(
        self, work: NamedDependency[Work], proposal_id: ProposalPath, data: JSONBody[RefuseDigest]
    ) -> ProposalView:
        """Refuse the sweeps: none of them is sent."""
        work.whole_group()
        rejected = service.reject_proposal(
            work.session,
            proposal_id=parse_public_id(PROPOSAL, proposal_id),
            digest=data.digest,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return proposal_view(rejected)

    @query("/sweeps", needs=Permission.POOLS_READ)
    def list_sweeps(
        self,
        work: NamedDependency[Work],
        filters: SweepFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SweepView]:
        """List sweeps, newest first; a branch sees its own."""
        return listed(work, SWEEPS, sweep_view, filters=filters, cursor=cursor, limit=limit)


class Takings(Controller):
    """What branches took."""

    path = "/takings"
    tags = ("pooling",)

    @upload("/imports", needs=Permission.TAKINGS_WRITE, media=["text/csv", "application/gzip"], worker=True)
    def import_takings(
        self, work: NamedDependency[Work], body: RawBody, file_name: FileName, currency: CurrencyOf
    ) -> TakingsReportView:
        """Take the till weeks of a CSV file, plain or gzipped.

        The body is the file itself. A week that was taken before changes nothing. Rows that cannot be taken are named,
        and the others taken; who acts for a branch brings in its own.
        """
        minor_units(currency)
        report = takings.import_takings(
            work.session,
            source=BytesIO(body),
            file_name=file_name,
            currency=currency,
            branch_id=work.principal.party_id,
            actor=work.actor,
            clock=work.clock,
        )
        return takings_view(report)
