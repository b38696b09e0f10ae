"""Borrowing bases and ageing."""

from datetime import date

import msgspec

from app.fields import PartyId, shown_id
from app.money_dto import MoneyDto, shown, shown_rate
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.receivables.borrowing import BorrowingBase, Exclusion
from domain.receivables.portfolio import Aged, Bucket


class ExcludedView(msgspec.Struct, kw_only=True):
    """An amount that is left out and why; concentration is a debtor's, whatever seller it owes."""

    reason: Exclusion
    debtor_id: PartyId
    seller_id: PartyId | None
    amount: MoneyDto


class BorrowingBaseView(msgspec.Struct, kw_only=True):
    """`gross` less what is `excluded` is `eligible`; `available` is the advance rate of that."""

    on: date
    gross: MoneyDto
    excluded: list[ExcludedView]
    eligible: MoneyDto
    advance_rate: str
    available: MoneyDto


class AgedView(msgspec.Struct, kw_only=True):
    """One firm's unpaid balances by days late."""

    party_id: PartyId
    not_due: MoneyDto
    days_1_30: MoneyDto
    days_31_60: MoneyDto
    days_61_90: MoneyDto
    over_90: MoneyDto
    total: MoneyDto


def borrowing_base_view(base: BorrowingBase, on: date) -> BorrowingBaseView:
    """The base as the API shows it."""
    return BorrowingBaseView(
        on=on,
        gross=shown(base.gross),
        excluded=[
            ExcludedView(
                reason=each.reason,
                debtor_id=public_id(PARTY, each.debtor_id),
                seller_id=shown_id(PARTY, each.seller_id),
                amount=shown(each.amount),
            )
            for each in base.excluded
        ],
        eligible=shown(base.eligible),
        advance_rate=shown_rate(base.advance_rate),
        available=shown(base.available),
    )


def aged_view(aged: Aged) -> AgedView:
    """The firm's balances as the API shows them."""
    return AgedView(
        party_id=public_id(PARTY, aged.party_id),
        not_due=shown(aged.buckets[Bucket.NOT_DUE]),
        days_1_30=shown(aged.buckets[Bucket.DAYS_1_30]),
        days_31_60=shown(aged.buckets[Bucket.DAYS_31_60]),
        days_61_90=shown(aged.buckets[Bucket.DAYS_61_90]),
        over_90=shown(aged.buckets[Bucket.OVER_90]),
        total=shown(aged.total),
    )
