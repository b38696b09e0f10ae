"""Receivables: grades of confirmation with their evidence, eligibility, and what decides between lenders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.walls import wall

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "confirmation_notice",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("silence_is_consent", sa.Boolean(), nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_confirmation_notice_tenant_id_debtor_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_confirmation_notice")),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "registered_post",
                "courier",
                "email",
                "platform",
                "notary",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("answer_until", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "notice_id"],
            ["confirmation_notice.tenant_id", "confirmation_notice.id"],
            name=op.f("fk_notice_delivery_tenant_id_notice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "notice_id", name=op.f("pk_notice_delivery")),
    )
    op.create_index("ix_notice_delivery_answer_until", "notice_delivery", ["tenant_id", "answer_until"], unique=False)
    op.create_table(
        "assignment_notice",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "registered_post",
                "courier",
                "email",
                "platform",
                "notary",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_assignment_notice_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_assignment_notice_tenant_id_lender_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_assignment_notice_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_assignment_notice")),
    )
    op.create_index(
        "ix_assignment_notice_receivable", "assignment_notice", ["tenant_id", "receivable_id"], unique=False
    )
    op.create_table(
        "claim_registration",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("registry_name", sa.String(length=64), nullable=False),
        sa.Column("registry_reference", sa.String(length=64), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_claim_registration_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_claim_registration_tenant_id_lender_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_claim_registration_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_claim_registration")),
        sa.UniqueConstraint(
            "tenant_id",
            "receivable_id",
            "registry_reference",
            name=op.f("uq_claim_registration_tenant_id_receivable_id_registry_reference"),
        ),
    )
    op.create_table(
        "confirmation_evidence",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "silence",
                "signature",
                "waiver",
                "debtor_upload",
                "dispute",
                "settlement",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "grade",
            sa.Enum(
                "silent",
                "deemed",
                "signed",
                "signed_with_waiver",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_confirmation_evidence_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_confirmation_evidence_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_confirmation_evidence")),
    )
    op.create_index(
        "ix_confirmation_evidence_receivable",
        "confirmation_evidence",
        ["tenant_id", "receivable_id", "id"],
        unique=False,
    )
    op.create_table(
        "confirmation_notice_line",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "notice_id"],
            ["confirmation_notice.tenant_id", "confirmation_notice.id"],
            name=op.f("fk_confirmation_notice_line_tenant_id_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_confirmation_notice_line_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "notice_id", "receivable_id", name=op.f("pk_confirmation_notice_line")),
    )
    op.create_index(
        "ix_confirmation_notice_line_receivable",
        "confirmation_notice_line",
        ["tenant_id", "receivable_id"],
        unique=False,
    )
    op.create_table(
        "eligibility_check",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("policy_version", sa.String(length=32), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("pass", "warn", "fail", name="verdict", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("eligible_minor", sa.BigInteger(), nullable=False),
        sa.Column("results", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "verdict <> 'fail' OR eligible_minor = 0",
            name=op.f("ck_eligibility_check_nothing_eligible_where_a_rule_failed"),
        ),
        sa.CheckConstraint("eligible_minor >= 0", name=op.f("ck_eligibility_check_eligible_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_eligibility_check_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_eligibility_check")),
    )
    op.create_index(
        "ix_eligibility_check_receivable", "eligibility_check", ["tenant_id", "receivable_id", "id"], unique=False
    )
    op.create_table(
        "claim_discharge",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("discharged_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "registration_id"],
            ["claim_registration.tenant_id", "claim_registration.id"],
            name=op.f("fk_claim_discharge_tenant_id_registration_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "registration_id", name=op.f("pk_claim_discharge")),
    )
    wall(
        "confirmation_notice",
        "confirmation_notice_line",
        "notice_delivery",
        "confirmation_evidence",
        "eligibility_check",
        "claim_registration",
        "claim_discharge",
        "assignment_notice",
        append_only=True,
    )
    op.add_column("confirmation", sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=True))
    _add("confirmation", "reference", sa.String(length=140), sa.text("''"))
    _add("confirmation_line", "waives_defences", sa.Boolean(), sa.false())
    op.create_check_constraint(
        op.f("ck_confirmation_line_no_waiver_of_a_dispute"),
        "confirmation_line",
        "answer <> 'disputed' OR NOT waives_defences",
    )
    op.add_column("invoice_import", sa.Column("debtor_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invoice_import_tenant_id_debtor_id"),
        "invoice_import",
        "party",
        ["tenant_id", "debtor_id"],
        ["tenant_id", "id"],
    )
    op.add_column("receivable", sa.Column("delivered_on", sa.Date(), nullable=True))
    _add("receivable", "contract_reference", sa.String(length=64), sa.text("''"))
    for flag in ("not_assignable", "red_lettered", "is_certificate"):
        _add("receivable", flag, sa.Boolean(), sa.false())
    op.create_index(
        op.f("ix_receivable_tenant_id_seller_id_debtor_id"), "receivable", ["tenant_id", "seller_id", "debtor_id"]
    )
    op.create_index("ix_party_firm", "party", ["tenant_id", "country", "tax_id"])


def _add(table: str, column: str, kind: sa.types.TypeEngine, otherwise: sa.TextClause) -> None:
    """Rows that are there already get the value; new ones have to say it."""
    op.add_column(table, sa.Column(column, kind, nullable=False, server_default=otherwise))
    op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    op.drop_index("ix_party_firm", table_name="party")
    op.drop_index(op.f("ix_receivable_tenant_id_seller_id_debtor_id"), table_name="receivable")
    for column in ("is_certificate", "red_lettered", "not_assignable", "contract_reference", "delivered_on"):
        op.drop_column("receivable", column)
    op.drop_constraint(op.f("fk_invoice_import_tenant_id_debtor_id"), "invoice_import", type_="foreignkey")
    op.drop_column("invoice_import", "debtor_id")
    op.drop_column("confirmation_line", "waives_defences")
    op.drop_column("confirmation", "reference")
    op.drop_column("confirmation", "document_sha256")
    for table in (
        "claim_discharge",
        "eligibility_check",
        "confirmation_notice_line",
        "confirmation_evidence",
        "claim_registration",
        "assignment_notice",
        "notice_delivery",
        "confirmation_notice",
    ):
        op.drop_table(table)
