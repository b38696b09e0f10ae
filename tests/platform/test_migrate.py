"""Migrations: at every start, by two processes at once, on servers new enough; and models and schema agree."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text

from domain.migrations.models import metadata
from domain.platform import migrate as migrating
from domain.platform.database import Database
from domain.platform.key_file import key_ring
from domain.platform.migrate import ServerTooOld, alembic_config, migrate
from domain.platform.opening import ServerNotReachable, open_database
from domain.platform.settings import Settings, database_url

NEWEST = ScriptDirectory.from_config(alembic_config()).get_current_head()


@pytest.fixture
def empty_url(database: Database) -> Iterator[str]:
    """Another database on the same server, without any table."""
    name = f"empty_{uuid4().hex}"
    with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(database.url).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def revision(database: Database) -> str | None:
    with database.owner.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(database: Database) -> list[object]:
    with database.owner.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata()))


def test_what_the_models_make_is_read_back_as_the_models(database: Database) -> None:
    assert differences(database) == []


def test_an_empty_database_gets_the_newest_schema_and_keeps_it_when_migrated_again(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    migrate(database)
    assert revision(database) == NEWEST
    if NEWEST is not None:
        assert differences(database) == []
    database.close()


def test_three_processes_at_once_migrate_one_after_the_other(empty_url: str) -> None:
    program = (
        "import sys; from domain.platform.database import Database; from domain.platform.migrate import migrate; "
        "migrate(Database(sys.argv[1]))"
    )
    started = [subprocess.Popen([sys.executable, "-c", program, empty_url]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    database = Database(empty_url)
    assert revision(database) == NEWEST
    database.close()


def test_a_server_of_an_older_version_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "OLDEST_SERVER", 190_000)
    with pytest.raises(ServerTooOld, match="needs 19"):
        migrate(database)


def test_a_given_server_is_used_with_any_of_its_schemes(empty_url: str) -> None:
    given = empty_url.replace("postgresql+psycopg://", "postgres://")
    with open_database(Settings(database_url=database_url(given), keys="x")) as database:
        assert revision(database) == NEWEST


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    url = "postgresql+psycopg://me:secret-word@127.0.0.1:1/books"
    with pytest.raises(ServerNotReachable) as refusal, open_database(Settings(database_url=url)):
        pass
    assert "127.0.0.1:1" in refusal.value.message("en")
    assert "secret-word" not in refusal.value.message("en")


def test_without_a_server_the_embedded_one_is_started_migrated_and_stopped(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "数据 folder")
    with open_database(settings) as database:
        assert revision(database) == NEWEST
        assert key_ring(settings).active == "k1"
    assert not (tmp_path / "数据 folder" / "pgdata" / "postmaster.pid").exists()
