"""Files of statements in parts of some megabytes."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.walls import wall

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "statement_file_part",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_statement_file_part_position_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["statement_file.tenant_id", "statement_file.id"],
            name=op.f("fk_statement_file_part_tenant_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_statement_file_part")),
        sa.UniqueConstraint(
            "tenant_id", "file_id", "position", name=op.f("uq_statement_file_part_tenant_id_file_id_position")
        ),
    )
    wall("statement_file_part")
    # A file that was kept whole is its own only part, under its own id: that is what its ciphertext is bound to.
    op.execute("""
        INSERT INTO statement_file_part (tenant_id, id, file_id, position, key_id, sealed)
        SELECT tenant_id, id, id, 1, key_id, sealed FROM statement_file
    """)
    op.drop_column("statement_file", "key_id")
    op.drop_column("statement_file", "sealed")


def downgrade() -> None:
    op.add_column("statement_file", sa.Column("key_id", sa.String(32)))
    op.add_column("statement_file", sa.Column("sealed", sa.LargeBinary()))
    op.execute("""
        UPDATE statement_file AS file SET key_id = part.key_id, sealed = part.sealed
        FROM statement_file_part AS part WHERE part.tenant_id = file.tenant_id AND part.id = file.id
    """)
    # A file kept in parts has no way back: here it is refused.
    op.alter_column("statement_file", "key_id", nullable=False)
    op.alter_column("statement_file", "sealed", nullable=False)
    op.drop_table("statement_file_part")
