"""The proposals' rows; their history is the table itself and the transitions of its rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from domain.approvals.states import TRANSITIONS, ApprovalState
from domain.platform.tables import PublicRow, text_enum


class Approval(PublicRow, table=True):
    """Somebody proposed `digest` for a subject, and somebody else decided on it."""

    __tablename__ = "approval"
    __table_args__ = (
        Index("ix_approval_subject", "tenant_id", "subject_kind", "subject_id", "id"),
        # One proposal of a subject is current: the newest that is neither rejected nor superseded.
        Index(
            "uq_approval_current",
            "tenant_id",
            "subject_kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
    )

    ENTITY: ClassVar[str] = "approval"
    TRANSITIONS: ClassVar[Mapping[Any, frozenset[Any]]] = TRANSITIONS

    subject_kind: str = Field(max_length=32)
    subject_id: UUID
    digest: str = Field(max_length=64)
    state: ApprovalState = Field(sa_type=text_enum(ApprovalState, "state"))
    made_by: str
    decided_by: str | None = None
    decided_at: datetime | None = None
