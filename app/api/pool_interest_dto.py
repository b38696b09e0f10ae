"""Interest on intercompany positions, loan slips, and corrected value dates."""

from datetime import date
from typing import Annotated

import msgspec

from app.fields import AccountId, Digest, Moment, PartyId, PoolId, Reason, body_date, public
from app.money_dto import MoneyDto, shown, shown_rate
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.pooling.states import SettlementMode
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import LoanSlip, PoolLeg, ValueCorrection

SLIP, SWEEP = "els", "swp"
SweepId = Annotated[str, public(SWEEP, "A sweep.")]


class PoolLegView(msgspec.Struct, kw_only=True):
    """What stands between an account and the one above it, and the interest on it until a date (not included).

    `earned` is what the header owes the branch in all, `owed` what the branch owes it; settled parts beside.
    """

    account_id: AccountId
    parent_account_id: AccountId
    party_id: PartyId
    position: MoneyDto
    accrued_until: date
    earned: MoneyDto
    owed: MoneyDto
    earned_settled: MoneyDto
    owed_settled: MoneyDto


class ProposeInterest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether what has accrued is added to the positions, or paid in cash by the next sweep run."""

    mode: SettlementMode


class SettleInterest(ProposeInterest, kw_only=True, forbid_unknown_fields=True):
    """The same, and the digest of what was proposed."""

    digest: Digest


class SettledView(msgspec.Struct, kw_only=True):
    """How many legs had something to settle."""

    pool_id: PoolId
    mode: SettlementMode
    legs: int


class CorrectValueDate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The date on which the bank valued the sweep, and how that is known."""

    value_date: date
    reason: Reason

    def day(self) -> date:
        """The date, if the books may have it. Raises ValidationFailed."""
        return body_date("value_date", self.value_date)


class CorrectionView(msgspec.Struct, kw_only=True):
    """A corrected value date: the difference in interest that was posted for it."""

    sweep_id: SweepId
    was_valued_on: date
    valued_on: date
    pool_version: int
    earned: MoneyDto
    owed: MoneyDto
    created_at: Moment


class SlipView(msgspec.Struct, kw_only=True):
    """The entrustment loan that one executed sweep is."""

    id: Annotated[str, public(SLIP, "A loan slip.")]
    reference: str
    sweep_id: SweepId
    pool_id: PoolId
    lender_id: PartyId
    lender_account_id: AccountId
    borrower_id: PartyId
    borrower_account_id: AccountId
    principal: MoneyDto
    annual_rate: str
    evaluated_on: date
    lent_on: date


def leg_view(row: PoolLeg) -> PoolLegView:
    """The leg as the API shows it."""

    def money(minor: int) -> MoneyDto:
        return MoneyDto.of_minor(minor, row.currency)

    return PoolLegView(
        account_id=public_id(ACCOUNT, row.account_id),
        parent_account_id=public_id(ACCOUNT, row.parent_account_id),
        party_id=public_id(PARTY, row.party_id),
        position=shown(row.position),
        accrued_until=row.accrued_until,
        earned=money(row.earned_minor),
        owed=money(row.owed_minor),
        earned_settled=money(row.earned_settled_minor),
        owed_settled=money(row.owed_settled_minor),
    )


def correction_view(row: ValueCorrection) -> CorrectionView:
    """The correction as the API shows it."""
    return CorrectionView(
        sweep_id=public_id(SWEEP, row.sweep_id),
        was_valued_on=row.was_valued_on,
        valued_on=row.valued_on,
        pool_version=row.structure_version,
        earned=MoneyDto.of_minor(row.earned_minor, row.currency),
        owed=MoneyDto.of_minor(row.owed_minor, row.currency),
        created_at=row.created_at,
    )


def slip_view(row: LoanSlip) -> SlipView:
    """The slip as the API shows it."""
    return SlipView(
        id=public_id(SLIP, row.id),
        reference=row.reference,
        sweep_id=public_id(SWEEP, row.sweep_id),
        pool_id=public_id(POOL, row.structure_id),
        lender_id=public_id(PARTY, row.lender_id),
        lender_account_id=public_id(ACCOUNT, row.lender_account_id),
        borrower_id=public_id(PARTY, row.borrower_id),
        borrower_account_id=public_id(ACCOUNT, row.borrower_account_id),
        principal=shown(row.principal),
        annual_rate=shown_rate(row.annual_rate),
        evaluated_on=row.evaluated_on,
        lent_on=row.lent_on,
    )
