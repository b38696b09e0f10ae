"""Which refusals each operation is documented to answer with, and what a problem looks like."""

from typing import Any

from litestar.handlers import HTTPRouteHandler

Json = dict[str, Any]

_FAULT: Json = {
    "type": "object",
    "title": "Fault",
    "description": "What is wrong with one part of a request, and where.",
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string", "examples": ["wrong_type"]},
        "detail": {"type": "string", "examples": ["Expected `str`, got `float`"]},
        "pointer": {"type": "string", "description": "JSON pointer into the body.", "examples": ["#/amount/amount"]},
        "parameter": {"type": "string", "description": "Name of a parameter.", "examples": ["limit"]},
        "header": {"type": "string", "description": "Name of a header.", "examples": ["Idempotency-Key"]},
    },
    "additionalProperties": False,
}
_PROBLEM: Json = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457). The figures behind it stand beside these members.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/[a-z0-9_]+$", "examples": ["/problems/not_found"]},
        "title": {"type": "string", "examples": ["Not found"]},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "examples": [404]},
        "detail": {"type": "string", "examples": ["No party “pty_…” was found. Check the reference."]},
        "instance": {"type": "string", "examples": ["/v1/parties/pty_…"]},
        "citations": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Where the numbered rules behind it come from; their numbers stand in `rules`.",
            "examples": [["Civil Code art. 766"]],
        },
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "additionalProperties": True,
}
PROBLEM_COMPONENTS: Json = {"Problem": _PROBLEM, "Fault": _FAULT}

_MEANINGS = {
    "400": "The body is not JSON.",
    "401": "No valid key or session.",
    "403": "The caller may not do this.",
    "404": "It does not exist, or not for this caller.",
    "409": "The state of things does not allow it, or the same request is still being worked on.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "422": "A field, parameter or figure is not acceptable.",
    "503": "Busy, nothing has changed; try again.",
}


_OF_A_PAGE = {"cursor", "filter", "limit"}  # other parameters may name something that does not exist


def _response(status: str) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    response: Json = {"description": _MEANINGS[status], "content": content}
    if status == "401":
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status == "503":
        response["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    return response


PROBLEM_RESPONSES: Json = {f"Problem{status}": _response(status) for status in _MEANINGS}


def problem_references(handler: HTTPRouteHandler, parameters: list[Json], *, body: bool) -> Json:
    """The problems an operation may answer with, by status."""
    public = handler.opt.get("public", False)
    places = {parameter["in"] for parameter in parameters}
    changes = handler.http_methods != {"GET"}
    statuses = {"401", "422", "503"}
    statuses |= set() if public else {"403"}
    named = "path" in places or any(each["name"] not in _OF_A_PAGE for each in parameters)
    statuses |= {"404"} if named or changes else set()
    statuses |= {"409"} if "path" in places or changes else set()
    statuses |= {"400", "413", "415"} if body else set()
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}
