"""The foundation: every table of the first release, its walls and grants."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = [
    "accrual_run",
    "advance_accrual",
    "api_key",
    "approval",
    "audit_entry",
    "bank_answer",
    "bank_answer_cursor",
    "bank_message",
    "fingerprint",
    "idempotency_record",
    "instruction_event",
    "invoice_import",
    "job_run",
    "ledger_account",
    "ledger_batch",
    "ledger_posting",
    "ledger_transfer",
    "number_head",
    "outbox_event",
    "party",
    "person",
    "run",
    "run_limit",
    "seal_block",
    "state_transition",
    "statement_file",
    "takings_import",
    "tenant",
    "bank_account",
    "bank_answer_item",
    "bank_message_content",
    "confirmation",
    "facility",
    "funding_order",
    "ledger_reject",
    "login_session",
    "membership",
    "receivable",
    "run_certificate",
    "till_week",
    "bank_message_block",
    "confirmation_line",
    "facility_debtor",
    "financing_request",
    "instruction",
    "mandate",
    "pool_structure",
    "run_balance",
    "statement",
    "bank_exception",
    "cash_agreement",
    "offer",
    "opening_balance",
    "planned_attempt",
    "pool_member",
    "statement_balance",
    "statement_entry",
    "sweep_proposal",
    "advance",
    "sweep",
    "taking",
    "advance_event",
]
APPEND_ONLY = [
    "accrual_run",
    "advance_accrual",
    "audit_entry",
    "instruction_event",
    "ledger_batch",
    "ledger_posting",
    "ledger_transfer",
    "seal_block",
    "state_transition",
    "ledger_reject",
    "run_certificate",
    "till_week",
    "bank_message_block",
    "confirmation_line",
    "statement",
    "opening_balance",
    "statement_balance",
    "advance_event",
]
GLOBAL = ["fingerprint"]
ROLES = "tributary_api, tributary_worker"


def upgrade() -> None:
    op.create_table(
        "accrual_run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("advances", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "business_date", name=op.f("pk_accrual_run")),
        info={"append_only": True},
    )
    op.create_table(
        "advance_accrual",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "business_date", "advance_id", name=op.f("pk_advance_accrual")),
        info={"append_only": True},
    )
    op.create_table(
        "api_key",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("slot BETWEEN 1 AND 2", name=op.f("ck_api_key_slot")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_key")),
    )
    op.create_index(
        "uq_api_key_live_slot",
        "api_key",
        ["tenant_id", "name", "slot"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "approval",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "superseded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval")),
    )
    op.create_index("ix_approval_subject", "approval", ["tenant_id", "subject_kind", "subject_id", "id"], unique=False)
    op.create_index(
        "uq_approval_current",
        "approval",
        ["tenant_id", "subject_kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_audit_entry_tenant_id_subject_id"), "audit_entry", ["tenant_id", "subject", "id"], unique=False
    )
    op.create_table(
        "bank_answer",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "stored", "applied", "quarantined", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'quarantined') = (reason IS NOT NULL)", name=op.f("ck_bank_answer_quarantined_with_reason")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_answer")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_bank_answer_tenant_id_digest")),
    )
    op.create_index(
        "ix_bank_answer_stored",
        "bank_answer",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'stored'"),
    )
    op.create_table(
        "bank_answer_cursor",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel", name=op.f("pk_bank_answer_cursor")),
    )
    op.create_table(
        "bank_message",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column(
            "direction",
            sa.Enum("debit", "credit", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "prepared",
                "transmitted",
                "unknown",
                "acknowledged",
                "part_answered",
                "answered",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("item_count > 0 AND total_minor > 0", name=op.f("ck_bank_message_not_empty")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_message")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_bank_message_tenant_id_number")),
    )
    op.create_index(
        "ix_bank_message_open",
        "bank_message",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('prepared', 'transmitted', 'unknown')"),
    )
    op.create_index(op.f("ix_bank_message_tenant_id_run_id"), "bank_message", ["tenant_id", "run_id"], unique=False)
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("likeness", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_fingerprint")),
        info={"global": True},
    )
    op.create_index(op.f("ix_fingerprint_likeness"), "fingerprint", ["likeness"], unique=False)
    op.create_table(
        "idempotency_record",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("in_flight", "done", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "actor", "key", name=op.f("pk_idempotency_record")),
    )
    op.create_table(
        "instruction_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "locked",
                "submitted",
                "accepted",
                "settled",
                "final",
                "rejected",
                "returned",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_instruction_event")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_instruction_event_tenant_id_instruction_id"),
        "instruction_event",
        ["tenant_id", "instruction_id"],
        unique=False,
    )
    op.create_table(
        "invoice_import",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_registered", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_import")),
    )
    op.create_table(
        "job_run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(16), nullable=False),
        sa.Column(
            "state",
            sa.Enum("running", "done", "failed", name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "job", "business_date", "slot", name=op.f("pk_job_run")),
    )
    op.create_table(
        "ledger_account",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cash_at_bank",
                "in_transit",
                "suspense",
                "wallet",
                "ic_due_from_header",
                "ic_due_to_branch",
                "advance_principal",
                "interest_receivable",
                "penalty_receivable",
                "holdback_payable",
                "deposit_held",
                "funding_capital",
                "takings",
                "fee_income",
                "interest_income",
                "penalty_income",
                "cost_recovery",
                "dilution_claim",
                "recourse_claim",
                "provision",
                "bad_debt",
                "fx_position",
                "tolerance",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "normal_side",
            sa.Enum("debit", "credit", name="normal_side", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("may_go_negative", sa.Boolean(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column("debits_posted", sa.BigInteger(), nullable=False),
        sa.Column("credits_posted", sa.BigInteger(), nullable=False),
        sa.Column("debits_pending", sa.BigInteger(), nullable=False),
        sa.Column("credits_pending", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "may_go_negative OR CASE normal_side WHEN 'debit' THEN debits_posted - credits_posted - credits_pending ELSE credits_posted - debits_posted - debits_pending END >= floor_minor",
            name=op.f("ck_ledger_account_floor"),
        ),
        sa.CheckConstraint(
            "debits_posted >= 0 AND credits_posted >= 0 AND debits_pending >= 0 AND credits_pending >= 0",
            name=op.f("ck_ledger_account_counters_not_negative"),
        ),
        sa.CheckConstraint("floor_minor <= 0", name=op.f("ck_ledger_account_floor_not_above_zero")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "tenant_id",
            "owner",
            "kind",
            "currency",
            name=op.f("uq_ledger_account_tenant_id_owner_kind_currency"),
            postgresql_nulls_not_distinct=True,
        ),
        postgresql_with={"fillfactor": 45},
    )
    op.create_table(
        "ledger_batch",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("chunk_count", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_ledger_batch")),
        info={"append_only": True},
    )
    op.create_table(
        "ledger_posting",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("first_transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "transfer_count >= 0 AND rejected_count >= 0 AND total_minor >= 0", name=op.f("ck_ledger_posting_counts")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_posting")),
        sa.UniqueConstraint("tenant_id", "key", "chunk", name=op.f("uq_ledger_posting_tenant_id_key_chunk")),
        sa.UniqueConstraint("tenant_id", "reverses", name=op.f("uq_ledger_posting_tenant_id_reverses")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_ledger_posting_tenant_id_source"), "ledger_posting", ["tenant_id", "source"], unique=False)
    op.create_index(
        op.f("ix_ledger_posting_tenant_id_value_date_id"),
        "ledger_posting",
        ["tenant_id", "value_date", "id"],
        unique=False,
    )
    op.create_table(
        "ledger_transfer",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column("debit_account_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.BigInteger(), nullable=True),
        sa.Column("pending_id", sa.BigInteger(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("mode", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("(pending_id IS NOT NULL) = (mode IN (2, 3))", name=op.f("ck_ledger_transfer_ends_a_hold")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_transfer_amount_positive")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_ledger_transfer_two_accounts")),
        sa.CheckConstraint("mode BETWEEN 0 AND 4", name=op.f("ck_ledger_transfer_mode")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_transfer")),
        info={"append_only": True},
    )
    op.create_index(
        "ix_ledger_transfer_credit",
        "ledger_transfer",
        ["tenant_id", "credit_account_id", "value_date", "id"],
        unique=False,
    )
    op.create_index(
        "ix_ledger_transfer_debit",
        "ledger_transfer",
        ["tenant_id", "debit_account_id", "value_date", "id"],
        unique=False,
    )
    op.create_index(
        "uq_ledger_transfer_pending_id",
        "ledger_transfer",
        ["tenant_id", "pending_id"],
        unique=True,
        postgresql_where=sa.text("pending_id IS NOT NULL"),
    )
    op.create_index(
        "uq_ledger_transfer_reference",
        "ledger_transfer",
        ["tenant_id", "reference"],
        unique=True,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.create_table(
        "number_head",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.String(32), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "series", name=op.f("pk_number_head")),
    )
    op.create_table(
        "outbox_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox_event")),
    )
    op.create_index(
        "ix_outbox_event_unsent",
        "outbox_event",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "party",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "hq",
                "branch",
                "supplier",
                "agent",
                "debtor",
                "lender",
                "payee",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(collation="C"), nullable=False),
        sa.Column("initials", sa.String(collation="C"), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("tax_id", sa.String(32), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["party.tenant_id", "party.id"], name=op.f("fk_party_tenant_id_parent_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party")),
        sa.UniqueConstraint("tenant_id", "kind", "code", name=op.f("uq_party_tenant_id_kind_code")),
    )
    op.create_index("ix_party_name_key", "party", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index(
        "uq_party_tax_id",
        "party",
        ["tenant_id", "kind", "country", "tax_id"],
        unique=True,
        postgresql_where=sa.text("tax_id IS NOT NULL"),
    )
    op.create_table(
        "person",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_key_id", sa.String(32), nullable=True),
        sa.Column("totp_enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(totp_secret IS NULL) = (totp_key_id IS NULL)", name=op.f("ck_person_totp_sealed")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_lower")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_person")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_person_tenant_id_email")),
    )
    op.create_table(
        "run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "debit",
                "disbursement",
                "sweep",
                "release",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(16), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "frozen",
                "reopened",
                "approved",
                "generated",
                "transmitted",
                "unknown",
                "acknowledged",
                "part_answered",
                "answered",
                "reconciled",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_count", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_run_closed_at_closing")),
        sa.CheckConstraint("(digest IS NULL) = (frozen_at IS NULL)", name=op.f("ck_run_frozen_with_digest")),
        sa.CheckConstraint("item_count >= 0 AND left_count BETWEEN 0 AND item_count", name=op.f("ck_run_counts")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_run")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "business_date", "slot", name=op.f("uq_run_tenant_id_kind_business_date_slot")
        ),
    )
    op.create_index(
        "ix_run_unfinished", "run", ["tenant_id", "id"], unique=False, postgresql_where=sa.text("state <> 'closed'")
    )
    op.create_table(
        "run_limit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "debit",
                "disbursement",
                "sweep",
                "release",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("automatic_minor", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("automatic_minor >= 0", name=op.f("ck_run_limit_not_negative")),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "currency", name=op.f("pk_run_limit")),
    )
    op.create_table(
        "seal_block",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("block_no", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "octet_length(leaves) = 16 * (last_id - first_id + 1)", name=op.f("ck_seal_block_a_leaf_per_row")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "chain", "block_no", name=op.f("pk_seal_block")),
        info={"append_only": True},
    )
    op.create_table(
        "state_transition",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_state_transition")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_state_transition_tenant_id_entity_id"), "state_transition", ["tenant_id", "entity_id"], unique=False
    )
    op.create_table(
        "statement_file",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_statement_file")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_statement_file_tenant_id_digest")),
    )
    op.create_table(
        "takings_import",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_outside", sa.Integer(), nullable=False),
        sa.Column("rows_known", sa.Integer(), nullable=False),
        sa.Column("rows_taken", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_takings_import")),
    )
    op.create_table(
        "tenant",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("sandbox_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cooling_off_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cooling_off_days >= CASE WHEN sandbox THEN 0 ELSE 1 END", name=op.f("ck_tenant_cooling_off")
        ),
        sa.CheckConstraint("sandbox = (sandbox_at IS NOT NULL)", name=op.f("ck_tenant_sandbox_has_clock")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "bank_account",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("holder_name", sa.String(140), nullable=False),
        sa.Column("bank_id", sa.String(14), nullable=False),
        sa.Column("number_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("masked", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "registered", "verified", "closed", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("verified_by", sa.String(), nullable=True),
        sa.Column(
            "evidence",
            sa.Enum(
                "second_person",
                "name_check",
                "micro_deposit",
                name="evidence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("usable_from", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state <> 'verified' OR (verified_by IS NOT NULL AND verified_by <> registered_by AND usable_from IS NOT NULL)",
            name=op.f("ck_bank_account_verified_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["party.tenant_id", "party.id"], name=op.f("fk_bank_account_tenant_id_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_bank_account_tenant_id_replaces_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_account")),
    )
    op.create_index("ix_bank_account_key", "bank_account", ["tenant_id", "key_id"], unique=False)
    op.create_index("ix_bank_account_party", "bank_account", ["tenant_id", "party_id"], unique=False)
    op.create_index(
        "uq_bank_account_number",
        "bank_account",
        ["tenant_id", "number_hash", "bank_id", "currency"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "bank_answer_item",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("instruction_id", sa.BigInteger(), nullable=True),
        sa.Column("end_to_end_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "accepted",
                "settled",
                "rejected",
                "returned",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("reason", sa.String(35), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "applied",
                "stale",
                "exception",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "answer_id"],
            ["bank_answer.tenant_id", "bank_answer.id"],
            name=op.f("fk_bank_answer_item_tenant_id_answer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "answer_id", "position", name=op.f("pk_bank_answer_item")),
    )
    op.create_index(
        op.f("ix_bank_answer_item_tenant_id_instruction_id"),
        "bank_answer_item",
        ["tenant_id", "instruction_id"],
        unique=False,
    )
    op.create_index(
        "ix_bank_answer_item_waiting",
        "bank_answer_item",
        ["tenant_id", "instruction_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "bank_message_content",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["bank_message.tenant_id", "bank_message.id"],
            name=op.f("fk_bank_message_content_tenant_id_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_message_content")),
    )
    op.create_table(
        "confirmation",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed", "signed", "refused", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_confirmation_tenant_id_debtor_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_confirmation")),
    )
    op.create_table(
        "facility",
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("overdue_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column(
            "day_count",
            sa.Enum(
                "act/360", "act/365f", "30/360", name="day_count", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "interest_timing",
            sa.Enum("rear", "front", name="interest_timing", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "rounding",
            sa.Enum(
                "half_up",
                "half_even",
                "truncate",
                "floor",
                name="rounding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "roll",
            sa.Enum(
                "following",
                "preceding",
                "modified_following",
                "none",
                name="roll",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("roll_accrues", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("waterfall", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("debtor_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.Column("advance_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("fee_bp", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("auto_offer", sa.Boolean(), nullable=False),
        sa.Column("max_tenor_days", sa.Integer(), nullable=False),
        sa.Column("offer_valid_days", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "active",
                "suspended",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("advance_rate > 0 AND advance_rate <= 1", name=op.f("ck_facility_advance_rate_fraction")),
        sa.CheckConstraint("annual_rate >= 0 AND annual_rate < 1", name=op.f("ck_facility_annual_rate_fraction")),
        sa.CheckConstraint("fee_bp >= 0 AND fee_bp < 10000", name=op.f("ck_facility_fee_within_face")),
        sa.CheckConstraint("grace_days >= 0 AND overdue_multiplier >= 1", name=op.f("ck_facility_overdue_terms")),
        sa.CheckConstraint("limit_minor > 0", name=op.f("ck_facility_limit_positive")),
        sa.CheckConstraint("used_minor >= 0", name=op.f("ck_facility_used_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"], ["party.tenant_id", "party.id"], name=op.f("fk_facility_tenant_id_lender_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"], ["party.tenant_id", "party.id"], name=op.f("fk_facility_tenant_id_seller_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_facility")),
    )
    op.create_table(
        "funding_order",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("funding_on", sa.Date(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_funding_order_tenant_id_lender_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_funding_order")),
    )
    op.create_table(
        "ledger_reject",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("debit_account_id", sa.BigInteger(), nullable=True),
        sa.Column("credit_account_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.BigInteger(), nullable=True),
        sa.Column("pending_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "posting_id"],
            ["ledger_posting.tenant_id", "ledger_posting.id"],
            name=op.f("fk_ledger_reject_tenant_id_posting_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "posting_id", "line", name=op.f("pk_ledger_reject")),
        info={"append_only": True},
    )
    op.create_table(
        "login_session",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_login_session_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_login_session")),
    )
    op.create_index(
        op.f("ix_login_session_tenant_id_person_id"), "login_session", ["tenant_id", "person_id"], unique=False
    )
    op.create_table(
        "membership",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "treasury",
                "branch_maker",
                "branch_checker",
                "supplier_maker",
                "supplier_checker",
                "debtor_maker",
                "debtor_checker",
                "lender_maker",
                "lender_checker",
                "operator",
                "risk",
                "auditor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_membership_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", "role", name=op.f("pk_membership")),
    )
    op.create_table(
        "receivable",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_code", sa.String(32), nullable=False),
        sa.Column("invoice_number", sa.String(64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("resembles_registered", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "verified",
                "rejected",
                "confirmed",
                "part_confirmed",
                "disputed",
                "listed",
                "financed",
                "part_paid",
                "paid",
                "overdue",
                "defaulted",
                "reassigned",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("exposure_minor", sa.BigInteger(), nullable=False),
        sa.Column("disputed_on", sa.Date(), nullable=True),
        sa.Column("dispute_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "confirmed_minor > 0 AND confirmed_minor <= face_minor", name=op.f("ck_receivable_confirmed_within_face")
        ),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_receivable_dates_in_order")),
        sa.CheckConstraint(
            "exposure_minor BETWEEN 0 AND greatest(coalesce(confirmed_minor, 0) - paid_minor, 0)",
            name=op.f("ck_receivable_exposure_within_unpaid"),
        ),
        sa.CheckConstraint("face_minor > 0", name=op.f("ck_receivable_face_positive")),
        sa.CheckConstraint("paid_minor >= 0", name=op.f("ck_receivable_paid_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"], ["party.tenant_id", "party.id"], name=op.f("fk_receivable_tenant_id_debtor_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["invoice_import.tenant_id", "invoice_import.id"],
            name=op.f("fk_receivable_tenant_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"], ["party.tenant_id", "party.id"], name=op.f("fk_receivable_tenant_id_seller_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receivable")),
    )
    op.create_index(op.f("ix_receivable_tenant_id_import_id"), "receivable", ["tenant_id", "import_id"], unique=False)
    op.create_index(
        op.f("ix_receivable_tenant_id_invoice_number"), "receivable", ["tenant_id", "invoice_number"], unique=False
    )
    op.create_index(op.f("ix_receivable_tenant_id_state_id"), "receivable", ["tenant_id", "state", "id"], unique=False)
    op.create_index(
        "uq_receivable_fingerprint",
        "receivable",
        ["tenant_id", "fingerprint"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_table(
        "run_certificate",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["run.tenant_id", "run.id"], name=op.f("fk_run_certificate_tenant_id_run_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", name=op.f("pk_run_certificate")),
        info={"append_only": True},
    )
    op.create_table(
        "till_week",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("till", sa.String(32), nullable=False),
        sa.Column("week_ends_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "branch_id"], ["party.tenant_id", "party.id"], name=op.f("fk_till_week_tenant_id_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["takings_import.tenant_id", "takings_import.id"],
            name=op.f("fk_till_week_tenant_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "branch_id", "till", "week_ends_on", name=op.f("pk_till_week")),
        info={"append_only": True},
    )
    op.create_table(
        "bank_message_block",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("own_account_id", sa.Uuid(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "position > 0 AND item_count > 0 AND total_minor > 0", name=op.f("ck_bank_message_block_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["bank_message.tenant_id", "bank_message.id"],
            name=op.f("fk_bank_message_block_tenant_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "own_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_bank_message_block_tenant_id_own_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", "position", name=op.f("pk_bank_message_block")),
        sa.UniqueConstraint(
            "tenant_id",
            "message_id",
            "own_account_id",
            name=op.f("uq_bank_message_block_tenant_id_message_id_own_account_id"),
        ),
        info={"append_only": True},
    )
    op.create_table(
        "confirmation_line",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmation_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum("confirmed", "disputed", name="answer", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(answer = 'disputed') = (amount_minor IS NULL)", name=op.f("ck_confirmation_line_amount_unless_disputed")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_confirmation_line_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "confirmation_id"],
            ["confirmation.tenant_id", "confirmation.id"],
            name=op.f("fk_confirmation_line_tenant_id_confirmation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_confirmation_line_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "confirmation_id", "receivable_id", name=op.f("pk_confirmation_line")),
        info={"append_only": True},
    )
    op.create_index(
        "ix_confirmation_line_receivable", "confirmation_line", ["tenant_id", "receivable_id"], unique=False
    )
    op.create_table(
        "facility_debtor",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_minor >= 0", name=op.f("ck_facility_debtor_used_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_facility_debtor_tenant_id_debtor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_facility_debtor_tenant_id_facility_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "facility_id", "debtor_id", name=op.f("pk_facility_debtor")),
    )
    op.create_table(
        "financing_request",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved_by_seller",
                "open",
                "accepted",
                "lapsed",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("sealed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_financing_request_tenant_id_receivable_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_financing_request")),
    )
    op.create_index("ix_financing_request_batch", "financing_request", ["tenant_id", "batch_id"], unique=False)
    op.create_index("ix_financing_request_state", "financing_request", ["tenant_id", "state", "id"], unique=False)
    op.create_index(
        "uq_financing_request_live",
        "financing_request",
        ["tenant_id", "receivable_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'approved_by_seller', 'open', 'accepted')"),
    )
    op.create_table(
        "instruction",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("debit", "credit", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "advance_disbursement",
                "receivable_collection",
                "holdback_release",
                "sweep",
                "payout",
                "refund",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("obligation_key", sa.String(128), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("own_account_id", sa.Uuid(), nullable=False),
        sa.Column("counter_account_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("remittance", sa.String(140), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "locked",
                "submitted",
                "accepted",
                "settled",
                "final",
                "rejected",
                "returned",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("hold_transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(35), nullable=True),
        sa.Column("final_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state IN ('created', 'locked', 'cancelled')) = (message_id IS NULL) AND (message_id IS NULL) = (hold_transfer_id IS NULL)",
            name=op.f("ck_instruction_held_from_submission"),
        ),
        sa.CheckConstraint(
            "(state IN ('settled', 'final', 'returned')) = (value_date IS NOT NULL) AND (value_date IS NULL) = (final_on IS NULL)",
            name=op.f("ck_instruction_dated_when_settled"),
        ),
        sa.CheckConstraint(
            "direction <> 'debit' OR mandate_id IS NOT NULL", name=op.f("ck_instruction_debit_has_mandate")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_instruction_amount_positive")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_instruction_attempt_positive")),
        sa.CheckConstraint("own_account_id <> counter_account_id", name=op.f("ck_instruction_two_accounts")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "counter_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_instruction_tenant_id_counter_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["bank_message.tenant_id", "bank_message.id"],
            name=op.f("fk_instruction_tenant_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "own_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_instruction_tenant_id_own_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_instruction")),
        sa.UniqueConstraint(
            "tenant_id", "obligation_key", "attempt", name=op.f("uq_instruction_tenant_id_obligation_key_attempt")
        ),
    )
    op.create_index(
        "ix_instruction_cancelled",
        "instruction",
        ["tenant_id", "obligation_key"],
        unique=False,
        postgresql_where=sa.text("state = 'cancelled'"),
    )
    op.create_index("ix_instruction_message", "instruction", ["tenant_id", "message_id", "id"], unique=False)
    op.create_index("ix_instruction_run", "instruction", ["tenant_id", "run_id", "id"], unique=False)
    op.create_index("ix_instruction_subject", "instruction", ["tenant_id", "subject_id"], unique=False)
    op.create_index(
        "ix_instruction_unfinal",
        "instruction",
        ["tenant_id", "final_on"],
        unique=False,
        postgresql_where=sa.text("state = 'settled'"),
    )
    op.create_index(
        "ix_instruction_waiting",
        "instruction",
        ["tenant_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'created' AND run_id IS NULL"),
    )
    op.create_index(
        "uq_instruction_obligation_held",
        "instruction",
        ["tenant_id", "obligation_key"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'locked', 'submitted', 'accepted', 'settled', 'final')"),
    )
    op.create_table(
        "mandate",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.String(35), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "trade_payment",
                "fund_sweep",
                "rent",
                "utilities",
                "insurance",
                "tuition",
                "loan_repayment",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "active", "suspended", "cancelled", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= signed_on", name=op.f("ck_mandate_dates_in_order")),
        sa.CheckConstraint("version > 0", name=op.f("ck_mandate_version_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_mandate_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["party.tenant_id", "party.id"], name=op.f("fk_mandate_tenant_id_party_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_mandate_tenant_id_reference")),
    )
    op.create_index(
        "ix_mandate_active",
        "mandate",
        ["tenant_id", "party_id", "currency", "purpose"],
        unique=False,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "pool_structure",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("header_account_id", sa.Uuid(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "sweep_order",
            sa.Enum(
                "credit_first", "debit_first", name="sweep_order", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("auto_approve", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "header_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_structure_tenant_id_header_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_structure")),
        sa.UniqueConstraint(
            "tenant_id", "header_account_id", name=op.f("uq_pool_structure_tenant_id_header_account_id")
        ),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_pool_structure_tenant_id_name")),
    )
    op.create_table(
        "run_balance",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_minor", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_run_balance_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["run.tenant_id", "run.id"], name=op.f("fk_run_balance_tenant_id_run_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "run_id", "account_id", "currency", name=op.f("pk_run_balance")),
    )
    op.create_table(
        "statement",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("bank_reference", sa.String(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_statement_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["statement_file.tenant_id", "statement_file.id"],
            name=op.f("fk_statement_tenant_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "bank_reference",
            "closed_on",
            name=op.f("uq_statement_tenant_id_account_id_bank_reference_closed_on"),
        ),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_statement_tenant_id_account_id_closed_on"),
        "statement",
        ["tenant_id", "account_id", "closed_on"],
        unique=False,
    )
    op.create_table(
        "bank_exception",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "unknown_reference",
                "other_message",
                "other_account",
                "contradiction",
                "amount_differs",
                "returned_after_final",
                "answer_quarantined",
                "unknown_account",
                "statement_gap",
                "statement_sum",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by IS NULL)", name=op.f("ck_bank_exception_resolved_by_somebody")
        ),
        sa.CheckConstraint(
            "num_nonnulls(answer_id, file_id, statement_id) = 1", name=op.f("ck_bank_exception_from_one_source")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "answer_id"],
            ["bank_answer.tenant_id", "bank_answer.id"],
            name=op.f("fk_bank_exception_tenant_id_answer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["statement_file.tenant_id", "statement_file.id"],
            name=op.f("fk_bank_exception_tenant_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "statement_id"],
            ["statement.tenant_id", "statement.id"],
            name=op.f("fk_bank_exception_tenant_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_exception")),
    )
    op.create_index(
        "ix_bank_exception_open",
        "bank_exception",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "cash_agreement",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum("value", "booking", name="basis", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("ledger_minor", sa.BigInteger(), nullable=False),
        sa.Column("bank_minor", sa.BigInteger(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("on_statement_only_minor", sa.BigInteger(), nullable=False),
        sa.Column("in_books_only_minor", sa.BigInteger(), nullable=False),
        sa.Column("unmatched", sa.Integer(), nullable=False),
        sa.Column("in_suspense", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_cash_agreement_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "statement_id"],
            ["statement.tenant_id", "statement.id"],
            name=op.f("fk_cash_agreement_tenant_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "on", "account_id", name=op.f("pk_cash_agreement")),
    )
    op.create_index(
        "ix_cash_agreement_differs",
        "cash_agreement",
        ["tenant_id", "on"],
        unique=False,
        postgresql_where=sa.text("difference_minor <> 0"),
    )
    op.create_table(
        "offer",
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("overdue_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column(
            "day_count",
            sa.Enum(
                "act/360", "act/365f", "30/360", name="day_count", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "interest_timing",
            sa.Enum("rear", "front", name="interest_timing", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "rounding",
            sa.Enum(
                "half_up",
                "half_even",
                "truncate",
                "floor",
                name="rounding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "roll",
            sa.Enum(
                "following",
                "preceding",
                "modified_following",
                "none",
                name="roll",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("roll_accrues", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("waterfall", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("advance_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("fee_bp", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("all_in_simple", sa.Numeric(precision=18, scale=9), nullable=False),
        sa.Column("all_in_effective", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "offered",
                "accepted",
                "declined",
                "withdrawn",
                "expired",
                "outbid",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("net_minor > 0", name=op.f("ck_offer_net_positive")),
        sa.CheckConstraint("principal_minor > 0", name=op.f("ck_offer_principal_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_offer_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"], ["party.tenant_id", "party.id"], name=op.f("fk_offer_tenant_id_lender_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["financing_request.tenant_id", "financing_request.id"],
            name=op.f("fk_offer_tenant_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_offer")),
    )
    op.create_index("ix_offer_batch", "offer", ["tenant_id", "batch_id"], unique=False)
    op.create_index("ix_offer_request", "offer", ["tenant_id", "request_id"], unique=False)
    op.create_index("ix_offer_state", "offer", ["tenant_id", "state", "expires_on"], unique=False)
    op.create_index(
        "uq_offer_live",
        "offer",
        ["tenant_id", "request_id", "facility_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'offered', 'accepted')"),
    )
    op.create_table(
        "opening_balance",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_opening_balance_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "statement_id"],
            ["statement.tenant_id", "statement.id"],
            name=op.f("fk_opening_balance_tenant_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name=op.f("pk_opening_balance")),
        info={"append_only": True},
    )
    op.create_table(
        "planned_attempt",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("obligation_key", sa.String(128), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "advance_disbursement",
                "receivable_collection",
                "holdback_release",
                "sweep",
                "payout",
                "refund",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("presentation", sa.Integer(), nullable=False),
        sa.Column("presented_on", sa.Date(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("follows", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.BigInteger(), nullable=True),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("attempt > 1 AND presentation > 0 AND period >= 0", name=op.f("ck_planned_attempt_counted")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "follows"],
            ["instruction.tenant_id", "instruction.id"],
            name=op.f("fk_planned_attempt_tenant_id_follows"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "taken_by"],
            ["instruction.tenant_id", "instruction.id"],
            name=op.f("fk_planned_attempt_tenant_id_taken_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "obligation_key", "attempt", name=op.f("pk_planned_attempt")),
    )
    op.create_index(
        "ix_planned_attempt_pending",
        "planned_attempt",
        ["tenant_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("taken_by IS NULL"),
    )
    op.create_table(
        "pool_member",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "zero",
                "target",
                "threshold",
                "collar",
                "percent",
                "fixed",
                "min_max",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("target_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "target_mode",
            sa.Enum("constant", "fixed", name="target_mode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=False),
        sa.Column("keep_minor", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), nullable=False),
        sa.Column("lower_minor", sa.BigInteger(), nullable=False),
        sa.Column("upper_minor", sa.BigInteger(), nullable=False),
        sa.Column("two_way", sa.Boolean(), nullable=False),
        sa.Column("partial_fill", sa.Boolean(), nullable=False),
        sa.Column("lot_minor", sa.BigInteger(), nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("maximum_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("account_id <> parent_account_id", name=op.f("ck_pool_member_not_its_own_parent")),
        sa.CheckConstraint("keep_minor <= threshold_minor", name=op.f("ck_pool_member_collar_within_threshold")),
        sa.CheckConstraint("lot_minor >= 1 AND minimum_minor >= 0", name=op.f("ck_pool_member_limits")),
        sa.CheckConstraint(
            "maximum_minor > 0 AND maximum_minor % lot_minor = 0", name=op.f("ck_pool_member_maximum_in_lots")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_member_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_pool_member_tenant_id_parent_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["party.tenant_id", "party.id"], name=op.f("fk_pool_member_tenant_id_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_pool_member_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_member")),
        sa.UniqueConstraint("tenant_id", "account_id", name=op.f("uq_pool_member_tenant_id_account_id")),
        sa.UniqueConstraint(
            "tenant_id", "structure_id", "place", name=op.f("uq_pool_member_tenant_id_structure_id_place")
        ),
    )
    op.create_table(
        "statement_balance",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(35), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "statement_id"],
            ["statement.tenant_id", "statement.id"],
            name=op.f("fk_statement_balance_tenant_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "statement_id", "position", name=op.f("pk_statement_balance")),
        info={"append_only": True},
    )
    op.create_table(
        "statement_entry",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("credit", "debit", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("servicer_reference", sa.String(), nullable=True),
        sa.Column("end_to_end_id", sa.String(), nullable=True),
        sa.Column("claimed_instruction_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_transaction_code", sa.String(), nullable=True),
        sa.Column("return_reason", sa.String(), nullable=True),
        sa.Column("remittance", sa.String(), nullable=False),
        sa.Column("counterparty_name", sa.String(), nullable=True),
        sa.Column("counterparty_hash", sa.LargeBinary(), nullable=True),
        sa.Column("counterparty_masked", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "imported",
                "matched",
                "recognised",
                "suspense",
                "resolved",
                "vanished",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("instruction_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'matched') <= (instruction_id IS NOT NULL)", name=op.f("ck_statement_entry_matched_to_something")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_statement_entry_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_statement_entry_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "instruction_id"],
            ["instruction.tenant_id", "instruction.id"],
            name=op.f("fk_statement_entry_tenant_id_instruction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "statement_id"],
            ["statement.tenant_id", "statement.id"],
            name=op.f("fk_statement_entry_tenant_id_statement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_statement_entry")),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "identity", name=op.f("uq_statement_entry_tenant_id_account_id_identity")
        ),
    )
    op.create_index(
        "ix_statement_entry_open",
        "statement_entry",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'imported'"),
    )
    op.create_index(
        op.f("ix_statement_entry_tenant_id_account_id_booked_on"),
        "statement_entry",
        ["tenant_id", "account_id", "booked_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_statement_entry_tenant_id_instruction_id"),
        "statement_entry",
        ["tenant_id", "instruction_id"],
        unique=False,
    )
    op.create_table(
        "sweep_proposal",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("structure_version", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(16), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "rejected",
                "superseded",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("evaluated_by", sa.String(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("header_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("header_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("up_minor", sa.BigInteger(), nullable=False),
        sa.Column("down_minor", sa.BigInteger(), nullable=False),
        sa.Column("sweep_count", sa.Integer(), nullable=False),
        sa.Column("skip_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "structure_id"],
            ["pool_structure.tenant_id", "pool_structure.id"],
            name=op.f("fk_sweep_proposal_tenant_id_structure_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sweep_proposal")),
        sa.UniqueConstraint(
            "tenant_id",
            "structure_id",
            "business_date",
            "slot",
            name=op.f("uq_sweep_proposal_tenant_id_structure_id_business_date_slot"),
        ),
    )
    op.create_table(
        "advance",
        sa.Column("annual_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("overdue_multiplier", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column(
            "day_count",
            sa.Enum(
                "act/360", "act/365f", "30/360", name="day_count", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "interest_timing",
            sa.Enum("rear", "front", name="interest_timing", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "rounding",
            sa.Enum(
                "half_up",
                "half_even",
                "truncate",
                "floor",
                name="rounding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "roll",
            sa.Enum(
                "following",
                "preceding",
                "modified_following",
                "none",
                name="roll",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("roll_accrues", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("waterfall", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("debtor_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "conditions_met",
                "lapsed",
                "instructed",
                "funded",
                "funding_failed",
                "part_repaid",
                "overdue",
                "repaid",
                "recourse_demanded",
                "bought_back",
                "written_off",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rolled_due_on", sa.Date(), nullable=False),
        sa.Column("interest_until", sa.Date(), nullable=False),
        sa.Column("penalty_from", sa.Date(), nullable=False),
        sa.Column("own_account_id", sa.Uuid(), nullable=True),
        sa.Column("payee_account_id", sa.Uuid(), nullable=True),
        sa.Column("funding_order_id", sa.Uuid(), nullable=True),
        sa.Column("funding_on", sa.Date(), nullable=True),
        sa.Column("prepaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("collection_round", sa.Integer(), nullable=False),
        sa.Column("release_round", sa.Integer(), nullable=False),
        sa.Column("release_held", sa.Boolean(), nullable=False),
        sa.Column("failure_reason", sa.String(), nullable=False),
        sa.Column("funded_on", sa.Date(), nullable=True),
        sa.Column("accrued_until", sa.Date(), nullable=True),
        sa.Column("principal_open_minor", sa.BigInteger(), nullable=False),
        sa.Column("disbursed_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_taken_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_base", sa.Numeric(precision=30, scale=0), nullable=False),
        sa.Column("penalty_base", sa.Numeric(precision=30, scale=0), nullable=False),
        sa.Column("interest_accrued_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_accrued_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("costs_charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("costs_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("surplus_minor", sa.BigInteger(), nullable=False),
        sa.Column("released_minor", sa.BigInteger(), nullable=False),
        sa.Column("overpaid_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("costs_paid_minor <= costs_charged_minor", name=op.f("ck_advance_costs_paid")),
        sa.CheckConstraint("fee_minor >= 0", name=op.f("ck_advance_fee_not_negative")),
        sa.CheckConstraint(
            "interest_accrued_minor >= 0 AND penalty_accrued_minor >= 0", name=op.f("ck_advance_accrued_not_negative")
        ),
        sa.CheckConstraint("penalty_paid_minor <= penalty_accrued_minor", name=op.f("ck_advance_penalty_paid")),
        sa.CheckConstraint("principal_minor > 0", name=op.f("ck_advance_principal_positive")),
        sa.CheckConstraint(
            "principal_open_minor BETWEEN 0 AND principal_minor", name=op.f("ck_advance_principal_open")
        ),
        sa.CheckConstraint(
            "surplus_minor >= 0 AND released_minor >= 0 AND overpaid_minor >= 0", name=op.f("ck_advance_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"], ["party.tenant_id", "party.id"], name=op.f("fk_advance_tenant_id_debtor_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_advance_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "funding_order_id"],
            ["funding_order.tenant_id", "funding_order.id"],
            name=op.f("fk_advance_tenant_id_funding_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"], ["party.tenant_id", "party.id"], name=op.f("fk_advance_tenant_id_lender_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "offer_id"], ["offer.tenant_id", "offer.id"], name=op.f("fk_advance_tenant_id_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "own_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_advance_tenant_id_own_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payee_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_advance_tenant_id_payee_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receivable_id"],
            ["receivable.tenant_id", "receivable.id"],
            name=op.f("fk_advance_tenant_id_receivable_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["financing_request.tenant_id", "financing_request.id"],
            name=op.f("fk_advance_tenant_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"], ["party.tenant_id", "party.id"], name=op.f("fk_advance_tenant_id_seller_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_advance")),
    )
    op.create_index("ix_advance_facility", "advance", ["tenant_id", "facility_id"], unique=False)
    op.create_index(
        "ix_advance_outstanding",
        "advance",
        ["tenant_id", "rolled_due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('funded', 'part_repaid', 'overdue', 'recourse_demanded')"),
    )
    op.create_index("ix_advance_state", "advance", ["tenant_id", "state", "id"], unique=False)
    op.create_index(
        "uq_advance_receivable",
        "advance",
        ["tenant_id", "receivable_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('lapsed', 'funding_failed', 'bought_back', 'written_off')"),
    )
    op.create_table(
        "sweep",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("parent_account_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "zero",
                "target",
                "threshold",
                "collar",
                "percent",
                "fixed",
                "min_max",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum("up", "down", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("available_minor", sa.BigInteger(), nullable=False),
        sa.Column("raw_minor", sa.BigInteger(), nullable=False),
        sa.Column("lot_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "skip_reason",
            sa.Enum(
                "below_lot",
                "below_minimum",
                "header_floor",
                name="skip_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "skipped",
                "proposed",
                "approved",
                "instructed",
                "executed",
                "confirmed",
                "failed",
                "released",
                "value_corrected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.CheckConstraint("(state = 'skipped') = (skip_reason IS NOT NULL)", name=op.f("ck_sweep_skipped_state")),
        sa.CheckConstraint("(amount_minor = 0) = (skip_reason IS NOT NULL)", name=op.f("ck_sweep_skipped_with_reason")),
        sa.CheckConstraint(
            "raw_minor > 0 AND lot_amount_minor >= 0 AND amount_minor >= 0", name=op.f("ck_sweep_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_sweep_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_account_id"],
            ["bank_account.tenant_id", "bank_account.id"],
            name=op.f("fk_sweep_tenant_id_parent_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["party.tenant_id", "party.id"], name=op.f("fk_sweep_tenant_id_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposal_id"],
            ["sweep_proposal.tenant_id", "sweep_proposal.id"],
            name=op.f("fk_sweep_tenant_id_proposal_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sweep")),
        sa.UniqueConstraint("tenant_id", "proposal_id", "place", name=op.f("uq_sweep_tenant_id_proposal_id_place")),
    )
    op.create_index(
        "ix_sweep_under_way",
        "sweep",
        ["tenant_id", "proposal_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('approved', 'instructed')"),
    )
    op.create_table(
        "taking",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(35), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("booked_minor", sa.BigInteger(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(booked_minor IS NULL) = (booked_on IS NULL) AND (booked_minor IS NULL) = (entry_id IS NULL)",
            name=op.f("ck_taking_booked"),
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_taking_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "branch_id"], ["party.tenant_id", "party.id"], name=op.f("fk_taking_tenant_id_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["statement_entry.tenant_id", "statement_entry.id"],
            name=op.f("fk_taking_tenant_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["takings_import.tenant_id", "takings_import.id"],
            name=op.f("fk_taking_tenant_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "reference", name=op.f("pk_taking")),
    )
    op.create_index(
        "ix_taking_expected",
        "taking",
        ["tenant_id", "taken_on"],
        unique=False,
        postgresql_where=sa.text("booked_minor IS NULL"),
    )
    op.create_index(
        op.f("ix_taking_tenant_id_branch_id_taken_on"), "taking", ["tenant_id", "branch_id", "taken_on"], unique=False
    )
    op.create_index("uq_taking_entry", "taking", ["tenant_id", "entry_id"], unique=True)
    op.create_table(
        "advance_event",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "funded",
                "cost",
                "collected",
                "received",
                "released",
                "returned",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("costs_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("surplus_minor", sa.BigInteger(), nullable=False),
        sa.Column("overpaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_accrued_minor", sa.BigInteger(), nullable=False),
        sa.Column("penalty_accrued_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'returned') = (reverses_id IS NOT NULL)", name=op.f("ck_advance_event_returned_names_what")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_advance_event_amount_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "advance_id"],
            ["advance.tenant_id", "advance.id"],
            name=op.f("fk_advance_event_tenant_id_advance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_advance_event")),
        info={"append_only": True},
    )
    op.create_index("ix_advance_event_advance", "advance_event", ["tenant_id", "advance_id"], unique=False)
    op.create_index("uq_advance_event_source", "advance_event", ["tenant_id", "source"], unique=True)
    # ### end Alembic commands ###
    for table in TABLES:
        _wall(table)


def _wall(table: str) -> None:
    rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
    op.execute(f"GRANT {rights} ON {table} TO {ROLES}")
    if table not in GLOBAL:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (tenant_id = current_setting('app.tenant_id')::bigint)")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
