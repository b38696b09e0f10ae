"""What banking refuses, and the outcomes that are neither success nor failure."""

from domain.values.errors import DomainError


class OutcomeUnknown(DomainError):
    """The message may have reached the bank: neither success nor failure. Ask by its id, then send the same bytes."""

    code = "bank_outcome_unknown"
    status = 503
    en = "The bank did not say whether it took message {message_id} ({detail}). It is asked again; send no new one."
    zh = "银行未明确是否已接收报文 {message_id}({detail})。系统将继续查询,请勿重新发起。"

    def __init__(self, *, message_id: str, detail: str) -> None:
        super().__init__(message_id=message_id, detail=detail)


class NotSent(DomainError):
    """The message certainly did not reach the bank: no connection was made."""

    code = "bank_not_reached"
    status = 503
    en = "The bank could not be reached ({detail}); nothing was sent. Check the connection; the message goes out later."
    zh = "无法连接银行({detail}),报文未发出。请检查网络连接,系统稍后重新发送。"

    def __init__(self, *, detail: str) -> None:
        super().__init__(detail=detail)


class BankUnavailable(DomainError):
    """The bank did not give what was asked of it; asking again changes nothing."""

    code = "bank_unavailable"
    status = 503
    en = "The bank did not answer the request for {what} ({detail}). It is asked again at the next run."
    zh = "银行未响应{what}请求({detail}),下次运行时将再次请求。"

    def __init__(self, *, what: str, detail: str) -> None:
        super().__init__(what=what, detail=detail)


class ObligationTaken(DomainError):
    """An obligation has an instruction that is on its way or settled; nobody is debited twice."""

    code = "obligation_taken"
    status = 409
    en = "{count} obligations have an instruction on its way or settled, first {first}. Wait for its outcome."
    zh = "{count} 项应付应收已有处理中或已结算的指令(首项:{first}),请等待其结果。"

    def __init__(self, *, count: int, first: str) -> None:
        super().__init__(count=count, first=first)


class InstructionsMoved(DomainError):
    """Not all instructions of a plan are as they were when it was made."""

    code = "instructions_moved"
    status = 409
    en = "{expected} instructions were to become “{target}”, but only {moved} could. Plan the run again."
    zh = "应有 {expected} 笔指令变为“{target}”,实际仅 {moved} 笔。请重新生成批次。"

    def __init__(self, *, expected: int, moved: int, target: str) -> None:
        super().__init__(expected=expected, moved=moved, target=target)


class ForeignReference(DomainError):
    """A bank reference that is not one of ours."""

    code = "foreign_reference"
    status = 422
    en = "“{reference}” is not one of our references. Check that it is complete."
    zh = "“{reference}”不是本系统的编号,请核对是否完整。"

    def __init__(self, *, reference: str) -> None:
        super().__init__(reference=reference)


class ProfileUnknown(DomainError):
    """There is no bank profile of that name."""

    code = "bank_profile_unknown"
    status = 404
    en = "There is no bank profile “{name}”. Known are {known}."
    zh = "没有名为“{name}”的银行模板。现有模板:{known}。"

    def __init__(self, *, name: str, known: str) -> None:
        super().__init__(name=name, known=known)
