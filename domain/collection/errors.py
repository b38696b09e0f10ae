"""Refusals of collection."""

from collections.abc import Sequence
from datetime import date

from domain.values.errors import DomainError
from domain.values.money import Money

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


class AuthorisedLater(DomainError):
    """A payer's authorisation is recorded before the day it was given."""

    code = "authorised_later"
    status = 422
    en = "Mandate {reference} cannot have been signed on {signed_on}: today is {today}. Check the date."
    zh = "授权 {reference} 的签署日 {signed_on} 晚于今日 {today},请核对日期。"

    def __init__(self, *, reference: str, signed_on: date, today: date) -> None:
        super().__init__(reference=reference, signed_on=signed_on, today=today)


class NeverAuthorised(DomainError):
    """A mandate that its payer never authorised is to be taken up again."""

    code = "never_authorised"
    status = 409
    en = "Mandate {reference} was cancelled before its payer authorised it. Draft a new one."
    zh = "授权 {reference} 在付款人授权之前已取消,请重新起草。"

    def __init__(self, *, reference: str) -> None:
        super().__init__(reference=reference)


class MandateTermOver(DomainError):
    """A mandate whose last day has passed is to be taken up again."""

    code = "mandate_term_over"
    status = 409
    en = "Mandate {reference} was given until {ends_on}. Have the payer sign a new one."
    zh = "授权 {reference} 的有效期至 {ends_on},请由付款人重新签署。"

    def __init__(self, *, reference: str, ends_on: date) -> None:
        super().__init__(reference=reference, ends_on=ends_on)


class MandateDormant(DomainError):
    """A mandate that the schemes hold for dead is to be taken up again."""

    code = "mandate_dormant"
    status = 409
    en = (
        "Mandate {reference} was not used for {months} months and may not be used again. Have the payer sign a new one."
    )
    zh = "授权 {reference} 已连续 {months} 个月未使用,不得继续使用,请由付款人重新签署。"

    def __init__(self, *, reference: str, months: int) -> None:
        super().__init__(reference=reference, months=months)


class MandatesMoved(DomainError):
    """Not all mandates named are in a state that allows the change."""

    code = "mandates_moved"
    status = 409
    en = "{expected} mandates were to become “{target}”, but only {moved} could. Look at their states again."
    zh = "应有 {expected} 份授权变为“{target}”,实际仅 {moved} 份,请重新核对授权状态。"

    def __init__(self, *, expected: int, moved: int, target: str) -> None:
        super().__init__(expected=expected, moved=moved, target=target)


class NoSuchDay(DomainError):
    """A plan falls due on a day that not every month has."""

    code = "no_such_day"
    status = 422
    en = "Day {day} is not in every month. Choose 1 to {most}, or {last} for the last day of the month."
    zh = "并非每月都有 {day} 日,请选择 1 至 {most} 日,或以 {last} 表示月末。"

    def __init__(self, *, day: int, most: int, last: int) -> None:
        super().__init__(day=day, most=most, last=last)


class InstalmentsDoNotAddUp(DomainError):
    """Instalments whose sum is not the total, or one that is nothing."""

    code = "instalments_do_not_add_up"
    status = 422
    en = "The {count} instalments come to {summed}, the total is {total}. Each must be above zero and the sum exact."
    zh = "{count} 期分期合计 {summed},应为 {total}。每期金额须大于零且合计须与总额完全一致。"

    def __init__(self, *, total: str, summed: str, count: int) -> None:
        super().__init__(total=total, summed=summed, count=count)


class PlanNeedsDates(DomainError):
    """A plan that lacks what its kind needs, or ends before it begins."""

    code = "plan_needs_dates"
    status = 422
    en = "Plan {reference} cannot be laid out: {reason_en}."
    zh = "计划 {reference} 无法排期:{reason_zh}。"

    def __init__(self, *, reference: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(reference=reference, reason_en=reason_en, reason_zh=reason_zh)


class PlanExists(DomainError):
    """A client's reference for a plan is used already."""

    code = "plan_exists"
    status = 409
    en = "{count} plans of this client are registered already, such as {references}. Leave them out."
    zh = "该委托方有 {count} 个计划已登记,例如 {references},请去除重复项。"

    def __init__(self, *, references: Sequence[str]) -> None:
        super().__init__(count=len(references), references=", ".join(references[:SHOWN]))


class MandateDoesNotFit(DomainError):
    """A plan's mandate is another payer's, for another purpose, or allows less than the plan asks."""

    code = "mandate_does_not_fit"
    status = 409
    en = "Mandate {mandate} does not cover plan {reference}. It fails on: {limbs}."
    zh = "授权 {mandate} 不能覆盖计划 {reference},不符项:{limbs}。"

    def __init__(self, *, mandate: str, reference: str, limbs: Sequence[str]) -> None:
        super().__init__(mandate=mandate, reference=reference, limbs=", ".join(limbs))


class ClientNotActive(DomainError):
    """Nothing is collected for a client that is not approved, or suspended."""

    code = "client_not_active"
    status = 409
    en = "Client {client} is {state}. Collections begin once a second person has approved it."
    zh = "委托方 {client} 当前状态为 {state},须经复核后方可代收。"

    def __init__(self, *, client: str, state: str) -> None:
        super().__init__(client=client, state=state)


class ClientExists(DomainError):
    """The firm is a client already, in that currency."""

    code = "client_exists"
    status = 409
    en = "{party} is a client already in {currency}. Change its terms instead."
    zh = "{party} 已是 {currency} 委托方,请改为变更其条款。"

    def __init__(self, *, party: str, currency: str) -> None:
        super().__init__(party=party, currency=currency)


class DuesMoved(DomainError):
    """Not all dues named are in a state that allows the change."""

    code = "dues_moved"
    status = 409
    en = "{expected} dues were to become “{target}”, but only {moved} could. Look at their states again."
    zh = "应有 {expected} 笔应收变为“{target}”,实际仅 {moved} 笔,请重新核对状态。"

    def __init__(self, *, expected: int, moved: int, target: str) -> None:
        super().__init__(expected=expected, moved=moved, target=target)


class LimitNotPositive(DomainError):
    """A limit under which nothing could ever be debited."""

    code = "limit_not_positive"
    status = 422
    en = "A limit of {limit} lets nothing be debited. Give an amount above zero, or leave the limit out."
    zh = "限额 {limit} 将不允许任何扣款,请填写大于零的金额,或不设限额。"

    def __init__(self, *, limit: str) -> None:
        super().__init__(limit=limit)


class RefundNotCovered(DomainError):
    """A payer is to get back what the client was paid already, or is about to be."""

    code = "refund_not_covered"
    status = 409
    en = "{amount} is to go back, and only {free} is held for client {client} and in no payout. Wait, or take less."
    zh = "需退回 {amount},但委托方 {client} 名下未安排付款的资金仅有 {free},请等待后续代收或减少退款金额。"

    def __init__(self, *, client: str, free: Money, amount: Money) -> None:
        super().__init__(client=client, free=free, amount=amount)
