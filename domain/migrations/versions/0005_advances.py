"""What happens to an advance once it is funded: repayments, credit notes, holds, recourse, write-offs, provision."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHECKS = {
    ("advance", "penalty_paid"): "penalty_paid_minor + penalty_written_off_minor <= penalty_accrued_minor",
    ("advance", "advance_rate_fraction"): "advance_rate > 0 AND advance_rate <= 1",
    ("advance", "secured_not_negative"): "financed_minor >= 0 AND diluted_minor >= 0",
    ("advance", "called"): "called_minor BETWEEN 0 AND least(principal_open_minor, diluted_minor)",
    ("advance", "from_seller_not_negative"): "dilution_paid_minor >= 0 AND bought_back_minor >= 0",
    ("advance", "recovered_within_loss"): (
        "recovered_minor BETWEEN 0 AND greatest(principal_written_off_minor + interest_written_off_minor"
        " + penalty_written_off_minor, 0)"
    ),
    ("receivable", "exposure_within_unpaid"): (
        "exposure_minor BETWEEN 0 AND greatest(coalesce(confirmed_minor, 0) - diluted_minor - paid_minor, 0)"
    ),
    ("receivable", "diluted_not_negative"): "diluted_minor >= 0",
    ("advance_event", "kind"): (
        "kind IN ('funded', 'diluted', 'cost', 'collected', 'received', 'dilution_paid', 'bought_back', 'written_off',"
        " 'released', 'returned')"
    ),
}


def upgrade() -> None:
    op.create_table(
        "provision_movement",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("closing", "used", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("financing_minor", sa.BigInteger(), nullable=False),
        sa.Column("nonperforming_minor", sa.BigInteger(), nullable=False),
        sa.Column("change_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_provision_movement_tenant_id_lender_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provision_movement")),
    )
    op.create_index(
        "uq_provision_movement_source",
        "provision_movement",
        ["tenant_id", "lender_id", "currency", "source"],
        unique=True,
    )
    op.create_table(
        "repayment",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "payer",
            sa.Enum(
                "debtor",
                "seller_recourse",
                "seller_dilution",
                name="payer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "suspense",
                "matched",
                "allocated",
                "withdrawn",
                "settled",
                "reversed",
                "replayed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_repayment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"], ["party.tenant_id", "party.id"], name=op.f("fk_repayment_tenant_id_lender_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payer_id"], ["party.tenant_id", "party.id"], name=op.f("fk_repayment_tenant_id_payer_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_repayment")),
    )
    op.create_index("ix_repayment_state", "repayment", ["tenant_id", "state", "id"], unique=False)
    op.create_index("uq_repayment_reference", "repayment", ["tenant_id", "lender_id", "reference"], unique=True)
    op.create_table(
        "credit_note",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_note_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_credit_note_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_note")),
    )
    op.create_index("uq_credit_note_reference", "credit_note", ["tenant_id", "receivable_id", "reference"], unique=True)
    op.create_table(
        "recourse_demand",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("demanded_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_recourse_demand_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["advance.tenant_id", "advance.id"],
            name=op.f("fk_recourse_demand_tenant_id_advance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "advance_id", "demanded_on", name=op.f("pk_recourse_demand")),
    )
    op.create_table(
        "repayment_line",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("repayment_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_repayment_line_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["advance.tenant_id", "advance.id"],
            name=op.f("fk_repayment_line_tenant_id_advance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "repayment_id"],
            ["repayment.tenant_id", "repayment.id"],
            name=op.f("fk_repayment_line_tenant_id_repayment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "repayment_id", "place", name=op.f("pk_repayment_line")),
    )
    op.create_index("ix_repayment_line_advance", "repayment_line", ["tenant_id", "advance_id"], unique=False)
    op.create_table(
        "reserve_hold",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_reserve_hold_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["advance.tenant_id", "advance.id"],
            name=op.f("fk_reserve_hold_tenant_id_advance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reserve_hold")),
    )
    op.create_index("ix_reserve_hold_advance", "reserve_hold", ["tenant_id", "advance_id"], unique=False)
    op.create_table(
        "write_off",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed", "booked", "refused", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["advance.tenant_id", "advance.id"],
            name=op.f("fk_write_off_tenant_id_advance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_write_off")),
    )
    op.create_index("ix_write_off_advance", "write_off", ["tenant_id", "advance_id"], unique=False)
    op.drop_table("advance_accrual")
    wall("repayment", "reserve_hold", "write_off")
    wall("provision_movement", "credit_note", "recourse_demand", "repayment_line", append_only=True)
    op.add_column("advance", sa.Column("advance_rate", sa.Numeric(12, 9), nullable=False, server_default="1"))
    op.add_column("advance", sa.Column("financed_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("advance", sa.Column("release_by_rule", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("advance", sa.Column("release_approved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("advance", sa.Column("hold_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("advance", sa.Column("recourse_demanded_on", sa.Date(), nullable=True))
    op.add_column("advance", sa.Column("nonperforming_on", sa.Date(), nullable=True))
    op.add_column("advance", sa.Column("kept_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("advance", sa.Column("diluted_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("advance", sa.Column("called_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("advance", sa.Column("dilution_paid_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("advance", sa.Column("bought_back_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(
        "advance", sa.Column("principal_written_off_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "advance", sa.Column("interest_written_off_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "advance", sa.Column("penalty_written_off_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("advance", sa.Column("recovered_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("receivable", sa.Column("diluted_minor", sa.BigInteger(), nullable=False, server_default="0"))
    # What an advance was lent at, and on: the offer knows one, the debtor's confirmation less earlier payments the other.
    op.execute(
        """UPDATE advance SET advance_rate = offer.advance_rate,
                  financed_minor = greatest(coalesce(confirmed_minor, 0) - paid_minor + collected_minor, 0)
           FROM offer, receivable
           WHERE offer.tenant_id = advance.tenant_id AND offer.id = advance.offer_id
             AND receivable.tenant_id = advance.tenant_id AND receivable.id = advance.receivable_id"""
    )
    for table, column in (
        ("advance", "advance_rate"),
        ("advance", "financed_minor"),
        ("advance", "release_by_rule"),
        ("advance", "release_approved"),
        ("advance", "hold_minor"),
        ("advance", "kept_minor"),
        ("advance", "diluted_minor"),
        ("advance", "called_minor"),
        ("advance", "dilution_paid_minor"),
        ("advance", "bought_back_minor"),
        ("advance", "principal_written_off_minor"),
        ("advance", "interest_written_off_minor"),
        ("advance", "penalty_written_off_minor"),
        ("advance", "recovered_minor"),
        ("receivable", "diluted_minor"),
    ):
        op.alter_column(table, column, server_default=None)
    for (table, name), condition in _CHECKS.items():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    op.drop_column("receivable", "diluted_minor")
    op.drop_column("advance", "recovered_minor")
    op.drop_column("advance", "penalty_written_off_minor")
    op.drop_column("advance", "interest_written_off_minor")
    op.drop_column("advance", "principal_written_off_minor")
    op.drop_column("advance", "bought_back_minor")
    op.drop_column("advance", "dilution_paid_minor")
    op.drop_column("advance", "called_minor")
    op.drop_column("advance", "diluted_minor")
    op.drop_column("advance", "kept_minor")
    op.drop_column("advance", "nonperforming_on")
    op.drop_column("advance", "recourse_demanded_on")
    op.drop_column("advance", "hold_minor")
    op.drop_column("advance", "release_approved")
    op.drop_column("advance", "release_by_rule")
    op.drop_column("advance", "financed_minor")
    op.drop_column("advance", "advance_rate")
    op.create_table(
        "advance_accrual",
        sa.Column("tenant_id", sa.BIGINT(), autoincrement=False, nullable=False),
        sa.Column("business_date", sa.DATE(), autoincrement=False, nullable=False),
        sa.Column("advance_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("lender_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.VARCHAR(length=3), autoincrement=False, nullable=False),
        sa.Column("interest_minor", sa.BIGINT(), autoincrement=False, nullable=False),
        sa.Column("penalty_minor", sa.BIGINT(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "business_date", "advance_id", name=op.f("pk_advance_accrual")),
    )
    op.drop_index("ix_write_off_advance", table_name="write_off")
    op.drop_table("write_off")
    op.drop_index("ix_reserve_hold_advance", table_name="reserve_hold")
    op.drop_table("reserve_hold")
    op.drop_index("ix_repayment_line_advance", table_name="repayment_line")
    op.drop_table("repayment_line")
    op.drop_table("recourse_demand")
    op.drop_index("uq_credit_note_reference", table_name="credit_note")
    op.drop_table("credit_note")
    op.drop_index("uq_repayment_reference", table_name="repayment")
    op.drop_index("ix_repayment_state", table_name="repayment")
    op.drop_table("repayment")
    op.drop_index("uq_provision_movement_source", table_name="provision_movement")
    op.drop_table("provision_movement")
    wall("advance_accrual", append_only=True)
    # Dropping a column takes the CHECKs that name it along.
    op.create_check_constraint(
        op.f("ck_receivable_exposure_within_unpaid"),
        "receivable",
        "exposure_minor BETWEEN 0 AND greatest(coalesce(confirmed_minor, 0) - paid_minor, 0)",
    )
    op.create_check_constraint(
        op.f("ck_advance_penalty_paid"), "advance", "penalty_paid_minor <= penalty_accrued_minor"
    )
