"""Ordinary dues, found by their day: collecting a million of them changes no index."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0018"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection_horizon",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("open_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_collection_horizon")),
    )
    wall("collection_horizon")
    op.drop_index("ix_collection_due_failed", table_name="collection_due")
    op.drop_index("ix_collection_due_open", table_name="collection_due")
    op.drop_index("ix_collection_due_payable", table_name="collection_due")
    op.add_column("collection_due", sa.Column("ordinary", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("collection_due", "ordinary", server_default=None)
    # What is over need not be found by itself; everything else is, until its day has come and gone.
    op.execute("UPDATE collection_due SET ordinary = true WHERE state IN ('collected', 'handed_back', 'cancelled')")
    op.execute("ALTER TABLE collection_due SET (fillfactor = 50)")
    op.create_index("ix_collection_due_day", "collection_due", ["tenant_id", "rolled_due_on"], unique=False)
    op.create_index(
        "ix_collection_due_apart",
        "collection_due",
        ["tenant_id", "rolled_due_on"],
        unique=False,
        postgresql_where=sa.text("NOT ordinary"),
    )


def downgrade() -> None:
    op.drop_index("ix_collection_due_apart", table_name="collection_due")
    op.drop_index("ix_collection_due_day", table_name="collection_due")
    op.execute("ALTER TABLE collection_due RESET (fillfactor)")
    op.drop_column("collection_due", "ordinary")
    op.create_index(
        "ix_collection_due_payable",
        "collection_due",
        ["tenant_id", "client_id", "collected_on"],
        unique=False,
        postgresql_where=sa.text("state = 'collected' AND payout_id IS NULL"),
    )
    op.create_index(
        "ix_collection_due_open",
        "collection_due",
        ["tenant_id", "rolled_due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'notified', 'returned')"),
    )
    op.create_index(
        "ix_collection_due_failed",
        "collection_due",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.drop_table("collection_horizon")
