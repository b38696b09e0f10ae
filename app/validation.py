"""Reading a JSON body into its struct, strictly, and saying of every wrong field where it stands and what it should be.

Litestar converts bodies leniently (the text "5" passes for the number 5) and reports one fault; a money amount written
as a JSON number must be refused, and a form with three faults should hear of all three.
"""

import re
from typing import Any

import msgspec

from app.refusals import FieldFault, MalformedJson, ValidationFailed
from domain.values.errors import DomainError

_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]+)\]")

# What msgspec says, what we call it, and how it reads in Chinese.
_SENTENCES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"Object missing required field `(.+)`"), "missing", "缺少必填字段 {0}"),
    (re.compile(r"Object contains unknown field `(.+)`", re.DOTALL), "unknown_field", "不存在字段 {0}"),
    (re.compile(r"Expected `(.+)`, got `(.+)`"), "wrong_type", "类型应为 {0},实际为 {1}"),
    (re.compile(r"Expected `.+` matching regex '(.+)'"), "wrong_format", "格式应符合 {0}"),
    (re.compile(r"Expected `.+` of length (.+)"), "wrong_length", "长度应为 {0}"),
    (re.compile(r"Expected `.+` ([<>]=? .+)"), "out_of_range", "数值应 {0}"),
    (re.compile(r"Invalid enum value (.+)", re.DOTALL), "not_a_choice", "{0} 不在可选值中"),
)


class FieldRefused(ValueError):
    """Raised in a struct's `__post_init__` so that a refusal of the business is reported at its field."""

    def __init__(self, refusal: DomainError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def decode_body(content: bytes, declared: Any) -> Any:  # noqa: ANN401 - whatever struct the handler declares
    """The body as the handler declares it. Raises MalformedJson, ValidationFailed."""
    try:
        return _decoded(content, declared)
    except msgspec.ValidationError as error:
        # The whole of it, without a type: JSON that breaks off behind the first fault is malformed all the same.
        raise ValidationFailed(_every_fault(_decoded(content, Any), declared) or [_fault(error, "")]) from None


def _decoded(content: bytes, declared: Any) -> Any:  # noqa: ANN401
    try:
        return msgspec.json.decode(content, type=declared)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedJson(reason=str(error)) from None
    except RecursionError:
        raise MalformedJson(reason="nested too deeply") from None


def fault_of(message: str, *, parameter: str | None = None, header: str | None = None) -> FieldFault:
    """The fault of a query parameter or header that msgspec described."""
    code, zh = _translated(_what(message))
    return FieldFault(code=code, en=_what(message), zh=zh, parameter=parameter, header=header)


def pointer_to(*steps: str | int) -> str:
    """A JSON pointer as a URI fragment (RFC 6901): `#/bank_accounts/0/number`."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _every_fault(body: Any, declared: Any) -> list[FieldFault]:  # noqa: ANN401
    if not isinstance(body, dict) or not (isinstance(declared, type) and issubclass(declared, msgspec.Struct)):
        return []
    fields = {field.encode_name: field for field in msgspec.structs.fields(declared)}
    faults = []
    for name, field in fields.items():
        if name not in body and field.required:
            faults.append(_fault(msgspec.ValidationError(f"Object missing required field `{name}`"), ""))
        elif name in body:
            faults += _faults_at(name, body[name], field.type)
    unknown = [name for name in body if name not in fields] if declared.__struct_config__.forbid_unknown_fields else []
    return faults + [_fault(msgspec.ValidationError(f"Object contains unknown field `{name}`"), "") for name in unknown]


def _faults_at(name: str, value: object, declared: Any) -> list[FieldFault]:  # noqa: ANN401
    try:
        msgspec.convert(value, declared)
    except msgspec.ValidationError as error:
        return [_fault(error, f".{name}")]
    return []


def _fault(error: msgspec.ValidationError, under: str) -> FieldFault:
    match = _PLACE.fullmatch(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    steps = [name or index for name, index in _STEP.findall(under + path)]
    cause = error.__cause__
    if isinstance(cause, FieldRefused):
        refusal = cause.refusal
        return FieldFault(refusal.code, refusal.message("en"), refusal.message("zh"), pointer=pointer_to(*steps))
    code, zh = _translated(what)
    if code in {"missing", "unknown_field"}:
        steps.append(what[what.index("`") + 1 : -1])
    return FieldFault(code, what, zh, pointer=pointer_to(*steps))


def _what(message: str) -> str:
    return message.split(" - at `", 1)[0]


def _translated(what: str) -> tuple[str, str]:
    for pattern, code, zh in _SENTENCES:
        match = pattern.fullmatch(what)
        if match:
            return code, zh.format(*match.groups())
    return "invalid", f"取值无效({what})"
