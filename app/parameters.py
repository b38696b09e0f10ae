"""The query and header parameters an endpoint declares, its dependencies' included."""

from dataclasses import dataclass
from functools import cache

from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter, ParameterKwarg


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter by the name callers use."""

    name: str
    header: bool
    query: bool
    textual: bool


@cache
def declared_parameters(handler: BaseRouteHandler) -> dict[str, Declared]:
    """By the name the handler's code uses."""
    signatures = [handler.parsed_fn_signature]
    signatures += [provider.parsed_fn_signature for provider in handler.resolve_dependencies().values()]
    fields = [(name, field) for signature in signatures for name, field in signature.parameters.items()]
    return {
        name: Declared(
            name=field.kwarg_definition.name or name,
            header=isinstance(field.kwarg_definition, HeaderParameter),
            query=field.kwarg_definition.param_type == "query",
            textual=any(kind.annotation is str for kind in (field, *field.inner_types)),
        )
        for name, field in fields
        if isinstance(field.kwarg_definition, ParameterKwarg)
    }
