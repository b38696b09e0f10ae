"""Merging parts back into their whole, by two people, while nobody lends on one and none was passed on."""

from collections.abc import Collection
from hashlib import sha256
from uuid import UUID

from domain import audit
from domain.approvals import service as approvals
from domain.approvals.errors import DigestChanged
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.platform.transitions import move, move_all
from domain.receivables import queries
from domain.receivables.exposure import lock_receivables
from domain.receivables.parts.errors import NotDivisible, SplitUnderWay
from domain.receivables.parts.identity import forget_parts
from domain.receivables.parts.splitting import find_split, require_free, splits_of
from domain.receivables.parts.transfers import transfers_of
from domain.receivables.parts.wholes import parts_of
from domain.receivables.rules import confirmed_state
from domain.receivables.states import Answer, ReceivableState, SplitState, TransferState
from domain.receivables.tables import Receivable, ReceivableSplit
from domain.values.actor import Actor

APPROVAL = "receivable_merge"


def propose_merge(session: TenantSession, split_id: UUID, *, actor: Actor, clock: Clock) -> ReceivableSplit:
    """The holder's maker asks for the parts to become one again. Raises NotDivisible, SplitUnderWay, NotFound."""
    split = find_split(session, split_id)
    parts = _locked_parts(session, split)
    digest = digest_of(split, parts)
    approvals.propose(session, kind=APPROVAL, subject_id=split.id, digest=digest, actor=actor, clock=clock)
    return split


def approve_merge(session: TenantSession, split_id: UUID, *, digest: str, actor: Actor, clock: Clock) -> Receivable:
    """The second person of the holder puts the whole in the place of its parts.

    Raises NotDivisible, SplitUnderWay, DigestChanged, SamePerson, NothingProposed, NotFound.
    """
    split = find_split(session, split_id)
    parts = _locked_parts(session, split)
    whole = queries.lock(session, split.receivable_id)
    if digest_of(split, parts) != digest:
        raise DigestChanged(kind=APPROVAL, proposed=digest, current=digest_of(split, parts))
    approvals.approve(session, kind=APPROVAL, subject_id=split.id, digest=digest, actor=actor, clock=clock)
    move(session, split, SplitState.MERGED, actor=actor, clock=clock)
    back = confirmed_state(Answer.CONFIRMED, whole.face_amount, whole.confirmed_amount)
    move(session, whole, back, actor=actor, clock=clock, reason=split.public_id)
    ids = [part.id for part in parts]
    merged = move_all(
        session, Receivable, ids, ReceivableState.MERGED, actor=actor, clock=clock, reason=split.public_id
    )
    assert merged == len(ids), "locked parts move"
    forget_parts(session, parts)
    facts: dict[str, object] = {"split": split.public_id, "unpaid": str(whole.unpaid)}
    announce(session, "receivable.merged", whole.public_id, facts, clock=clock)
    audit.record(session, actor=actor, action="receivable.merged", subject=whole.public_id, facts=facts, clock=clock)
    return whole


def _locked_parts(session: TenantSession, split: ReceivableSplit) -> list[Receivable]:
    """The parts, locked before their whole, each as it was split off: free, and its whole's holder's."""
    locked = lock_receivables(session, [part.id for part in parts_of(session, split.receivable_id)])
    if split.state is not SplitState.IN_FORCE:
        row = queries.receivable(session, split.receivable_id)
        _refuse(row, "it is not split by this", "未按此拆分")
    for part in locked.values():
        require_free(session, part)
        if part.state is ReceivableState.LISTED:
            _refuse(part, "lenders are asked for it", "已挂牌询价")
        if part.diluted_minor or part.paid_minor:
            _refuse(part, "something was credited or paid on it", "已发生冲减或付款")
        if part.seller_id != split.holder_id:
            _refuse(part, "it was passed on", "已转让")
        if _waits(session, part.id):
            raise SplitUnderWay(receivable=part.public_id)
    return list(locked.values())


def _waits(session: TenantSession, part_id: UUID) -> bool:
    proposed = {split.state for split in splits_of(session, part_id)} & {SplitState.PROPOSED}
    under_way = {transfer.state for transfer in transfers_of(session, part_id)}
    return bool(proposed) or not under_way.isdisjoint({TransferState.PROPOSED, TransferState.APPROVED})


def _refuse(row: Receivable, reason_en: str, reason_zh: str) -> None:
    raise NotDivisible(receivable=row.public_id, state=row.state.value, reason_en=reason_en, reason_zh=reason_zh)


def digest_of(split: ReceivableSplit, parts: Collection[Receivable]) -> str:
    """What exactly is merged, as SHA-256 in hex."""
    facts = [f"{part.id}|{part.confirmed_minor}|{part.diluted_minor}|{part.paid_minor}" for part in parts]
    return sha256("\n".join([str(split.id), *facts]).encode()).hexdigest()
