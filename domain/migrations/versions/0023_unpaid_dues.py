"""Dues that are not paid out, and payouts of what is not final, found without all others; movements by account alone."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The next plan of payouts finds out which of them are not at risk any more.
    op.add_column("client_payout", sa.Column("at_risk", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("client_payout", "at_risk", server_default=None)
    op.create_index(
        "ix_client_payout_at_risk",
        "client_payout",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("at_risk"),
    )
    op.create_check_constraint(
        op.f("ck_collection_due_paid_out_when_collected"), "collection_due", "payout_id IS NULL OR state = 'collected'"
    )
    op.create_index(
        "ix_collection_due_unpaid",
        "collection_due",
        ["tenant_id", "rolled_due_on"],
        unique=False,
        postgresql_where=sa.text("payout_id IS NULL"),
    )
    # A night writes a hundred thousand; a firm's are found by its accounts.
    op.drop_index("ix_pool_movement_tenant_id_party_id_currency", table_name="pool_movement")
    op.execute("ALTER TABLE sweep SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE sweep RESET (fillfactor)")
    op.create_index(
        "ix_pool_movement_tenant_id_party_id_currency",
        "pool_movement",
        ["tenant_id", "party_id", "currency"],
        unique=False,
    )
    op.drop_index("ix_collection_due_unpaid", table_name="collection_due")
    op.drop_constraint(op.f("ck_collection_due_paid_out_when_collected"), "collection_due")
    op.drop_index("ix_client_payout_at_risk", table_name="client_payout")
    op.drop_column("client_payout", "at_risk")
