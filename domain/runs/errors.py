"""What runs refuse."""

from datetime import date

from domain.values.errors import DomainError


class RunAltered(DomainError):
    """The items of a frozen run are not those of its digest."""

    code = "run_altered"
    status = 409
    en = "Run {run} was frozen as {frozen} and is now {current}. Nothing was sent; reopen it and freeze it again."
    zh = "批次 {run} 冻结时为 {frozen},现为 {current}。未发送任何指令,请重新打开并再次冻结。"

    def __init__(self, *, run: str, frozen: str, current: str) -> None:
        super().__init__(run=run, frozen=frozen[:12], current=current[:12])


class RetryPending(DomainError):
    """The obligation has an attempt planned, or an instruction on its way or settled."""

    code = "retry_pending"
    status = 409
    en = "“{obligation}” has an attempt planned, on its way or settled. Wait for what becomes of it."
    zh = "“{obligation}”已有计划中、处理中或已结算的扣款,请等待其结果。"

    def __init__(self, *, obligation: str) -> None:
        super().__init__(obligation=obligation)


class NothingToPause(DomainError):
    """Nothing of the run can still leave for the bank."""

    code = "nothing_to_pause"
    status = 409
    en = "Run {run} is “{state}”: nothing of it leaves for the bank now. Pause one that is frozen or under way."
    zh = "批次 {run} 当前状态为“{state}”,没有待发送的内容。只能暂停已冻结或执行中的批次。"

    def __init__(self, *, run: str, state: str) -> None:
        super().__init__(run=run, state=state)


class RunNotClosed(DomainError):
    """A certificate is made of a closed run."""

    code = "run_not_closed"
    status = 409
    en = "Run {run} is “{state}”; it has a certificate once it is closed. Wait for its answers and statements."
    zh = "批次 {run} 当前状态为“{state}”,关闭后方可出具证明。请等待银行回执与对账单。"

    def __init__(self, *, run: str, state: str) -> None:
        super().__init__(run=run, state=state)


class RetryDayRefused(DomainError):
    """A collection cannot be presented again on that day."""

    code = "retry_day_refused"
    status = 422
    en = "{due_on} is not a business day from {first} to {last}. Choose one."
    zh = "{due_on} 不是 {first} 至 {last} 之间的营业日,请另选日期。"

    def __init__(self, *, due_on: date, first: date, last: date) -> None:
        super().__init__(due_on=due_on, first=first, last=last)


class CertificateUnreadable(DomainError):
    """A file that is no certificate of a run, or no table of its items."""

    code = "certificate_unreadable"
    status = 422
    en = "This cannot be checked: {problem_en}. Export the certificate and its items again."
    zh = "无法核验:{problem_zh}。请重新导出证明及其明细。"

    def __init__(self, *, problem_en: str, problem_zh: str) -> None:
        super().__init__(problem_en=problem_en, problem_zh=problem_zh)
