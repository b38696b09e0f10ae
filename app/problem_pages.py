"""The pages that problem types point to: what each code means, in both languages, from the classes themselves."""

from collections.abc import Iterator
from html import escape
from importlib import import_module
from pkgutil import walk_packages

from litestar import MediaType, Response, get
from litestar.params import FromPath

import domain
from app.endpoints import PUBLIC
from app.problems import title_of
from app.refusals import NoSuchPath, RequestRefused
from domain.values.errors import DomainError

_STYLE = "body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}code{color:#a33}"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
}


@get("/problems", opt=PUBLIC, include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=True)
def problem_index() -> Response[str]:
    """List every problem type."""
    items = "".join(
        f"<li><a href='/problems/{code}'><code>{code}</code></a> {kind.status} {escape(title_of(kind))}</li>"
        for code, kind in sorted(problem_kinds().items())
    )
    return _page("Problems", f"<ul>{items}</ul>")


@get("/problems/style.css", opt=PUBLIC, include_in_schema=False, media_type=MediaType.CSS, sync_to_thread=False)
def problem_style() -> str:
    """The style of these pages; inline styles are forbidden by their policy."""
    return _STYLE


@get("/problems/{code:str}", opt=PUBLIC, include_in_schema=False, media_type=MediaType.HTML, sync_to_thread=True)
def problem_page(code: FromPath[str]) -> Response[str]:
    """Explain one problem type. Raises NoSuchPath."""
    kind = problem_kinds().get(code)
    if kind is None:
        raise NoSuchPath
    meaning = escape((kind.__doc__ or "").strip().splitlines()[0])
    return _page(
        title_of(kind),
        f"<p>{meaning}</p><p>HTTP {kind.status}, <code>/problems/{kind.code}</code></p>"
        f"<p lang='en'>{escape(kind.en)}</p><p lang='zh'>{escape(kind.zh)}</p><p><a href='/problems'>Problems</a></p>",
    )


HANDLERS = [problem_index, problem_style, problem_page]


def problem_kinds() -> dict[str, type[DomainError]]:
    """Every refusal of the house by its code."""
    for module in walk_packages(domain.__path__, "domain."):
        if module.name.endswith("errors"):
            import_module(module.name)
    return {kind.code: kind for kind in _below(DomainError) if kind is not RequestRefused}


def _below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _page(title: str, content: str) -> Response[str]:
    html = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)} - Tributary</title>"
        "<meta name='viewport' content='width=device-width'><link rel='stylesheet' href='/problems/style.css'></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>"
    )
    return Response(html, media_type=MediaType.HTML, headers=_HEADERS)
