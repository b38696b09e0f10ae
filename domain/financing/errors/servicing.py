"""What is refused about an advance after it was funded: recourse, losses, reserves, set-off."""

from datetime import date

from domain.values.errors import DomainError


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


class ReleaseUnderWay(DomainError):
    """The reserve is on its way to the seller."""

    code = "release_under_way"
    status = 409
    rules = ("R5",)
    en = "The reserve of {advance} is on its way to the seller. Wait for the bank's answer."
    zh = "融资 {advance} 的尾款正在支付途中,请等待银行回执。"

    def __init__(self, *, advance: str) -> None:
        super().__init__(advance=advance)


class NotThePair(DomainError):
    """Claims are set off between the same lender and seller in the same currency."""

    code = "not_the_pair"
    status = 409
    rules = ("R10",)
    en = "{first} and {second} are not of the same lender, seller and currency. Only those can be set off."
    zh = "{first} 与 {second} 的出资方、卖方或币种不一致,不能抵销。"

    def __init__(self, *, first: str, second: str) -> None:
        super().__init__(first=first, second=second)
