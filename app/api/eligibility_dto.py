"""Eligibility checks."""

from datetime import date
from typing import Annotated, Any

import msgspec

from app.fields import Moment, ReceivableId, public
from app.money_dto import MoneyDto
from domain.platform.ids import public_id
from domain.receivables.states import Verdict
from domain.receivables.tables import EligibilityCheck


class RuleResultView(msgspec.Struct, kw_only=True):
    """What one rule said, where it comes from, and the figures it looked at."""

    rule: str
    source: str
    verdict: Verdict
    inputs: dict[str, Any]


class EligibilityView(msgspec.Struct, kw_only=True):
    """A check: the worst verdict of its rules, and how much may be lent on."""

    id: Annotated[str, public("elc", "A check.")]
    receivable_id: ReceivableId
    checked_on: date
    policy_version: str
    verdict: Verdict
    eligible: MoneyDto
    results: list[RuleResultView]
    checked_by: str
    created_at: Moment


def eligibility_view(row: EligibilityCheck) -> EligibilityView:
    """The check as the API shows it."""
    return EligibilityView(
        id=row.public_id,
        receivable_id=public_id("rcv", row.receivable_id),
        checked_on=row.checked_on,
        policy_version=row.policy_version,
        verdict=row.verdict,
        eligible=MoneyDto.of_minor(row.eligible_minor, row.currency),
        results=msgspec.convert(row.results, list[RuleResultView]),
        checked_by=row.checked_by,
        created_at=row.created_at,
    )
