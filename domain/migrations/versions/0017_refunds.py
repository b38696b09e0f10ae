"""Dues that we gave back, and claims on clients for refunds in part."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.enums import allow

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

_BEFORE = ("planned", "notified", "collected", "returned")
_AFTER = ("failed", "handed_back", "cancelled")


def upgrade() -> None:
    allow("state", [*_BEFORE, "given_back", *_AFTER], "collection_due")
    op.alter_column("client_claim", "paid_by", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.alter_column("client_claim", "paid_by", existing_type=sa.Uuid(), nullable=False)
    allow("state", [*_BEFORE, *_AFTER], "collection_due")
