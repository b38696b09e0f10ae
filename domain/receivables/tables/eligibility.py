"""Rows of eligibility: every check that was made, with what each rule saw and said."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.platform.ids import public_id
from domain.platform.tables import PublicRow, belongs_to, text_enum
from domain.receivables.states import Verdict


class EligibilityCheck(PublicRow, table=True):
    """One receivable checked on one date under one version of the policy.

    `results` has every rule with its citation, inputs and verdict; `verdict` is the worst of them, and
    `eligible_minor` what may be lent on: nothing where a rule failed.
    """

    __tablename__ = "eligibility_check"
    __table_args__ = (
        belongs_to("receivable", "receivable_id"),
        Index("ix_eligibility_check_receivable", "tenant_id", "receivable_id", "id"),
        CheckConstraint("eligible_minor >= 0", name="eligible_not_negative"),
        CheckConstraint("verdict <> 'fail' OR eligible_minor = 0", name="nothing_eligible_where_a_rule_failed"),
        {"info": {"append_only": True}},
    )

    receivable_id: UUID
    checked_on: date
    policy_version: str = Field(max_length=32)
    verdict: Verdict = Field(sa_type=text_enum(Verdict, "verdict"))
    currency: str = Field(max_length=3)
    eligible_minor: int = Field(sa_type=BigInteger)
    results: list[dict[str, Any]] = Field(sa_type=JSONB)
    checked_by: str

    @property
    def public_id(self) -> str:
        """`elc_…`."""
        return public_id("elc", self.id)
