"""What a seller's demand of late interest refuses (R28)."""

from datetime import date

from domain.values.errors import DomainError


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
