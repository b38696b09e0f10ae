"""Parts of receivables: split, passed on, merged back; policies of agents by two people."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.enums import allow
from domain.migrations.walls import wall

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHANGE_KINDS = (
    *("amend_facility", "resume_facility", "close_facility", "set_limit", "reference_rate", "lender_profile"),
    *("agent_policy",),
)
RECEIVABLE_STATES = (
    *("draft", "submitted", "verified", "rejected", "confirmed", "part_confirmed", "disputed", "listed", "financed"),
    *("part_paid", "paid", "overdue", "defaulted", "reassigned", "closed", "split", "merged"),
)
EVIDENCE_KINDS = ("silence", "signature", "waiver", "debtor_upload", "dispute", "settlement", "part")
DELIVERIES = ("registered_post", "courier", "email", "platform", "notary")


def upgrade() -> None:
    allow("kind", CHANGE_KINDS, "financing_change")
    allow("kind", EVIDENCE_KINDS, "confirmation_evidence")
    allow("state", RECEIVABLE_STATES, "receivable")
    _parents()
    _splits()
    _transfers()
    wall("receivable_split", "receivable_transfer")


def _parents() -> None:
    op.add_column("receivable", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_receivable_tenant_id_parent_id"),
        "receivable",
        "receivable",
        ["tenant_id", "parent_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        op.f("ix_receivable_tenant_id_parent_id"),
        "receivable",
        ["tenant_id", "parent_id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    _fingerprints("state NOT IN ('rejected', 'merged')")


def _fingerprints(among: str) -> None:
    op.drop_index("uq_receivable_fingerprint", table_name="receivable")
    op.create_index(
        "uq_receivable_fingerprint",
        "receivable",
        ["tenant_id", "fingerprint"],
        unique=True,
        postgresql_where=sa.text(among),
    )


def _splits() -> None:
    op.create_table(
        "receivable_split",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("whole_minor", sa.BigInteger(), nullable=False),
        sa.Column("faces_minor", postgresql.JSONB(), nullable=False),
        sa.Column("paid_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("diluted_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("beyond_usual_term", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'in_force', 'refused', 'merged')", name=op.f("ck_receivable_split_state")
        ),
        sa.CheckConstraint("whole_minor > 0", name=op.f("ck_receivable_split_whole_positive")),
        sa.CheckConstraint(
            "paid_before_minor >= 0 AND diluted_before_minor >= 0",
            name=op.f("ck_receivable_split_before_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "holder_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_receivable_split_tenant_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_receivable_split_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receivable_split")),
    )
    _indices("receivable_split", "state IN ('proposed', 'in_force')")


def _transfers() -> None:
    op.create_table(
        "receivable_transfer",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("notice_served_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("notice_how", sa.String(length=32), nullable=True),
        sa.Column("notice_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("notice_reference", sa.String(length=140), nullable=False),
        sa.Column("notice_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'accepted', 'refused')", name=op.f("ck_receivable_transfer_state")
        ),
        sa.CheckConstraint(
            "notice_how IN ({})".format(", ".join(f"'{how}'" for how in DELIVERIES)),
            name=op.f("ck_receivable_transfer_notice_how"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_receivable_transfer_amount_positive")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_receivable_transfer_to_another")),
        sa.CheckConstraint(
            "(accepted_on IS NULL) = (state <> 'accepted')", name=op.f("ck_receivable_transfer_accepted_on_a_day")
        ),
        sa.CheckConstraint(
            "notice_served_at IS NULL OR state = 'accepted'",
            name=op.f("ck_receivable_transfer_told_of_what_happened"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_receivable_transfer_tenant_id_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_receivable_transfer_tenant_id_receivable_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_receivable_transfer_tenant_id_to_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receivable_transfer")),
    )
    _indices("receivable_transfer", "state IN ('proposed', 'approved')")


def _indices(table: str, live: str) -> None:
    """One of a receivable may be live at a time; all of it are found."""
    columns = ["tenant_id", "receivable_id"]
    op.create_index(op.f(f"ix_{table}_tenant_id_receivable_id"), table, columns)
    live_one = sa.text(live)
    op.create_index(f"uq_{table}_live", table, columns, unique=True, postgresql_where=live_one)


def downgrade() -> None:
    op.drop_table("receivable_transfer")
    op.drop_table("receivable_split")
    _fingerprints("state <> 'rejected'")
    op.drop_index(op.f("ix_receivable_tenant_id_parent_id"), table_name="receivable")
    op.drop_constraint(op.f("fk_receivable_tenant_id_parent_id"), "receivable", type_="foreignkey")
    op.drop_column("receivable", "parent_id")
    allow("state", RECEIVABLE_STATES[:-2], "receivable")
    allow("kind", EVIDENCE_KINDS[:-1], "confirmation_evidence")
    allow("kind", CHANGE_KINDS[:-1], "financing_change")
