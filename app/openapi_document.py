"""The OpenAPI 3.1 document: Litestar's paths and parameters, msgspec's schemas, our problems on every operation.

Litestar's generator leaves out `additionalProperties: false`, documents faults in a shape we do not answer with, and
lets parameters be null; msgspec's schemas say exactly what is accepted.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.answers import Answer
from app.openapi_problems import PROBLEM_COMPONENTS, PROBLEM_RESPONSES, problem_references

Json = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_DESCRIPTION = """Receivables financing and fund pooling on one double-entry ledger.

Money is `{"amount": "1234.50", "currency": "CNY"}`, never a JSON number. Refusals are problems (RFC 9457) whose `type`
names a page of this server. Send an `Idempotency-Key` with each POST: a repeat has no second effect and gets the first
answer. Listings come in pages; `next_cursor` asks for the next one. `Accept-Language: zh` makes sentences Chinese.
"""
_SUCCESS = {200: "What was asked for.", 201: "What was made."}
_TAGS = {
    "session": "Signing in and out, one's own password and second factor.",
    "access": "Keys for programs.",
    "parties": "Firms and persons, and their bank accounts.",
    "sandbox": "The clock of a sandbox tenant.",
    "ledger": "Accounts, postings, balances.",
    "receivables": "Invoices, from file to confirmation.",
    "financing": "Facilities, requests, sealed offers, advances.",
    "agents": "Ticket agents: sales, limits, deposits, defaults.",
    "pooling": "Pools, sweeps, takings, interest within the group.",
    "calendars": "The days on which banks work, and what stands on days that may change.",
    "mandates": "Debtors' leave to be debited.",
    "collection": "Dues collected for clients: plans, notices, reminders, payouts.",
    "runs": "What goes to the bank, and what came of it.",
    "statements": "What the bank states, and whether the books agree.",
}


def document(app: Litestar) -> Json:
    """The whole description, the same for the same code."""
    generated = app.openapi_schema.to_schema()
    handlers = {handler.handler_name: handler for handler in _documented(app)}
    schemas = _Schemas(handlers.values())
    paths: Json = {}
    for path, item in sorted(generated["paths"].items()):
        paths[path] = {
            method: _operation(operation, handlers[operation["operationId"]], schemas)
            for method, operation in sorted(item.items())
        }
    used = {tag for item in paths.values() for operation in item.values() for tag in operation.get("tags", ())}
    kept = {name: schema for name, schema in generated["components"]["schemas"].items() if name in _named(paths)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tributary", "version": "v1", "description": _DESCRIPTION, "license": _LICENSE},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": _TAGS.get(tag, "")} for tag in sorted(used)],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**kept, **schemas.components, **PROBLEM_COMPONENTS}.items())),
            "responses": PROBLEM_RESPONSES,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": _BEARER}},
        },
    }


_LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_BEARER = "An API key (`tribk_…`) or the token of a session (`tribs_…`)."


def as_openapi_30(described: Json) -> Json:
    """The document as tools read it that know OpenAPI 3.0 only."""
    older: Json = _older(deepcopy(described))
    older["info"]["license"].pop("identifier")
    return older | {"openapi": "3.0.3"}


def _documented(app: Litestar) -> Iterator[HTTPRouteHandler]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            yield from (handler for handler in route.route_handlers if handler.resolve_include_in_schema())


class _Schemas:
    """The schemas of all bodies, requests and answers."""

    def __init__(self, handlers: Any) -> None:  # noqa: ANN401 - an iterable of handlers
        types: list[Any] = []
        for handler in handlers:
            types += [kind for kind in (request_type(handler), answer_type(handler)) if kind is not None]
        schemas, self.components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
        self._by_type = {repr(kind): schema for kind, schema in zip(types, schemas, strict=True)}

    def content(self, kind: Any, media: str = "application/json") -> Json:  # noqa: ANN401 - a struct, text, or a file
        """The media types of a body, with an example made of its fields' examples."""
        if kind is bytes:
            return {media: {"schema": _BINARY}}
        schema = self._by_type[repr(kind)]
        return {media: {"schema": schema, "example": self._example(schema)}}

    def _example(self, schema: Json) -> object:
        if "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        for word in ("examples", "enum"):
            if word in schema:
                return schema[word][0]
        if "anyOf" in schema:
            return self._example(schema["anyOf"][0])
        if schema.get("type") == "object":
            return {name: self._example(field) for name, field in schema.get("properties", {}).items()}
        if schema.get("type") == "array":
            return [self._example(schema["items"])] if schema.get("items") else []
        return schema["default"] if "default" in schema else _SAMPLES.get(_sort(schema), "…")


_SAMPLES: Json = {
    "date-time": "2026-03-02T01:00:00Z",
    "date": "2026-03-02",
    "integer": 1,
    "boolean": False,
    "null": None,
    "string": "…",
}


def _sort(schema: Json) -> str:
    return str(schema.get("format") or schema.get("type"))


def request_type(handler: HTTPRouteHandler) -> Any:  # noqa: ANN401 - a struct, or None
    """What the handler reads as JSON."""
    field = handler.parsed_data_field
    return field.annotation if field is not None else None


def answer_type(handler: HTTPRouteHandler) -> Any:  # noqa: ANN401 - a struct, or None
    """What the handler answers with."""
    annotation = handler.parsed_fn_signature.return_type.annotation
    if get_origin(annotation) is Answer:
        annotation = get_args(annotation)[0]
    return None if annotation in {None, type(None)} else annotation


def _media_of(handler: HTTPRouteHandler) -> str:
    """What the handler's answer is written in: JSON unless it names something else."""
    named = handler.media_type
    return str(named.value if isinstance(named, MediaType) else named or MediaType.JSON.value)


def _operation(generated: Json, handler: HTTPRouteHandler, schemas: _Schemas) -> Json:
    summary, _, details = str(generated.get("description", "")).partition("\n")
    permission, public = handler.opt.get("permission"), handler.opt.get("public", False)
    needs = [f"Needs the permission `{permission.value}`."] if permission else []
    parameters = sorted((_parameter(p) for p in generated.get("parameters", ())), key=lambda p: (p["in"], p["name"]))
    request, answer = request_type(handler), answer_type(handler)
    operation: Json = {
        "operationId": generated["operationId"],
        "summary": summary.rstrip("."),
        "description": "\n\n".join([part for part in [details.strip(), *needs] if part]),
        "tags": generated.get("tags", []),
        "security": [] if public else [{"bearer": []}],
        "parameters": parameters,
        "responses": {
            str(handler.status_code): {
                "description": _SUCCESS.get(handler.status_code, "Done."),
                "content": schemas.content(answer, _media_of(handler)),
            }
            if answer
            else {"description": "Done."},
            **problem_references(handler, parameters, body=request is not None or bool(handler.opt.get("upload"))),
        },
    }
    if request is not None:
        operation["requestBody"] = {"required": True, "content": schemas.content(request)}
    elif handler.opt.get("upload"):
        content = {media: {"schema": _FILE} for media in handler.opt["upload"]}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


_BINARY = {"type": "string", "format": "binary"}
_FILE = {"type": "string", "format": "binary", "minLength": 1}


def _parameter(generated: Json) -> Json:
    """A parameter is there or not there, never null."""
    schema = dict(generated["schema"])
    choices = [choice for choice in schema.pop("oneOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema = {**choices[0], **schema}
    elif choices:
        schema["oneOf"] = choices
    schema = {name: _whole(value) for name, value in schema.items() if not (name == "default" and value is None)}
    description = schema.pop("description", generated.get("description", ""))
    kept = {name: value for name, value in generated.items() if name not in {"schema", "description", "deprecated"}}
    return {**kept, "description": description, "schema": schema}


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Limits of whole numbers without a decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _named(paths: Json) -> set[str]:
    """The schemas that parameters refer to."""
    return set(re.findall(r"#/components/schemas/([^\"']+)", str(paths)))


def _older(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {name: _older(value) for name, value in node.items()}
    if isinstance(node.get("examples"), list):
        node["example"] = node.pop("examples")[0]
    if "const" in node:
        node["enum"] = [node.pop("const")]
    choices = node.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        node.pop("anyOf")
        node |= {"nullable": True, **(rest[0] if len(rest) == 1 and "$ref" not in rest[0] else {"allOf": rest})}
    return node
