"""Mandates told to the bank, kinds of messages and answers, over-debits and corrections."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MESSAGE_KINDS = (*("payments", "mandate_request", "mandate_amendment", "mandate_cancellation", "reversal", "recall"),)
ANSWER_KINDS = ("payments", "mandates", "corrections")
EXCEPTION_KINDS = (
    *("unknown_reference", "other_message", "other_account", "contradiction", "amount_differs"),
    *("returned_after_final", "unknown_reason", "answer_quarantined", "unknown_account", "statement_gap"),
    *("statement_sum",),
)
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
    allow("kind", EXCEPTION_KINDS, "bank_exception")
    op.add_column(
        "bank_message", sa.Column("findings", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.alter_column("bank_message", "findings", server_default=None)
    op.add_column("bank_message", sa.Column("overruled_by", sa.String(), nullable=True))
    _entry_details()
    _connections()
    _registrations()
    _over_debits()
    _corrections()


def _kind(table: str, values: tuple[str, ...]) -> None:
    op.add_column(table, sa.Column("kind", sa.String(length=32), nullable=False, server_default="payments"))
    op.alter_column(table, "kind", server_default=None)
    op.create_check_constraint(op.f(f"ck_{table}_kind"), table, "true")
    allow("kind", values, table)


def _entry_details() -> None:
    op.create_table(
        "statement_entry_detail",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("servicer_reference", sa.String(), nullable=True),
        sa.Column("end_to_end_id", sa.String(), nullable=True),
        sa.Column("claimed_instruction_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_transaction_code", sa.String(), nullable=True),
        sa.Column("return_reason", sa.String(), nullable=True),
        sa.Column("remittance", sa.String(), nullable=False),
        sa.Column("counterparty_name", sa.String(), nullable=True),
        sa.Column("counterparty_masked", sa.String(), nullable=True),
        sa.CheckConstraint("position > 0", name=op.f("ck_statement_entry_detail_position_positive")),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_statement_entry_detail_amount_in_a_currency")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["statement_entry.tenant_id", "statement_entry.id"],
            name=op.f("fk_statement_entry_detail_tenant_id_entry_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", "position", name=op.f("pk_statement_entry_detail")),
    )
    wall("statement_entry_detail", append_only=True)


def _connections() -> None:
    op.create_table(
        "bank_connection",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_id", sa.String(length=14), nullable=False),
        sa.Column("profile", sa.String(length=32), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("http", "directory", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "bank_id", name=op.f("pk_bank_connection")),
    )
    op.create_table(
        "bank_cut_off",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_id", sa.String(length=14), nullable=False),
        sa.Column("slot", sa.String(length=4), nullable=False),
        sa.Column("until", sa.Time(), nullable=False),
        sa.CheckConstraint("slot ~ '^([01][0-9]|2[0-3])[0-5][0-9]$'", name=op.f("ck_bank_cut_off_slot_is_a_time")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bank_id"],
            ["bank_connection.tenant_id", "bank_connection.bank_id"],
            name=op.f("fk_bank_cut_off_tenant_id_bank_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "bank_id", "slot", name=op.f("pk_bank_cut_off")),
    )
    wall("bank_connection", "bank_cut_off")


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


def _over_debits() -> None:
    op.create_table(
        "over_debit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "advance_disbursement",
                "receivable_collection",
                "holdback_release",
                "early_payment",
                "recourse_collection",
                "sweep",
                "entrusted_collection",
                "client_payout",
                "payout",
                "refund",
                "deposit_return",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("obligation_key", sa.String(length=128), nullable=False),
        sa.Column("instruction_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("excess_minor", sa.BigInteger(), nullable=False),
        sa.Column("frozen_minor", sa.BigInteger(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "excess_minor > 0 AND excess_minor = collected_minor - due_minor", name=op.f("ck_over_debit_excess")
        ),
        sa.CheckConstraint("frozen_minor BETWEEN 0 AND excess_minor", name=op.f("ck_over_debit_frozen_within_excess")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instruction_id"],
            ["instruction.tenant_id", "instruction.id"],
            name=op.f("fk_over_debit_tenant_id_instruction_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_over_debit")),
    )
    op.create_index(
        "uq_over_debit_open",
        "over_debit",
        ["tenant_id", "obligation_key"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    wall("over_debit")


def _corrections() -> None:
    op.create_table(
        "correction",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instruction_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("over_debit_id", sa.Uuid(), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "recall", "reversal", "transfer", name="method", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("frozen_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=4), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "sent",
                "done",
                "refused",
                "withdrawn",
                "overtaken",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("not_before", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0 AND total_minor >= amount_minor", name=op.f("ck_correction_amounts_positive")
        ),
        sa.CheckConstraint("frozen_minor BETWEEN 0 AND amount_minor", name=op.f("ck_correction_frozen_within_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instruction_id"],
            ["instruction.tenant_id", "instruction.id"],
            name=op.f("fk_correction_tenant_id_instruction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_correction_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["bank_message.tenant_id", "bank_message.id"],
            name=op.f("fk_correction_tenant_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "over_debit_id"],
            ["over_debit.tenant_id", "over_debit.id"],
            name=op.f("fk_correction_tenant_id_over_debit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "refund_id"],
            ["instruction.tenant_id", "instruction.id"],
            name=op.f("fk_correction_tenant_id_refund_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_tenant_id_instruction_id"), "correction", ["tenant_id", "instruction_id"])
    op.create_index(op.f("ix_correction_tenant_id_message_id"), "correction", ["tenant_id", "message_id"])
    op.create_index(
        "uq_correction_open",
        "correction",
        ["tenant_id", "instruction_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'approved', 'sent')"),
    )
    wall("correction")


def downgrade() -> None:
    for table in (
        "correction",
        "over_debit",
        "mandate_registration",
        "bank_cut_off",
        "bank_connection",
        "statement_entry_detail",
    ):
        op.drop_table(table)
    op.drop_column("bank_message", "overruled_by")
    op.drop_column("bank_message", "findings")
    op.execute("DELETE FROM bank_message WHERE kind <> 'payments'")
    op.drop_column("bank_answer", "kind")
    op.drop_constraint(op.f("ck_bank_message_not_empty"), "bank_message", type_="check")
    op.drop_column("bank_message", "kind")
    op.create_check_constraint(op.f("ck_bank_message_not_empty"), "bank_message", "item_count > 0 AND total_minor > 0")
