"""What banking refuses, and the outcomes that are neither success nor failure."""

from typing import Self

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


class SigningKeyInvalid(DomainError):
    """A signing key of the settings is none; what it holds is not repeated."""

    code = "signing_key_invalid"
    status = 503
    en = (
        "The signing key “{key_id}” is not hmac:<id>:<base64 of 32 bytes or more> or ed25519:<id>:<base64 of 32 bytes>."
    )
    zh = "签名密钥“{key_id}”格式应为 hmac:<编号>:<至少 32 字节的 base64> 或 ed25519:<编号>:<32 字节的 base64>。"

    def __init__(self, *, key_id: str) -> None:
        super().__init__(key_id=key_id)


_DOUBTS = {
    "missing": ("it has no {} header", "缺少请求头 {}"),
    "unknown_key": ("the key “{}” is not known", "密钥“{}”未知"),
    "digest": ("the body is not the one of {}", "正文与摘要 {} 不符"),
    "signature": ("it was not made with the key “{}”", "并非由密钥“{}”签署"),
    "date": ("it was signed at “{}”, outside the window", "签署时间“{}”超出允许范围"),
    "replayed": ("the request signed at {} was taken before", "签署于 {} 的请求已处理过"),
}


class SignatureRefused(DomainError):
    """A request is not what the bank signed, or was signed by somebody else, too long ago, or comes again."""

    code = "signature_refused"
    status = 401
    en = "The signature is not accepted: {why_en}."
    zh = "签名未通过验证:{why_zh}。"

    @classmethod
    def because(cls, doubt: str, about: str) -> Self:
        """One of the doubts above, about a header's value."""
        en, zh = _DOUBTS[doubt]
        return cls(doubt=doubt, why_en=en.format(about[:80]), why_zh=zh.format(about[:80]))

    def __init__(self, *, doubt: str, why_en: str, why_zh: str) -> None:
        super().__init__(doubt=doubt, why_en=why_en, why_zh=why_zh)
