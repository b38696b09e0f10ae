"""Ticket agents: profiles and policies, sales and remittances, deposits, defaults; deposits that are paid back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.walls import wall

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_policy",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("multiple_a", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("multiple_b", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("factor_a", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("factor_b", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("late_allowed", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("call_days", sa.Integer(), nullable=False),
        sa.Column("report_confirms", sa.Boolean(), nullable=False),
        sa.Column("citation", sa.String(500), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "late_allowed >= 0 AND grace_days >= 0 AND window_days > 0 AND call_days >= 0",
            name=op.f("ck_agent_policy_days_in_order"),
        ),
        sa.CheckConstraint(
            "multiple_a > 0 AND multiple_b > 0 AND factor_a > 0 AND factor_b > 0", name=op.f("ck_agent_policy_positive")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "valid_from", name=op.f("pk_agent_policy")),
        info={"append_only": True},
    )
    op.create_table(
        "agent_sales_report",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_taken", sa.Integer(), nullable=False),
        sa.Column("rows_known", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_sales_report")),
    )
    op.create_table(
        "agent",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reporting_days", sa.Integer(), nullable=False),
        sa.Column("remittance_days", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("finances_pass", sa.Boolean(), nullable=False),
        sa.Column("finances_reviewed_on", sa.Date(), nullable=True),
        sa.Column("finances_evidence", sa.String(500), nullable=False),
        sa.Column("late_periods", sa.Integer(), nullable=False),
        sa.Column("history_override", sa.Boolean(), nullable=True),
        sa.Column("override_reason", sa.String(500), nullable=False),
        sa.Column("history_pass", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("A", "B", "C", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("capacity_minor", sa.BigInteger(), nullable=True),
        sa.Column("multiple", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("halted", sa.Boolean(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("sold_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("remitted_minor", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("unapplied_minor", sa.BigInteger(), nullable=False),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=False),
        sa.Column("returning_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(history_override IS NULL) = (override_reason = '')", name=op.f("ck_agent_override_has_a_reason")
        ),
        sa.CheckConstraint("limit_minor >= 0", name=op.f("ck_agent_limit_not_negative")),
        sa.CheckConstraint("multiple > 0", name=op.f("ck_agent_multiple_positive")),
        sa.CheckConstraint(
            "outstanding_minor = greatest(sold_minor - refunded_minor - remitted_minor, 0)",
            name=op.f("ck_agent_outstanding_is_its_parts"),
        ),
        sa.CheckConstraint("remittance_days BETWEEN 0 AND 90", name=op.f("ck_agent_remittance_days_in_order")),
        sa.CheckConstraint("reporting_days IN (15, 30)", name=op.f("ck_agent_reports_once_or_twice_a_month")),
        sa.CheckConstraint(
            "returning_minor BETWEEN 0 AND deposit_minor", name=op.f("ck_agent_returning_within_deposit")
        ),
        sa.CheckConstraint("sold_minor >= 0 AND refunded_minor >= 0", name=op.f("ck_agent_sales_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"], ["party.tenant_id", "party.id"], name=op.f("fk_agent_tenant_id_debtor_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"], ["party.tenant_id", "party.id"], name=op.f("fk_agent_tenant_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"], ["party.tenant_id", "party.id"], name=op.f("fk_agent_tenant_id_seller_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent")),
        sa.UniqueConstraint("tenant_id", "debtor_id", name=op.f("uq_agent_tenant_id_debtor_id")),
    )
    op.create_index("ix_agent_period", "agent", ["tenant_id", "period_from"])
    op.create_table(
        "agent_default",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("deposit_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "declared",
                "refused",
                "enforced",
                "settled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("deposit_minor BETWEEN 0 AND owed_minor", name=op.f("ck_agent_default_deposit_within_owed")),
        sa.CheckConstraint("owed_minor > 0", name=op.f("ck_agent_default_owed_positive")),
        sa.CheckConstraint(
            "paid_minor BETWEEN 0 AND owed_minor - deposit_minor", name=op.f("ck_agent_default_paid_within_rest")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_default_tenant_id_agent_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_default")),
    )
    op.create_index(
        "uq_agent_default_open",
        "agent_default",
        ["tenant_id", "agent_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('declared', 'enforced')"),
    )
    op.create_table(
        "agent_deposit_call",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("target_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum("used", "too_low", name="reason", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("called", "met", "missed", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND amount_minor <= target_minor", name=op.f("ck_agent_deposit_call_amount_within_target")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_deposit_call_tenant_id_agent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_deposit_call")),
    )
    op.create_index(
        "uq_agent_deposit_call_open",
        "agent_deposit_call",
        ["tenant_id", "agent_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('called', 'missed')"),
    )
    op.create_table(
        "agent_deposit_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "used",
                "returned",
                "came_back",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('used', 'returned')) = (amount_minor < 0)", name=op.f("ck_agent_deposit_event_sign_of_its_kind")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_agent_deposit_event_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_deposit_event_tenant_id_agent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_deposit_event")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_agent_deposit_event_tenant_id_source")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_agent_deposit_event_tenant_id_agent_id"),
        "agent_deposit_event",
        ["tenant_id", "agent_id"],
        unique=False,
    )
    op.create_table(
        "agent_deposit_return",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "refused",
                "approved",
                "paid",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_agent_deposit_return_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_deposit_return_tenant_id_agent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_deposit_return")),
    )
    op.create_index("ix_agent_deposit_return_state", "agent_deposit_return", ["tenant_id", "state"])
    op.create_table(
        "agent_period",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("sales_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunds_minor", sa.BigInteger(), nullable=False),
        sa.Column("early_minor", sa.BigInteger(), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "face_minor = sales_minor - refunds_minor - early_minor", name=op.f("ck_agent_period_face_is_its_parts")
        ),
        sa.CheckConstraint("face_minor > 0 OR receivable_id IS NULL", name=op.f("ck_agent_period_invoiced_if_due")),
        sa.CheckConstraint("face_minor >= 0", name=op.f("ck_agent_period_face_not_negative")),
        sa.CheckConstraint("sales_minor >= 0 AND refunds_minor >= 0", name=op.f("ck_agent_period_sales_not_negative")),
        sa.CheckConstraint("starts_on <= ends_on AND ends_on <= due_on", name=op.f("ck_agent_period_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_period_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_agent_period_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_period")),
        sa.UniqueConstraint(
            "tenant_id", "agent_id", "ends_on", name=op.f("uq_agent_period_tenant_id_agent_id_ends_on")
        ),
    )
    op.create_index("ix_agent_period_due", "agent_period", ["tenant_id", "due_on"])
    op.create_index("ix_agent_period_receivable", "agent_period", ["tenant_id", "receivable_id"])
    op.create_table(
        "agent_remittance",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "remitted",
                "collected",
                "deposit",
                "claimed",
                "reversed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind NOT IN ('remitted', 'deposit', 'claimed') OR amount_minor > 0",
            name=op.f("ck_agent_remittance_payments_positive"),
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_agent_remittance_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_remittance_tenant_id_agent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_remittance")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_agent_remittance_tenant_id_source")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_agent_remittance_tenant_id_agent_id_value_on"),
        "agent_remittance",
        ["tenant_id", "agent_id", "value_on"],
        unique=False,
    )
    op.create_table(
        "agent_status_change",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("A", "B", "C", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("finances_pass", sa.Boolean(), nullable=False),
        sa.Column("history_pass", sa.Boolean(), nullable=False),
        sa.Column("late_periods", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"],
            ["agent.tenant_id", "agent.id"],
            name=op.f("fk_agent_status_change_tenant_id_agent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_status_change")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_agent_status_change_tenant_id_agent_id"),
        "agent_status_change",
        ["tenant_id", "agent_id"],
        unique=False,
    )
    op.create_table(
        "agent_warning",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("level IN (50, 75, 100)", name=op.f("ck_agent_warning_level_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_warning_tenant_id_agent_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_warning")),
    )
    op.create_index(
        "uq_agent_warning_open",
        "agent_warning",
        ["tenant_id", "agent_id", "level"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "agent_claim",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("default_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "payouts", "guarantor", "seller", name="step", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "paid", "passed_on", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_agent_claim_amount_positive")),
        sa.CheckConstraint("paid_minor BETWEEN 0 AND amount_minor", name=op.f("ck_agent_claim_paid_within_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_claim_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "default_id"],
            ["agent_default.tenant_id", "agent_default.id"],
            name=op.f("fk_agent_claim_tenant_id_default_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payer_id"], ["party.tenant_id", "party.id"], name=op.f("fk_agent_claim_tenant_id_payer_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_claim")),
    )
    op.create_index("ix_agent_claim_payer", "agent_claim", ["tenant_id", "payer_id"])
    op.create_index(
        "uq_agent_claim_open",
        "agent_claim",
        ["tenant_id", "default_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "agent_sale",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("authorised", "reported", name="origin", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("period_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(origin = 'reported') = (report_id IS NOT NULL)", name=op.f("ck_agent_sale_reported_by_a_report")
        ),
        sa.CheckConstraint("origin = 'reported' OR amount_minor > 0", name=op.f("ck_agent_sale_authorised_positive")),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_agent_sale_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["agent.tenant_id", "agent.id"], name=op.f("fk_agent_sale_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "period_id"],
            ["agent_period.tenant_id", "agent_period.id"],
            name=op.f("fk_agent_sale_tenant_id_period_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "report_id"],
            ["agent_sales_report.tenant_id", "agent_sales_report.id"],
            name=op.f("fk_agent_sale_tenant_id_report_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_sale")),
        sa.UniqueConstraint(
            "tenant_id", "agent_id", "reference", name=op.f("uq_agent_sale_tenant_id_agent_id_reference")
        ),
    )
    op.create_index(
        "ix_agent_sale_open",
        "agent_sale",
        ["tenant_id", "agent_id", "sold_on"],
        unique=False,
        postgresql_where=sa.text("period_id IS NULL"),
    )
    op.create_index(op.f("ix_agent_sale_tenant_id_report_id"), "agent_sale", ["tenant_id", "report_id"])
    wall(
        "agent_sales_report",
        "agent",
        "agent_default",
        "agent_deposit_call",
        "agent_deposit_return",
        "agent_period",
        "agent_warning",
        "agent_claim",
        "agent_sale",
    )
    wall("agent_policy", "agent_deposit_event", "agent_remittance", "agent_status_change", append_only=True)


def downgrade() -> None:
    op.drop_table("agent_sale")
    op.drop_table("agent_claim")
    op.drop_table("agent_warning")
    op.drop_table("agent_status_change")
    op.drop_table("agent_remittance")
    op.drop_table("agent_period")
    op.drop_table("agent_deposit_return")
    op.drop_table("agent_deposit_event")
    op.drop_table("agent_deposit_call")
    op.drop_table("agent_default")
    op.drop_table("agent")
    op.drop_table("agent_sales_report")
    op.drop_table("agent_policy")
