"""Late interest, and what sellers demanded of it."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.fields import Moment, PartyId, ReceivableId, body_date, line, public
from app.money_dto import MoneyDto, Rate, shown, shown_rate
from domain.financing.late_interest import LateInterest, Lateness
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.receivables.tables import LateInterestDemand

DemandId = Annotated[str, public("lid", "A demand for late interest.")]
Note = Annotated[str, line(500, "How it was demanded.", "Letter of 7 April, by courier", minimum=0)]


class DemandLateInterest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """As of when interest is demanded, when the contract was signed, and the yearly rate agreed there, if any."""

    as_of: date
    signed_on: date | None = None
    agreed_rate: Rate | None = None
    note: Note = ""

    def value(self) -> Lateness:
        """What the service works out."""
        return Lateness(
            body_date("as_of", self.as_of),
            body_date("signed_on", self.signed_on),
            None if self.agreed_rate is None else Decimal(self.agreed_rate),
        )


class LateInterestView(msgspec.Struct, kw_only=True):
    """Late interest and what it follows from.

    Where a rate was agreed it counts, but never below the LPR at signing; where none was, `rate_a_day`. `floor` is
    what the interest comes to at that LPR.
    """

    receivable_id: ReceivableId
    as_of: date
    due_on: date
    late_days: int
    unpaid: MoneyDto
    signed_on: date
    lpr_at_signing: Rate
    agreed_rate: Rate | None
    rate_a_day: Rate
    amount: MoneyDto
    floor: MoneyDto
    rules: list[str]
    citation: str


class LateInterestDemandView(msgspec.Struct, kw_only=True):
    """What a seller demanded, with the figures it was made with."""

    id: DemandId
    receivable_id: ReceivableId
    seller_id: PartyId
    debtor_id: PartyId
    as_of: date
    late_days: int
    unpaid: MoneyDto
    signed_on: date
    lpr_at_signing: Rate
    agreed_rate: Rate | None
    rate_a_day: Rate
    amount: MoneyDto
    citation: str
    note: str
    made_by: str
    created_at: Moment


def late_interest_view(receivable: str, found: LateInterest) -> LateInterestView:
    """The figure with its reasons."""
    return LateInterestView(
        receivable_id=receivable,
        as_of=found.as_of,
        due_on=found.due_on,
        late_days=found.late_days,
        unpaid=shown(found.unpaid),
        signed_on=found.signed_on,
        lpr_at_signing=shown_rate(found.lpr_at_signing),
        agreed_rate=_optional(found.agreed_rate),
        rate_a_day=shown_rate(found.rate_a_day),
        amount=shown(found.amount),
        floor=shown(found.floor),
        rules=["R28"],
        citation=found.citation,
    )


def demand_view(row: LateInterestDemand) -> LateInterestDemandView:
    """A demand as it was kept."""
    return LateInterestDemandView(
        id=row.public_id,
        receivable_id=public_id("rcv", row.receivable_id),
        seller_id=public_id(PARTY, row.seller_id),
        debtor_id=public_id(PARTY, row.debtor_id),
        as_of=row.as_of,
        late_days=row.late_days,
        unpaid=shown(row.unpaid),
        signed_on=row.signed_on,
        lpr_at_signing=shown_rate(row.lpr_at_signing),
        agreed_rate=_optional(row.agreed_rate),
        rate_a_day=shown_rate(row.rate_a_day),
        amount=shown(row.amount),
        citation=row.citation,
        note=row.note,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def _optional(rate: Decimal | None) -> str | None:
    return None if rate is None else shown_rate(rate)
