"""Late interest that small sellers demand; advances repaid out of daily sales, and the sales."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ACCOUNT_KINDS = (
    *("cash_at_bank", "in_transit", "suspense", "wallet", "client_funds", "ic_due_from_header", "ic_due_to_branch"),
    *("advance_principal", "interest_receivable", "penalty_receivable", "holdback_payable", "deposit_held"),
    *("funding_capital", "trade_payable", "paid_elsewhere", "takings", "discount_income", "purchases", "fee_income"),
    *("interest_income", "penalty_income", "cost_recovery", "dilution_claim", "recourse_claim", "provision"),
    *("bad_debt", "fx_position", "tolerance", "ic_interest_receivable", "ic_interest_payable", "ic_interest_income"),
    *("ic_interest_expense", "sales_advance", "sales_advance_income"),
)
PURPOSES = (
    *("advance_disbursement", "receivable_collection", "holdback_release", "early_payment", "recourse_collection"),
    *("sweep", "entrusted_collection", "client_payout", "payout", "refund", "deposit_return", "wallet_refund"),
    *("sales_disbursement", "sales_collection"),
)


def upgrade() -> None:
    allow("kind", ACCOUNT_KINDS, "ledger_account")
    allow("purpose", PURPOSES, "instruction", "planned_attempt", "over_debit")
    _late_interest()
    _advances()
    _events()
    _sales()


def _late_interest() -> None:
    op.create_table(
        "late_interest_demand",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("late_days", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unpaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("agreed_rate", sa.Numeric(precision=18, scale=9), nullable=True),
        sa.Column("lpr_at_signing", sa.Numeric(precision=18, scale=9), nullable=False),
        sa.Column("rate_a_day", sa.Numeric(precision=18, scale=9), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "agreed_rate >= 0 AND lpr_at_signing >= 0", name=op.f("ck_late_interest_demand_rates_not_negative")
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND unpaid_minor > 0 AND late_days > 0",
            name=op.f("ck_late_interest_demand_something_late"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_late_interest_demand_tenant_id_debtor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_late_interest_demand_tenant_id_receivable_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_late_interest_demand_tenant_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_late_interest_demand")),
    )
    op.create_index(
        "uq_late_interest_demand_day", "late_interest_demand", ["tenant_id", "receivable_id", "as_of"], unique=True
    )
    wall("late_interest_demand", append_only=True)


def _advances() -> None:
    op.create_table(
        "sales_advance",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "lapsed",
                "funded",
                "funding_failed",
                "overdue",
                "repaid",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("contract_reference", sa.String(length=64), nullable=False),
        sa.Column("volume_minor", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("year_days", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("daily_minor", sa.BigInteger(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("daily_rate", sa.Numeric(precision=38, scale=30), nullable=False),
        sa.Column("annual_effective", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("quoted_simple", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("quoted_effective", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("funding_on", sa.Date(), nullable=False),
        sa.Column("final_on", sa.Date(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("own_account_id", sa.Uuid(), nullable=False),
        sa.Column("payee_account_id", sa.Uuid(), nullable=False),
        sa.Column("collection_round", sa.Integer(), nullable=False),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("funded_on", sa.Date(), nullable=True),
        sa.Column("accrued_until", sa.Date(), nullable=True),
        sa.Column("balance", sa.Numeric(precision=40, scale=20), nullable=False),
        sa.Column("income_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(funded_on IS NULL) = (accrued_until IS NULL)", name=op.f("ck_sales_advance_funded_accrues")
        ),
        sa.CheckConstraint(
            "balance BETWEEN 0 AND net_minor + fee_minor", name=op.f("ck_sales_advance_balance_within_owed")
        ),
        sa.CheckConstraint(
            "collected_minor >= 0 AND income_minor BETWEEN 0 AND fee_minor",
            name=op.f("ck_sales_advance_income_within_fee"),
        ),
        sa.CheckConstraint("final_on >= funding_on + payments", name=op.f("ck_sales_advance_final_after_plan")),
        sa.CheckConstraint("grace_days >= 0 AND daily_rate >= 0", name=op.f("ck_sales_advance_terms_not_negative")),
        sa.CheckConstraint(
            "net_minor > 0 AND fee_minor BETWEEN 0 AND net_minor", name=op.f("ck_sales_advance_fee_within_net")
        ),
        sa.CheckConstraint(
            "share > 0 AND share <= 1 AND year_days IN (360, 365)", name=op.f("ck_sales_advance_share_fraction")
        ),
        sa.CheckConstraint(
            "volume_minor > 0 AND daily_minor > 0 AND payments > 0", name=op.f("ck_sales_advance_plan_positive")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_sales_advance_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_sales_advance_tenant_id_lender_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merchant_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_sales_advance_tenant_id_merchant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "own_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_sales_advance_tenant_id_own_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payee_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_sales_advance_tenant_id_payee_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_advance")),
    )
    op.create_index("ix_sales_advance_facility", "sales_advance", ["tenant_id", "facility_id"], unique=False)
    op.create_index(
        "ix_sales_advance_outstanding",
        "sales_advance",
        ["tenant_id", "merchant_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('funded', 'overdue')"),
    )
    op.create_index("ix_sales_advance_state", "sales_advance", ["tenant_id", "state", "id"], unique=False)
    wall("sales_advance")


def _events() -> None:
    op.create_table(
        "sales_advance_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "funded", "collected", "returned", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("income_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'returned') = (reverses_id IS NOT NULL)", name=op.f("ck_sales_advance_event_returned_names_what")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sales_advance_event_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["sales_advance.tenant_id", "sales_advance.id"],
            name=op.f("fk_sales_advance_event_tenant_id_advance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_advance_event")),
    )
    op.create_index("ix_sales_advance_event_advance", "sales_advance_event", ["tenant_id", "advance_id"], unique=False)
    op.create_index("uq_sales_advance_event_source", "sales_advance_event", ["tenant_id", "source"], unique=True)
    wall("sales_advance_event", append_only=True)


def _sales() -> None:
    op.create_table(
        "merchant_sale",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_merchant_sale_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merchant_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_merchant_sale_tenant_id_merchant_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_merchant_sale")),
    )
    op.create_index(
        "ix_merchant_sale_day", "merchant_sale", ["tenant_id", "merchant_id", "currency", "sold_on"], unique=False
    )
    op.create_index(
        "uq_merchant_sale_reference", "merchant_sale", ["tenant_id", "merchant_id", "reference"], unique=True
    )
    wall("merchant_sale", append_only=True)


def downgrade() -> None:
    # Rows of the newer kinds and purposes may be there: a wider CHECK harms no older program.
    for table in ("merchant_sale", "sales_advance_event", "sales_advance", "late_interest_demand"):
        op.drop_table(table)
