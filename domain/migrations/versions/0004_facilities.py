"""Facilities: limits across them, dated rates and limits of law, grades, bidding rules, invitations, amendments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from domain.migrations.walls import wall

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CONTRACTS = ("facility", "offer", "advance")
ENUMS = {
    "fee_bearer": ("seller", "debtor"),
    "fee_basis": ("face", "confirmed", "principal"),
    "penalty_on": ("principal", "principal_and_interest"),
}
CHECKS = {
    "surplus_with_recourse": "surplus_to_seller OR NOT recourse",
    "margin_over_reference": "(reference_name IS NULL) = (margin_bp IS NULL)",
    "early_terms": "min_interest_days >= 0 AND early_settlement_bp >= 0",
}


def upgrade() -> None:
    op.create_table(
        "legal_limit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", "effective_on", name=op.f("pk_legal_limit")),
    )
    op.create_table(
        "reference_rate",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rate >= 0 AND rate < 1", name=op.f("ck_reference_rate_rate_fraction")),
        sa.PrimaryKeyConstraint("tenant_id", "name", "effective_on", "revision", name=op.f("pk_reference_rate")),
    )
    op.create_table(
        "exposure_limit",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("debtor_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.Column("over_minor", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "limit_minor > 0 AND used_minor >= 0 AND over_minor >= 0", name=op.f("ck_exposure_limit_not_negative")
        ),
        sa.CheckConstraint(
            "num_nonnulls(lender_id, seller_id, debtor_id) > 0", name=op.f("ck_exposure_limit_names_somebody")
        ),
        sa.CheckConstraint("used_minor <= limit_minor + over_minor", name=op.f("ck_exposure_limit_used_within_limit")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_exposure_limit_tenant_id_debtor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_exposure_limit_tenant_id_lender_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_exposure_limit_tenant_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_exposure_limit")),
    )
    op.create_table(
        "lender_profile",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.Column(
            "licence",
            sa.Enum("bank", "factor", "none", name="licence", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("licence_number", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("risk_assets_minor", sa.BigInteger(), nullable=True),
        sa.Column("risk_assets_on", sa.Date(), nullable=True),
        sa.Column("lent_then_minor", sa.BigInteger(), nullable=True),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(risk_assets_minor, risk_assets_on, lent_then_minor, currency) IN (0, 4)",
            name=op.f("ck_lender_profile_stated_whole"),
        ),
        sa.CheckConstraint(
            "risk_assets_minor > 0 AND lent_then_minor >= 0", name=op.f("ck_lender_profile_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_lender_profile_tenant_id_lender_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "lender_id", name=op.f("pk_lender_profile")),
    )
    op.create_table(
        "bid_rule",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("debtor_id", sa.Uuid(), nullable=True),
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
        sa.Column("min_days", sa.Integer(), nullable=True),
        sa.Column("max_days", sa.Integer(), nullable=True),
        sa.Column("min_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_minor", sa.BigInteger(), nullable=True),
        sa.Column("declines", sa.Boolean(), nullable=False),
        sa.Column("rate_bp", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("fee_bp", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("advance_rate", sa.Numeric(precision=12, scale=9), nullable=True),
        sa.CheckConstraint(
            "NOT declines OR (rate_bp = 0 AND fee_bp = 0 AND advance_rate IS NULL)",
            name=op.f("ck_bid_rule_declines_alone"),
        ),
        sa.CheckConstraint("min_days <= max_days", name=op.f("ck_bid_rule_days_in_order")),
        sa.CheckConstraint("min_minor <= max_minor", name=op.f("ck_bid_rule_amounts_in_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "debtor_id"], ["party.tenant_id", "party.id"], name=op.f("fk_bid_rule_tenant_id_debtor_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_bid_rule_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "seller_id"], ["party.tenant_id", "party.id"], name=op.f("fk_bid_rule_tenant_id_seller_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "facility_id", "position", name=op.f("pk_bid_rule")),
    )
    op.create_table(
        "facility_grade",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("advance_rate", sa.Numeric(precision=12, scale=9), nullable=False),
        sa.CheckConstraint(
            "advance_rate > 0 AND advance_rate <= 1", name=op.f("ck_facility_grade_advance_rate_fraction")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_facility_grade_tenant_id_facility_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "facility_id", "grade", name=op.f("pk_facility_grade")),
    )
    op.create_table(
        "financing_change",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "amend_facility",
                "resume_facility",
                "close_facility",
                "set_limit",
                "reference_rate",
                "lender_profile",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("lender_id", sa.Uuid(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("proposed", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed", "applied", "refused", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_financing_change_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_financing_change_tenant_id_lender_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_financing_change")),
    )
    op.create_index("ix_financing_change_state", "financing_change", ["tenant_id", "state", "id"], unique=False)
    op.create_table(
        "request_decline",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "facility_id"],
            ["facility.tenant_id", "facility.id"],
            name=op.f("fk_request_decline_tenant_id_facility_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["financing_request.tenant_id", "financing_request.id"],
            name=op.f("fk_request_decline_tenant_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "request_id", "facility_id", name=op.f("pk_request_decline")),
    )
    op.create_table(
        "request_invitation",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("lender_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lender_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_request_invitation_tenant_id_lender_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["financing_request.tenant_id", "financing_request.id"],
            name=op.f("fk_request_invitation_tenant_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "request_id", "lender_id", name=op.f("pk_request_invitation")),
    )
    wall("exposure_limit", "lender_profile", "bid_rule", "facility_grade", "financing_change", "request_invitation")
    wall("legal_limit", "reference_rate", "request_decline", append_only=True)
    for table in CONTRACTS:
        _add_contract_fields(table)
    _add_figures()
    # Who was financed before is financed as before: a signature, at the facility's rate.
    op.execute(
        "INSERT INTO facility_grade (tenant_id, facility_id, grade, advance_rate) SELECT tenant_id, id, grade, advance_rate "
        "FROM facility, (VALUES ('signed'), ('signed_with_waiver')) AS signed (grade)"
    )


def _add_contract_fields(table: str) -> None:
    for name, members in ENUMS.items():
        _add(table, name, sa.String(32), members[0])
        _check(table, name, f"{name} IN ({', '.join(repr(member) for member in members)})")
    _add(table, "min_interest_days", sa.Integer(), "0")
    _add(table, "early_settlement_bp", sa.Numeric(8, 3), "0")
    _add(table, "recourse", sa.Boolean(), "true")
    _add(table, "surplus_to_seller", sa.Boolean(), "true")
    op.add_column(table, sa.Column("reference_name", sa.String(32), nullable=True))
    op.add_column(table, sa.Column("margin_bp", sa.Numeric(8, 3), nullable=True))
    op.add_column(table, sa.Column("reference_rate", sa.Numeric(12, 9), nullable=True))
    op.add_column(table, sa.Column("reference_on", sa.Date(), nullable=True))
    for name, condition in CHECKS.items():
        _check(table, name, condition)


def _add_figures() -> None:
    for name in ("debtor_fee_minor", "quoted_cost_minor", "quoted_net_minor"):
        _add("advance", name, sa.BigInteger(), "0")
    for name in ("quoted_simple", "quoted_effective"):
        _add("advance", name, sa.Numeric(24, 9), "0")
    # What was agreed before was shown in its offer.
    op.execute(
        "UPDATE advance SET quoted_cost_minor = offer.fee_minor + offer.interest_minor, quoted_net_minor = offer.net_minor, "
        "quoted_simple = offer.all_in_simple, quoted_effective = offer.all_in_effective FROM offer "
        "WHERE offer.tenant_id = advance.tenant_id AND offer.id = advance.offer_id"
    )
    _add("offer", "debtor_fee_minor", sa.BigInteger(), "0")
    _add("offer", "facility_version", sa.Integer(), "1")
    _add("facility", "version", sa.Integer(), "1")
    _add("financing_request", "by_invitation", sa.Boolean(), "false")
    for table in ("financing_request", "offer"):
        _add(table, "warnings", postgresql.JSONB(), "[]")
    for table in ("facility", "facility_debtor"):
        _add(table, "over_minor", sa.BigInteger(), "0")
        op.execute(
            f"UPDATE {table} SET over_minor = greatest(used_minor - limit_minor, 0) WHERE limit_minor IS NOT NULL"
        )
        op.drop_constraint(op.f(f"ck_{table}_used_not_negative"), table)
        _check(table, "used_not_negative", "used_minor >= 0 AND over_minor >= 0")
        _check(table, "used_within_limit", "used_minor <= limit_minor + over_minor")


def _add(table: str, name: str, kind: sa.types.TypeEngine, before: str) -> None:
    """A column that no row lacks; `before` is what rows get that were there before it."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=before))
    op.alter_column(table, name, server_default=None)


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table in ("facility", "facility_debtor"):
        op.drop_constraint(op.f(f"ck_{table}_used_within_limit"), table)
        op.drop_constraint(op.f(f"ck_{table}_used_not_negative"), table)
        _check(table, "used_not_negative", "used_minor >= 0")
        op.drop_column(table, "over_minor")
    for table in ("financing_request", "offer"):
        op.drop_column(table, "warnings")
    op.drop_column("financing_request", "by_invitation")
    op.drop_column("facility", "version")
    op.drop_column("offer", "facility_version")
    op.drop_column("offer", "debtor_fee_minor")
    for name in ("debtor_fee_minor", "quoted_cost_minor", "quoted_net_minor", "quoted_simple", "quoted_effective"):
        op.drop_column("advance", name)
    fields = (*ENUMS, "min_interest_days", "early_settlement_bp", "recourse", "surplus_to_seller", "reference_name")
    for table in CONTRACTS:
        for name in (*fields, "margin_bp", "reference_rate", "reference_on"):
            op.drop_column(table, name)
    for table in (
        "request_invitation",
        "request_decline",
        "financing_change",
        "facility_grade",
        "bid_rule",
        "lender_profile",
        "exposure_limit",
        "reference_rate",
        "legal_limit",
    ):
        op.drop_table(table)
