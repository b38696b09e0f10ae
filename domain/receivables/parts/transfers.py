"""Passing a part on: two people of its holder, one of the firm that is to have it, and a notice to the debtor.

The receiver is then the seller of the part: it asks for financing, and the one before does not.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from domain import audit
from domain.access.rules import check_two_people
from domain.approvals import service as approvals
from domain.approvals.errors import DigestChanged
from domain.parties import queries as parties
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables import queries
from domain.receivables.errors import ClaimInTheFuture
from domain.receivables.evidence import Document
from domain.receivables.imports import SELLERS
from domain.receivables.parts.errors import NotAReceiver, NotDivisible, NoticeServed, SplitUnderWay
from domain.receivables.parts.identity import name_for
from domain.receivables.parts.splitting import beyond_usual_term, require_free, splits_of
from domain.receivables.states import Delivery, SplitState, TransferState
from domain.receivables.tables import Receivable, ReceivableTransfer
from domain.values.actor import Actor

APPROVAL = "receivable_transfer"


def propose_transfer(
    session: TenantSession,
    receivable_id: UUID,
    to_id: UUID,
    *,
    reason: str,
    reference: str = "",
    actor: Actor,
    clock: Clock,
) -> ReceivableTransfer:
    """The holder's maker offers a part to another firm, for what it owes it: `reference` names the debt, if any.

    Raises NotDivisible, NotAReceiver, CertificateTermTooLong, SplitUnderWay, NotFound.
    """
    part = queries.lock(session, receivable_id)
    _require_transferable(session, part)
    _check_receiver(session, part, to_id)
    transfer = ReceivableTransfer(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        receivable_id=part.id,
        from_id=part.seller_id,
        to_id=to_id,
        currency=part.currency,
        amount_minor=part.unpaid.minor,
        reason=reason,
        reference=reference,
        state=TransferState.PROPOSED,
        made_by=str(actor),
    )
    made = upsert(ReceivableTransfer).values(**transfer.model_dump()).on_conflict_do_nothing()
    if session.scalar(made.returning(col(ReceivableTransfer.id))) is None:
        raise SplitUnderWay(receivable=part.public_id)
    digest = digest_of(transfer)
    approvals.propose(session, kind=APPROVAL, subject_id=transfer.id, digest=digest, actor=actor, clock=clock)
    return find_transfer(session, transfer.id)


def _require_transferable(session: TenantSession, part: Receivable) -> None:
    """A part that is free, and not about to be split."""
    require_free(session, part)
    if part.parent_id is None:
        raise NotDivisible(
            receivable=part.public_id,
            state=part.state.value,
            reason_en="only parts that were split off are passed on",
            reason_zh="仅拆分后的部分可以转让",
        )
    if any(split.state is SplitState.PROPOSED for split in splits_of(session, part.id)):
        raise SplitUnderWay(receivable=part.public_id)
    beyond_usual_term(session, part)


def _check_receiver(session: TenantSession, part: Receivable, to_id: UUID) -> None:
    receiver, debtor = parties.party(session, to_id), parties.party(session, part.debtor_id)
    if receiver.id == part.seller_id:
        _refuse(part, receiver, "it holds it already", "其已持有")
    if receiver.kind not in SELLERS:
        _refuse(part, receiver, "it is no supplier, agent or member of the group", "其不是供应商、代理人或集团成员")
    if receiver.tax_id is None:
        _refuse(part, receiver, "it has no tax id", "未登记税号")
    if (receiver.country, receiver.tax_id) == (debtor.country, debtor.tax_id):
        _refuse(part, receiver, "it is the debtor itself, and the claim would end", "其为债务人本身,债权将混同消灭")


def _refuse(part: Receivable, receiver: Party, reason_en: str, reason_zh: str) -> None:
    party = public_id("pty", receiver.id)
    raise NotAReceiver(receivable=part.public_id, party=party, reason_en=reason_en, reason_zh=reason_zh)


def approve_transfer(
    session: TenantSession, transfer_id: UUID, *, digest: str, actor: Actor, clock: Clock
) -> ReceivableTransfer:
    """The second person of the holder stands by it; the receiver may accept. Raises SamePerson, DigestChanged."""
    transfer = find_transfer(session, transfer_id)
    part = queries.lock(session, transfer.receivable_id)
    _require_seen(transfer, part, digest)
    _require_transferable(session, part)
    approvals.approve(session, kind=APPROVAL, subject_id=transfer.id, digest=digest, actor=actor, clock=clock)
    move(session, transfer, TransferState.APPROVED, actor=actor, clock=clock)
    transfer.approved_by = str(actor)
    session.flush()
    facts = {"transfer": transfer.public_id, "to": public_id("pty", transfer.to_id), "amount": str(transfer.amount)}
    announce(session, "receivable.offered_to_holder", part.public_id, facts, clock=clock)
    return transfer


def accept_transfer(
    session: TenantSession, transfer_id: UUID, *, digest: str, actor: Actor, clock: Clock
) -> ReceivableTransfer:
    """The receiver takes the part: from now on it is its own. Nobody who gave it away may take it too.

    Raises NotDivisible, PartRegistered, DigestChanged, SamePerson, IllegalTransition, NotFound.
    """
    transfer = find_transfer(session, transfer_id)
    part = queries.lock(session, transfer.receivable_id)
    _require_seen(transfer, part, digest)
    _require_transferable(session, part)
    for giver in (transfer.made_by, transfer.approved_by):
        check_two_people(giver, actor)
    name_for(session, part, parties.party(session, transfer.to_id))
    move(session, transfer, TransferState.ACCEPTED, actor=actor, clock=clock)
    part.seller_id = transfer.to_id
    transfer.accepted_by, transfer.accepted_on = str(actor), clock.today()
    session.flush()
    facts: dict[str, object] = {
        "transfer": transfer.public_id,
        "from": public_id("pty", transfer.from_id),
        "to": public_id("pty", transfer.to_id),
        "debtor": public_id("pty", part.debtor_id),
        "amount": str(transfer.amount),
    }
    announce(session, "receivable.transferred", part.public_id, facts, clock=clock)
    audit.record(
        session, actor=actor, action="receivable.transferred", subject=part.public_id, facts=facts, clock=clock
    )
    return transfer


def _require_seen(transfer: ReceivableTransfer, part: Receivable, digest: str) -> None:
    """The same part, of the same holder, on which as much is owed as when it was offered."""
    now = _digest(transfer, part.seller_id, part.unpaid.minor)
    if not digest == now == digest_of(transfer):
        raise DigestChanged(kind=APPROVAL, proposed=digest, current=now)


def refuse_transfer(
    session: TenantSession, transfer_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> ReceivableTransfer:
    """Holder or receiver says no, until it is accepted. Raises IllegalTransition, DigestChanged, NotFound."""
    transfer = find_transfer(session, transfer_id)
    if digest_of(transfer) != digest:
        raise DigestChanged(kind=APPROVAL, proposed=digest, current=digest_of(transfer))
    if transfer.state is TransferState.PROPOSED:
        approvals.reject(
            session, kind=APPROVAL, subject_id=transfer.id, digest=digest, reason=reason, actor=actor, clock=clock
        )
    move(session, transfer, TransferState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return transfer


def record_notice(
    session: TenantSession,
    transfer_id: UUID,
    *,
    served_at: datetime,
    how: Delivery,
    document: Document,
    actor: Actor,
    clock: Clock,
) -> ReceivableTransfer:
    """Put on record that the debtor was told whom it owes the part (Civil Code art. 546), once, with its proof.

    Raises NoticeServed, ClaimInTheFuture, NotFound.
    """
    transfer = find_transfer(session, transfer_id)
    if transfer.state is not TransferState.ACCEPTED or transfer.notice_served_at is not None:
        raise NoticeServed(transfer=transfer.public_id, state=transfer.state.value)
    if served_at > clock.now():
        raise ClaimInTheFuture(at=served_at.isoformat())
    transfer.notice_served_at, transfer.notice_how = served_at, how
    transfer.notice_sha256, transfer.notice_reference = document.sha256, document.reference
    transfer.notice_by = str(actor)
    session.flush()
    facts: dict[str, object] = {"transfer": transfer.public_id, "how": how.value, "reference": document.reference}
    subject = public_id("rcv", transfer.receivable_id)
    audit.record(session, actor=actor, action="transfer.notified", subject=subject, facts=facts, clock=clock)
    return transfer


def digest_of(transfer: ReceivableTransfer) -> str:
    """What exactly is passed on: which part, from whom to whom, how much, as SHA-256 in hex."""
    return _digest(transfer, transfer.from_id, transfer.amount_minor)


def _digest(transfer: ReceivableTransfer, from_id: UUID, amount_minor: int) -> str:
    facts = (transfer.id, transfer.receivable_id, from_id, transfer.to_id, amount_minor, transfer.currency)
    return sha256("|".join(map(str, facts)).encode()).hexdigest()


def find_transfer(session: TenantSession, transfer_id: UUID) -> ReceivableTransfer:
    """The transfer, locked until commit. Raises NotFound."""
    return lock_row(session, ReceivableTransfer, transfer_id, kind="transfer", reference=public_id("trf", transfer_id))


def transfers_of(session: TenantSession, receivable_id: UUID) -> list[ReceivableTransfer]:
    """From whom to whom a part went, oldest first."""
    found = select(ReceivableTransfer).where(
        ReceivableTransfer.tenant_id == session.tenant_id, ReceivableTransfer.receivable_id == receivable_id
    )
    return list(session.exec(found.order_by(col(ReceivableTransfer.id))))
