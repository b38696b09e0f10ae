"""Firms: how they stand to each other, which are small, and how well a debtor confirmed."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_relation",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("related_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("affiliate", "guarantor", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.CheckConstraint("party_id <> related_id", name=op.f("ck_party_relation_two_parties")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_relation_tenant_id_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "related_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_relation_tenant_id_related_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "party_id", "related_id", "kind", name=op.f("pk_party_relation")),
    )
    wall("party_relation")
    op.add_column("party", sa.Column("is_small", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("party", "is_small", server_default=None)
    op.add_column("receivable", sa.Column("confirmation_grade", sa.String(32), nullable=True))
    # A column that is added leaves out the CHECK that its type brings along.
    op.create_check_constraint(
        op.f("ck_receivable_confirmation_grade"),
        "receivable",
        "confirmation_grade IN ('silent', 'deemed', 'signed', 'signed_with_waiver')",
    )
    op.execute("UPDATE receivable SET confirmation_grade = 'signed' WHERE confirmed_minor IS NOT NULL")


def downgrade() -> None:
    op.drop_column("receivable", "confirmation_grade")
    op.drop_column("party", "is_small")
    op.drop_table("party_relation")
