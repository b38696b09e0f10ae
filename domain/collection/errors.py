"""Refusals of collection."""

from collections.abc import Sequence
from datetime import date

from domain.values.errors import DomainError

SHOWN = 10  # of a long list; more than that nobody reads in a sentence


class MandateExists(DomainError):
    """A mandate with that reference is registered already, or stands twice in the list."""

    code = "mandate_exists"
    status = 409
    en = "{count} mandates are registered already, such as {references}. Leave them out, or give new references."
    zh = "有 {count} 份授权已登记,例如 {references}。请去除重复项,或使用新的授权编号。"

    def __init__(self, *, references: Sequence[str]) -> None:
        super().__init__(count=len(references), references=", ".join(references[:SHOWN]))


class AccountNotOfParty(DomainError):
    """A mandate names an account that is not the debtor's own, or of another currency."""

    code = "account_not_of_party"
    status = 422
    en = "Mandate {reference} names an account that is not one of its debtor in that currency. Check the account."
    zh = "授权 {reference} 所列账户不属于该付款人,或币种不符,请核对账户。"

    def __init__(self, *, reference: str) -> None:
        super().__init__(reference=reference)


class MandateEndsBeforeSigned(DomainError):
    """A mandate ends before the day it was signed on."""

    code = "mandate_ends_before_signed"
    status = 422
    en = "Mandate {reference} ends on {ends_on}, before it was signed on {signed_on}. Check the dates."
    zh = "授权 {reference} 的终止日 {ends_on} 早于签署日 {signed_on},请核对日期。"

    def __init__(self, *, reference: str, signed_on: date, ends_on: date) -> None:
        super().__init__(reference=reference, signed_on=signed_on, ends_on=ends_on)


class MandatesMoved(DomainError):
    """Not all mandates named are in a state that allows the change."""

    code = "mandates_moved"
    status = 409
    en = "{expected} mandates were to become “{target}”, but only {moved} could. Look at their states again."
    zh = "应有 {expected} 份授权变为“{target}”,实际仅 {moved} 份,请重新核对授权状态。"

    def __init__(self, *, expected: int, moved: int, target: str) -> None:
        super().__init__(expected=expected, moved=moved, target=target)
