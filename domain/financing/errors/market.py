"""What requests, offers and their acceptance refuse, with the numbers behind it."""

from collections.abc import Mapping
from datetime import date

from domain.values.errors import DomainError


class NotFinanceable(DomainError):
    """Invoices that cannot be financed as they stand, or are not the seller's."""

    code = "not_financeable"
    status = 409
    en = "{count} invoices cannot be financed, first {first}. Only the seller's own, confirmed, undue ones can be."
    zh = "{count} 张发票当前不能融资(首张:{first})。仅限本方已确认且未到期的发票。"

    def __init__(self, *, count: int, first: object) -> None:
        super().__init__(count=count, first=str(first))


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


class NothingToWithdraw(DomainError):
    """Nothing of the order waits for a run any more, or nothing of it was approved yet."""

    code = "nothing_to_withdraw"
    status = 409
    en = "Nothing of order {order} can be taken back: {gathered} of its payments are with a run, none waits for one."
    zh = "放款指令 {order} 无可撤回的款项:{gathered} 笔已进入批次,没有等待批次的款项。"

    def __init__(self, *, order: str, gathered: int) -> None:
        super().__init__(order=order, gathered=gathered)
