"""Mandates told to the bank, kinds of messages and answers."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0044"
down_revision = "0030"
branch_labels = None
depends_on = None

MESSAGE_KINDS = (*("payments", "mandate_request", "mandate_amendment", "mandate_cancellation", "reversal", "recall"),)
ANSWER_KINDS = ("payments", "mandates", "corrections")
ABOUT_MANDATES = "kind IN ('mandate_request', 'mandate_amendment', 'mandate_cancellation')"


def upgrade() -> None:
    _kind("bank_message", MESSAGE_KINDS)
    _kind("bank_answer", ANSWER_KINDS)
    # What is told about a mandate moves nothing.
    op.drop_constraint(op.f("ck_bank_message_not_empty"), "bank_message", type_="check")
    op.create_check_constraint(
        op.f("ck_bank_message_not_empty"),
        "bank_message",
        f"item_count > 0 AND (total_minor > 0 OR {ABOUT_MANDATES} AND total_minor = 0)",
    )
    _registrations()


def _kind(table: str, values: tuple[str, ...]) -> None:
    op.add_column(table, sa.Column("kind", sa.String(length=32), nullable=False, server_default="payments"))
    op.alter_column(table, "kind", server_default=None)
    op.create_check_constraint(op.f(f"ck_{table}_kind"), table, "true")
    allow("kind", values, table)


def _registrations() -> None:
    op.create_table(
        "mandate_registration",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "request",
                "amendment",
                "cancellation",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=35), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(accepted IS FALSE) = (reason IS NOT NULL)", name=op.f("ck_mandate_registration_refused_for_a_reason")
        ),
        sa.CheckConstraint(
            "(accepted IS NULL) = (decided_at IS NULL)", name=op.f("ck_mandate_registration_decided_at_a_time")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_mandate_registration_version_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mandate_id"],
            ["mandate.tenant_id", "mandate.id"],
            name=op.f("fk_mandate_registration_tenant_id_mandate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["bank_message.tenant_id", "bank_message.id"],
            name=op.f("fk_mandate_registration_tenant_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", name=op.f("pk_mandate_registration")),
    )
    op.create_index(
        "ix_mandate_registration_mandate", "mandate_registration", ["tenant_id", "mandate_id", "message_id"]
    )
    wall("mandate_registration")


def downgrade() -> None:
    op.drop_table("mandate_registration")
    op.execute("DELETE FROM bank_message WHERE kind <> 'payments'")
    op.drop_column("bank_answer", "kind")
    op.drop_constraint(op.f("ck_bank_message_not_empty"), "bank_message", type_="check")
    op.drop_column("bank_message", "kind")
    op.create_check_constraint(op.f("ck_bank_message_not_empty"), "bank_message", "item_count > 0 AND total_minor > 0")
