"""Splitting a receivable: proposed by one person of its holder, put in force by another by what both saw (R17)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from domain import audit
from domain.approvals import service as approvals
from domain.approvals.errors import DigestChanged
from domain.law.rows import legal_limits
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.listing import lock_row
from domain.platform.outbox import announce
from domain.platform.transitions import move
from domain.receivables import queries
from domain.receivables.claims import registered_claims
from domain.receivables.evidence import Document, Evidence, record_evidence
from domain.receivables.parts.errors import NotDivisible, SplitUnderWay
from domain.receivables.parts.identity import name_parts
from domain.receivables.parts.rules import check_faces, part_numbers, runs_beyond_usual_term
from domain.receivables.parts.wholes import parts_of
from domain.receivables.rules import confirmed_state
from domain.receivables.states import Answer, EvidenceKind, ReceivableState, SplitState
from domain.receivables.tables import Receivable, ReceivableSplit
from domain.values.actor import Actor
from domain.values.money import Money

APPROVAL = "receivable_split"
FREE = (ReceivableState.CONFIRMED, ReceivableState.PART_CONFIRMED, ReceivableState.LISTED)
# A part says of the invoice what its whole says of it.
_INHERITED = (
    *("tenant_id", "seller_id", "debtor_id", "invoice_code", "issued_on", "due_on", "delivered_on", "currency"),
    *("contract_reference", "not_assignable", "is_certificate", "confirmation_grade"),
)


def propose_split(
    session: TenantSession, receivable_id: UUID, faces: Sequence[Money], *, actor: Actor, clock: Clock, reason: str
) -> ReceivableSplit:
    """The holder's maker proposes the parts of all that is confirmed and unpaid; nothing changes until another agrees.

    Raises NotDivisible, PartsDiffer, TooManyParts, PartNumberTooLong, CertificateTermTooLong, SplitUnderWay, NotFound.
    """
    row = queries.lock(session, receivable_id)
    require_free(session, row)
    check_faces(row.unpaid, faces)
    part_numbers(row.invoice_number, len(faces))
    split = ReceivableSplit(
        tenant_id=session.tenant_id,
        id=uuid7(),
        created_at=clock.now(),
        receivable_id=row.id,
        holder_id=row.seller_id,
        currency=row.currency,
        whole_minor=row.unpaid.minor,
        faces_minor=[face.minor for face in faces],
        paid_before_minor=row.paid_minor,
        diluted_before_minor=row.diluted_minor,
        beyond_usual_term=beyond_usual_term(session, row),
        state=SplitState.PROPOSED,
        reason=reason,
        made_by=str(actor),
    )
    made = upsert(ReceivableSplit).values(**split.model_dump()).on_conflict_do_nothing()
    if session.scalar(made.returning(col(ReceivableSplit.id))) is None:
        raise SplitUnderWay(receivable=row.public_id)
    approvals.propose(session, kind=APPROVAL, subject_id=split.id, digest=digest_of(split), actor=actor, clock=clock)
    return find_split(session, split.id)


def require_free(session: TenantSession, row: Receivable) -> None:
    """A locked receivable is confirmed and undisputed, and nobody lends on it or has its claim registered.

    Raises NotDivisible.
    """
    if row.state not in FREE:
        reason = (
            "only one that is confirmed, undisputed and not financed can change",
            "仅已确认、无争议且未融资的可操作",
        )
    elif row.exposure_minor:
        reason = "an advance stands on it", "存在未结清融资"
    elif row.red_lettered:
        reason = "a red-letter invoice cancelled it", "已被红字发票冲销"
    elif not row.unpaid:
        reason = "nothing is unpaid on it", "无未付余额"
    elif registered_claims(session, [row.id]):
        reason = "a lender's registration stands on it", "存在未注销的出资方登记"
    else:
        return
    raise NotDivisible(receivable=row.public_id, state=row.state.value, reason_en=reason[0], reason_zh=reason[1])


def beyond_usual_term(session: TenantSession, row: Receivable) -> bool:
    """Whether it is a certificate of more than the usual term. Raises CertificateTermTooLong."""
    return row.is_certificate and runs_beyond_usual_term(
        row.invoice_number, row.issued_on, row.due_on, legal_limits(session)
    )


def approve_split(
    session: TenantSession, split_id: UUID, *, digest: str, actor: Actor, clock: Clock
) -> list[Receivable]:
    """The second person of the holder splits the receivable exactly so; returns the parts, which stand in its place.

    Raises NotDivisible, PartRegistered, DigestChanged, SamePerson, AlreadyDecided, NotFound.
    """
    split = find_split(session, split_id)
    whole = queries.lock(session, split.receivable_id)
    _require_seen(split, whole, digest)
    require_free(session, whole)
    approvals.approve(session, kind=APPROVAL, subject_id=split.id, digest=digest, actor=actor, clock=clock)
    move(session, split, SplitState.IN_FORCE, actor=actor, clock=clock)
    move(session, whole, ReceivableState.SPLIT, actor=actor, clock=clock, reason=split.public_id)
    session.flush()
    rows = _parts(session, split, whole, clock)
    session.execute(insert(Receivable), rows)
    paper = Document(bytes.fromhex(digest), f"{split.public_id} of {whole.public_id}")
    proofs = [
        Evidence(part["id"], EvidenceKind.PART, paper, whole.confirmation_grade, part["face_minor"]) for part in rows
    ]
    record_evidence(session, proofs, actor=actor, clock=clock)
    facts: dict[str, object] = {
        "split": split.public_id,
        "whole": str(split.whole),
        "parts": [public_id("rcv", part["id"]) for part in rows],
    }
    announce(session, "receivable.split", whole.public_id, facts, clock=clock)
    audit.record(session, actor=actor, action="receivable.split", subject=whole.public_id, facts=facts, clock=clock)
    return parts_of(session, whole.id)


def _require_seen(split: ReceivableSplit, whole: Receivable, digest: str) -> None:
    """What is split is what was proposed, of the same holder, and nothing was credited or passed on since."""
    now = _digest(whole, split.faces_minor)
    if not digest == now == digest_of(split):
        raise DigestChanged(kind=APPROVAL, proposed=digest, current=now)


def _parts(session: TenantSession, split: ReceivableSplit, whole: Receivable, clock: Clock) -> list[dict[str, Any]]:
    numbers = part_numbers(whole.invoice_number, len(split.faces))
    named = name_parts(session, whole, numbers, split.faces)
    inherited = {name: getattr(whole, name) for name in _INHERITED}
    return [
        inherited
        | {
            "id": uuid7(),
            "created_at": clock.now(),
            "parent_id": whole.id,
            "invoice_number": name.invoice_number,
            "fingerprint": name.fingerprint,
            "face_minor": face.minor,
            "confirmed_minor": face.minor,
            "state": confirmed_state(Answer.CONFIRMED, face, face),
        }
        for name, face in zip(named, split.faces, strict=True)
    ]


def refuse_split(
    session: TenantSession, split_id: UUID, *, digest: str, reason: str, actor: Actor, clock: Clock
) -> ReceivableSplit:
    """The second person says no, or the maker takes it back. Raises AlreadyDecided, DigestChanged, NotFound."""
    split = find_split(session, split_id)
    approvals.reject(
        session, kind=APPROVAL, subject_id=split.id, digest=digest, reason=reason, actor=actor, clock=clock
    )
    move(session, split, SplitState.REFUSED, actor=actor, clock=clock, reason=reason)
    session.flush()
    return split


def digest_of(split: ReceivableSplit) -> str:
    """What exactly is split: whose, how much, and into what, as SHA-256 in hex."""
    before = (split.paid_before_minor, split.diluted_before_minor)
    return _hashed(split.receivable_id, split.holder_id, split.currency, split.whole_minor, *before, *split.faces_minor)


def _digest(whole: Receivable, faces_minor: Sequence[int]) -> str:
    before = (whole.paid_minor, whole.diluted_minor)
    return _hashed(whole.id, whole.seller_id, whole.currency, whole.unpaid.minor, *before, *faces_minor)


def _hashed(*facts: object) -> str:
    return sha256("|".join(map(str, facts)).encode()).hexdigest()


def find_split(session: TenantSession, split_id: UUID) -> ReceivableSplit:
    """The split, locked until commit. Raises NotFound."""
    return lock_row(session, ReceivableSplit, split_id, kind="split", reference=public_id("spl", split_id))


def splits_of(session: TenantSession, receivable_id: UUID) -> list[ReceivableSplit]:
    """How a receivable was split, and how it was wished to be, oldest first."""
    found = select(ReceivableSplit).where(
        ReceivableSplit.tenant_id == session.tenant_id, ReceivableSplit.receivable_id == receivable_id
    )
    return list(session.exec(found.order_by(col(ReceivableSplit.id))))
