"""Corrections: money given back, by recall, reversal or refund; and the over-debits that call for them."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.corrections_dto import (
    CorrectionView,
    OverDebitView,
    ProposeCorrection,
    correction_view,
    over_debit_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ApproveDigest, RefuseDigest, in_path
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.platform.ids import parse_public_id
from domain.runs.corrections import proposals
from domain.runs.corrections.queries import OVER_DEBIT, PREFIX
from domain.runs.corrections.tables import Correction, OverDebit
from domain.runs.listings import CORRECTIONS, OVER_DEBITS
from domain.runs.owners import REFUNDS

CorrectionPath = Annotated[str, in_path("cor", "The correction.")]
OverDebitPath = Annotated[str, in_path("ovd", "The over-debit.")]
Filters = Annotated[list[str] | None, filters_of(CORRECTIONS)]
OverDebitFilters = Annotated[list[str] | None, filters_of(OVER_DEBITS)]


class Corrections(Controller):
    """Money on its way back to whom it was taken from."""

    path = "/corrections"
    tags = ("corrections",)

    @query("/", needs=Permission.CORRECTIONS_READ)
    def list_corrections(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[CorrectionView]:
        """List corrections, newest first."""
        return listed(work, CORRECTIONS, correction_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{correction_id:str}", needs=Permission.CORRECTIONS_READ)
    def get_correction(self, work: NamedDependency[Work], correction_id: CorrectionPath) -> CorrectionView:
        """Show a correction."""
        work.whole_group()
        return correction_view(work.find(Correction, PREFIX, correction_id, kind="correction"))

    @money_command("/", needs=Permission.CORRECTIONS_WRITE)
    def propose_correction(self, work: NamedDependency[Work], data: JSONBody[ProposeCorrection]) -> CorrectionView:
        """Ask that money goes back; a second person approves it.

        What has not settled is recalled; what settled up to five days ago is reversed, if it goes back whole;
        everything else is a payment to the account that was debited, held until seven days after the debit.
        """
        work.whole_group()
        correction = proposals.propose_correction(
            work.session,
            data.instruction_id,
            amount=data.amount.money(),
            expected_total=data.expected_total.money(),
            reason=data.reason,
            owners=REFUNDS,
            actor=work.actor,
            clock=work.clock,
        )
        return correction_view(correction)

    @money_command("/{correction_id:str}/approve", needs=Permission.CORRECTIONS_APPROVE, status_code=HTTP_200_OK)
    def approve_correction(
        self, work: NamedDependency[Work], correction_id: CorrectionPath, data: JSONBody[ApproveDigest]
    ) -> CorrectionView:
        """Let exactly what was seen be sent; another person than who proposed it."""
        work.whole_group()
        correction = proposals.approve_correction(
            work.session,
            parse_public_id(PREFIX, correction_id),
            digest=data.digest,
            owners=REFUNDS,
            actor=work.actor,
            clock=work.clock,
        )
        return correction_view(correction)

    @command("/{correction_id:str}/withdraw", needs=Permission.CORRECTIONS_WRITE, status_code=HTTP_200_OK)
    def withdraw_correction(
        self, work: NamedDependency[Work], correction_id: CorrectionPath, data: JSONBody[RefuseDigest]
    ) -> CorrectionView:
        """Give up a correction that nobody has approved."""
        work.whole_group()
        correction = proposals.withdraw_correction(
            work.session,
            parse_public_id(PREFIX, correction_id),
            digest=data.digest,
            reason=data.reason,
            actor=work.actor,
            clock=work.clock,
        )
        return correction_view(correction)


class OverDebits(Controller):
    """Obligations for which more was collected than is due."""

    path = "/over-debits"
    tags = ("corrections",)

    @query("/", needs=Permission.CORRECTIONS_READ)
    def list_over_debits(
        self,
        work: NamedDependency[Work],
        filters: OverDebitFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[OverDebitView]:
        """List over-debits, newest first."""
        return listed(work, OVER_DEBITS, over_debit_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{over_debit_id:str}", needs=Permission.CORRECTIONS_READ)
    def get_over_debit(self, work: NamedDependency[Work], over_debit_id: OverDebitPath) -> OverDebitView:
        """Show an over-debit."""
        work.whole_group()
        return over_debit_view(work.find(OverDebit, OVER_DEBIT, over_debit_id, kind="over-debit"))
