"""Late interest that small sellers demand."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _late_interest()


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


def downgrade() -> None:
    op.drop_table("late_interest_demand")
