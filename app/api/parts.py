"""Parts of receivables: a claim split by two people, a part passed on by three, and merged back (R17)."""

from functools import partial
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.credit_notes_dto import RecordCreditNote, dilution_view
from app.api.parts_dto import (
    SPLIT,
    TRANSFER,
    CreditedPartsView,
    PartsView,
    PreviewSplit,
    ProposeSplit,
    ProposeTransfer,
    RecordTransferNotice,
    SplitPreview,
    SplitView,
    TransferView,
    parts_view,
    preview_view,
    split_view,
    transfer_view,
)
from app.api.receivables import visible_receivable
from app.api.receivables_dto import ReceivableView, receivable_view
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import (
    ApproveDigest,
    ReceivablePath,
    RefuseDigest,
    SplitPath,
    TransferPath,
    body_date,
)
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.financing import parts
from domain.parties import queries as parties
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.receivables.dilution import cancellations
from domain.receivables.listings import SPLITS, TRANSFERS
from domain.receivables.parts import merging, splitting, transfers, wholes
from domain.receivables.states import SplitState
from domain.receivables.tables import Receivable, ReceivableSplit, ReceivableTransfer
from domain.values.errors import NotFound

SplitFilters = Annotated[list[str] | None, filters_of(SPLITS)]
TransferFilters = Annotated[list[str] | None, filters_of(TRANSFERS)]


class Parts(Controller):
    """What stands in the place of a claim that was split."""

    path = "/receivables/{receivable_id:str}"
    tags = ("receivables",)

    @query("/parts", needs=Permission.RECEIVABLES_READ)
    def list_parts(self, work: NamedDependency[Work], receivable_id: ReceivablePath) -> PartsView:
        """Show what a receivable was split into, and what it was split from."""
        row = visible_receivable(work, receivable_id)
        return parts_view(
            row,
            wholes.parts_of(work.session, row.id),
            splitting.splits_of(work.session, row.id),
            wholes.wholes_above(work.session, row),
        )

    @command("/split/preview", needs=Permission.RECEIVABLES_READ, status_code=HTTP_200_OK)
    def preview_split(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[PreviewSplit]
    ) -> SplitPreview:
        """Show what parts of a receivable would bear at a price: together just what the whole would.

        Nothing is proposed. Advances on parts are contracts of their own, and each rounds its own interest.
        """
        row = visible_receivable(work, receivable_id)
        from_on = body_date("from_on", data.from_on) or work.clock.today()
        children = parts.preview_split(row, data.faces(row), data.terms(), from_on=from_on)
        beyond = splitting.beyond_usual_term(work.session, row)
        return preview_view(row, children, beyond_usual_term=beyond)

    @command("/split", needs=Permission.PARTS_WRITE)
    def propose_split(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ProposeSplit]
    ) -> SplitView:
        """Propose to split all that is confirmed and unpaid; a second person of the holder splits it by the digest."""
        row = _held(work, receivable_id)
        split = parts.propose_split(
            work.session, row.id, data.faces(row), reason=data.reason, actor=work.actor, clock=work.clock
        )
        return split_view(split, [])

    @command("/transfer", needs=Permission.PARTS_WRITE)
    def propose_transfer(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[ProposeTransfer]
    ) -> TransferView:
        """Propose to pass a part on to another firm; a second person of the holder approves, the receiver accepts."""
        row = _held(work, receivable_id)
        transfer = transfers.propose_transfer(
            work.session,
            row.id,
            parties.party(work.session, parse_public_id(PARTY, data.to_id)).id,
            reason=data.reason,
            reference=data.reference,
            actor=work.actor,
            clock=work.clock,
        )
        return transfer_view(transfer)

    @money_command("/parts/credit-notes", needs=Permission.RECEIVABLES_CREDIT)
    def credit_parts(
        self, work: NamedDependency[Work], receivable_id: ReceivablePath, data: JSONBody[RecordCreditNote]
    ) -> CreditedPartsView:
        """Set a credit note on an invoice that was split against all its parts, by what is unpaid on each.

        Once a part was passed on, only its debtor and the group do that: it is no longer the seller's alone.
        """
        row = visible_receivable(work, receivable_id)
        if wholes.passed_on(work.session, row):
            work.confine(row.debtor_id, kind="receivable", reference=receivable_id)
        credited = parts.credit_whole(
            work.session,
            row.id,
            amount=data.amount.money(),
            reference=data.reference,
            issued_on=body_date("issued_on", data.issued_on),
            reason=data.reason,
            evidence=bytes.fromhex(data.evidence),
            actor=work.actor,
            clock=work.clock,
        )
        gone = cancellations(work.session, [each.note for each in credited])
        return CreditedPartsView(items=[dilution_view(each, gone.get(each.note.id)) for each in credited])


class Splits(Controller):
    """How claims are split, and merged back."""

    path = "/splits"
    tags = ("receivables",)

    @query("/", needs=Permission.RECEIVABLES_READ)
    def list_splits(
        self,
        work: NamedDependency[Work],
        filters: SplitFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[SplitView]:
        """List splits, newest first; a firm sees those of its own claims."""
        return listed(work, SPLITS, partial(_shown, work), filters=filters, cursor=cursor, limit=limit)

    @query("/{split_id:str}", needs=Permission.RECEIVABLES_READ)
    def get_split(self, work: NamedDependency[Work], split_id: SplitPath) -> SplitView:
        """Show a split, with the digests that stand for it and for merging its parts now."""
        return _shown(work, _own_split(work, split_id))

    @money_command("/{split_id:str}/approve", needs=Permission.PARTS_APPROVE, status_code=HTTP_200_OK)
    def approve_split(
        self, work: NamedDependency[Work], split_id: SplitPath, data: JSONBody[ApproveDigest]
    ) -> PartsView:
        """Split the receivable exactly as another person of its holder proposed: its parts stand in its place.

        Requests for the whole that nobody has met are closed.
        """
        split = _own_split(work, split_id)
        made = parts.approve_split(work.session, split.id, digest=data.digest, actor=work.actor, clock=work.clock)
        row = work.session.get_one(Receivable, (work.session.tenant_id, split.receivable_id))
        splits = splitting.splits_of(work.session, row.id)
        return parts_view(row, made, splits, wholes.wholes_above(work.session, row))

    @command("/{split_id:str}/refuse", needs=Permission.PARTS_APPROVE, status_code=HTTP_200_OK)
    def refuse_split(self, work: NamedDependency[Work], split_id: SplitPath, data: JSONBody[RefuseDigest]) -> SplitView:
        """Refuse a split that was proposed; the receivable stays whole."""
        split = _own_split(work, split_id)
        refused = splitting.refuse_split(
            work.session, split.id, digest=data.digest, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return _shown(work, refused)

    @command("/{split_id:str}/merge", needs=Permission.PARTS_WRITE, status_code=HTTP_200_OK)
    def propose_merge(self, work: NamedDependency[Work], split_id: SplitPath) -> SplitView:
        """Propose to merge the parts back, while nobody lends on one and none was passed on."""
        split = _own_split(work, split_id)
        return _shown(work, merging.propose_merge(work.session, split.id, actor=work.actor, clock=work.clock))

    @money_command("/{split_id:str}/merge/approve", needs=Permission.PARTS_APPROVE, status_code=HTTP_200_OK)
    def approve_merge(
        self, work: NamedDependency[Work], split_id: SplitPath, data: JSONBody[ApproveDigest]
    ) -> ReceivableView:
        """Put the whole in the place of its parts again, by the digest for merging that was shown."""
        split = _own_split(work, split_id)
        whole = parts.approve_merge(work.session, split.id, digest=data.digest, actor=work.actor, clock=work.clock)
        return receivable_view(whole)


class Transfers(Controller):
    """Parts passed on from firm to firm."""

    path = "/transfers"
    tags = ("receivables",)

    @query("/", needs=Permission.RECEIVABLES_READ)
    def list_transfers(
        self,
        work: NamedDependency[Work],
        filters: TransferFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[TransferView]:
        """List transfers, newest first; a firm sees what it gives and what it is offered."""
        return listed(work, TRANSFERS, transfer_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{transfer_id:str}", needs=Permission.RECEIVABLES_READ)
    def get_transfer(self, work: NamedDependency[Work], transfer_id: TransferPath) -> TransferView:
        """Show a transfer, with the digest that stands for exactly it."""
        return transfer_view(_transfer(work, transfer_id))

    @money_command("/{transfer_id:str}/approve", needs=Permission.PARTS_APPROVE, status_code=HTTP_200_OK)
    def approve_transfer(
        self, work: NamedDependency[Work], transfer_id: TransferPath, data: JSONBody[ApproveDigest]
    ) -> TransferView:
        """Stand by what another person of the holder proposed: the receiver may accept."""
        row = _transfer(work, transfer_id)
        work.confine(row.from_id, kind="transfer", reference=transfer_id)
        return transfer_view(
            transfers.approve_transfer(work.session, row.id, digest=data.digest, actor=work.actor, clock=work.clock)
        )

    @money_command("/{transfer_id:str}/accept", needs=Permission.PARTS_APPROVE, status_code=HTTP_200_OK)
    def accept_transfer(
        self, work: NamedDependency[Work], transfer_id: TransferPath, data: JSONBody[ApproveDigest]
    ) -> TransferView:
        """Take the part over: from now on it is the receiver's to finance or pass on.

        Requests of its holder before that nobody has met are closed.
        """
        row = _transfer(work, transfer_id)
        work.confine(row.to_id, kind="transfer", reference=transfer_id)
        return transfer_view(
            parts.accept_transfer(work.session, row.id, digest=data.digest, actor=work.actor, clock=work.clock)
        )

    @command("/{transfer_id:str}/refuse", needs=Permission.PARTS_APPROVE, status_code=HTTP_200_OK)
    def refuse_transfer(
        self, work: NamedDependency[Work], transfer_id: TransferPath, data: JSONBody[RefuseDigest]
    ) -> TransferView:
        """Take back what was offered, or say no to it; the part stays with its holder."""
        row = _transfer(work, transfer_id)
        refused = transfers.refuse_transfer(
            work.session, row.id, digest=data.digest, reason=data.reason, actor=work.actor, clock=work.clock
        )
        return transfer_view(refused)

    @command("/{transfer_id:str}/notice", needs=Permission.PARTS_WRITE)
    def record_transfer_notice(
        self, work: NamedDependency[Work], transfer_id: TransferPath, data: JSONBody[RecordTransferNotice]
    ) -> TransferView:
        """Put on record that the debtor was told whom it owes the part, with its proof."""
        row = _transfer(work, transfer_id)
        told = transfers.record_notice(
            work.session,
            row.id,
            served_at=body_date("served_at", data.served_at),
            how=data.how,
            document=data.document.value(),
            actor=work.actor,
            clock=work.clock,
        )
        return transfer_view(told)


def _held(work: Work, reference: str) -> Receivable:
    """The receivable, for who acts for its holder. Raises NotFound."""
    row = visible_receivable(work, reference)
    work.confine(row.seller_id, kind="receivable", reference=reference)
    return row


def _own_split(work: Work, reference: str) -> ReceivableSplit:
    row = work.find(ReceivableSplit, SPLIT, reference, kind="split")
    work.confine(row.holder_id, kind="split", reference=reference)
    return row


def _transfer(work: Work, reference: str) -> ReceivableTransfer:
    """The transfer, for whoever gives and whoever gets. Raises NotFound."""
    row = work.find(ReceivableTransfer, TRANSFER, reference, kind="transfer")
    if work.principal.party_id not in {None, row.from_id, row.to_id}:
        raise NotFound(kind="transfer", reference=public_id(TRANSFER, row.id))
    return row


def _shown(work: Work, row: ReceivableSplit) -> SplitView:
    in_force = row.state is SplitState.IN_FORCE
    return split_view(row, wholes.parts_of(work.session, row.receivable_id) if in_force else [])
