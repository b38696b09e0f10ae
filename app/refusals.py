"""Refusals that HTTP itself gives rise to; those of the business stand in its modules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.values.errors import DomainError


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one part of a request, and where: a JSON pointer into the body, or a named parameter."""

    code: str
    en: str
    zh: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class RequestRefused(DomainError):
    """A refusal with headers that belong to its status, and the faults of single fields."""

    code = "request_refused"
    status = 400
    en = "The request was not accepted."
    zh = "请求未被接受。"
    headers: ClassVar[Mapping[str, str]] = {}
    faults: Sequence[FieldFault] = ()


class NotAuthenticated(RequestRefused):
    """The request carries no API key or session token, or one that is not valid."""

    code = "not_authenticated"
    status = 401
    en = "Sign in first: send “Authorization: Bearer …” with an API key or a session token."
    zh = "请先登录:在 Authorization 请求头中以 Bearer 方式发送 API 密钥或会话令牌。"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class KeyHasNoSession(RequestRefused):
    """A person's own affairs were asked for with an API key."""

    code = "key_has_no_session"
    status = 409
    en = "An API key has no session, password or second factor. Sign in as a person, or revoke the key."
    zh = "API 密钥没有会话、密码或双因素认证,请以个人身份登录,或吊销该密钥。"


class ForTheGroup(RequestRefused):
    """The caller acts for one firm, and this is the group's as a whole."""

    code = "for_the_group"
    status = 403
    en = "This concerns the whole group, and you act for one firm. Ask somebody who acts for the group."
    zh = "此操作涉及整个集团,而您仅代表一家企业,请由代表集团的人员操作。"


class NoBank(RequestRefused):
    """This installation was started without a way to a bank."""

    code = "no_bank"
    status = 409
    en = "No bank is connected to this installation. Start it with TRIBUTARY_BANK_URL."
    zh = "本系统尚未连接银行,请设置 TRIBUTARY_BANK_URL 后重新启动。"


class ValidationFailed(RequestRefused):
    """Parts of the request are not as the API describes them; `errors` names each with its place."""

    code = "validation_failed"
    status = 422
    en = "The request has {count} fault(s). “errors” names each of them and its place."
    zh = "请求中有 {count} 处错误,详见 errors 中的位置与说明。"

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        super().__init__(count=len(faults))
        self.faults = faults


class MalformedJson(RequestRefused):
    """The body is not JSON."""

    code = "malformed_json"
    status = 400
    en = "The body is not valid JSON: {reason}."
    zh = "请求体不是有效的 JSON:{reason}。"

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)


class BadRequest(RequestRefused):
    """The request cannot be understood as HTTP."""

    code = "bad_request"
    status = 400
    en = "The request cannot be understood."
    zh = "无法识别该请求。"


class NoSuchPath(RequestRefused):
    """Nothing answers under this path."""

    code = "no_such_path"
    status = 404
    en = "Nothing answers under this path. The API is described under /docs."
    zh = "该路径不存在,API 说明见 /docs。"


class MethodNotAllowed(RequestRefused):
    """The path answers to other methods."""

    code = "method_not_allowed"
    status = 405
    en = "This path does not answer to this method. The Allow header names those it answers to."
    zh = "该路径不支持此方法,可用方法见 Allow 响应头。"


class BodyTooLarge(RequestRefused):
    """The body is larger than this endpoint takes."""

    code = "body_too_large"
    status = 413
    en = "The body is larger than this endpoint takes. Split it."
    zh = "请求体超过上限,请拆分后重试。"


class UnsupportedMediaType(RequestRefused):
    """The body is of another media type than the endpoint reads."""

    code = "unsupported_media_type"
    status = 415
    en = "“{received}” is not read here. Send {expected}."
    zh = "不支持“{received}”,请发送 {expected}。"

    def __init__(self, *, received: str, expected: str) -> None:
        super().__init__(received=received, expected=expected)


class Conflict(RequestRefused):
    """Somebody else wrote the same thing at the same moment."""

    code = "conflict"
    status = 409
    en = "Another request wrote the same at the same moment. Read it again and decide anew."
    zh = "另一请求同时写入了相同内容,请重新读取后再操作。"


class UnknownParameter(RequestRefused):
    """The query string names a parameter this endpoint does not have; a misspelt `dry_run` must not move money."""

    code = "unknown_parameter"
    status = 422
    en = "“{parameter}” is not a parameter here. Known ones: {allowed}."
    zh = "此处没有参数“{parameter}”,可用参数:{allowed}。"

    def __init__(self, *, parameter: str, allowed: Sequence[str]) -> None:
        super().__init__(parameter=parameter, allowed=", ".join(allowed) or "-")


class CursorInvalid(RequestRefused):
    """The cursor was not handed out for this listing with these filters."""

    code = "cursor_invalid"
    status = 422
    en = "The cursor does not belong to this listing with these filters. Start again without a cursor."
    zh = "该游标不属于当前列表及筛选条件,请去掉游标重新查询。"


class LeapTooLong(RequestRefused):
    """The sandbox clock was asked to live too many days in one request."""

    code = "leap_too_long"
    status = 422
    en = "The clock moves at most {days} days at a time. Move it in several steps."
    zh = "时钟每次最多前进 {days} 天,请分多次调整。"

    def __init__(self, *, days: int) -> None:
        super().__init__(days=days)


class TryAgain(RequestRefused):
    """The database could not do it right now; nothing has changed."""

    code = "try_again"
    status = 503
    en = "The service is busy and nothing has changed. Try again in a moment, with the same Idempotency-Key."
    zh = "服务繁忙,数据未作任何更改,请稍后使用相同的 Idempotency-Key 重试。"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class InternalError(RequestRefused):
    """A fault of ours; it is in our log under the correlation id."""

    code = "internal_error"
    status = 500
    en = "Something failed on our side. Tell support the correlation id {correlation_id}."
    zh = "服务内部错误,请将关联编号 {correlation_id} 告知技术支持。"

    def __init__(self, *, correlation_id: str) -> None:
        super().__init__(correlation_id=correlation_id)
