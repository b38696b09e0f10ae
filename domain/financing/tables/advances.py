"""Advances: the money lent, with its sub-ledger."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlmodel import Field

from domain.financing.figures import Figures
from domain.financing.states import ADVANCE_TRANSITIONS, ENDED_UNPLEDGED, OUTSTANDING, AdvanceState
from domain.financing.tables.contracts import MINOR, RATE, ContractFields, contract_checks
from domain.financing.terms import Contract, DueDates
from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.values.money import Money

_BASE: Any = Numeric(30, 0)
_QUOTED: Any = Numeric(24, 9)


def _states_sql(states: tuple[AdvanceState, ...]) -> str:
    return ", ".join(f"'{state.value}'" for state in states)


class FundingOrder(PublicRow, table=True):
    """Advances that a lender's maker orders to be paid out and its checker approves, by digest."""

    __tablename__ = "funding_order"
    __table_args__ = (belongs_to("party", "lender_id"),)

    lender_id: UUID
    funding_on: date
    item_count: int
    total_minor: int = Field(sa_type=MINOR)
    currency: str = Field(max_length=3)
    made_by: str


class Advance(PublicRow, ContractFields, table=True):
    """Money lent on one receivable; the columns from `funded_on` down are its sub-ledger (`figures.Figures`).

    They stand as the last event left them, on `accrued_until`: nights change none of them, and what has accrued since
    follows from dates alone (`accrual`).
    """

    __tablename__ = "advance"
    __table_args__ = (
        belongs_to("offer", "offer_id"),
        belongs_to("financing_request", "request_id"),
        belongs_to("receivable", "receivable_id"),
        belongs_to("facility", "facility_id"),
        belongs_to("party", "lender_id"),
        belongs_to("party", "seller_id"),
        belongs_to("party", "debtor_id"),
        belongs_to("funding_order", "funding_order_id"),
        belongs_to("bank_account", "own_account_id"),
        belongs_to("bank_account", "payee_account_id"),
        # One receivable, one advance: two acceptances in a race meet here if they get past every lock.
        Index(
            "uq_advance_receivable",
            "tenant_id",
            "receivable_id",
            unique=True,
            postgresql_where=text(f"state NOT IN ({_states_sql(ENDED_UNPLEDGED)})"),
        ),
        Index("ix_advance_state", "tenant_id", "state", "id"),
        Index(
            "ix_advance_outstanding",
            "tenant_id",
            "rolled_due_on",
            postgresql_where=text(f"state IN ({_states_sql(OUTSTANDING)})"),
        ),
        Index(
            "ix_advance_debtor_fee",
            "tenant_id",
            "rolled_due_on",
            postgresql_where=text("debtor_fee_paid_minor < debtor_fee_minor"),
        ),
        Index("ix_advance_facility", "tenant_id", "facility_id"),
        *contract_checks(),
        CheckConstraint("principal_minor > 0", name="principal_positive"),
        CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
        CheckConstraint("principal_open_minor BETWEEN 0 AND principal_minor", name="principal_open"),
        CheckConstraint("interest_accrued_minor >= 0 AND penalty_accrued_minor >= 0", name="accrued_not_negative"),
        CheckConstraint("penalty_paid_minor + penalty_written_off_minor <= penalty_accrued_minor", name="penalty_paid"),
        CheckConstraint("costs_paid_minor <= costs_charged_minor", name="costs_paid"),
        CheckConstraint("early_paid_minor BETWEEN 0 AND early_charged_minor", name="early_paid"),
        CheckConstraint("debtor_fee_paid_minor BETWEEN 0 AND debtor_fee_minor", name="debtor_fee_paid"),
        CheckConstraint("surplus_minor >= 0 AND released_minor >= 0 AND overpaid_minor >= 0", name="not_negative"),
        CheckConstraint("advance_rate > 0 AND advance_rate <= 1", name="advance_rate_fraction"),
        CheckConstraint("financed_minor >= 0 AND diluted_minor >= 0", name="secured_not_negative"),
        CheckConstraint("called_minor BETWEEN 0 AND least(principal_open_minor, diluted_minor)", name="called"),
        CheckConstraint("dilution_paid_minor >= 0 AND bought_back_minor >= 0", name="from_seller_not_negative"),
        CheckConstraint(
            "recovered_minor BETWEEN 0 AND greatest(principal_written_off_minor + interest_written_off_minor"
            " + penalty_written_off_minor, 0)",
            name="recovered_within_loss",
        ),
    )
    ENTITY: ClassVar[str] = "advance"
    TRANSITIONS: ClassVar[Mapping[AdvanceState, frozenset[AdvanceState]]] = ADVANCE_TRANSITIONS

    offer_id: UUID
    request_id: UUID
    receivable_id: UUID
    facility_id: UUID
    lender_id: UUID
    seller_id: UUID
    debtor_id: UUID
    state: AdvanceState = Field(sa_type=text_enum(AdvanceState, "state"))
    currency: str = Field(max_length=3)
    face_minor: int = Field(sa_type=MINOR)
    principal_minor: int = Field(sa_type=MINOR)
    fee_minor: int = Field(sa_type=MINOR)
    # The fee the debtor bears, apart from the money that leaves.
    debtor_fee_minor: int = Field(default=0, sa_type=MINOR)
    # What the seller was shown before it accepted (R14).
    quoted_cost_minor: int = Field(default=0, sa_type=MINOR)
    quoted_net_minor: int = Field(default=0, sa_type=MINOR)
    quoted_simple: Decimal = Field(default=Decimal(0), sa_type=_QUOTED)
    quoted_effective: Decimal = Field(default=Decimal(0), sa_type=_QUOTED)
    # Lent at this rate on what the debtor had confirmed and not paid; a credit note before funding lowers that.
    advance_rate: Decimal = Field(sa_type=RATE)
    financed_minor: int = Field(sa_type=MINOR)
    due_on: date
    rolled_due_on: date
    interest_until: date
    penalty_from: date
    own_account_id: UUID | None = None
    payee_account_id: UUID | None = None
    funding_order_id: UUID | None = None
    funding_on: date | None = None
    prepaid_minor: int = Field(default=0, sa_type=MINOR)
    # A debit that failed for good is presented anew under the next round; a reserve may leave in several parts.
    collection_round: int = 1
    release_round: int = 1
    # The bank sent a release back: it waits for a person to correct the seller's account.
    release_held: bool = False
    # The lender's policy: a reserve leaves by itself, or when its checker has approved it; part of it may be held.
    release_by_rule: bool = True
    release_approved: bool = False
    hold_minor: int = Field(default=0, sa_type=MINOR)
    recourse_demanded_on: date | None = None
    nonperforming_on: date | None = None
    failure_reason: str = ""

    funded_on: date | None = None
    accrued_until: date | None = None
    principal_open_minor: int = Field(default=0, sa_type=MINOR)
    disbursed_minor: int = Field(default=0, sa_type=MINOR)
    fee_taken_minor: int = Field(default=0, sa_type=MINOR)
    interest_base: Decimal = Field(default=Decimal(0), sa_type=_BASE)
    penalty_base: Decimal = Field(default=Decimal(0), sa_type=_BASE)
    interest_accrued_minor: int = Field(default=0, sa_type=MINOR)
    interest_paid_minor: int = Field(default=0, sa_type=MINOR)
    penalty_accrued_minor: int = Field(default=0, sa_type=MINOR)
    penalty_paid_minor: int = Field(default=0, sa_type=MINOR)
    costs_charged_minor: int = Field(default=0, sa_type=MINOR)
    costs_paid_minor: int = Field(default=0, sa_type=MINOR)
    early_charged_minor: int = Field(default=0, sa_type=MINOR)
    early_paid_minor: int = Field(default=0, sa_type=MINOR)
    collected_minor: int = Field(default=0, sa_type=MINOR)
    surplus_minor: int = Field(default=0, sa_type=MINOR)
    released_minor: int = Field(default=0, sa_type=MINOR)
    debtor_fee_paid_minor: int = Field(default=0, sa_type=MINOR)
    overpaid_minor: int = Field(default=0, sa_type=MINOR)
    refunded_minor: int = Field(default=0, sa_type=MINOR)
    kept_minor: int = Field(default=0, sa_type=MINOR)
    diluted_minor: int = Field(default=0, sa_type=MINOR)
    called_minor: int = Field(default=0, sa_type=MINOR)
    dilution_paid_minor: int = Field(default=0, sa_type=MINOR)
    bought_back_minor: int = Field(default=0, sa_type=MINOR)
    principal_written_off_minor: int = Field(default=0, sa_type=MINOR)
    interest_written_off_minor: int = Field(default=0, sa_type=MINOR)
    penalty_written_off_minor: int = Field(default=0, sa_type=MINOR)
    recovered_minor: int = Field(default=0, sa_type=MINOR)

    @property
    def public_id(self) -> str:
        """`adv_…`."""
        return public_id("adv", self.id)

    @property
    def contract(self) -> Contract:
        """What a replay needs beside the events."""
        return Contract(
            principal=self.money(self.principal_minor),
            face=self.money(self.face_minor),
            fee=self.money(self.fee_minor),
            terms=self.terms,
            dates=DueDates(self.due_on, self.rolled_due_on, self.interest_until, self.penalty_from),
            advance_rate=self.advance_rate,
            financed=self.money(self.financed_minor),
            debtor_fee=self.money(self.debtor_fee_minor),
        )

    @property
    def figures(self) -> Figures:
        """Where it stood after its last event, as the row keeps it."""
        return Figures(
            funded_on=self.funded_on,
            as_of=self.accrued_until,
            principal=self.money(self.principal_open_minor),
            disbursed=self.money(self.disbursed_minor),
            fee=self.money(self.fee_taken_minor),
            interest_base=int(self.interest_base),
            penalty_base=int(self.penalty_base),
            interest_accrued=self.money(self.interest_accrued_minor),
            interest_paid=self.money(self.interest_paid_minor),
            penalty_accrued=self.money(self.penalty_accrued_minor),
            penalty_paid=self.money(self.penalty_paid_minor),
            costs_charged=self.money(self.costs_charged_minor),
            costs_paid=self.money(self.costs_paid_minor),
            early_charged=self.money(self.early_charged_minor),
            early_paid=self.money(self.early_paid_minor),
            collected=self.money(self.collected_minor),
            surplus=self.money(self.surplus_minor),
            released=self.money(self.released_minor),
            debtor_fee_paid=self.money(self.debtor_fee_paid_minor),
            overpaid=self.money(self.overpaid_minor),
            refunded=self.money(self.refunded_minor),
            kept=self.money(self.kept_minor),
            diluted=self.money(self.diluted_minor),
            called=self.money(self.called_minor),
            dilution_paid=self.money(self.dilution_paid_minor),
            bought_back=self.money(self.bought_back_minor),
            principal_written_off=self.money(self.principal_written_off_minor),
            interest_written_off=self.money(self.interest_written_off_minor),
            penalty_written_off=self.money(self.penalty_written_off_minor),
            recovered=self.money(self.recovered_minor),
        )

    def money(self, minor: int) -> Money:
        """An amount in the advance's currency."""
        return Money.from_minor(minor, self.currency)
