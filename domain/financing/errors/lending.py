"""What a line, its price and who lends refuse: rates, terms, licences, reference rates."""

from datetime import date
from decimal import Decimal

from domain.values.errors import DomainError


class RateOutOfRange(DomainError):
    """A rate, fee or multiplier that no contract has."""

    code = "rate_out_of_range"
    status = 422
    en = "{field} is {value}, outside {low} to {high}. Rates are fractions: 0.055 is 5.5 % a year."
    zh = "{field} 为 {value},超出范围 {low} 至 {high}。利率以小数表示:0.055 即年利率 5.5%。"

    def __init__(self, *, field: str, value: Decimal, low: Decimal, high: Decimal) -> None:
        super().__init__(field=field, value=str(value), low=str(low), high=str(high))


class RateBeyondDisclosure(DomainError):
    """What financing would cost is so much of the cash that no rate a year expresses it (R14)."""

    code = "rate_beyond_disclosure"
    status = 422
    en = "{cost} on {net} for {days} days is more than {highest} times the cash a year"
    zh = "{days} 日内费用 {cost},到手 {net},年化超过 {highest} 倍,无法披露"

    def __init__(self, *, cost: str, net: str, days: int, highest: str) -> None:
        super().__init__(cost=cost, net=net, days=days, highest=highest)


class FeesExceedAdvance(DomainError):
    """After fee and interest nothing would reach the seller."""

    code = "fees_exceed_advance"
    status = 422
    en = "Fee {fee} and interest {interest} leave nothing of an advance of {principal}. Change the price."
    zh = "手续费 {fee} 与利息 {interest} 已超过融资额 {principal},请调整价格。"

    def __init__(self, *, principal: str, fee: str, interest: str) -> None:
        super().__init__(principal=principal, fee=fee, interest=interest)


class WaterfallIncomplete(DomainError):
    """An order of payment that leaves something out, or names it twice."""

    code = "waterfall_incomplete"
    status = 422
    rules = ("R7",)
    en = "“{waterfall}” is no order of payment. Name costs, penalty, interest and principal, each once."
    zh = "“{waterfall}”不是完整的清偿顺序,请将费用、罚息、利息、本金各列一次。"

    def __init__(self, *, waterfall: str) -> None:
        super().__init__(waterfall=waterfall)


class SurplusIsTheSellers(DomainError):
    """With recourse the law gives the surplus to the seller (R12)."""

    code = "surplus_is_the_sellers"
    status = 422
    rules = ("R12",)
    en = "With recourse the surplus is the seller's (Civil Code art. 766). Finance without recourse, or return it."
    zh = "有追索权保理的剩余款项应返还卖方(民法典第七百六十六条)。请改为无追索权或约定返还。"


class NoTermLeft(DomainError):
    """The money would be due back on the day it leaves, or before."""

    code = "no_term_left"
    status = 409
    rules = ("R24",)
    en = "It would be due on {due_on}, and the money leaves on {funded_on} at the earliest. Wait for payment."
    zh = "到期日为 {due_on},而最早放款日为 {funded_on},已无融资期限,请等待付款。"

    def __init__(self, *, due_on: date, funded_on: date) -> None:
        super().__init__(due_on=due_on.isoformat(), funded_on=funded_on.isoformat())


class NoReferenceRate(DomainError):
    """No quote of the reference is known by that day."""

    code = "no_reference_rate"
    status = 409
    en = "No quote of “{name}” is known by {on}. Record it, or use another reference."
    zh = "截至 {on} 没有“{name}”的报价,请先登记或选用其他基准利率。"

    def __init__(self, *, name: str, on: date) -> None:
        super().__init__(name=name, on=on.isoformat())


class QuoteInFuture(DomainError):
    """A reference is quoted when its day has come."""

    code = "quote_in_future"
    status = 422
    en = "A quote for {effective_on} cannot be known on {today}. Record it on its day."
    zh = "{today} 尚不能登记 {effective_on} 的报价,请在报价日登记。"

    def __init__(self, *, effective_on: date, today: date) -> None:
        super().__init__(effective_on=effective_on.isoformat(), today=today.isoformat())


class FacilityNotActive(DomainError):
    """The line does not lend."""

    code = "facility_not_active"
    status = 409
    en = "Facility {facility} is {state} and makes no offers. It must be approved, or resumed, first."
    zh = "额度 {facility} 当前状态为 {state},不能报价,须先批准或恢复。"

    def __init__(self, *, facility: str, state: str) -> None:
        super().__init__(facility=facility, state=state)


class FacilityChangedSince(DomainError):
    """A facility was amended after this amendment to it was proposed."""

    code = "facility_changed_since"
    status = 409
    en = "Facility {facility} is at version {current}, and this was proposed for version {proposed}. Propose it anew."
    zh = "额度 {facility} 当前为第 {current} 版,此变更基于第 {proposed} 版提出,请重新提交。"

    def __init__(self, *, facility: str, current: int, proposed: int) -> None:
        super().__init__(facility=facility, current=current, proposed=proposed)


class NotLenders(DomainError):
    """Parties were asked to lend that are no lenders."""

    code = "not_lenders"
    status = 422
    en = "{count} of those invited do not lend, first {first}. Invite lenders."
    zh = "受邀方中有 {count} 家不是出资方(首家:{first}),请邀请出资方。"

    def __init__(self, *, count: int, first: str) -> None:
        super().__init__(count=count, first=first)


class GradeFinancesLess(DomainError):
    """An offer would advance more than the facility gives for so good a confirmation."""

    code = "grade_finances_less"
    status = 409
    rules = ("R1",)
    en = "Receivables confirmed as “{grade}” are advanced {allowed} at most by this facility, and {asked} was asked."
    zh = "确权等级为“{grade}”的应收账款在该额度下融资比例最高为 {allowed},报价为 {asked}。"

    def __init__(self, *, grade: str, allowed: Decimal, asked: Decimal) -> None:
        super().__init__(grade=grade, allowed=f"{allowed.normalize():f}", asked=f"{asked.normalize():f}")


class LenderWithoutLicence(DomainError):
    """A platform that is not licensed grants no financing."""

    code = "lender_without_licence"
    status = 409
    en = "{lender} has no licence to lend ({citation}). Bring in a licensed lender, or record its licence."
    zh = "{lender} 没有放贷或保理业务资质({citation})。请引入持牌机构,或登记其资质。"

    def __init__(self, *, lender: str, citation: str) -> None:
        super().__init__(lender=lender, citation=citation)


class RateOverLine(DomainError):
    """A lender without licence asks more than private lending may."""

    code = "rate_over_line"
    status = 409
    en = "{rate} a year is over {line}, the line of private lending ({citation}). Ask less."
    zh = "年利率 {rate} 超过民间借贷利率上限 {line}({citation}),请降低利率。"

    def __init__(self, *, rate: str, line: str, citation: str) -> None:
        super().__init__(rate=rate, line=line, citation=citation)
