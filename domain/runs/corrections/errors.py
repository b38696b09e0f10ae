"""What corrections refuse."""

from datetime import date

from domain.values.errors import DomainError
from domain.values.money import Money


class RefundTotalDiffers(DomainError):
    """The total that the caller expects to be refunded is not what it would come to."""

    code = "refund_total_differs"
    status = 409
    en = "With this, {actual} would be given back in all, not {expected}. Look at what was refunded before."
    zh = "连同本次,累计退款为 {actual},与预期的 {expected} 不符,请先核对已退款项。"

    def __init__(self, *, expected: Money, actual: Money) -> None:
        super().__init__(expected=str(expected), actual=str(actual))


class RefundBeyondCollected(DomainError):
    """More would be given back than was collected."""

    code = "refund_beyond_collected"
    status = 409
    en = "{total} would be given back of {collected}. Nobody is refunded more than was collected."
    zh = "累计退款 {total} 将超过原收款 {collected},不得超额退款。"

    def __init__(self, *, total: Money, collected: Money) -> None:
        super().__init__(total=str(total), collected=str(collected))


class NotCorrectable(DomainError):
    """In this state there is nothing to take back at the bank."""

    code = "not_correctable"
    status = 409
    en = "Instruction {instruction} is “{state}”: there is nothing to take back. Cancel it, or leave it."
    zh = "指令 {instruction} 状态为“{state}”,无可撤回的款项。"

    def __init__(self, *, instruction: int, state: str) -> None:
        super().__init__(instruction=str(instruction), state=state)


class OnlyWhole(DomainError):
    """A part was asked for where only the whole can be taken back."""

    code = "correction_only_whole"
    status = 409
    en = "Of {amount} only the whole can be taken back here. Ask for all of it, or wait until it has settled."
    zh = "该笔 {amount} 此时只能全额撤回,请申请全额或待结算后办理。"

    def __init__(self, *, amount: Money) -> None:
        super().__init__(amount=str(amount))


class NoRefundFunds(DomainError):
    """In part, such a collection cannot be refunded: nobody says from which funds."""

    code = "no_refund_funds"
    status = 409
    en = "A collection for “{purpose}” is only given back whole."
    zh = "用途为“{purpose}”的收款只能全额退回。"

    def __init__(self, *, purpose: str) -> None:
        super().__init__(purpose=purpose)


class CorrectionUnderWay(DomainError):
    """The instruction is being corrected already."""

    code = "correction_under_way"
    status = 409
    en = "Instruction {instruction} is being corrected already. Wait for what becomes of that."
    zh = "指令 {instruction} 正在更正中,请等待其结果。"

    def __init__(self, *, instruction: int) -> None:
        super().__init__(instruction=str(instruction))


class CorrectionOutdated(DomainError):
    """Since it was proposed, the way to give the money back has changed."""

    code = "correction_outdated"
    status = 409
    en = "As of {today} this would be a {current}, and a {proposed} was proposed. Withdraw it and propose it anew."
    zh = "按 {today} 的情况应采用 {current} 方式,而原提议为 {proposed},请撤回后重新提议。"

    def __init__(self, *, today: date, current: str, proposed: str) -> None:
        super().__init__(today=today, current=current, proposed=proposed)
