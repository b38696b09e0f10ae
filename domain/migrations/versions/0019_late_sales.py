"""Advances out of sales: settled early, late after their last day, given up; agents' terms changed by two people."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

_ADVANCE_STATES = ("proposed", "approved", "lapsed", "funded", "funding_failed", "overdue", "repaid")
_REPAYMENT_STATES = (
    *("received", "suspense", "matched", "allocated"),
    *("withdrawn", "settled", "reversed", "replayed"),
)
_CHANGES = (
    *("amend_facility", "resume_facility", "close_facility", "set_limit", "reference_rate", "lender_profile"),
    "agent_policy",
)
_RATES = ("early_rebate", "penalty_rate")
_AMOUNTS = (
    *("repaid_minor", "rebated_minor", "penalty_accrued_minor", "penalty_paid_minor", "written_off_minor"),
    *("penalty_written_off_minor", "recovered_minor"),
)
_OF_EVENTS = ("penalty_paid_minor", "rebated_minor", "lost_minor", "recovered_minor")
_CHECKS = {
    "rates_are_fractions": "early_rebate BETWEEN 0 AND 1 AND penalty_rate BETWEEN 0 AND 1",
    "set_off_within_collected": (
        "repaid_minor >= 0 AND penalty_paid_minor >= 0 AND recovered_minor >= 0"
        " AND repaid_minor + penalty_paid_minor + recovered_minor <= collected_minor"
    ),
    "repaid_within_owed": (
        "rebated_minor >= 0 AND written_off_minor >= 0"
        " AND repaid_minor + rebated_minor + written_off_minor <= net_minor + fee_minor"
    ),
    "penalty_within_accrued": (
        "penalty_written_off_minor >= 0 AND penalty_paid_minor + penalty_written_off_minor <= penalty_accrued_minor"
    ),
    "recovered_within_lost": "recovered_minor <= written_off_minor + penalty_written_off_minor",
}


def upgrade() -> None:
    allow("state", [*_ADVANCE_STATES, "written_off"], "sales_advance")
    allow("kind", ["funded", "collected", "received", "written_off", "returned"], "sales_advance_event")
    allow("kind", [*_CHANGES, "agent_days", "agent_history"], "financing_change")
    _terms_and_figures()
    _capacities()
    _repayments()
    _demands()
    _write_offs()


def _terms_and_figures() -> None:
    """What was agreed before knows no rebate and no penalty; what came in so far repaid, as far as it was owed."""
    op.add_column("sales_advance", sa.Column("debtor_id", sa.Uuid(), nullable=True))
    for name in _RATES:
        op.add_column("sales_advance", _filled(name, sa.Numeric(precision=12, scale=9)))
    op.add_column("sales_advance", _filled("penalty_base", sa.Numeric(precision=30, scale=0)))
    for name in _AMOUNTS:
        op.add_column("sales_advance", _filled(name, sa.BigInteger()))
    for name in _OF_EVENTS:
        op.add_column("sales_advance_event", _filled(name, sa.BigInteger()))
    op.execute(
        "UPDATE sales_advance SET debtor_id = merchant_id,"
        " repaid_minor = CASE WHEN funded_on IS NULL THEN 0 ELSE least(collected_minor, net_minor + fee_minor) END"
    )
    op.alter_column("sales_advance", "debtor_id", nullable=False)
    for name in (*_RATES, "penalty_base", *_AMOUNTS):
        op.alter_column("sales_advance", name, server_default=None)
    for name in _OF_EVENTS:
        op.alter_column("sales_advance_event", name, server_default=None)
    op.create_foreign_key(
        op.f("fk_sales_advance_tenant_id_debtor_id"),
        *("sales_advance", "party"),
        *(["tenant_id", "debtor_id"], ["tenant_id", "id"]),
    )
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_sales_advance_{name}"), "sales_advance", rule)


def _capacities() -> None:
    """What is lent out of sales counts from now on in what other modules let through."""
    op.execute(
        """UPDATE party_capacity AS room SET used_minor = used_minor + lent.minor,
                  over_minor = greatest(used_minor + lent.minor - limit_minor, 0)
           FROM (SELECT tenant_id, merchant_id, currency,
                        sum(CASE state WHEN 'approved' THEN net_minor
                            ELSE least(net_minor, net_minor + fee_minor - repaid_minor) END)::bigint AS minor
                 FROM sales_advance WHERE state IN ('approved', 'funded', 'overdue')
                 GROUP BY tenant_id, merchant_id, currency) AS lent
           WHERE room.tenant_id = lent.tenant_id AND room.party_id = lent.merchant_id AND room.currency = lent.currency"""
    )


def _filled(name: str, kind: sa.types.TypeEngine[object]) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=False, server_default="0")


def _repayments() -> None:
    op.create_table(
        "sales_repayment",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*_REPAYMENT_STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sales_repayment_amount_positive")),
        *_references("sales_repayment", "lender_id", "merchant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_repayment")),
    )
    op.create_index("ix_sales_repayment_advance", "sales_repayment", ["tenant_id", "advance_id"])
    op.create_index("ix_sales_repayment_state", "sales_repayment", ["tenant_id", "state", "id"])
    op.create_index(
        "uq_sales_repayment_reference", "sales_repayment", ["tenant_id", "lender_id", "reference"], unique=True
    )
    wall("sales_repayment")


def _demands() -> None:
    op.create_table(
        "sales_demand",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("demanded_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0 AND penalty_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_sales_demand_penalty_within_amount"),
        ),
        *_references("sales_demand"),
        sa.PrimaryKeyConstraint("tenant_id", "advance_id", "demanded_on", name=op.f("pk_sales_demand")),
        info={"append_only": True},
    )
    wall("sales_demand", append_only=True)


def _write_offs() -> None:
    op.create_table(
        "sales_write_off",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("proposed", "booked", "refused"),
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sales_write_off_amount_positive")),
        *_references("sales_write_off", "lender_id", "merchant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_write_off")),
    )
    op.create_index("ix_sales_write_off_advance", "sales_write_off", ["tenant_id", "advance_id"])
    op.create_index("ix_sales_write_off_state", "sales_write_off", ["tenant_id", "state", "id"])
    wall("sales_write_off")


def _references(table: str, *parties: str) -> list[sa.ForeignKeyConstraint]:
    """The advance, and the firms it is between."""
    columns = {"advance_id": "sales_advance"} | dict.fromkeys(parties, "party")
    return [
        sa.ForeignKeyConstraint(
            ["tenant_id", column],
            [f"{other}.tenant_id", f"{other}.id"],
            name=op.f(f"fk_{table}_tenant_id_{column}"),
        )
        for column, other in columns.items()
    ]


def downgrade() -> None:
    """Only while none was late or written off: an older program has no state for those."""
    op.drop_table("sales_write_off")
    op.drop_table("sales_demand")
    op.drop_table("sales_repayment")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_sales_advance_{name}"), "sales_advance", type_="check")
    op.drop_constraint(op.f("fk_sales_advance_tenant_id_debtor_id"), "sales_advance", type_="foreignkey")
    for name in _OF_EVENTS:
        op.drop_column("sales_advance_event", name)
    for name in ("debtor_id", *_RATES, "penalty_base", *_AMOUNTS):
        op.drop_column("sales_advance", name)
    allow("kind", _CHANGES, "financing_change")
    allow("kind", ["funded", "collected", "returned"], "sales_advance_event")
    allow("state", _ADVANCE_STATES, "sales_advance")
