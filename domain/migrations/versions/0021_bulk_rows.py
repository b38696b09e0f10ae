"""Movements of pools and loan slips without foreign keys."""

from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None

# Of rows that a night makes by the hundred thousand, out of rows that have these keys themselves.
_KEYS = {
    "pool_movement": {
        "structure_id": "pool_structure",
        "account_id": "bank_account",
        "parent_account_id": "bank_account",
        "party_id": "party",
    },
    "loan_slip": {
        "sweep_id": "sweep",
        "structure_id": "pool_structure",
        "lender_id": "party",
        "borrower_id": "party",
    },
}


def upgrade() -> None:
    for table, targets in _KEYS.items():
        for column in targets:
            op.drop_constraint(op.f(f"fk_{table}_tenant_id_{column}"), table)


def downgrade() -> None:
    for table, targets in _KEYS.items():
        for column, target in targets.items():
            name = op.f(f"fk_{table}_tenant_id_{column}")
            op.create_foreign_key(name, table, target, ["tenant_id", column], ["tenant_id", "id"])
