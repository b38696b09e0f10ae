"""Entrusted collection: mandate versions, clients, plans, dues, notices and payouts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MANDATE_STATES = (
    *("draft", "pending_authorisation", "pending_submission", "submitted", "active", "amending", "suspended"),
    *("failed", "expired", "cancelled", "blocked", "consumed", "replaced"),
)


def upgrade() -> None:
    op.create_table(
        "collection_client",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("own_account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "trade_payment",
                "fund_sweep",
                "rent",
                "utilities",
                "insurance",
                "tuition",
                "loan_repayment",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_bp", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("fee_most_minor", sa.BigInteger(), nullable=True),
        sa.Column("risk_limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column(
            "roll",
            sa.Enum(
                "following",
                "preceding",
                "modified_following",
                "none",
                name="roll",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("dunning_days", postgresql.ARRAY(sa.Integer()), nullable=False),
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
            "fee_minor >= 0 AND fee_bp >= 0 AND fee_bp < 10000 AND fee_most_minor > 0",
            name=op.f("ck_collection_client_fee"),
        ),
        sa.CheckConstraint(
            "risk_limit_minor >= 0 AND notice_days >= 0", name=op.f("ck_collection_client_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "operator_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_collection_client_tenant_id_operator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "own_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_collection_client_tenant_id_own_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_collection_client_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_collection_client")),
        sa.UniqueConstraint(
            "tenant_id", "party_id", "currency", name=op.f("uq_collection_client_tenant_id_party_id_currency")
        ),
    )
    op.create_table(
        "client_payout",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("recovered_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("planned", "paid", "failed", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "gross_minor - fee_minor - recovered_minor = net_minor", name=op.f("ck_client_payout_adds_up")
        ),
        sa.CheckConstraint(
            "net_minor > 0 AND fee_minor >= 0 AND gross_minor > 0 AND item_count > 0",
            name=op.f("ck_client_payout_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["collection_client.tenant_id", "collection_client.id"],
            name=op.f("fk_client_payout_tenant_id_client_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_client_payout")),
    )
    op.create_index(
        "uq_client_payout_day",
        "client_payout",
        ["tenant_id", "client_id", "planned_on"],
        unique=True,
        postgresql_where=sa.text("state <> 'failed'"),
    )
    op.create_table(
        "collection_plan",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=35), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "subscription",
                "instalments",
                "one_off",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum(
                "weekly", "monthly", "yearly", name="frequency", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("laid_out_until", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("active", "paused", "ended", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'subscription') = (frequency IS NOT NULL)", name=op.f("ck_collection_plan_subscription_has_a_step")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_collection_plan_amount_positive")),
        sa.CheckConstraint("day BETWEEN 1 AND 28 OR day = 31", name=op.f("ck_collection_plan_day_of_every_month")),
        sa.CheckConstraint("ends_on >= first_on", name=op.f("ck_collection_plan_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["collection_client.tenant_id", "collection_client.id"],
            name=op.f("fk_collection_plan_tenant_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mandate_id"],
            ["mandate.tenant_id", "mandate.id"],
            name=op.f("fk_collection_plan_tenant_id_mandate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payer_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_collection_plan_tenant_id_payer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_collection_plan")),
        sa.UniqueConstraint(
            "tenant_id", "client_id", "reference", name=op.f("uq_collection_plan_tenant_id_client_id_reference")
        ),
    )
    op.create_index(
        "ix_collection_plan_active",
        "collection_plan",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "debit_refusal",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("refused_on", sa.Date(), nullable=False),
        sa.Column("obligation_key", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("limbs", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("limbs > 0", name=op.f("ck_debit_refusal_failed_on_something")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mandate_id"],
            ["mandate.tenant_id", "mandate.id"],
            name=op.f("fk_debit_refusal_tenant_id_mandate_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "mandate_id", "refused_on", "obligation_key", name=op.f("pk_debit_refusal")
        ),
        info={"append_only": True},
    )
    op.create_table(
        "mandate_version",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "trade_payment",
                "fund_sweep",
                "rent",
                "utilities",
                "insurance",
                "tuition",
                "loan_repayment",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("max_amount_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "cycle",
            sa.Enum(
                "day",
                "week",
                "month",
                "year",
                "term",
                name="cycle",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("max_per_cycle", sa.Integer(), nullable=True),
        sa.Column("max_total_minor", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("evidence_digest", sa.LargeBinary(), nullable=True),
        sa.Column("evidence_reference", sa.String(length=140), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "max_amount_minor > 0 AND max_per_cycle > 0 AND max_total_minor > 0",
            name=op.f("ck_mandate_version_limits_positive"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_mandate_version_version_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mandate_id"],
            ["mandate.tenant_id", "mandate.id"],
            name=op.f("fk_mandate_version_tenant_id_mandate_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "mandate_id", "version", name=op.f("pk_mandate_version")),
        info={"append_only": True},
    )
    op.create_table(
        "collection_due",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rolled_due_on", sa.Date(), nullable=False),
        sa.Column("earliest_on", sa.Date(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "notified",
                "collected",
                "returned",
                "failed",
                "handed_back",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("failed_on", sa.Date(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.Column("dunning_level", sa.Integer(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state <> 'collected' OR collected_on IS NOT NULL", name=op.f("ck_collection_due_collected_on_a_day")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_collection_due_amount_positive")),
        sa.CheckConstraint("fee_minor BETWEEN 0 AND amount_minor", name=op.f("ck_collection_due_fee_within_amount")),
        sa.CheckConstraint("round > 0", name=op.f("ck_collection_due_round_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["collection_client.tenant_id", "collection_client.id"],
            name=op.f("fk_collection_due_tenant_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mandate_id"],
            ["mandate.tenant_id", "mandate.id"],
            name=op.f("fk_collection_due_tenant_id_mandate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payer_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_collection_due_tenant_id_payer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payout_id"],
            ["client_payout.tenant_id", "client_payout.id"],
            name=op.f("fk_collection_due_tenant_id_payout_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["collection_plan.tenant_id", "collection_plan.id"],
            name=op.f("fk_collection_due_tenant_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_collection_due")),
        sa.UniqueConstraint("tenant_id", "plan_id", "due_on", name=op.f("uq_collection_due_tenant_id_plan_id_due_on")),
    )
    op.create_index(
        "ix_collection_due_failed",
        "collection_due",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_collection_due_open",
        "collection_due",
        ["tenant_id", "rolled_due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'notified', 'returned')"),
    )
    op.create_index(
        "ix_collection_due_payable",
        "collection_due",
        ["tenant_id", "client_id", "collected_on"],
        unique=False,
        postgresql_where=sa.text("state = 'collected' AND payout_id IS NULL"),
    )
    op.create_index("ix_collection_due_payout", "collection_due", ["tenant_id", "payout_id"], unique=False)
    op.create_table(
        "client_claim",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("due_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("arose_on", sa.Date(), nullable=False),
        sa.Column("paid_by", sa.Uuid(), nullable=False),
        sa.Column("recovered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_client_claim_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["collection_client.tenant_id", "collection_client.id"],
            name=op.f("fk_client_claim_tenant_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "due_id"],
            ["collection_due.tenant_id", "collection_due.id"],
            name=op.f("fk_client_claim_tenant_id_due_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "paid_by"],
            ["client_payout.tenant_id", "client_payout.id"],
            name=op.f("fk_client_claim_tenant_id_paid_by"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "recovered_by"],
            ["client_payout.tenant_id", "client_payout.id"],
            name=op.f("fk_client_claim_tenant_id_recovered_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_client_claim")),
    )
    op.create_index(
        "ix_client_claim_open",
        "client_claim",
        ["tenant_id", "client_id"],
        unique=False,
        postgresql_where=sa.text("recovered_by IS NULL"),
    )
    op.create_index("ix_client_claim_paid_by", "client_claim", ["tenant_id", "paid_by"], unique=False)
    op.create_table(
        "dunning_notice",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("due_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level > 0", name=op.f("ck_dunning_notice_level_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "due_id"],
            ["collection_due.tenant_id", "collection_due.id"],
            name=op.f("fk_dunning_notice_tenant_id_due_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "due_id", "round", "level", name=op.f("pk_dunning_notice")),
        info={"append_only": True},
    )
    op.create_table(
        "notice_proof",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("due_id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("means", sa.String(length=32), nullable=False),
        sa.Column("carrier_reference", sa.String(length=140), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "due_id"],
            ["collection_due.tenant_id", "collection_due.id"],
            name=op.f("fk_notice_proof_tenant_id_due_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "due_id", "notice", name=op.f("pk_notice_proof")),
        info={"append_only": True},
    )
    op.create_table(
        "prenotice",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("due_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("debit_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "due_id"],
            ["collection_due.tenant_id", "collection_due.id"],
            name=op.f("fk_prenotice_tenant_id_due_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "due_id", "round", name=op.f("pk_prenotice")),
        info={"append_only": True},
    )
    op.add_column("instruction", sa.Column("mandate_version", sa.Integer(), nullable=True))
    op.add_column("instruction", sa.Column("mandate_limbs", sa.SmallInteger(), nullable=True))
    op.add_column("instruction", sa.Column("mandate_limited", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_instruction_limited",
        "instruction",
        ["tenant_id", "mandate_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("mandate_limited"),
    )
    op.add_column("mandate", sa.Column("payee_id", sa.Uuid(), nullable=True))
    op.add_column("mandate", sa.Column("max_amount_minor", sa.BigInteger(), nullable=True))
    op.add_column("mandate", sa.Column("cycle", sa.String(32), nullable=False, server_default="term"))
    op.alter_column("mandate", "cycle", server_default=None)
    op.add_column("mandate", sa.Column("max_per_cycle", sa.Integer(), nullable=True))
    op.add_column("mandate", sa.Column("max_total_minor", sa.BigInteger(), nullable=True))
    op.add_column("mandate", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_mandate_ending",
        "mandate",
        ["tenant_id", "ends_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('active', 'suspended')"),
    )
    op.create_foreign_key(
        op.f("fk_mandate_tenant_id_payee_id"), "mandate", "party", ["tenant_id", "payee_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_mandate_tenant_id_replaces_id"),
        "mandate",
        "mandate",
        ["tenant_id", "replaces_id"],
        ["tenant_id", "id"],
    )
    op.create_check_constraint(op.f("ck_mandate_cycle"), "mandate", "cycle IN ('day', 'week', 'month', 'year', 'term')")
    op.create_check_constraint(
        op.f("ck_mandate_limits_positive"),
        "mandate",
        "max_amount_minor > 0 AND max_per_cycle > 0 AND max_total_minor > 0",
    )
    wall("collection_client", "client_payout", "collection_plan", "collection_due", "client_claim")
    wall(
        *("debit_refusal", "mandate_version", "dunning_notice", "notice_proof", "prenotice"),
        append_only=True,
    )
    allow("state", MANDATE_STATES, "mandate")
    # What was granted before versions were kept is the first version of each.
    op.execute("""
        INSERT INTO mandate_version (tenant_id, mandate_id, version, from_on, account_id, payee_id, purpose, ends_on,
                                     cycle, evidence_reference, made_by, made_at)
        SELECT tenant_id, id, version, signed_on, account_id, payee_id, purpose, ends_on, cycle, '',
               'system:migration', created_at
        FROM mandate
    """)


def downgrade() -> None:
    op.drop_constraint(op.f("fk_mandate_tenant_id_replaces_id"), "mandate", type_="foreignkey")
    op.drop_constraint(op.f("fk_mandate_tenant_id_payee_id"), "mandate", type_="foreignkey")
    op.drop_index(
        "ix_mandate_ending", table_name="mandate", postgresql_where=sa.text("state IN ('active', 'suspended')")
    )
    op.drop_column("mandate", "replaces_id")
    op.drop_column("mandate", "max_total_minor")
    op.drop_column("mandate", "max_per_cycle")
    op.drop_column("mandate", "cycle")
    op.drop_column("mandate", "max_amount_minor")
    op.drop_column("mandate", "payee_id")
    op.drop_index("ix_instruction_limited", table_name="instruction", postgresql_where=sa.text("mandate_limited"))
    op.drop_column("instruction", "mandate_limited")
    op.drop_column("instruction", "mandate_limbs")
    op.drop_column("instruction", "mandate_version")
    op.drop_table("prenotice")
    op.drop_table("notice_proof")
    op.drop_table("dunning_notice")
    op.drop_table("client_claim")
    op.drop_table("collection_due")
    op.drop_table("mandate_version")
    op.drop_table("debit_refusal")
    op.drop_table("collection_plan")
    op.drop_table("client_payout")
    op.drop_table("collection_client")
