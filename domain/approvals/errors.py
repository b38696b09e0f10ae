"""Refusals of approving."""

from uuid import UUID

from domain.values.errors import DomainError


class NothingProposed(DomainError):
    """There is no proposal to decide on."""

    code = "nothing_proposed"
    status = 409
    en = "Nothing has been proposed for this {kind} ({subject_id}). Propose it first."
    zh = "该{kind}({subject_id})尚未提交复核,请先提交。"

    def __init__(self, *, kind: str, subject_id: UUID) -> None:
        super().__init__(kind=kind, subject_id=str(subject_id))


class DigestChanged(DomainError):
    """What lies before us is not what was proposed, or not what was approved."""

    code = "digest_changed"
    status = 409
    en = "This {kind} has changed since it was proposed: {proposed} is now {current}. Look again and propose it anew."
    zh = "该{kind}在提交后已变更:{proposed} 现为 {current}。请重新核对并再次提交。"

    def __init__(self, *, kind: str, proposed: str, current: str) -> None:
        super().__init__(kind=kind, proposed=proposed[:12], current=current[:12])


class AlreadyDecided(DomainError):
    """Exactly this has been decided before."""

    code = "already_decided"
    status = 409
    en = "This {kind} is already {state}, by {decided_by}. There is nothing left to decide."
    zh = "该{kind}已由 {decided_by} 处理(状态:{state}),无需再次操作。"

    def __init__(self, *, kind: str, state: str, decided_by: str) -> None:
        super().__init__(kind=kind, state=state, decided_by=decided_by)


class NotApproved(DomainError):
    """Nobody has approved it."""

    code = "not_approved"
    status = 409
    en = "This {kind} ({subject_id}) is not approved. A second person has to approve it first."
    zh = "该{kind}({subject_id})尚未通过复核,须由另一人先行批准。"

    def __init__(self, *, kind: str, subject_id: UUID) -> None:
        super().__init__(kind=kind, subject_id=str(subject_id))
