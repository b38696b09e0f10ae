"""Parts of receivables: how a claim is split, what each part would bear, to whom one was passed on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.api.confirmations_dto import DocumentDto
from app.api.credit_notes_dto import DilutionView
from app.api.receivables_dto import RECEIVABLE
from app.fields import Digest, Moment, PartyId, Reason, ReceivableId, SplitId, TransferId, line
from app.money_dto import MoneyDto, Rate, shown
from app.refusals import FieldFault, ValidationFailed
from domain.financing.parts import parts_wanted
from domain.financing.splitting import ChildClaim
from domain.financing.terms import Terms
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.receivables.parts import merging, splitting, transfers
from domain.receivables.parts.rules import MAX_PARTS
from domain.receivables.states import Delivery, ReceivableState, SplitState, TransferState
from domain.receivables.tables import Receivable, ReceivableSplit, ReceivableTransfer
from domain.values.day_count import DayCount
from domain.values.money import Money

SPLIT, TRANSFER = "spl", "trf"
Many = Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS, description="So many equal parts, to the cent.")]
Amounts = Annotated[
    list[MoneyDto],
    msgspec.Meta(min_length=1, max_length=MAX_PARTS, description="Just these parts; they add up to what is unpaid."),
]
Debt = Annotated[str, line(140, "What it pays for, if a debt.", "Order 4500012345", minimum=0)]


class WantedParts(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Into what a receivable is to be split: so many equal parts, or these amounts."""

    parts: Many | None = None
    amounts: Amounts | None = None

    def faces(self, row: Receivable) -> Sequence[Money]:
        """The parts of what is unpaid on it. Raises ValidationFailed, TooManyParts, PartsDiffer."""
        if (self.parts is None) == (self.amounts is None):
            en, zh = "Give either a number of parts or their amounts", "请填写份数或各份金额之一"
            raise ValidationFailed([FieldFault("one_of_two", en, zh, "#/parts")])
        amounts = None if self.amounts is None else [each.money() for each in self.amounts]
        return parts_wanted(row, self.parts, amounts)


class ProposeSplit(WantedParts, kw_only=True, forbid_unknown_fields=True):
    """The parts, and why it is split."""

    reason: Reason


class PreviewSplit(WantedParts, kw_only=True, forbid_unknown_fields=True):
    """The parts, and the price and day from which they would bear interest; today where none is given."""

    annual_rate: Rate
    day_count: DayCount = DayCount.ACT_360
    from_on: date | None = None

    def terms(self) -> Terms:
        """The price, as far as interest goes."""
        return Terms(annual_rate=Decimal(self.annual_rate), day_count=self.day_count)


class PreviewedPart(msgspec.Struct, kw_only=True):
    """A part and its share of the whole's interest."""

    amount: MoneyDto
    interest: MoneyDto


class SplitPreview(msgspec.Struct, kw_only=True):
    """What the parts would bear: together just what the whole would (R17)."""

    whole: MoneyDto
    interest: MoneyDto
    parts: list[PreviewedPart]
    beyond_usual_term: bool


class SplitView(msgspec.Struct, kw_only=True):
    """How a receivable was split, or is wished to be; whoever decides gives the digest of what it read.

    `merge_digest` stands for merging the parts as they are now. `beyond_usual_term`: a payment certificate runs longer
    than six months.
    """

    id: SplitId
    receivable_id: ReceivableId
    holder_id: PartyId
    state: SplitState
    whole: MoneyDto
    amounts: list[MoneyDto]
    beyond_usual_term: bool
    digest: Digest
    merge_digest: Digest | None
    reason: str
    made_by: str
    created_at: Moment


class PartView(msgspec.Struct, kw_only=True):
    """A part as it stands: who holds it, and what its debtor owes on it."""

    id: ReceivableId
    number: str
    holder_id: PartyId
    face_amount: MoneyDto
    unpaid: MoneyDto
    state: ReceivableState


class PartsView(msgspec.Struct, kw_only=True):
    """What stands in the place of a receivable, how it came to, and what it was split from itself."""

    receivable_id: ReceivableId
    state: ReceivableState
    unpaid: MoneyDto
    parts: list[PartView]
    splits: list[SplitView]
    split_from: list[ReceivableId]


class ProposeTransfer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """To whom a part is passed on, why, and for what."""

    to_id: PartyId
    reason: Reason
    reference: Debt = ""


class RecordTransferNotice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """That the debtor was told whom it owes, when and how, and the proof."""

    served_at: Moment
    how: Delivery
    document: DocumentDto


class TransferNoticeView(msgspec.Struct, kw_only=True):
    """That the debtor was told."""

    served_at: Moment
    how: Delivery | None
    document: DocumentDto
    recorded_by: str


class TransferView(msgspec.Struct, kw_only=True):
    """A part on its way from its holder to another firm, or there."""

    id: TransferId
    receivable_id: ReceivableId
    from_id: PartyId
    to_id: PartyId
    amount: MoneyDto
    state: TransferState
    reason: str
    reference: str
    digest: Digest
    made_by: str
    approved_by: str
    accepted_by: str
    accepted_on: date | None
    notice: TransferNoticeView | None
    created_at: Moment


class CreditedPartsView(msgspec.Struct, kw_only=True):
    """A credit note on a whole, as its parts took it."""

    items: list[DilutionView]


def preview_view(row: Receivable, children: Sequence[ChildClaim], *, beyond_usual_term: bool) -> SplitPreview:
    """What the parts would bear."""
    return SplitPreview(
        whole=shown(row.unpaid),
        interest=shown(Money.total((child.interest for child in children), row.currency)),
        parts=[PreviewedPart(amount=shown(child.face), interest=shown(child.interest)) for child in children],
        beyond_usual_term=beyond_usual_term,
    )


def split_view(row: ReceivableSplit, parts: Sequence[Receivable]) -> SplitView:
    """The split as the API shows it; `parts` are those that stand under it now."""
    return SplitView(
        id=row.public_id,
        receivable_id=public_id(RECEIVABLE, row.receivable_id),
        holder_id=public_id(PARTY, row.holder_id),
        state=row.state,
        whole=shown(row.whole),
        amounts=[shown(face) for face in row.faces],
        beyond_usual_term=row.beyond_usual_term,
        digest=splitting.digest_of(row),
        merge_digest=merging.digest_of(row, parts) if row.state is SplitState.IN_FORCE else None,
        reason=row.reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def part_view(row: Receivable) -> PartView:
    """The part as its whole shows it."""
    return PartView(
        id=row.public_id,
        number=row.invoice_number,
        holder_id=public_id(PARTY, row.seller_id),
        face_amount=shown(row.face_amount),
        unpaid=shown(row.unpaid),
        state=row.state,
    )


def parts_view(
    row: Receivable, parts: Sequence[Receivable], splits: Sequence[ReceivableSplit], above: Sequence[Receivable]
) -> PartsView:
    """What stands in its place."""
    return PartsView(
        receivable_id=row.public_id,
        state=row.state,
        unpaid=shown(row.unpaid),
        parts=[part_view(part) for part in parts],
        splits=[split_view(split, parts) for split in splits],
        split_from=[whole.public_id for whole in above],
    )


def transfer_view(row: ReceivableTransfer) -> TransferView:
    """The transfer as the API shows it."""
    return TransferView(
        id=row.public_id,
        receivable_id=public_id(RECEIVABLE, row.receivable_id),
        from_id=public_id(PARTY, row.from_id),
        to_id=public_id(PARTY, row.to_id),
        amount=shown(row.amount),
        state=row.state,
        reason=row.reason,
        reference=row.reference,
        digest=transfers.digest_of(row),
        made_by=row.made_by,
        approved_by=row.approved_by,
        accepted_by=row.accepted_by,
        accepted_on=row.accepted_on,
        notice=_notice(row),
        created_at=row.created_at,
    )


def _notice(row: ReceivableTransfer) -> TransferNoticeView | None:
    if row.notice_served_at is None:
        return None
    return TransferNoticeView(
        served_at=row.notice_served_at,
        how=row.notice_how,
        document=DocumentDto(sha256=(row.notice_sha256 or b"").hex(), reference=row.notice_reference),
        recorded_by=row.notice_by,
    )
