"""What financing refuses, with the numbers behind it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from domain.values.errors import DomainError


class NotFinanceable(DomainError):
    """Invoices that cannot be financed as they stand, or are not the seller's."""

    code = "not_financeable"
    status = 409
    en = "{count} invoices cannot be financed, first {first}. Only the seller's own, confirmed, undue ones can be."
    zh = "{count} 张发票当前不能融资(首张:{first})。仅限本方已确认且未到期的发票。"

    def __init__(self, *, count: int, first: object) -> None:
        super().__init__(count=count, first=str(first))


class RateOutOfRange(DomainError):
    """A rate, fee or multiplier that no contract has."""

    code = "rate_out_of_range"
    status = 422
    en = "{field} is {value}, outside {low} to {high}. Rates are fractions: 0.055 is 5.5 % a year."
    zh = "{field} 为 {value},超出范围 {low} 至 {high}。利率以小数表示:0.055 即年利率 5.5%。"

    def __init__(self, *, field: str, value: Decimal, low: Decimal, high: Decimal) -> None:
        super().__init__(field=field, value=str(value), low=str(low), high=str(high))


class FacilityNotActive(DomainError):
    """The line does not lend."""

    code = "facility_not_active"
    status = 409
    en = "Facility {facility} is {state} and makes no offers. It must be approved, or resumed, first."
    zh = "额度 {facility} 当前状态为 {state},不能报价,须先批准或恢复。"

    def __init__(self, *, facility: str, state: str) -> None:
        super().__init__(facility=facility, state=state)


class NotOfferable(DomainError):
    """Requests that this facility cannot answer."""

    code = "not_offerable"
    status = 409
    en = (
        "{count} of the requests cannot be offered on by this facility, first {first}: not open, of another seller or "
        "currency, offered on before, or due outside its tenor."
    )
    zh = "{count} 项融资申请不能由该额度报价(首项:{first}):未开放、卖方或币种不符、已报价或期限超出范围。"

    def __init__(self, *, count: int, first: object) -> None:
        super().__init__(count=count, first=str(first))


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


class OfferNotOpen(DomainError):
    """The offer was accepted, withdrawn, outbid or has expired."""

    code = "offer_not_open"
    status = 409
    en = "Offer {offer} is {state} and cannot be accepted. Choose another or ask again."
    zh = "报价 {offer} 状态为 {state},不能接受。请选择其他报价或重新申请。"

    def __init__(self, *, offer: str, state: str) -> None:
        super().__init__(offer=offer, state=state)


class OfferExpired(DomainError):
    """Its last day has passed."""

    code = "offer_expired"
    status = 409
    en = "Offer {offer} could be accepted until {expires_on}; today is {today}. Ask for a new one."
    zh = "报价 {offer} 有效期至 {expires_on},今天是 {today}。请重新询价。"

    def __init__(self, *, offer: str, expires_on: date, today: date) -> None:
        super().__init__(offer=offer, expires_on=expires_on.isoformat(), today=today.isoformat())


class OffersStillSealed(DomainError):
    """Lenders may still offer; nobody sees or accepts anything before."""

    code = "offers_still_sealed"
    status = 409
    en = "Offers on request {request} are sealed until {sealed_until}. Wait until then."
    zh = "申请 {request} 的报价密封至 {sealed_until},请届时再操作。"

    def __init__(self, *, request: str, sealed_until: str) -> None:
        super().__init__(request=request, sealed_until=sealed_until)


class ReceivableTaken(DomainError):
    """The receivable is no longer free: financed by another offer, disputed or paid meanwhile."""

    code = "receivable_taken"
    status = 409
    en = "Receivable {receivable} is {state} and cannot be financed by this offer."
    zh = "应收账款 {receivable} 状态为 {state},不能再按此报价融资。"

    def __init__(self, *, receivable: str, state: str) -> None:
        super().__init__(receivable=receivable, state=state)


class AvailabilityExceeded(DomainError):
    """The offer lends more than may be lent now (R1)."""

    code = "availability_exceeded"
    status = 409
    rules: tuple[str, ...] = ("R1",)
    en = (
        "{principal} was offered, and {available} is available: the limit that binds is “{bound_by}” ({headrooms}). "
        "Ask for a new offer."
    )
    zh = "报价 {principal} 超过可融资额 {available},受限于“{bound_by}”({headrooms}),请重新询价。"

    def __init__(self, *, principal: str, available: str, bound_by: str, headrooms: Mapping[str, str]) -> None:
        listed = ", ".join(f"{name} {headroom}" for name, headroom in headrooms.items())
        super().__init__(principal=principal, available=available, bound_by=bound_by, headrooms=listed)
        if bound_by.startswith("concentration"):
            self.rules = ("R1", "R22")


class ConditionsNotMet(DomainError):
    """Advances ordered for funding whose conditions are not met, or no longer."""

    code = "conditions_not_met"
    status = 409
    en = "{count} of the advances cannot be paid out, first {first}: {reason_en}. Check the conditions again."
    zh = "{count} 笔融资不能放款(首笔:{first}):{reason_zh}。请重新核对放款条件。"

    def __init__(self, *, count: int, first: object, reason_en: str, reason_zh: str) -> None:
        super().__init__(count=count, first=str(first), reason_en=reason_en, reason_zh=reason_zh)


class TwoLenders(DomainError):
    """One order pays out the money of one lender in one currency."""

    code = "two_lenders"
    status = 422
    en = "A funding order is for one lender and one currency, and these advances have {count}. Make an order for each."
    zh = "放款指令仅限同一出资方和同一币种,所选融资涉及 {count} 组,请分别下达。"

    def __init__(self, *, count: int) -> None:
        super().__init__(count=count)


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


class DeadlineOutOfOrder(DomainError):
    """Offers would be unsealed before they can be made, or after the request has expired."""

    code = "deadline_out_of_order"
    status = 422
    en = "Offers cannot stay sealed until {sealed_until}: it is {now}, and the request ends after {valid_until}."
    zh = "密封截止时间 {sealed_until} 无效:现在是 {now},申请有效期至 {valid_until}。"

    def __init__(self, *, sealed_until: str, now: str, valid_until: date) -> None:
        super().__init__(sealed_until=sealed_until, now=now, valid_until=valid_until.isoformat())


class RequestOutOfDate(DomainError):
    """Requests that were approved after their last day."""

    code = "request_out_of_date"
    status = 409
    en = "These requests were good until {valid_until}, and today is {today}. Ask anew."
    zh = "该批申请有效期至 {valid_until},今天是 {today},请重新申请。"

    def __init__(self, *, valid_until: date, today: date) -> None:
        super().__init__(valid_until=valid_until.isoformat(), today=today.isoformat())


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


class FacilityChangedSince(DomainError):
    """A facility was amended after this amendment to it was proposed."""

    code = "facility_changed_since"
    status = 409
    en = "Facility {facility} is at version {current}, and this was proposed for version {proposed}. Propose it anew."
    zh = "额度 {facility} 当前为第 {current} 版,此变更基于第 {proposed} 版提出,请重新提交。"

    def __init__(self, *, facility: str, current: int, proposed: int) -> None:
        super().__init__(facility=facility, current=current, proposed=proposed)


class NoTermLeft(DomainError):
    """The money would be due back on the day it leaves, or before."""

    code = "no_term_left"
    status = 409
    rules = ("R24",)
    en = "It would be due on {due_on}, and the money leaves on {funded_on} at the earliest. Wait for payment."
    zh = "到期日为 {due_on},而最早放款日为 {funded_on},已无融资期限,请等待付款。"

    def __init__(self, *, due_on: date, funded_on: date) -> None:
        super().__init__(due_on=due_on.isoformat(), funded_on=funded_on.isoformat())


class NothingOwed(DomainError):
    """A payment for which its payer has no debt to set it against."""

    code = "nothing_owed"
    status = 409
    en = "{payer} owes this lender nothing of that kind in {currency}. Name the advances, or leave it in suspense."
    zh = "{payer} 对该出资方没有 {currency} 的此类未偿债务,请指定融资,或保留为待查款项。"

    def __init__(self, *, payer: str, currency: str) -> None:
        super().__init__(payer=payer, currency=currency)


class PaysTooMuch(DomainError):
    """A seller pays more than was asked of it."""

    code = "pays_too_much"
    status = 422
    rules = ("R10", "R11")
    en = "{amount} is more than the {owed} asked of the seller. Book what is owed, and give the rest back."
    zh = "{amount} 超过应向卖方收取的 {owed},请按应收金额入账,并退回余款。"

    def __init__(self, *, amount: str, owed: str) -> None:
        super().__init__(amount=amount, owed=owed)


class RepaymentKnown(DomainError):
    """A payment with this reference was entered before."""

    code = "repayment_known"
    status = 409
    en = "A payment with reference {reference} was entered before, as {repayment}. It counts once."
    zh = "参考号 {reference} 的还款已登记为 {repayment},不能重复登记。"

    def __init__(self, *, reference: str, repayment: str) -> None:
        super().__init__(reference=reference, repayment=repayment)


class RepaymentUnproved(DomainError):
    """The statement entry may be a payment that was entered before the statement came."""

    code = "repayment_unproved"
    status = 409
    en = "Entry {entry} over {amount} may be repayment {repayment}, entered before the statement came: say that it is."
    zh = "流水 {entry}({amount})可能就是对账单到达前已登记的还款 {repayment},请将流水关联到该还款。"

    def __init__(self, *, repayment: str, entry: int, amount: str) -> None:
        super().__init__(repayment=repayment, entry=entry, amount=amount)


class NothingToRefund(DomainError):
    """More is to be paid back to a debtor than it has paid too much, or a refund is under way already."""

    code = "nothing_to_refund"
    status = 409
    en = "{amount} cannot be paid back on {advance}: {wallet} was paid too much, and a refund may be under way."
    zh = "{advance} 不能退还 {amount}:多付余额为 {wallet},或已有退款在途。"

    def __init__(self, *, advance: str, amount: str, wallet: str) -> None:
        super().__init__(advance=advance, amount=amount, wallet=wallet)


class ValueDateAhead(DomainError):
    """Something is to be booked for a day that has not come."""

    code = "value_date_ahead"
    status = 422
    en = "The value date {value_date} lies after today, {today}. Only what has happened can be booked."
    zh = "起息日 {value_date} 晚于今天 {today},只能登记已发生的事项。"

    def __init__(self, *, value_date: date, today: date) -> None:
        super().__init__(value_date=value_date.isoformat(), today=today.isoformat())


class BeforeFunding(DomainError):
    """Something is to be booked for a day before the money went out."""

    code = "before_funding"
    status = 422
    en = "Advance {advance} was not funded on {value_date}. Choose the day it was funded or a later one."
    zh = "融资 {advance} 在 {value_date} 尚未放款,请选择放款当日或之后的日期。"

    def __init__(self, *, advance: str, value_date: date) -> None:
        super().__init__(advance=advance, value_date=value_date.isoformat())


class EntryDoesNotFit(DomainError):
    """The statement entry named is not this payment, or does not wait in suspense."""

    code = "entry_does_not_fit"
    status = 409
    en = "Statement entry {entry} does not wait in suspense as a credit of {amount} on the lender's account."
    zh = "对账单条目 {entry} 不是出资方账户上金额为 {amount} 的待查贷项。"

    def __init__(self, *, entry: int, amount: str) -> None:
        super().__init__(entry=entry, amount=amount)


class NotOverdue(DomainError):
    """Recourse, default and write-off begin where a debt is late."""

    code = "not_overdue"
    status = 409
    rules = ("R6", "R11")
    en = "Advance {advance} is {state}. This can be done once it is overdue and still unpaid."
    zh = "融资 {advance} 状态为 {state},须逾期未还方可操作。"

    def __init__(self, *, advance: str, state: str) -> None:
        super().__init__(advance=advance, state=state)


class NoRecourse(DomainError):
    """The lender bought the claim with the debtor's risk (R12)."""

    code = "no_recourse"
    status = 409
    rules = ("R11", "R12")
    en = (
        "Advance {advance} is without recourse: the seller answers for disputes and credit notes, not for a debtor "
        "that does not pay. {receivable} has neither."
    )
    zh = "融资 {advance} 为无追索权保理,卖方仅对争议与红字冲减负责;{receivable} 不存在上述情形。"

    def __init__(self, *, advance: str, receivable: str) -> None:
        super().__init__(advance=advance, receivable=receivable)


class NotLateEnough(DomainError):
    """A default is declared after more than 90 days (R23)."""

    code = "not_late_enough"
    status = 409
    rules = ("R23",)
    en = "Advance {advance} is {days} days late. It is in default after more than {limit}."
    zh = "融资 {advance} 逾期 {days} 天,超过 {limit} 天方可认定违约。"

    def __init__(self, *, advance: str, days: int, limit: int) -> None:
        super().__init__(advance=advance, days=days, limit=limit)


class NothingToRelease(DomainError):
    """No reserve is there, or all of it is held."""

    code = "nothing_to_release"
    status = 409
    rules = ("R5",)
    en = "Advance {advance} has a reserve of {reserve}, of which {held} are held. Nothing can be released."
    zh = "融资 {advance} 尾款 {reserve},其中冻结 {held},无可释放金额。"

    def __init__(self, *, advance: str, reserve: str, held: str) -> None:
        super().__init__(advance=advance, reserve=reserve, held=held)


class HoldLifted(DomainError):
    """The hold was lifted before."""

    code = "hold_lifted"
    status = 409
    en = "Hold {hold} was lifted on {lifted_on}. There is nothing left to lift."
    zh = "冻结 {hold} 已于 {lifted_on} 解除,无需再次操作。"

    def __init__(self, *, hold: str, lifted_on: date) -> None:
        super().__init__(hold=hold, lifted_on=lifted_on.isoformat())


class NothingToWithdraw(DomainError):
    """Nothing of the order waits for a run any more, or nothing of it was approved yet."""

    code = "nothing_to_withdraw"
    status = 409
    en = "Nothing of order {order} can be taken back: {gathered} of its payments are with a run, none waits for one."
    zh = "放款指令 {order} 无可撤回的款项:{gathered} 笔已进入批次,没有等待批次的款项。"

    def __init__(self, *, order: str, gathered: int) -> None:
        super().__init__(order=order, gathered=gathered)


class NotThePair(DomainError):
    """Claims are set off between the same lender and seller in the same currency."""

    code = "not_the_pair"
    status = 409
    rules = ("R10",)
    en = "{first} and {second} are not of the same lender, seller and currency. Only those can be set off."
    zh = "{first} 与 {second} 的出资方、卖方或币种不一致,不能抵销。"

    def __init__(self, *, first: str, second: str) -> None:
        super().__init__(first=first, second=second)


class ReleaseUnderWay(DomainError):
    """The reserve is on its way to the seller."""

    code = "release_under_way"
    status = 409
    rules = ("R5",)
    en = "The reserve of {advance} is on its way to the seller. Wait for the bank's answer."
    zh = "融资 {advance} 的尾款正在支付途中,请等待银行回执。"

    def __init__(self, *, advance: str) -> None:
        super().__init__(advance=advance)


class NoLateInterest(DomainError):
    """The law of late interest protects small sellers from large buyers, from its day on."""

    code = "no_late_interest"
    status = 409
    rules = ("R28",)
    en = (
        "The law gives no late interest on {receivable}, due on {due_on}: since it is in force it protects a "
        "small seller (here small: {seller_is_small}) from a buyer that is not (here small: {debtor_is_small})."
    )
    zh = (
        "{receivable}(到期日 {due_on})不适用法定逾期利息:须卖方为中小企业(当前:{seller_is_small}),"
        "且付款方不是中小企业(当前是中小企业:{debtor_is_small}),并以到期日时法规已施行为限。"
    )

    def __init__(self, *, receivable: str, seller_is_small: bool, debtor_is_small: bool, due_on: date) -> None:
        super().__init__(
            receivable=receivable,
            seller_is_small=seller_is_small,
            debtor_is_small=debtor_is_small,
            due_on=due_on.isoformat(),
        )


class NothingLate(DomainError):
    """Interest is demanded where nothing is unpaid beyond its due date."""

    code = "nothing_late"
    status = 409
    rules = ("R28",)
    en = "There is no late interest on {receivable}: {unpaid} is unpaid, {late_days} days late."
    zh = "{receivable} 无逾期利息:未付 {unpaid},逾期 {late_days} 天。"

    def __init__(self, *, receivable: str, unpaid: str, late_days: int) -> None:
        super().__init__(receivable=receivable, unpaid=unpaid, late_days=late_days)


class AlreadyDemanded(DomainError):
    """The seller has demanded its interest as of that day."""

    code = "already_demanded"
    status = 409
    en = "Late interest on {receivable} as of {as_of} has been demanded. Demand it as of another day."
    zh = "{receivable} 截至 {as_of} 的逾期利息已提出请求,请选择其他日期。"

    def __init__(self, *, receivable: str, as_of: date) -> None:
        super().__init__(receivable=receivable, as_of=as_of.isoformat())
