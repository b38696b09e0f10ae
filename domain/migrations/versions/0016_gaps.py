"""Capacities of other modules' parties, claims on debtors, and what was debited under a mandate."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0016"
down_revision = "0017"
branch_labels = None
depends_on = None

ACCOUNT_KINDS = (
    *("cash_at_bank", "in_transit", "suspense", "wallet", "client_funds", "ic_due_from_header", "ic_due_to_branch"),
    *("advance_principal", "interest_receivable", "penalty_receivable", "holdback_payable", "deposit_held"),
    *("funding_capital", "trade_payable", "paid_elsewhere", "takings", "discount_income", "purchases", "fee_income"),
    *("interest_income", "penalty_income", "cost_recovery", "dilution_claim", "recourse_claim", "debtor_claim"),
    *("provision", "bad_debt", "fx_position", "tolerance", "ic_interest_receivable", "ic_interest_payable"),
    *("ic_interest_income", "ic_interest_expense", "sales_advance", "sales_advance_income"),
)


def upgrade() -> None:
    allow("kind", ACCOUNT_KINDS, "ledger_account")
    _capacities()
    _mandates()


def _capacities() -> None:
    op.create_table(
        "party_capacity",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.Column("over_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "limit_minor >= 0 AND used_minor >= 0 AND over_minor >= 0", name=op.f("ck_party_capacity_not_negative")
        ),
        sa.CheckConstraint("used_minor <= limit_minor + over_minor", name=op.f("ck_party_capacity_used_within_limit")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_capacity_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "party_id", "name", name=op.f("pk_party_capacity")),
    )
    wall("party_capacity")


def _mandates() -> None:
    op.create_index(op.f("ix_collection_plan_tenant_id_mandate_id"), "collection_plan", ["tenant_id", "mandate_id"])
    op.create_index(
        "ix_instruction_mandate",
        "instruction",
        ["tenant_id", "mandate_id", "id"],
        postgresql_where=sa.text("mandate_id IS NOT NULL AND purpose <> 'entrusted_collection'"),
    )


def downgrade() -> None:
    op.drop_index("ix_instruction_mandate", "instruction")
    op.drop_index(op.f("ix_collection_plan_tenant_id_mandate_id"), "collection_plan")
    op.drop_table("party_capacity")  # accounts of the newer kind may be there: a wider CHECK harms no older program
