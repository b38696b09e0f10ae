"""The API's description and the page to read and try it on, from files of our own: nothing is loaded from elsewhere.

The package `swagger-ui-bundle` holds Swagger UI 4, which reads OpenAPI 3.0; its page is given a 3.0 rendering of the
document, everybody else the 3.1 document itself.
"""

from importlib.resources import files
from mimetypes import guess_type
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.params import FromPath

from app.endpoints import PUBLIC
from app.openapi_document import as_openapi_30, document
from app.refusals import NoSuchPath

_ASSETS = files("swagger_ui_bundle").joinpath("vendor", "swagger-ui-4.15.5")
_SERVED = {
    "swagger-ui.css",
    "index.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
}
# Scripts and styles only from ourselves, no inline ones, nothing framed; icons inside the style sheet are data URLs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_DAY = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tributary API</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><link rel="stylesheet" href="/docs/assets/index.css"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>
"""
_START = """window.ui = SwaggerUIBundle({
  url: "/docs/openapi-3.0.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], persistAuthorization: false, displayRequestDuration: true });
"""


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def openapi_document(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Describe the API (OpenAPI 3.1)."""
    return _document(request.app)


@get("/docs/openapi-3.0.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def openapi_document_30(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Describe the API as Swagger UI 4 reads it."""
    return as_openapi_30(_document(request.app))


@get("/docs", opt=PUBLIC, include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=False)
def docs_page() -> Response[str]:
    """Show the description as a page."""
    return Response(_PAGE, media_type=MediaType.HTML, headers=_HEADERS)


@get("/docs/start.js", opt=PUBLIC, include_in_schema=False, media_type="text/javascript", sync_to_thread=False)
def docs_start() -> str:
    """Start Swagger UI; inline scripts are forbidden by the page's policy."""
    return _START


@get("/docs/assets/{name:str}", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def docs_asset(name: FromPath[str]) -> Response[bytes]:
    """Serve a file of Swagger UI. Raises NoSuchPath."""
    if name not in _SERVED:
        raise NoSuchPath
    return Response(_ASSETS.joinpath(name).read_bytes(), media_type=guess_type(name)[0], headers=_DAY)


@get("/favicon.ico", opt=PUBLIC, include_in_schema=False, media_type="image/png", sync_to_thread=True)
def favicon() -> Response[bytes]:
    """Serve the icon browsers ask for unasked."""
    return Response(_ASSETS.joinpath("favicon-32x32.png").read_bytes(), media_type="image/png", headers=_DAY)


HANDLERS = [openapi_document, openapi_document_30, docs_page, docs_start, docs_asset, favicon]


def _document(app: Litestar) -> dict[str, Any]:
    if "openapi" not in app.state:
        app.state.openapi = document(app)
    kept: dict[str, Any] = app.state.openapi
    return kept
