"""Every table of the house, imported by name, so that a migration compares against all of them."""

from importlib import import_module
from pkgutil import walk_packages

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import domain

# Tables live in `tables.py` of their module, in platform beside the functions that own them.
_HOLDERS = ("tables", "transitions", "outbox", "numbers", "seals", "job_runs", "idempotency")


def metadata() -> MetaData:
    """The metadata with all tables of `domain` in it."""
    for module in walk_packages(domain.__path__, "domain."):
        if module.name.rpartition(".")[2] in _HOLDERS:
            import_module(module.name)
    return SQLModel.metadata
