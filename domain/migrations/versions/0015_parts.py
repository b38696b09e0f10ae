"""Policies of agents by two people."""

from domain.migrations.enums import allow

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None

CHANGE_KINDS = (
    *("amend_facility", "resume_facility", "close_facility", "set_limit", "reference_rate", "lender_profile"),
    *("agent_policy",),
)


def upgrade() -> None:
    allow("kind", CHANGE_KINDS, "financing_change")


def downgrade() -> None:
    allow("kind", CHANGE_KINDS[:-1], "financing_change")
