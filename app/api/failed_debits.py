"""Debits of financing that failed for good: listed, and presented anew once somebody has asked the payer."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.deps import Work
from app.endpoints import money_command, query
from app.fields import MAX_ITEMS, AdvanceId, PartyId, SalesAdvanceId
from domain.access.rules import Permission
from domain.financing.sales.tables import SalesAdvance
from domain.financing.tables import Advance
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.runs.presenting import FailedDebit, failed_debits, present_anew

Advances = Annotated[list[AdvanceId], msgspec.Meta(max_length=MAX_ITEMS)]
SalesAdvances = Annotated[list[SalesAdvanceId], msgspec.Meta(max_length=MAX_ITEMS)]


class FailedDebitView(msgspec.Struct, kw_only=True):
    """An advance whose debit no run tries again, and what the bank said; one of the two ids is given."""

    advance_id: AdvanceId | None
    sales_advance_id: SalesAdvanceId | None
    lender_id: PartyId
    reason: str


class FailedDebitList(msgspec.Struct, kw_only=True):
    """What waits for a person."""

    items: list[FailedDebitView]


class PresentDebits(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The advances to ask for again; null stands for every failed one that the caller may see."""

    advance_ids: Advances | None = None
    sales_advance_ids: SalesAdvances | None = None


class FailedDebits(Controller):
    """What payers were debited for in vain."""

    path = "/financing/failed-debits"
    tags = ("financing",)

    @query("/", needs=Permission.ADVANCES_READ)
    def list_failed_debits(self, work: NamedDependency[Work]) -> FailedDebitList:
        """List advances whose debit failed for good; a lender sees its own."""
        return failed_debits_view(failed_debits(work.session, lender_id=work.principal.party_id))

    @money_command("/present", needs=Permission.COLLECTIONS_PRESENT, status_code=HTTP_200_OK)
    def present_failed_debits(self, work: NamedDependency[Work], data: JSONBody[PresentDebits]) -> FailedDebitList:
        """Let the next run ask again for what failed for good; the answer lists what it will ask for.

        What is on its way, is tried again by itself, or has not failed stays as it is.
        """
        presented = present_anew(
            work.session,
            lender_id=work.principal.party_id,
            ids=_named(work, data),
            actor=work.actor,
            clock=work.clock,
        )
        return failed_debits_view(presented)


def failed_debits_view(found: list[FailedDebit]) -> FailedDebitList:
    """As the API shows them."""
    return FailedDebitList(
        items=[
            FailedDebitView(
                advance_id=None if each.out_of_sales else each.public_id,
                sales_advance_id=each.public_id if each.out_of_sales else None,
                lender_id=public_id(PARTY, each.lender_id),
                reason=each.reason,
            )
            for each in found
        ]
    )


def _named(work: Work, data: PresentDebits) -> set[UUID] | None:
    """Those that are named, each the caller's own; None where none of the two lists is given. Raises NotFound."""
    if data.advance_ids is None and data.sales_advance_ids is None:
        return None
    rows: list[Advance | SalesAdvance] = [
        *(work.find(Advance, "adv", each, kind="advance") for each in data.advance_ids or ()),
        *(work.find(SalesAdvance, "sad", each, kind="sales advance") for each in data.sales_advance_ids or ()),
    ]
    for row in rows:
        work.confine(row.lender_id, kind="advance", reference=row.public_id)
    return {row.id for row in rows}
