"""Answers that are rendered before the transaction commits, so that exactly these bytes can be kept and replayed."""

from typing import Any, TypeVar

from litestar import Request, Response
from litestar.response.base import ASGIResponse

from domain.platform.idempotency import StoredAnswer

T = TypeVar("T")
_KEPT_HEADERS = ("content-type", "location")


class Answer(Response[T]):
    """What a handler returns, or what its view is wrapped in; leaves what it rendered in the request's state."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:  # noqa: ANN401 - Litestar's signature
        """Render, and remember."""
        rendered = super().to_asgi_response(app, request, **options)
        headers = {name: rendered.headers[name] for name in _KEPT_HEADERS if name in rendered.headers}
        request.scope["state"]["answer"] = StoredAnswer(rendered.status_code, headers, rendered.body)
        return rendered


def rendered_answer(request: Request[Any, Any, Any]) -> StoredAnswer:
    """What this request is about to be answered with."""
    answer = request.scope["state"].get("answer")
    assert isinstance(answer, StoredAnswer), "handlers return a view or an Answer"
    return answer
