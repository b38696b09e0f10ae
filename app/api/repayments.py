"""Payments that people book: entered by one, settled by another, and taken back the same way (R7-R9)."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.parties import visible_party
from app.api.repayments_dto import (
    REPAYMENT,
    EnterRepayment,
    MatchEntry,
    RepaymentDetail,
    RepaymentView,
    ReviewRepayment,
    repayment_detail,
    repayment_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import ReasonBody, RepaymentPath, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import repayment_reversals, repayments
from domain.financing.listings import REPAYMENTS
from domain.financing.owed import NewRepayment
from domain.financing.repayment_lines import waterfall_of
from domain.financing.tables import Repayment
from domain.platform.ids import parse_public_id
from domain.values.errors import NotFound

Filters = Annotated[list[str] | None, filters_of(REPAYMENTS)]
ADVANCE = "adv"


class Repayments(Controller):
    """Money that came in and that a person sets against debts."""

    path = "/repayments"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_repayments(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[RepaymentView]:
        """List payments that people entered, newest first."""
        return listed(work, REPAYMENTS, repayment_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{repayment_id:str}", needs=Permission.ADVANCES_READ)
    def get_repayment(self, work: NamedDependency[Work], repayment_id: RepaymentPath) -> RepaymentDetail:
        """Show a payment, and what it does to each debt."""
        row = work.find(Repayment, REPAYMENT, repayment_id, kind="repayment")
        if work.principal.party_id not in {None, row.lender_id, row.payer_id}:
            raise NotFound(kind="repayment", reference=repayment_id)
        return _detail(work, row)

    @money_command("/", needs=Permission.REPAYMENTS_WRITE)
    def enter_repayment(self, work: NamedDependency[Work], data: JSONBody[EnterRepayment]) -> RepaymentDetail:
        """Enter a payment; its value date may lie in the past.

        The answer shows its waterfall on every debt. Nothing is booked until a second person settles it; one of over
        five times the payoff waits for a review.
        """
        lender = visible_party(work, data.lender_id)
        work.confine(lender.id, kind="party", reference=data.lender_id)
        new = NewRepayment(
            lender_id=lender.id,
            payer_id=parse_public_id("pty", data.payer_id),
            payer=data.payer,
            amount=data.amount.money(),
            value_date=body_date("value_date", data.value_date),
            reference=data.reference,
            reason=data.reason,
            advance_ids=[parse_public_id(ADVANCE, each) for each in dict.fromkeys(data.advance_ids)],
            entry_number=data.entry_id,
        )
        return _detail(work, repayments.propose_repayment(work.session, new, actor=work.actor, clock=work.clock))

    @money_command("/{repayment_id:str}/review", needs=Permission.REPAYMENTS_APPROVE, status_code=HTTP_200_OK)
    def review_repayment(
        self, work: NamedDependency[Work], repayment_id: RepaymentPath, data: JSONBody[ReviewRepayment]
    ) -> RepaymentDetail:
        """Say that a payment of over five times the payoff is meant, and set it against debts."""
        row = _lenders_own(work, repayment_id)
        chosen = [parse_public_id(ADVANCE, each) for each in dict.fromkeys(data.advance_ids)]
        repayments.review_repayment(work.session, row.id, advance_ids=chosen, actor=work.actor, clock=work.clock)
        return _detail(work, row)

    @money_command("/{repayment_id:str}/settle", needs=Permission.REPAYMENTS_APPROVE, status_code=HTTP_200_OK)
    def settle_repayment(self, work: NamedDependency[Work], repayment_id: RepaymentPath) -> RepaymentDetail:
        """Book exactly the payment another person entered."""
        row = _lenders_own(work, repayment_id)
        repayments.settle_repayment(work.session, row.id, actor=work.actor, clock=work.clock)
        return _detail(work, row)

    @command("/{repayment_id:str}/entry", needs=Permission.REPAYMENTS_WRITE, status_code=HTTP_200_OK)
    def match_entry(
        self, work: NamedDependency[Work], repayment_id: RepaymentPath, data: JSONBody[MatchEntry]
    ) -> RepaymentView:
        """Say that a statement entry is this payment, entered before the statement came: it counts once."""
        row = _lenders_own(work, repayment_id)
        return repayment_view(repayments.match_entry(work.session, row.id, data.entry_id, clock=work.clock))

    @command("/{repayment_id:str}/withdraw", needs=Permission.REPAYMENTS_WRITE, status_code=HTTP_200_OK)
    def withdraw_repayment(
        self, work: NamedDependency[Work], repayment_id: RepaymentPath, data: JSONBody[ReasonBody]
    ) -> RepaymentView:
        """Take back a payment that nobody has settled."""
        row = _lenders_own(work, repayment_id)
        repayments.withdraw_repayment(work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return repayment_view(row)

    @money_command("/{repayment_id:str}/reversal", needs=Permission.REPAYMENTS_WRITE, status_code=HTTP_200_OK)
    def propose_reversal(self, work: NamedDependency[Work], repayment_id: RepaymentPath) -> RepaymentDetail:
        """Ask for a settled payment to be undone: it was another's, or never came."""
        row = _lenders_own(work, repayment_id)
        repayment_reversals.propose_reversal(work.session, row.id, actor=work.actor, clock=work.clock)
        return _detail(work, row)

    @money_command("/{repayment_id:str}/reversal/approve", needs=Permission.REPAYMENTS_APPROVE, status_code=HTTP_200_OK)
    def approve_reversal(
        self, work: NamedDependency[Work], repayment_id: RepaymentPath, data: JSONBody[ReasonBody]
    ) -> RepaymentView:
        """Undo the payment another person asked to undo: later ones are allocated anew in date order."""
        row = _lenders_own(work, repayment_id)
        repayment_reversals.approve_reversal(
            work.session, row.id, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return repayment_view(row)


def _detail(work: Work, row: Repayment) -> RepaymentDetail:
    return repayment_detail(row, waterfall_of(work.session, row))


def _lenders_own(work: Work, reference: str) -> Repayment:
    row = work.find(Repayment, REPAYMENT, reference, kind="repayment")
    work.confine(row.lender_id, kind="repayment", reference=reference)
    return row
