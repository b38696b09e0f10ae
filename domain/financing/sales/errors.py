"""What advances out of sales refuse, with the numbers behind it."""

from datetime import date

from domain.values.errors import DomainError


class SalesTooSmall(DomainError):
    """The share of sales would not repay the advance within any term that is agreed."""

    code = "sales_too_small"
    status = 422
    rules = ("R15",)
    en = "{daily} a day repays {owed} in more than {limit} days. Agree a larger share of sales, or less."
    zh = "每日还款 {daily} 无法在 {limit} 天内还清 {owed},请提高销售分成比例或减少融资额。"

    def __init__(self, *, daily: str, owed: str, limit: int) -> None:
        super().__init__(daily=daily, owed=owed, limit=limit)


class BadSalesTerms(DomainError):
    """Something is paid out for a fee no higher than it, out of a share of sales that is a share."""

    code = "bad_sales_terms"
    status = 422
    rules = ("R15",)
    en = "{net} for a fee of {fee} out of {share} of the sales: pay something out, for no more than it, of at most 1."
    zh = "放款 {net}、费用 {fee}、销售分成 {share} 不合理:放款须大于零,费用不得超过放款额,分成比例不得超过 1。"

    def __init__(self, *, net: str, fee: str, share: str) -> None:
        super().__init__(net=net, fee=fee, share=share)


class NotAMerchant(DomainError):
    """Only who sells every day repays out of sales."""

    code = "not_a_merchant"
    status = 422
    en = "{party} is a {kind}. A branch, a supplier or an agent repays out of its sales."
    zh = "{party} 的类型为 {kind},只有分支、供应商或代理人可以用销售收入还款。"

    def __init__(self, *, party: str, kind: str) -> None:
        super().__init__(party=party, kind=kind)


class FinalDayTooEarly(DomainError):
    """The last day would cut short what the sales are expected to repay."""

    code = "final_day_too_early"
    status = 422
    rules = ("R15",)
    en = "All falls due on {final_on}, and sales are expected to repay until {expected_on}. Agree a later day."
    zh = "最终到期日 {final_on} 早于预计还清日 {expected_on},请约定更晚的日期。"

    def __init__(self, *, final_on: date, expected_on: date) -> None:
        super().__init__(final_on=final_on.isoformat(), expected_on=expected_on.isoformat())


class TermBeyondFacility(DomainError):
    """The line does not lend for so long."""

    code = "term_beyond_facility"
    status = 409
    en = "From {funding_on} to {final_on} are {days} days; facility {facility} lends for {limit} at most."
    zh = "自 {funding_on} 至 {final_on} 共 {days} 天,超过额度 {facility} 允许的 {limit} 天。"

    def __init__(self, *, funding_on: date, final_on: date, facility: str, limit: int) -> None:
        super().__init__(
            funding_on=funding_on.isoformat(),
            final_on=final_on.isoformat(),
            days=(final_on - funding_on).days,
            facility=facility,
            limit=limit,
        )


class NotTheLinesMerchant(DomainError):
    """The line lends to one seller, and this is another."""

    code = "not_the_lines_merchant"
    status = 409
    en = "Facility {facility} lends to another firm than {merchant}. Take a line that lends to it."
    zh = "额度 {facility} 不对 {merchant} 放款,请选择适用的额度。"

    def __init__(self, *, facility: str, merchant: str) -> None:
        super().__init__(facility=facility, merchant=merchant)


class MerchantHasAdvance(DomainError):
    """A merchant repays one advance out of its sales at a time: two shares of one till starve it."""

    code = "merchant_has_advance"
    status = 409
    en = "{merchant} repays {advance} out of its sales already, {open} of it open. Let it be repaid first."
    zh = "{merchant} 正以销售收入偿还 {advance}(未还 {open}),请先还清。"

    def __init__(self, *, merchant: str, advance: str, open_amount: str) -> None:
        super().__init__(merchant=merchant, advance=advance, open=open_amount)


class NoAccountToPay(DomainError):
    """Lender or merchant has no account that can be used on the day of the payout."""

    code = "no_account_to_pay"
    status = 409
    en = "{party} has no verified account in {currency} that can be used on {on}. Verify one, or pay out later."
    zh = "{party} 在 {on} 没有可用的 {currency} 已核验账户,请先核验账户或推迟放款。"

    def __init__(self, *, party: str, currency: str, on: date) -> None:
        super().__init__(party=party, currency=currency, on=on.isoformat())


class FundingDayPassed(DomainError):
    """Money is to leave on a day that has passed."""

    code = "funding_day_passed"
    status = 422
    en = "The money is to leave on {funding_on}, and today is {today}. Name today or a later day."
    zh = "放款日 {funding_on} 早于今天 {today},请改为今天或以后的日期。"

    def __init__(self, *, funding_on: date, today: date) -> None:
        super().__init__(funding_on=funding_on.isoformat(), today=today.isoformat())


class PayoutUnderWay(DomainError):
    """An advance that the bank may be paying out cannot be taken back."""

    code = "payout_under_way"
    status = 409
    en = "The payout of {advance} is on its way: only the bank can say what becomes of it."
    zh = "{advance} 的放款已在途,结果以银行回执为准。"

    def __init__(self, *, advance: str) -> None:
        super().__init__(advance=advance)


class FinalDayAhead(DomainError):
    """Until its last day an advance may still be repaid out of sales."""

    code = "final_day_ahead"
    status = 409
    rules = ("R15",)
    en = "{advance} is repaid out of sales until {final_on}, and today is {today}. Wait until then."
    zh = "{advance} 在 {final_on} 之前以销售收入还款,今天为 {today},请于该日之后操作。"

    def __init__(self, *, advance: str, final_on: date, today: date) -> None:
        super().__init__(advance=advance, final_on=final_on.isoformat(), today=today.isoformat())


class SalesAlreadyDemanded(DomainError):
    """One day has one demand."""

    code = "sales_already_demanded"
    status = 409
    en = "Everything on {advance} was demanded on {on} already. Demand it again on another day."
    zh = "{advance} 已于 {on} 提出全额还款要求,请改日再提。"

    def __init__(self, *, advance: str, on: date) -> None:
        super().__init__(advance=advance, on=on.isoformat())
