"""How a facility bids: grades, rules, and what stands on each debtor."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from app.api.contract_dto import SignedBasisPoints
from app.fields import PartyId, optional_id, shown_id
from app.money_dto import MoneyDto, Rate, shown_rate
from domain.financing.bidding import BiddingRule
from domain.financing.tables import BidRule, FacilityDebtor
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.receivables.states import ConfirmationGrade


class GradeRate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The most that is advanced on a receivable confirmed so well."""

    grade: ConfirmationGrade
    advance_rate: Rate


class BiddingRuleDto(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an automatic offer asks of requests that fit; what is left out fits all. The first that fits decides."""

    seller_id: PartyId | None = None
    debtor_id: PartyId | None = None
    grade: ConfirmationGrade | None = None
    min_days: Annotated[int, msgspec.Meta(ge=0, le=366)] | None = None
    max_days: Annotated[int, msgspec.Meta(ge=0, le=366)] | None = None
    min_amount: MoneyDto | None = None
    max_amount: MoneyDto | None = None
    declines: bool = False
    rate_bp: SignedBasisPoints = "0"
    fee_bp: SignedBasisPoints = "0"
    advance_rate: Rate | None = None

    def value(self) -> BiddingRule:
        """The rule as the house takes it. Raises NotFound."""
        return BiddingRule(
            seller_id=optional_id(PARTY, self.seller_id),
            debtor_id=optional_id(PARTY, self.debtor_id),
            grade=self.grade,
            min_days=self.min_days,
            max_days=self.max_days,
            min_minor=self.min_amount.money().minor if self.min_amount else None,
            max_minor=self.max_amount.money().minor if self.max_amount else None,
            declines=self.declines,
            rate_bp=Decimal(self.rate_bp),
            fee_bp=Decimal(self.fee_bp),
            advance_rate=None if self.advance_rate is None else Decimal(self.advance_rate),
        )


class DebtorLineView(msgspec.Struct, kw_only=True):
    """What stands on one debtor under a line, and its own limit there."""

    debtor_id: PartyId
    limit: MoneyDto | None
    used: MoneyDto


class BiddingView(msgspec.Struct, kw_only=True):
    """How a line bids, for its lender only: grades, rules in their order, and what stands on each debtor."""

    grades: list[GradeRate]
    rules: list[BiddingRuleDto]
    debtors: list[DebtorLineView]


def bidding_view(
    currency: str,
    grades: dict[ConfirmationGrade, Decimal],
    rules: Sequence[BidRule],
    lines: Sequence[FacilityDebtor],
) -> BiddingView:
    """How a line bids."""

    def money(minor: int | None) -> MoneyDto | None:
        return None if minor is None else MoneyDto.of_minor(minor, currency)

    return BiddingView(
        grades=[GradeRate(grade=grade, advance_rate=shown_rate(rate)) for grade, rate in sorted(grades.items())],
        rules=[
            BiddingRuleDto(
                seller_id=shown_id(PARTY, rule.seller_id),
                debtor_id=shown_id(PARTY, rule.debtor_id),
                grade=rule.grade,
                min_days=rule.min_days,
                max_days=rule.max_days,
                min_amount=money(rule.min_minor),
                max_amount=money(rule.max_minor),
                declines=rule.declines,
                rate_bp=shown_rate(rule.rate_bp),
                fee_bp=shown_rate(rule.fee_bp),
                advance_rate=None if rule.advance_rate is None else shown_rate(rule.advance_rate),
            )
            for rule in rules
        ],
        debtors=[
            DebtorLineView(
                debtor_id=public_id(PARTY, line.debtor_id),
                limit=money(line.limit_minor),
                used=MoneyDto.of_minor(line.used_minor, currency),
            )
            for line in lines
        ],
    )
