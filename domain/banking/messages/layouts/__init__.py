"""File formats of single banks as data: one TOML per format, read once. A bank more is a file more, no code."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def layout_table(name: str) -> dict[str, Any]:
    """The table of one format, as written."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def layout_names(prefix: str) -> tuple[str, ...]:
    """The formats whose name begins so, in order of the alphabet."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(
        sorted(name.removesuffix(".toml") for name in found if name.startswith(prefix) and name.endswith(".toml"))
    )
