"""What payments, and what goes back of them, refuse, with the numbers behind it."""

from datetime import date

from domain.values.errors import DomainError


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


class NothingToRefund(DomainError):
    """More is to be paid back to a debtor than it has paid too much, or a refund is under way already."""

    code = "nothing_to_refund"
    status = 409
    en = "{amount} cannot be paid back on {advance}: {wallet} was paid too much, and a refund may be under way."
    zh = "{advance} 不能退还 {amount}:多付余额为 {wallet},或已有退款在途。"

    def __init__(self, *, advance: str, amount: str, wallet: str) -> None:
        super().__init__(advance=advance, amount=amount, wallet=wallet)
