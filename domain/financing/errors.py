"""What financing refuses, with the numbers behind it."""

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
    en = (
        "{principal} was offered, and {available} is available: {eligible} at {advance_rate}, facility {facility}, "
        "debtor {debtor}. Ask for a new offer."
    )
    zh = (
        "报价 {principal} 超过可融资额 {available}(合格余额 {eligible} × {advance_rate},额度余额 {facility},"
        "付款方余额 {debtor}),请重新询价。"
    )

    def __init__(
        self, *, principal: str, available: str, eligible: str, advance_rate: str, facility: str, debtor: str
    ) -> None:
        super().__init__(
            principal=principal,
            available=available,
            eligible=eligible,
            advance_rate=advance_rate,
            facility=facility,
            debtor=debtor,
        )


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
    en = "Advance {advance} is {state}. This can be done once it is overdue and still unpaid."
    zh = "融资 {advance} 状态为 {state},须逾期未还方可操作。"

    def __init__(self, *, advance: str, state: str) -> None:
        super().__init__(advance=advance, state=state)


class NoRecourse(DomainError):
    """The lender bought the claim with the debtor's risk (R12)."""

    code = "no_recourse"
    status = 409
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
    en = "Advance {advance} is {days} days late. It is in default after more than {limit}."
    zh = "融资 {advance} 逾期 {days} 天,超过 {limit} 天方可认定违约。"

    def __init__(self, *, advance: str, days: int, limit: int) -> None:
        super().__init__(advance=advance, days=days, limit=limit)


class NothingToRelease(DomainError):
    """No reserve is there, or all of it is held."""

    code = "nothing_to_release"
    status = 409
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


class NotThePair(DomainError):
    """Claims are set off between the same lender and seller in the same currency."""

    code = "not_the_pair"
    status = 409
    en = "{first} and {second} are not of the same lender, seller and currency. Only those can be set off."
    zh = "{first} 与 {second} 的出资方、卖方或币种不一致,不能抵销。"

    def __init__(self, *, first: str, second: str) -> None:
        super().__init__(first=first, second=second)


class ReleaseUnderWay(DomainError):
    """The reserve is on its way to the seller."""

    code = "release_under_way"
    status = 409
    en = "The reserve of {advance} is on its way to the seller. Wait for the bank's answer."
    zh = "融资 {advance} 的尾款正在支付途中,请等待银行回执。"

    def __init__(self, *, advance: str) -> None:
        super().__init__(advance=advance)
