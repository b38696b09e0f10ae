"""What an advance is charged beside interest, what a facility says of registration and reserves, cancelled credits, refunds."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_POLICIES = ("registration_first", "release_by_rule")
_FIGURES = ("early_charged_minor", "early_paid_minor", "debtor_fee_paid_minor", "refunded_minor")
EVENT_KINDS = (
    *("funded", "diluted", "cost", "collected", "received", "dilution_paid", "bought_back", "written_off"),
    *("released", "refunded", "returned"),
)


def upgrade() -> None:
    for name in _FIGURES:
        op.add_column("advance", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("advance", name, server_default=None)
    op.add_column("advance_event", sa.Column("fees_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("advance_event", "fees_minor", server_default=None)
    for name in _POLICIES:
        op.add_column("facility", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
        op.alter_column("facility", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_advance_early_paid"), "advance", "early_paid_minor BETWEEN 0 AND early_charged_minor"
    )
    op.create_check_constraint(
        op.f("ck_advance_debtor_fee_paid"), "advance", "debtor_fee_paid_minor BETWEEN 0 AND debtor_fee_minor"
    )
    op.create_table(
        "credit_note_cancellation",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("cancelled_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("cancelled_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credit_note_id"],
            ["credit_note.tenant_id", "credit_note.id"],
            name=op.f("fk_credit_note_cancellation_tenant_id_credit_note_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "credit_note_id", name=op.f("pk_credit_note_cancellation")),
    )
    wall("credit_note_cancellation", append_only=True)
    _create_wallet_refund()
    allow("kind", EVENT_KINDS, "advance_event")
    op.create_index(
        "ix_advance_debtor_fee",
        "advance",
        ["tenant_id", "rolled_due_on"],
        postgresql_where=sa.text("debtor_fee_paid_minor < debtor_fee_minor"),
    )


def _create_wallet_refund() -> None:
    op.create_table(
        "wallet_refund",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "paid",
                "refused",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_wallet_refund_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["advance.tenant_id", "advance.id"],
            name=op.f("fk_wallet_refund_tenant_id_advance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_wallet_refund")),
    )
    op.create_index(
        "uq_wallet_refund_live",
        "wallet_refund",
        ["tenant_id", "advance_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )
    op.create_index("ix_wallet_refund_state", "wallet_refund", ["tenant_id", "state", "id"])
    wall("wallet_refund")


def downgrade() -> None:
    # Texts of the newer kinds may be there: a wider CHECK harms no older program.
    op.drop_table("wallet_refund")
    op.drop_table("credit_note_cancellation")
    op.drop_index("ix_advance_debtor_fee", table_name="advance")
    op.drop_constraint(op.f("ck_advance_debtor_fee_paid"), "advance")
    op.drop_constraint(op.f("ck_advance_early_paid"), "advance")
    for name in reversed(_POLICIES):
        op.drop_column("facility", name)
    op.drop_column("advance_event", "fees_minor")
    for name in reversed(_FIGURES):
        op.drop_column("advance", name)
