"""Changes that one person proposes and another puts in force: amendments, limits, rates, lenders, agents."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.financing.states import CHANGE_TRANSITIONS, ChangeKind, ChangeState
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum


class FinancingChange(PublicRow, table=True):
    """What is to change, whole, as its maker proposed it; `lender_id` is whose it is, nobody's when the group's."""

    __tablename__ = "financing_change"
    __table_args__ = (
        belongs_to("party", "lender_id"),
        belongs_to("facility", "facility_id"),
        Index("ix_financing_change_state", "tenant_id", "state", "id"),
    )
    ENTITY: ClassVar[str] = "change"
    TRANSITIONS: ClassVar[Mapping[ChangeState, frozenset[ChangeState]]] = CHANGE_TRANSITIONS

    kind: ChangeKind = Field(sa_type=text_enum(ChangeKind, "kind"))
    lender_id: UUID | None = None
    facility_id: UUID | None = None
    proposed: dict[str, Any] = Field(sa_type=JSONB)
    state: ChangeState = Field(sa_type=text_enum(ChangeState, "state"))
    made_by: str
    reason: str = ""

    @property
    def public_id(self) -> str:
        """`chg_…`."""
        return public_id("chg", self.id)
