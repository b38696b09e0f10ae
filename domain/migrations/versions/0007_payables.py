"""Payables: programmes, what buyers approved, what moved it, early payments."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payables_programme",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("own_cash_limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("liquidity_floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column(
            "day_count",
            sa.Enum(
                "act/360", "act/365f", "30/360", name="day_count", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "rounding",
            sa.Enum(
                "half_up",
                "half_even",
                "truncate",
                "floor",
                name="rounding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("min_days_early", sa.Integer(), nullable=False),
        sa.Column("waives_defences", sa.Boolean(), nullable=False),
        sa.Column("suspensions", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "active",
                "suspended",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "annual_rate >= 0 AND annual_rate < 1", name=op.f("ck_payables_programme_annual_rate_fraction")
        ),
        sa.CheckConstraint("limit_minor > 0", name=op.f("ck_payables_programme_limit_positive")),
        sa.CheckConstraint("min_days_early > 0", name=op.f("ck_payables_programme_early")),
        sa.CheckConstraint(
            "own_cash_limit_minor >= 0 AND liquidity_floor_minor >= 0",
            name=op.f("ck_payables_programme_cash_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "buyer_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_payables_programme_tenant_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payer_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_payables_programme_tenant_id_payer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payables_programme")),
    )
    op.create_table(
        "early_payment_order",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["payables_programme.tenant_id", "payables_programme.id"],
            name=op.f("fk_early_payment_order_tenant_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_early_payment_order")),
    )
    op.create_table(
        "payables_facility",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("recourse", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_payables_facility_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["payables_programme.tenant_id", "payables_programme.id"],
            name=op.f("fk_payables_facility_tenant_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "programme_id", "facility_id", name=op.f("pk_payables_facility")),
    )
    op.create_table(
        "payables_supplier",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("proposed", "active", "left", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["payables_programme.tenant_id", "payables_programme.id"],
            name=op.f("fk_payables_supplier_tenant_id_programme_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_payables_supplier_tenant_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payables_supplier")),
        sa.UniqueConstraint(
            "tenant_id",
            "programme_id",
            "supplier_id",
            name=op.f("uq_payables_supplier_tenant_id_programme_id_supplier_id"),
        ),
    )
    op.create_index(op.f("ix_payables_supplier_tenant_id_batch_id"), "payables_supplier", ["tenant_id", "batch_id"])
    op.create_table(
        "payables_upload",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("proposed", "approved", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["invoice_import.tenant_id", "invoice_import.id"],
            name=op.f("fk_payables_upload_tenant_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["payables_programme.tenant_id", "payables_programme.id"],
            name=op.f("fk_payables_upload_tenant_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payables_upload")),
        sa.UniqueConstraint("tenant_id", "import_id", name=op.f("uq_payables_upload_tenant_id_import_id")),
    )
    op.create_table(
        "payable",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["payables_programme.tenant_id", "payables_programme.id"],
            name=op.f("fk_payable_tenant_id_programme_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_payable_tenant_id_receivable_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "upload_id"],
            ["payables_upload.tenant_id", "payables_upload.id"],
            name=op.f("fk_payable_tenant_id_upload_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "receivable_id", name=op.f("pk_payable")),
    )
    op.create_index(op.f("ix_payable_tenant_id_programme_id"), "payable", ["tenant_id", "programme_id"])
    op.create_table(
        "early_payment",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("early", "maturity", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "withdrawn",
                "expired",
                "accepted",
                "lapsed",
                "instructed",
                "paid",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column(
            "day_count",
            sa.Enum(
                "act/360", "act/365f", "30/360", name="day_count", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("own_account_id", sa.Uuid(), nullable=True),
        sa.Column("payee_account_id", sa.Uuid(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind = 'early' OR discount_minor = 0", name=op.f("ck_early_payment_discount_for_time")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_early_payment_amount_positive")),
        sa.CheckConstraint(
            "discount_minor >= 0 AND discount_minor < amount_minor", name=op.f("ck_early_payment_discount_within")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["early_payment_order.tenant_id", "early_payment_order.id"],
            name=op.f("fk_early_payment_tenant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "own_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_early_payment_tenant_id_own_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payee_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_early_payment_tenant_id_payee_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "programme_id"],
            ["payables_programme.tenant_id", "payables_programme.id"],
            name=op.f("fk_early_payment_tenant_id_programme_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["payable.tenant_id", "payable.receivable_id"],
            name=op.f("fk_early_payment_tenant_id_receivable_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["financing_request.tenant_id", "financing_request.id"],
            name=op.f("fk_early_payment_tenant_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_early_payment_tenant_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_early_payment")),
    )
    op.create_index(op.f("ix_early_payment_tenant_id_order_id"), "early_payment", ["tenant_id", "order_id"])
    op.create_index(op.f("ix_early_payment_tenant_id_programme_id"), "early_payment", ["tenant_id", "programme_id"])
    op.create_index(op.f("ix_early_payment_tenant_id_state_id"), "early_payment", ["tenant_id", "state", "id"])
    op.create_index(
        "uq_early_payment_live",
        "early_payment",
        ["tenant_id", "receivable_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('offered', 'accepted', 'instructed', 'paid')"),
    )
    op.create_table(
        "payable_movement",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "confirmed",
                "early",
                "maturity",
                "lender",
                "diluted",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_payable_movement_moves")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["payable.tenant_id", "payable.receivable_id"],
            name=op.f("fk_payable_movement_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payable_movement")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_payable_movement_tenant_id_source")),
    )
    op.create_index(
        op.f("ix_payable_movement_tenant_id_programme_id_value_date"),
        "payable_movement",
        ["tenant_id", "programme_id", "value_date"],
    )
    op.create_index(
        op.f("ix_payable_movement_tenant_id_receivable_id"),
        "payable_movement",
        ["tenant_id", "receivable_id"],
    )
    wall("payables_programme", "payables_supplier", "payables_upload", "early_payment_order", "early_payment")
    wall("payables_facility", "payable", "payable_movement", append_only=True)


def downgrade() -> None:
    for table in (
        "payable_movement",
        "early_payment",
        "payable",
        "payables_upload",
        "payables_supplier",
        "payables_facility",
        "early_payment_order",
        "payables_programme",
    ):
        op.drop_table(table)


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    """Let a column of an enum hold these values and no others."""
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")
