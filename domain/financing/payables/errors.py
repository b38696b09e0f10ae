"""What payables financing refuses, with the numbers behind it."""

from datetime import date

from domain.values.errors import DomainError


class ProgrammeNotActive(DomainError):
    """The programme takes no invoices and pays nothing early."""

    code = "programme_not_active"
    status = 409
    en = "Programme {programme} is {state}. It must be approved, or resumed by two people, first."
    zh = "应付账款项目 {programme} 当前状态为 {state},须先批准,或由两人恢复。"

    def __init__(self, *, programme: str, state: str) -> None:
        super().__init__(programme=programme, state=state)


class BadProgrammeLimit(DomainError):
    """A limit that no programme has."""

    code = "bad_programme_limit"
    status = 422
    en = "{field} is {value}. The limit is above nothing; own cash and its floor are nothing or more."
    zh = "{field} 为 {value}。额度须大于零,自有资金额度与流动性底线不得为负。"

    def __init__(self, *, field: str, value: str) -> None:
        super().__init__(field=field, value=value)


class ProgrammeLimitExceeded(DomainError):
    """The buyer approves more than its programme takes."""

    code = "programme_limit_exceeded"
    status = 409
    en = (
        "{added} more on top of {open} exceeds the programme's limit of {limit}. Approve less, or agree a higher limit."
    )
    zh = "已有未付 {open},再增加 {added} 将超过项目额度 {limit},请减少确认金额或提高额度。"

    def __init__(self, *, added: str, open: str, limit: str) -> None:  # noqa: A002 - the fact's name
        super().__init__(added=added, open=open, limit=limit)


class SuppliersNotEligible(DomainError):
    """Firms that cannot join: members already, or the buyer itself."""

    code = "suppliers_not_eligible"
    status = 409
    en = "{count} of the firms cannot join the programme, first {first}: already in it, or the buyer itself."
    zh = "{count} 家企业不能加入该项目(首家:{first}):已在项目中,或即为买方本身。"

    def __init__(self, *, count: int, first: str) -> None:
        super().__init__(count=count, first=first)


class NotPayableEarly(DomainError):
    """Early payments that are not where an order needs them."""

    code = "not_payable_early"
    status = 409
    en = "{count} of the payments cannot be ordered, first {first}: {reason_en}."
    zh = "{count} 笔付款不能下达(首笔:{first}):{reason_zh}。"

    def __init__(self, *, count: int, first: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(count=count, first=first, reason_en=reason_en, reason_zh=reason_zh)


class EarlyOfferNotOpen(DomainError):
    """The offer of early payment was accepted, withdrawn or has expired."""

    code = "early_offer_not_open"
    status = 409
    en = "Early payment {payment} is {state} and cannot be accepted. Wait for the next morning's offer."
    zh = "提前付款 {payment} 状态为 {state},不能接受,请等待次日报价。"

    def __init__(self, *, payment: str, state: str) -> None:
        super().__init__(payment=payment, state=state)


class EarlyOfferExpired(DomainError):
    """Its last day has passed."""

    code = "early_offer_expired"
    status = 409
    en = "Early payment {payment} could be accepted until {expires_on}; today is {today}. A new offer follows."
    zh = "提前付款 {payment} 有效期至 {expires_on},今天是 {today},请等待新的报价。"

    def __init__(self, *, payment: str, expires_on: date, today: date) -> None:
        super().__init__(payment=payment, expires_on=expires_on.isoformat(), today=today.isoformat())


class InvoiceNotFree(DomainError):
    """The invoice was financed, disputed, paid or credited since it was offered on."""

    code = "invoice_not_free"
    status = 409
    en = "Invoice {receivable} is {state}, {unpaid} unpaid, and {offered} was offered on it. It cannot be paid early."
    zh = "发票 {receivable} 状态为 {state},未付 {unpaid},而报价金额为 {offered},不能提前付款。"

    def __init__(self, *, receivable: str, state: str, unpaid: str, offered: str) -> None:
        super().__init__(receivable=receivable, state=state, unpaid=unpaid, offered=offered)


class OwnCashUsedUp(DomainError):
    """Too little own cash is left for this offer; how much there is, a supplier is not told."""

    code = "own_cash_used_up"
    status = 409
    en = "{needed} cannot be paid early: the cash set aside for it is used up. Take a lender's offer, or a later one."
    zh = "{needed} 暂不能提前支付:用于提前付款的资金已用完。请选择出资方报价,或等待后续报价。"

    def __init__(self, *, needed: str) -> None:
        super().__init__(needed=needed)


class LiquidityExceeded(DomainError):
    """The buyer's own cash does not allow what treasury orders."""

    code = "liquidity_exceeded"
    status = 409
    en = "{needed} is needed, and {idle} is idle above the floor of {floor}. Order less, or wait for cash."
    zh = "需要 {needed},高于底线 {floor} 的闲置资金为 {idle},请减少付款或等待资金到账。"

    def __init__(self, *, needed: str, idle: str, floor: str) -> None:
        super().__init__(needed=needed, idle=idle, floor=floor)


class FacilityMayNotBuy(DomainError):
    """The lender's line is not one of the programme's."""

    code = "facility_may_not_buy"
    status = 409
    en = "Facility {facility} may not buy under programme {programme}. Name one the programme was agreed with."
    zh = "额度 {facility} 不在应付账款项目 {programme} 的购买方之列,请选择项目约定的额度。"

    def __init__(self, *, facility: str, programme: str) -> None:
        super().__init__(facility=facility, programme=programme)


class PeriodTooLong(DomainError):
    """More months of a roll-forward than one answer holds."""

    code = "period_too_long"
    status = 422
    en = "The roll-forward shows at most {limit} months, the first no later than the last. Ask for fewer."
    zh = "滚动表一次最多显示 {limit} 个月,且起始月份不得晚于结束月份,请缩短期间。"

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=limit)
