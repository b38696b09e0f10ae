"""Requests whose JSON body is read strictly, as the handler declares it, with every fault at its place."""

from typing import Any

from litestar import Request

from app.refusals import UnsupportedMediaType
from app.validation import decode_body


class JsonRequest(Request[Any, Any, Any]):
    """Litestar asks `json()` for the value of `data`; it gets the struct itself, already validated."""

    async def json(self) -> Any:  # noqa: ANN401 - whatever struct the handler declares
        """What the handler declares as `data`. Raises UnsupportedMediaType, MalformedJson, ValidationFailed."""
        received = self.content_type[0]
        if received != "application/json":
            raise UnsupportedMediaType(received=received, expected="application/json")
        declared = self.route_handler.parsed_data_field
        assert declared is not None, "the body is only read for handlers that take one"
        return decode_body(await self.body(), declared.annotation)
