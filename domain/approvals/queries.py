"""Reading proposals."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from domain.approvals.tables import Approval
from domain.platform.binds import TENANT, any_id, of
from domain.platform.database import TenantSession

_NEWEST = (
    select(Approval.id)
    .ext(distinct_on(col(Approval.subject_id)))
    .where(
        col(Approval.tenant_id) == TENANT,
        col(Approval.subject_kind) == bindparam("of_kind"),
        col(Approval.subject_id) == any_id(),
    )
    .order_by(col(Approval.subject_id), col(Approval.id).desc())
)
_LOCK_LATEST = (
    select(Approval)
    .where(col(Approval.tenant_id) == TENANT, col(Approval.id).in_(_NEWEST))
    .order_by(col(Approval.id))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_latest(session: TenantSession, kind: str, ids: Sequence[UUID]) -> dict[UUID, Approval]:
    """The newest proposal of each subject as it is now, locked until commit; subjects without one are missing."""
    return {row.subject_id: row for row in session.scalars(_LOCK_LATEST, of(session, ids, of_kind=kind))}


def history(session: TenantSession, kind: str, subject_id: UUID) -> list[Approval]:
    """All that was ever proposed for a subject, newest first."""
    return list(
        session.exec(
            select(Approval)
            .where(
                Approval.tenant_id == session.tenant_id,
                Approval.subject_kind == kind,
                Approval.subject_id == subject_id,
            )
            .order_by(col(Approval.id).desc())
        ).all()
    )
