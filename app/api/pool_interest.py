"""Interest between branches and headers: what has accrued, settled, corrected; and a loan slip for every sweep."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.pool_interest_dto import (
    SLIP,
    SWEEP,
    CorrectionView,
    CorrectValueDate,
    PoolLegView,
    ProposeInterest,
    SettledView,
    SettleInterest,
    SlipView,
    correction_view,
    leg_view,
    slip_view,
)
from app.api.refused_dto import RefusedView, refused_view
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import PoolPath, ProposedView, RefuseDigest, business_date, in_path
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed, page, read_cursor
from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from domain.pooling.listings import SLIPS
from domain.pooling.pages import leg_page
from domain.pooling.revaluation import correct_value_date, propose_correction, refuse_correction
from domain.pooling.settlements import propose_settlement, refuse_settlement, settle_interest
from domain.pooling.slips import slips_file
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import LoanSlip, PoolStructure
from domain.values.errors import NotFound

SweepPath = Annotated[str, in_path(SWEEP, "The sweep.")]
SlipPath = Annotated[str, in_path(SLIP, "The loan slip.")]
SlipFilters = Annotated[list[str] | None, filters_of(SLIPS)]
Since = Annotated[date, QueryParameter(description="First day.")]
Until = Annotated[date, QueryParameter(description="Last day, at most a month after the first.")]


class PoolInterest(Controller):
    """What cash within the group costs."""

    tags = ("pooling",)

    @query("/pools/{pool_id:str}/interest", needs=Permission.POOLS_READ)
    def list_pool_interest(
        self, work: NamedDependency[Work], pool_id: PoolPath, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[PoolLegView]:
        """List positions and accrued interest, account by account."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        listing = ("pool_interest", pool_id)
        ended = read_cursor(work, listing, cursor)
        after = (UUID(ended[0]), UUID(ended[1])) if ended else None
        legs = leg_page(work.session, pool.id, after=after, limit=limit + 1)
        return page(
            work,
            listing,
            legs,
            limit,
            view=leg_view,
            position=lambda row: [str(row.account_id), str(row.parent_account_id)],
        )

    @command("/pools/{pool_id:str}/interest/propose", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def propose_pool_interest(
        self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[ProposeInterest]
    ) -> ProposedView:
        """Propose to settle what has accrued until today; another person settles what the digest names."""
        work.whole_group()
        digest = propose_settlement(
            work.session,
            structure_id=parse_public_id(POOL, pool_id),
            mode=data.mode,
            actor=work.actor,
            clock=work.clock,
        )
        return ProposedView(digest=digest)

    @money_command("/pools/{pool_id:str}/interest/settle", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def settle_pool_interest(
        self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[SettleInterest]
    ) -> SettledView:
        """Settle the interest that another person proposed, while it is what has accrued.

        It is added to the positions, or paid by the next sweep run.
        """
        work.whole_group()
        legs = settle_interest(
            work.session,
            structure_id=parse_public_id(POOL, pool_id),
            mode=data.mode,
            digest=data.digest,
            actor=work.actor,
            clock=work.clock,
        )
        return SettledView(pool_id=pool_id, mode=data.mode, legs=legs)

    @command("/pools/{pool_id:str}/interest/refuse", needs=Permission.POOLS_SWEEP, status_code=HTTP_200_OK)
    def refuse_pool_interest(
        self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[RefuseDigest]
    ) -> RefusedView:
        """Refuse to settle what was proposed, or take one's own proposal back; interest goes on accruing."""
        work.whole_group()
        refused = refuse_settlement(
            work.session,
            structure_id=parse_public_id(POOL, pool_id),
            digest=data.digest,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return refused_view(refused)

    @command("/sweeps/{sweep_id:str}/value-date/propose", needs=Permission.LEDGER_CORRECT, status_code=HTTP_200_OK)
    def propose_sweep_value_date(
        self, work: NamedDependency[Work], sweep_id: SweepPath, data: JSONBody[CorrectValueDate]
    ) -> ProposedView:
        """Propose another value date of a sweep; another person corrects it by the same date and reason."""
        work.whole_group()
        digest = propose_correction(
            work.session,
            sweep_id=parse_public_id(SWEEP, sweep_id),
            value_date=data.day(),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return ProposedView(digest=digest)

    @money_command("/sweeps/{sweep_id:str}/value-date", needs=Permission.LEDGER_CORRECT, status_code=HTTP_200_OK)
    def correct_sweep_value_date(
        self, work: NamedDependency[Work], sweep_id: SweepPath, data: JSONBody[CorrectValueDate]
    ) -> CorrectionView:
        """Value a sweep on the date the bank says, exactly as another person proposed it.

        The difference in interest is posted, nothing is rewritten.
        """
        work.whole_group()
        corrected = correct_value_date(
            work.session,
            sweep_id=parse_public_id(SWEEP, sweep_id),
            value_date=data.day(),
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return correction_view(corrected)

    @command("/sweeps/{sweep_id:str}/value-date/refuse", needs=Permission.LEDGER_CORRECT, status_code=HTTP_200_OK)
    def refuse_sweep_value_date(
        self, work: NamedDependency[Work], sweep_id: SweepPath, data: JSONBody[RefuseDigest]
    ) -> RefusedView:
        """Refuse another value date that was proposed, or take one's own proposal back."""
        work.whole_group()
        refused = refuse_correction(
            work.session,
            sweep_id=parse_public_id(SWEEP, sweep_id),
            digest=data.digest,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return refused_view(refused)

    @query("/loan-slips", needs=Permission.POOLS_READ)
    def list_loan_slips(
        self,
        work: NamedDependency[Work],
        filters: SlipFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SlipView]:
        """List the loan slips of sweeps, newest first; a branch sees its own."""
        return listed(work, SLIPS, slip_view, filters=filters, cursor=cursor, limit=limit)

    @query("/loan-slips/{slip_id:str}", needs=Permission.POOLS_READ)
    def get_loan_slip(self, work: NamedDependency[Work], slip_id: SlipPath) -> SlipView:
        """Show a loan slip."""
        slip = work.find(LoanSlip, SLIP, slip_id, kind="loan slip")
        if work.principal.party_id not in {None, slip.lender_id, slip.borrower_id}:
            raise NotFound(kind="loan slip", reference=slip_id)
        return slip_view(slip)

    @query("/loan-slip-files", needs=Permission.POOLS_READ, media_type="text/csv")
    def download_loan_slips(self, work: NamedDependency[Work], since: Since, until: Until) -> str:
        """Download the loan slips of a period as CSV; a branch's are its own."""
        first, last = business_date("since", since), business_date("until", until)
        return slips_file(work.session, first, last, party_id=work.principal.party_id)
