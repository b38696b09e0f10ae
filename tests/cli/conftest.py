"""The command line on the tests' own database, as a shell would run it."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from domain.platform.database import Database
from domain.platform.encryption import KeyRing, new_key_text
from tests.api.groups import Group, found_group

Command = Callable[..., Result]
_KEYS = new_key_text("k1")


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing.from_text(_KEYS)


@pytest.fixture
def group(database: Database) -> Group:
    return found_group(database)


@pytest.fixture
def tributary(database: Database, group: Group) -> Command:
    """`tributary …` for the test's tenant."""
    environment = {"DATABASE_URL": database.url, "TRIBUTARY_KEYS": _KEYS, "COLUMNS": "200", "NO_COLOR": "1"}

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--tenant", group.slug], env=environment)

    return run
