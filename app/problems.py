"""Problems (RFC 9457): every refusal, of the business or of HTTP, answers in one shape and in the caller's language.

`type` is `/problems/<code>`, where a page explains it; the figures behind a refusal are members beside it, and `errors`
names single fields. Bodies hold nothing that differs between two answers to the same request, because an answer may be
replayed byte for byte; only a 500 names its correlation id.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import (
    HTTP_404_NOT_FOUND,
    HTTP_405_METHOD_NOT_ALLOWED,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_500_INTERNAL_SERVER_ERROR,
)
from litestar.types import ExceptionHandlersMap

from app.observation import correlation_id, log_failure
from app.parameters import Declared, declared_parameters
from app.refusals import (
    BadRequest,
    BodyTooLarge,
    Conflict,
    FieldFault,
    InternalError,
    MethodNotAllowed,
    NoSuchPath,
    RequestRefused,
    TryAgain,
    ValidationFailed,
)
from app.storage_faults import is_duplicate, is_passing
from app.validation import fault_of, pointer_to
from domain.access.principal import Principal
from domain.financing.citations import citations_of
from domain.values.errors import DomainError, InvalidValue, Language
from domain.values.money import Money

MEDIA_TYPE = "application/problem+json"
_STANDARD = {"type", "title", "status", "detail", "instance", "errors"}


def problem_response(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to a request that failed with `error`; whatever is not a refusal is a fault of ours, and logged."""
    refusal = refusal_of(request, error)
    if refusal.status >= HTTP_500_INTERNAL_SERVER_ERROR:
        log_failure(error)
    return Response(
        problem_body(refusal, language=language_of(request), instance=request.scope["path"]),
        status_code=refusal.status,
        media_type=MEDIA_TYPE,
        headers={**headers_of(error), **(refusal.headers if isinstance(refusal, RequestRefused) else {})},
    )


HANDLERS: ExceptionHandlersMap = {HTTPException: problem_response, Exception: problem_response}


def problem_body(refusal: DomainError, *, language: Language, instance: str) -> bytes:
    """The problem as JSON."""
    problem: dict[str, object] = {
        "type": f"/problems/{refusal.code}",
        "title": title_of(type(refusal)),
        "status": refusal.status,
        "detail": refusal.message(language),
        "instance": instance,
    }
    problem |= {name: value for name, value in refusal.facts.items() if name not in _STANDARD}
    quoted = {"rules": list(refusal.rules), "citations": citations_of(refusal.rules)} if refusal.rules else {}
    # A figure of that name was there first, and clients read it.
    problem |= {name: value for name, value in quoted.items() if name not in problem}
    faults = _faults(refusal)
    if faults:
        problem["errors"] = [_fault_member(fault, language) for fault in faults]
    return msgspec.json.encode(problem, enc_hook=_plain)


def title_of(kind: type[DomainError]) -> str:
    """The name of a sort of refusal: `no_such_path` is “No such path”."""
    return kind.code.replace("_", " ").capitalize()


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The first of zh and en that Accept-Language names, else the caller's own language, else English."""
    wanted = request.headers.get("accept-language", "").lower()
    named = [part.strip()[:2] for part in wanted.split(",")]
    for tag in named:
        if tag in {"zh", "en"}:
            return "zh" if tag == "zh" else "en"
    principal = request.scope.get("user")
    return principal.language if isinstance(principal, Principal) else "en"


def refusal_of(request: Request[Any, Any, Any], error: Exception) -> DomainError:
    """The refusal an exception means."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationException):
        return ValidationFailed([_parameter_fault(request, item) for item in _extra(error)])
    if isinstance(error, HTTPException) and error.status_code < HTTP_500_INTERNAL_SERVER_ERROR:
        return _BY_STATUS.get(error.status_code, BadRequest)()
    if is_duplicate(error):
        return Conflict()
    return TryAgain() if is_passing(error) else InternalError(correlation_id=correlation_id(request.scope))


_BY_STATUS: dict[int, type[RequestRefused]] = {
    HTTP_404_NOT_FOUND: NoSuchPath,
    HTTP_405_METHOD_NOT_ALLOWED: MethodNotAllowed,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE: BodyTooLarge,
}


def headers_of(error: Exception) -> dict[str, str]:
    """What HTTP wants beside a status, such as Allow with 405."""
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}


def _extra(error: ValidationException) -> list[dict[str, Any]]:
    """Litestar's own account of the faults; of a parameter that is missing it only says so in a sentence."""
    if isinstance(error.extra, list):
        return error.extra
    missing = _MISSING.search(error.detail)
    name = missing[1] if missing else ""
    return [{"message": f"Object missing required field `{name}`", "key": name}]


_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")


def _parameter_fault(request: Request[Any, Any, Any], item: dict[str, Any]) -> FieldFault:
    name = str(item.get("key", ""))
    if item.get("source") == "body" or name == "data":
        return FieldFault("missing", "A JSON body is required", "缺少 JSON 请求体", pointer=pointer_to())
    named = {**{one.name: one for one in _declared(request).values()}, **_declared(request)}.get(name)
    if named is not None and named.header:
        return fault_of(item["message"], header=named.name)
    return fault_of(item["message"], parameter=named.name if named else name)


def _declared(request: Request[Any, Any, Any]) -> dict[str, Declared]:
    return declared_parameters(request.route_handler)


def _faults(refusal: DomainError) -> list[FieldFault]:
    if isinstance(refusal, RequestRefused):
        return list(refusal.faults)
    if isinstance(refusal, InvalidValue):
        place = pointer_to(str(refusal.facts["field"]))
        return [FieldFault(refusal.code, refusal.message("en"), refusal.message("zh"), pointer=place)]
    return []


def _fault_member(fault: FieldFault, language: Language) -> dict[str, str]:
    places = {"pointer": fault.pointer, "parameter": fault.parameter, "header": fault.header}
    member = {"code": fault.code, "detail": fault.zh if language == "zh" else fault.en}
    return member | {name: place for name, place in places.items() if place is not None}


def _plain(value: object) -> object:
    """Facts as the API writes such values elsewhere."""
    if isinstance(value, Money):
        return {"amount": f"{value.amount:f}", "currency": value.currency}
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return str(value)
