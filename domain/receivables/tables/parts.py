"""Rows of what becomes of a claim's parts: how it was split, and to whom a part was passed on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.receivables.states import SPLIT_TRANSITIONS, TRANSFER_TRANSITIONS, Delivery, SplitState, TransferState
from domain.receivables.tables.confirmations import SHA256
from domain.values.money import Money


class ReceivableSplit(PublicRow, table=True):
    """How the holder of a receivable splits it: the parts of what was unpaid on it, in their order (R17).

    `paid_before_minor` and `diluted_before_minor` are what had become of the whole by then; what becomes of the parts
    is added to them. `beyond_usual_term`: a certificate runs longer than the law has it in principle.
    """

    __tablename__ = "receivable_split"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        belongs_to("party", "holder_id"),
        # A whole has one set of parts at a time, and one proposal of it.
        Index(
            "uq_receivable_split_live",
            "tenant_id",
            "receivable_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'in_force')"),
        ),
        Index(None, "tenant_id", "receivable_id"),
        CheckConstraint("whole_minor > 0", name="whole_positive"),
        CheckConstraint("paid_before_minor >= 0 AND diluted_before_minor >= 0", name="before_not_negative"),
    )
    ENTITY: ClassVar[str] = "split"
    TRANSITIONS: ClassVar[Mapping[SplitState, frozenset[SplitState]]] = SPLIT_TRANSITIONS

    receivable_id: UUID
    holder_id: UUID
    currency: str = Field(max_length=3)
    whole_minor: int = Field(sa_type=BigInteger)
    faces_minor: list[int] = Field(sa_type=JSONB)
    paid_before_minor: int = Field(sa_type=BigInteger)
    diluted_before_minor: int = Field(sa_type=BigInteger)
    beyond_usual_term: bool
    state: SplitState = Field(sa_type=text_enum(SplitState, "state"))
    reason: str = Field(max_length=500)
    made_by: str

    @property
    def public_id(self) -> str:
        """`spl_…`."""
        return public_id("spl", self.id)

    @property
    def whole(self) -> Money:
        """What is split: all that was confirmed and unpaid."""
        return Money.from_minor(self.whole_minor, self.currency)

    @property
    def faces(self) -> Sequence[Money]:
        """The parts, in their order."""
        return [Money.from_minor(minor, self.currency) for minor in self.faces_minor]


class ReceivableTransfer(PublicRow, table=True):
    """A part passed on from its holder to another firm: by whom, when, what for, and how its debtor was told."""

    __tablename__ = "receivable_transfer"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        belongs_to("party", "from_id"),
        belongs_to("party", "to_id"),
        # Nothing is promised to two.
        Index(
            "uq_receivable_transfer_live",
            "tenant_id",
            "receivable_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
        Index(None, "tenant_id", "receivable_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("from_id <> to_id", name="to_another"),
        CheckConstraint("(accepted_on IS NULL) = (state <> 'accepted')", name="accepted_on_a_day"),
        CheckConstraint("notice_served_at IS NULL OR state = 'accepted'", name="told_of_what_happened"),
    )
    ENTITY: ClassVar[str] = "transfer"
    TRANSITIONS: ClassVar[Mapping[TransferState, frozenset[TransferState]]] = TRANSFER_TRANSITIONS

    receivable_id: UUID
    from_id: UUID
    to_id: UUID
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    reason: str = Field(max_length=500)
    reference: str = Field(default="", max_length=140)
    state: TransferState = Field(sa_type=text_enum(TransferState, "state"))
    made_by: str
    approved_by: str = ""
    accepted_by: str = ""
    accepted_on: date | None = None
    notice_served_at: datetime | None = None
    notice_how: Delivery | None = Field(default=None, sa_type=text_enum(Delivery, "notice_how"))
    notice_sha256: bytes | None = Field(default=None, sa_type=SHA256)
    notice_reference: str = Field(default="", max_length=140)
    notice_by: str = ""

    @property
    def public_id(self) -> str:
        """`trf_…`."""
        return public_id("trf", self.id)

    @property
    def amount(self) -> Money:
        """What the debtor owed on the part when it was passed on."""
        return Money.from_minor(self.amount_minor, self.currency)
