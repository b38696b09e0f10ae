"""Pools in versions with rates and slots, interest on their positions and loan slips; bank calendars in tables."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = [
    "bank_calendar",
    "bank_calendar_day",
    "bank_calendar_year",
    "provisional_plan",
    "interest_settlement",
    "pool_leg",
    "pool_movement",
    "pool_slot",
    "pool_version",
]
APPEND_ONLY = ["pool_accrual_run", "pool_accrual", "pool_version_member", "loan_slip", "value_correction"]
MEANS = ["internal_transfer", "credit_transfer", "direct_debit"]
SKIP_REASONS = ["below_lot", "below_minimum", "header_floor", "dropped"]
UNDER_WAY = ["approved", "reserved", "instructed", "unknown", "queried"]
SWEEP_STATES = ["skipped", "proposed", *UNDER_WAY, "executed", "confirmed", "failed", "released", "value_corrected"]


def upgrade() -> None:
    op.create_table(
        "bank_calendar",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("revision", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "country", name=op.f("pk_bank_calendar")),
    )
    op.create_table(
        "pool_accrual_run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("legs", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "business_date", name=op.f("pk_pool_accrual_run")),
    )
    op.create_table(
        "bank_calendar_day",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("edited_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "country"],
            ["bank_calendar.tenant_id", "bank_calendar.country"],
            name=op.f("fk_bank_calendar_day_tenant_id_country"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "country", "day", name=op.f("pk_bank_calendar_day")),
    )
    op.create_table(
        "bank_calendar_year",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("year BETWEEN 1970 AND 2199", name=op.f("ck_bank_calendar_year_year")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "country"],
            ["bank_calendar.tenant_id", "bank_calendar.country"],
            name=op.f("fk_bank_calendar_year_tenant_id_country"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "country", "year", name=op.f("pk_bank_calendar_year")),
    )
    op.create_table(
        "provisional_plan",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("run", "retry", "due", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "country"],
            ["bank_calendar.tenant_id", "bank_calendar.country"],
            name=op.f("fk_provisional_plan_tenant_id_country"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provisional_plan")),
    )
    op.create_index(
        "uq_provisional_plan_open",
        "provisional_plan",
        ["tenant_id", "kind", "subject", "planned_on"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "interest_settlement",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.Column("parent_party_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("due", "settled", "released", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("capitalised", "paid", name="mode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("earned_minor <> 0 OR owed_minor <> 0", name=op.f("ck_interest_settlement_something")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_interest_settlement_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_interest_settlement_tenant_id_parent_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_interest_settlement_tenant_id_parent_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_interest_settlement_tenant_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_interest_settlement_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_interest_settlement")),
    )
    op.create_index(
        "ix_interest_settlement_due",
        "interest_settlement",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        "uq_interest_settlement_live",
        "interest_settlement",
        ["tenant_id", "structure_id", "account_id", "parent_account_id", "until"],
        unique=True,
        postgresql_where=sa.text("state <> 'released'"),
    )
    op.create_table(
        "pool_accrual",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("parent_party_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("position_minor", sa.BigInteger(), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("earned_minor <> 0 OR owed_minor <> 0", name=op.f("ck_pool_accrual_something")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_accrual_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_pool_accrual_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "account_id",
            "parent_account_id",
            "structure_id",
            "business_date",
            "reason",
            name=op.f("pk_pool_accrual"),
        ),
    )
    op.create_index(
        op.f("ix_pool_accrual_tenant_id_business_date_reason"),
        "pool_accrual",
        ["tenant_id", "business_date", "reason"],
        unique=False,
    )
    op.create_table(
        "pool_leg",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("parent_party_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("position_minor", sa.BigInteger(), nullable=False),
        sa.Column("accrued_until", sa.Date(), nullable=False),
        sa.Column("earned_base", sa.Numeric(), nullable=False),
        sa.Column("owed_base", sa.Numeric(), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("earned_settled_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_settled_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_leg_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_leg_tenant_id_parent_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_pool_leg_tenant_id_parent_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["party.tenant_id", "party.id"], name=op.f("fk_pool_leg_tenant_id_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_pool_leg_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "account_id", "parent_account_id", "structure_id", name=op.f("pk_pool_leg")
        ),
    )
    op.create_index(
        op.f("ix_pool_leg_tenant_id_structure_id_account_id"),
        "pool_leg",
        ["tenant_id", "structure_id", "account_id"],
        unique=False,
    )
    op.create_table(
        "pool_movement",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "executed",
                "returned",
                "revalued_from",
                "revalued_to",
                "capitalised",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_pool_movement_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_movement_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_movement_tenant_id_parent_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["party.tenant_id", "party.id"], name=op.f("fk_pool_movement_tenant_id_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_pool_movement_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "source_id", "kind", name=op.f("pk_pool_movement")),
    )
    op.create_index(
        "ix_pool_movement_new",
        "pool_movement",
        ["tenant_id", "account_id", "structure_id"],
        unique=False,
        postgresql_where=sa.text("taken_on IS NULL"),
    )
    op.create_index(
        op.f("ix_pool_movement_tenant_id_account_id_structure_id_value_date"),
        "pool_movement",
        ["tenant_id", "account_id", "structure_id", "value_date"],
        unique=False,
    )
    op.create_index(
        op.f("ix_pool_movement_tenant_id_party_id_currency"),
        "pool_movement",
        ["tenant_id", "party_id", "currency"],
        unique=False,
    )
    op.create_table(
        "pool_slot",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("cron", "balance", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("cron", sa.String(length=100), nullable=True),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=True),
        sa.Column("seen_entry_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'balance') = (threshold_minor IS NOT NULL)", name=op.f("ck_pool_slot_threshold_of_events")
        ),
        sa.CheckConstraint("(kind = 'cron') = (cron IS NOT NULL)", name=op.f("ck_pool_slot_cron_of_times")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_pool_slot_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "structure_id", "name", name=op.f("pk_pool_slot")),
    )
    op.create_table(
        "pool_version",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "sweep_order",
            sa.Enum(
                "credit_first", "debit_first", name="sweep_order", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("auto_approve", sa.Boolean(), nullable=False),
        sa.Column("up_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("down_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "in_force",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("up_rate >= 0 AND down_rate >= 0", name=op.f("ck_pool_version_rates")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_pool_version_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_version")),
        sa.UniqueConstraint(
            "tenant_id", "structure_id", "version", name=op.f("uq_pool_version_tenant_id_structure_id_version")
        ),
    )
    op.create_index(
        "uq_pool_version_waiting",
        "pool_version",
        ["tenant_id", "structure_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )
    op.create_table(
        "pool_version_member",
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "zero",
                "target",
                "threshold",
                "collar",
                "percent",
                "fixed",
                "min_max",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("target_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "target_mode",
            sa.Enum("constant", "fixed", name="target_mode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=False),
        sa.Column("keep_minor", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), nullable=False),
        sa.Column("lower_minor", sa.BigInteger(), nullable=False),
        sa.Column("upper_minor", sa.BigInteger(), nullable=False),
        sa.Column("two_way", sa.Boolean(), nullable=False),
        sa.Column("partial_fill", sa.Boolean(), nullable=False),
        sa.Column("lot_minor", sa.BigInteger(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("maximum_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "means",
            sa.Enum(
                "internal_transfer",
                "credit_transfer",
                "direct_debit",
                name="means",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("account_id <> parent_account_id", name=op.f("ck_pool_version_member_not_its_own_parent")),
        sa.CheckConstraint(
            "keep_minor <= threshold_minor", name=op.f("ck_pool_version_member_collar_within_threshold")
        ),
        sa.CheckConstraint("lot_minor >= 1 AND minimum_minor >= 0", name=op.f("ck_pool_version_member_limits")),
        sa.CheckConstraint(
            "maximum_minor > 0 AND maximum_minor % lot_minor = 0", name=op.f("ck_pool_version_member_maximum_in_lots")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_version_member_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_version_member_tenant_id_parent_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_pool_version_member_tenant_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["pool_version.tenant_id", "pool_version.id"],
            name=op.f("fk_pool_version_member_tenant_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "version_id", "place", name=op.f("pk_pool_version_member")),
        sa.UniqueConstraint(
            "tenant_id", "version_id", "account_id", name=op.f("uq_pool_version_member_tenant_id_version_id_account_id")
        ),
    )
    op.create_table(
        "loan_slip",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("structure_version", sa.Integer(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("lender_account_id", sa.Uuid(), nullable=False),
        sa.Column("borrower_id", sa.Uuid(), nullable=False),
        sa.Column("borrower_account_id", sa.Uuid(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.Column("lent_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "lender_id <> borrower_id OR lender_account_id <> borrower_account_id", name=op.f("ck_loan_slip_two_sides")
        ),
        sa.CheckConstraint("principal_minor > 0", name=op.f("ck_loan_slip_principal")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "borrower_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_loan_slip_tenant_id_borrower_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"], ["party.tenant_id", "party.id"], name=op.f("fk_loan_slip_tenant_id_lender_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_loan_slip_tenant_id_structure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sweep_id"], ["sweep.tenant_id", "sweep.id"], name=op.f("fk_loan_slip_tenant_id_sweep_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_loan_slip")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_loan_slip_tenant_id_reference")),
        sa.UniqueConstraint("tenant_id", "sweep_id", name=op.f("uq_loan_slip_tenant_id_sweep_id")),
    )
    op.create_index(op.f("ix_loan_slip_tenant_id_lent_on"), "loan_slip", ["tenant_id", "lent_on"], unique=False)
    op.create_table(
        "value_correction",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("was_valued_on", sa.Date(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("structure_version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("was_valued_on <> valued_on", name=op.f("ck_value_correction_another_date")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sweep_id"],
            ["sweep.tenant_id", "sweep.id"],
            name=op.f("fk_value_correction_tenant_id_sweep_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_value_correction")),
    )
    op.create_index(
        op.f("ix_value_correction_tenant_id_sweep_id"), "value_correction", ["tenant_id", "sweep_id"], unique=False
    )
    wall(*TABLES)
    wall(*APPEND_ONLY, append_only=True)
    _extend_members()
    _extend_sweeps()
    _keep_first_versions()
    _keep_what_was_swept()


def _allow(table: str, column: str, values: list[str]) -> None:
    """Let a text column hold exactly these values; a CHECK that its type brought along is replaced."""
    name = f"ck_{table}_{column}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")


def _extend_members() -> None:
    op.add_column("pool_member", sa.Column("means", sa.String(32), nullable=False, server_default="credit_transfer"))
    op.alter_column("pool_member", "means", server_default=None)
    _allow("pool_member", "means", MEANS)


def _extend_sweeps() -> None:
    op.add_column("sweep", sa.Column("means", sa.String(32), nullable=False, server_default="credit_transfer"))
    op.alter_column("sweep", "means", server_default=None)
    op.add_column("sweep", sa.Column("rule_minor", sa.BigInteger(), nullable=True))
    op.add_column("sweep", sa.Column("edited_by", sa.String(), nullable=True))
    op.add_column("sweep", sa.Column("edit_reason", sa.String(500), nullable=True))
    op.execute("UPDATE sweep SET rule_minor = amount_minor")
    op.alter_column("sweep", "rule_minor", nullable=False)
    # What was returned was called value-corrected; that is the name of a later value date now.
    op.execute("UPDATE sweep SET state = 'released' WHERE state = 'value_corrected'")
    _allow("sweep", "means", MEANS)
    _allow("sweep", "skip_reason", SKIP_REASONS)
    _allow("sweep", "state", SWEEP_STATES)
    op.drop_constraint("ck_sweep_skipped_state", "sweep")
    op.create_check_constraint(op.f("ck_sweep_skipped_state"), "sweep", "state <> 'skipped' OR skip_reason IS NOT NULL")
    op.create_check_constraint(op.f("ck_sweep_never_beyond_the_rule"), "sweep", "amount_minor <= rule_minor")
    op.create_check_constraint(op.f("ck_sweep_edited"), "sweep", "(amount_minor = rule_minor) = (edited_by IS NULL)")
    op.drop_index("ix_sweep_under_way", "sweep")
    under_way = ", ".join(f"'{state}'" for state in UNDER_WAY)
    op.create_index(
        "ix_sweep_under_way",
        "sweep",
        ["tenant_id", "proposal_id"],
        postgresql_where=sa.text(f"state IN ({under_way})"),
    )


_MEMBER_COLUMNS = (
    "place, account_id, party_id, parent_account_id, priority, floor_minor, method, target_minor, target_mode,"
    " threshold_minor, keep_minor, percent, fixed_minor, lower_minor, upper_minor, two_way, partial_fill, lot_minor,"
    " minimum_minor, maximum_minor, means"
)


def _keep_first_versions() -> None:
    """What is in force becomes the one version there is: its number goes on, and its rates are none."""
    op.execute("""
        INSERT INTO pool_version (tenant_id, id, created_at, structure_id, version, effective_on, floor_minor,
                                  sweep_order, auto_approve, up_rate, down_rate, member_count, state, digest, made_by,
                                  reason)
        SELECT tenant_id, gen_random_uuid(), created_at, id, version, created_at::date, floor_minor, sweep_order,
               auto_approve, 0, 0, (SELECT count(*) FROM pool_member AS member
                                    WHERE member.tenant_id = pool.tenant_id AND member.structure_id = pool.id),
               'in_force', '', 'system:migration', 'as it was'
        FROM pool_structure AS pool
    """)
    op.execute(f"""
        INSERT INTO pool_version_member (tenant_id, version_id, {_MEMBER_COLUMNS})
        SELECT tenant_id, version_id, {_MEMBER_COLUMNS}
        FROM pool_member
        JOIN (SELECT tenant_id AS group_id, id AS version_id, structure_id AS pool_id FROM pool_version) AS version
          ON group_id = tenant_id AND pool_id = structure_id
    """)


_MOVED = """
    FROM sweep
    JOIN sweep_proposal AS proposal ON proposal.tenant_id = sweep.tenant_id AND proposal.id = sweep.proposal_id
    JOIN bank_account AS parent ON parent.tenant_id = sweep.tenant_id AND parent.id = sweep.parent_account_id
    WHERE sweep.state IN ('executed', 'confirmed')
"""


def _keep_what_was_swept() -> None:
    """Sweeps that moved cash become movements, legs and slips, as if they had been noted then; without a rate."""
    op.execute(f"""
        INSERT INTO pool_movement (tenant_id, source_id, kind, structure_id, account_id, parent_account_id, party_id,
                                   currency, value_date, amount_minor)
        SELECT sweep.tenant_id, sweep.id, 'executed', proposal.structure_id, sweep.account_id, sweep.parent_account_id,
               sweep.party_id, sweep.currency, sweep.value_date,
               CASE sweep.direction WHEN 'up' THEN sweep.amount_minor ELSE -sweep.amount_minor END
        {_MOVED}
    """)
    op.execute(f"""
        INSERT INTO pool_leg (tenant_id, account_id, parent_account_id, structure_id, party_id, parent_party_id,
                              currency, position_minor, accrued_until, earned_base, owed_base, earned_minor,
                              owed_minor, earned_settled_minor, owed_settled_minor)
        SELECT sweep.tenant_id, sweep.account_id, sweep.parent_account_id, proposal.structure_id, sweep.party_id,
               parent.party_id, sweep.currency, 0, min(sweep.value_date), 0, 0, 0, 0, 0, 0
        {_MOVED}
        GROUP BY sweep.tenant_id, sweep.account_id, sweep.parent_account_id, proposal.structure_id, sweep.party_id,
                 parent.party_id, sweep.currency
    """)
    op.execute(f"""
        INSERT INTO loan_slip (tenant_id, id, created_at, reference, sweep_id, structure_id, structure_version,
                               lender_id, lender_account_id, borrower_id, borrower_account_id, principal_minor,
                               currency, annual_rate, evaluated_on, lent_on)
        SELECT sweep.tenant_id, gen_random_uuid(), sweep.created_at,
               'EL' || to_char(sweep.value_date, 'YYYYMMDD') || '-0-'
                    || row_number() OVER (PARTITION BY sweep.tenant_id ORDER BY sweep.id),
               sweep.id, proposal.structure_id, proposal.structure_version,
               CASE sweep.direction WHEN 'up' THEN sweep.party_id ELSE parent.party_id END,
               CASE sweep.direction WHEN 'up' THEN sweep.account_id ELSE sweep.parent_account_id END,
               CASE sweep.direction WHEN 'up' THEN parent.party_id ELSE sweep.party_id END,
               CASE sweep.direction WHEN 'up' THEN sweep.parent_account_id ELSE sweep.account_id END,
               sweep.amount_minor, sweep.currency, 0, proposal.business_date, sweep.value_date
        {_MOVED}
    """)


def downgrade() -> None:
    for table in ("value_correction", "loan_slip", "pool_version_member", "pool_version"):
        op.drop_table(table)
    for table in ("pool_slot", "pool_movement", "pool_leg", "pool_accrual", "pool_accrual_run", "interest_settlement"):
        op.drop_table(table)
    for table in ("provisional_plan", "bank_calendar_year", "bank_calendar_day", "bank_calendar"):
        op.drop_table(table)
    for column in ("edit_reason", "edited_by", "means", "rule_minor"):
        op.drop_column("sweep", column)
    op.drop_column("pool_member", "means")
