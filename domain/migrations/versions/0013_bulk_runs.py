"""Runs of a million: no index and no foreign key in the way of instructions, cash held per payment block."""

import sqlalchemy as sa
from alembic import op

from domain.migrations.enums import allow

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MESSAGE_STATES = (
    *("drafted", "prepared", "transmitted", "unknown", "acknowledged", "part_answered", "answered", "refused"),
)
ROLES = "tributary_api, tributary_worker"

# What is at the bank was held item by item, and would have to be held anew by the ledger, not by a migration.
NOTHING_AT_THE_BANK = """
    DO $$ BEGIN
      IF EXISTS (SELECT FROM instruction WHERE state IN ('submitted', 'accepted')) THEN
        RAISE EXCEPTION 'Instructions are at the bank: record its answers before this upgrade.';
      END IF;
    END $$
"""


def upgrade() -> None:
    op.execute(NOTHING_AT_THE_BANK)
    _instructions()
    _messages()
    _events()
    _plans()
    _pauses()
    op.drop_constraint(op.f("fk_bank_answer_item_tenant_id_answer_id"), "bank_answer_item", type_="foreignkey")


def _instructions() -> None:
    for column in ("message_id", "own_account_id", "counter_account_id"):
        op.drop_constraint(op.f(f"fk_instruction_tenant_id_{column}"), "instruction", type_="foreignkey")
    for index in ("obligation_held", "message", "unfinal", "cancelled", "waiting"):
        prefix = "uq" if index == "obligation_held" else "ix"
        op.drop_index(f"{prefix}_instruction_{index}", table_name="instruction")
    op.drop_constraint(op.f("ck_instruction_held_from_submission"), "instruction", type_="check")
    op.drop_column("instruction", "hold_transfer_id")
    op.add_column("instruction", sa.Column("released", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("instruction", "released", server_default=None)
    op.execute("UPDATE instruction SET released = true WHERE state IN ('rejected', 'returned', 'cancelled')")
    op.create_check_constraint(
        op.f("ck_instruction_released_when_over"),
        "instruction",
        "released = (state IN ('rejected', 'returned', 'cancelled'))",
    )
    op.create_check_constraint(
        op.f("ck_instruction_sent_in_a_message"),
        "instruction",
        "(state IN ('created', 'locked', 'cancelled')) = (message_id IS NULL)",
    )
    op.create_index(
        "uq_instruction_obligation_held",
        "instruction",
        ["tenant_id", "obligation_key"],
        unique=True,
        postgresql_where=sa.text("NOT released"),
    )
    op.create_index(
        "ix_instruction_released",
        "instruction",
        ["tenant_id", "obligation_key"],
        unique=False,
        postgresql_where=sa.text("released"),
    )
    op.create_index(
        "ix_instruction_waiting",
        "instruction",
        ["tenant_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("run_id IS NULL"),
    )
    op.execute("ALTER TABLE instruction SET (fillfactor = 45)")


def _messages() -> None:
    _allow_drafts()
    for column in ("first_instruction_id", "last_instruction_id"):
        op.add_column("bank_message", sa.Column(column, sa.BigInteger(), nullable=True))
    op.add_column("bank_message", sa.Column("next_final_on", sa.Date(), nullable=True))
    op.execute("""
        UPDATE bank_message AS message
        SET first_instruction_id = item.first, last_instruction_id = item.last, next_final_on = item.next_final_on
        FROM (SELECT tenant_id, message_id, min(id) AS first, max(id) AS last,
                     min(final_on) FILTER (WHERE state = 'settled') AS next_final_on
              FROM instruction WHERE message_id IS NOT NULL GROUP BY tenant_id, message_id) AS item
        WHERE item.tenant_id = message.tenant_id AND item.message_id = message.id
    """)
    op.create_check_constraint(
        op.f("ck_bank_message_span"),
        "bank_message",
        "num_nonnulls(first_instruction_id, last_instruction_id) = CASE kind WHEN 'payments' THEN 2 ELSE 0 END"
        " AND first_instruction_id <= last_instruction_id",
    )
    op.create_index(
        "ix_bank_message_unfinal",
        "bank_message",
        ["tenant_id", "next_final_on"],
        unique=False,
        postgresql_where=sa.text("next_final_on IS NOT NULL"),
    )
    _blocks()


def _allow_drafts() -> None:
    op.alter_column("bank_message", "digest", nullable=True)
    allow("state", MESSAGE_STATES, "bank_message")
    op.create_check_constraint(
        op.f("ck_bank_message_digest_of_what_is_written"), "bank_message", "(state = 'drafted') = (digest IS NULL)"
    )
    op.drop_index("ix_bank_message_open", table_name="bank_message")
    op.create_index(
        "ix_bank_message_open",
        "bank_message",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('drafted', 'prepared', 'transmitted', 'unknown')"),
    )


def _blocks() -> None:
    """All that was ever sent has its answer: nothing is open, and nothing held."""
    for column, kind in (("open_count", sa.Integer()), ("open_minor", sa.BigInteger())):
        op.add_column("bank_message_block", sa.Column(column, kind, nullable=False, server_default="0"))
        op.alter_column("bank_message_block", column, server_default=None)
    op.add_column("bank_message_block", sa.Column("hold_transfer_id", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_bank_message_block_open"),
        "bank_message_block",
        "open_count BETWEEN 0 AND item_count AND open_minor BETWEEN 0 AND total_minor"
        " AND (open_count = 0) = (open_minor = 0)",
    )
    op.create_check_constraint(
        op.f("ck_bank_message_block_held_while_open"),
        "bank_message_block",
        "(open_minor = 0) = (hold_transfer_id IS NULL)",
    )
    op.execute(f"GRANT UPDATE, DELETE ON bank_message_block TO {ROLES}")


def _events() -> None:
    op.drop_index("ix_instruction_event_tenant_id_instruction_id", table_name="instruction_event")
    op.alter_column("instruction_event", "instruction_id", nullable=True)
    for column in ("run_id", "message_id", "answer_id"):
        op.add_column("instruction_event", sa.Column(column, sa.Uuid(), nullable=True))
    op.add_column("instruction_event", sa.Column("of_date", sa.Date(), nullable=True))
    op.add_column("instruction_event", sa.Column("item_count", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("instruction_event", "item_count", server_default=None)
    op.create_check_constraint(
        op.f("ck_instruction_event_of_one_thing"),
        "instruction_event",
        "num_nonnulls(instruction_id, run_id, message_id) = 1",
    )
    op.create_check_constraint(op.f("ck_instruction_event_not_empty"), "instruction_event", "item_count > 0")
    for column, name in (("instruction_id", "item"), ("run_id", "run"), ("message_id", "message")):
        op.create_index(
            f"ix_instruction_event_{name}",
            "instruction_event",
            ["tenant_id", column],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def _plans() -> None:
    op.create_index(
        "uq_planned_attempt_pending",
        "planned_attempt",
        ["tenant_id", "obligation_key"],
        unique=True,
        postgresql_where=sa.text("taken_by IS NULL"),
    )
    op.drop_index("ix_collection_due_payout", table_name="collection_due")
    op.create_index(
        "ix_collection_due_payout",
        "collection_due",
        ["tenant_id", "payout_id"],
        unique=False,
        postgresql_where=sa.text("payout_id IS NOT NULL"),
    )


def _pauses() -> None:
    op.add_column("run", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("run", sa.Column("paused_by", sa.String(), nullable=True))
    op.create_check_constraint(op.f("ck_run_paused_by_somebody"), "run", "(paused_at IS NULL) = (paused_by IS NULL)")
    op.add_column("bank_message", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("bank_message", "paused", server_default=None)


def downgrade() -> None:
    msg = "holds of payment blocks cannot be divided among their items again"
    raise NotImplementedError(msg)
