"""Bringing a database to this program's schema, at every start and by any number of processes at once."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from domain.platform.database import Database
from domain.values.errors import DomainError

OLDEST_SERVER = 160_000  # PostgreSQL 16, as server_version_num has it
# One lock for all processes of one database; the number is "tributary" in ASCII, cut to 63 bits.
MIGRATION_LOCK = int.from_bytes(b"tributar")
SCRIPTS = "domain:migrations"


class ServerTooOld(DomainError):
    """The server is older than the SQL we speak."""

    code = "database_server_too_old"
    status = 503
    en = "The database server is PostgreSQL {found}; Tributary needs {needed} or newer. Upgrade it or use another."
    zh = "数据库服务器为 PostgreSQL {found},Tributary 需要 {needed} 或更高版本,请升级或更换。"

    def __init__(self, *, found: int) -> None:
        super().__init__(found=found // 10_000, needed=OLDEST_SERVER // 10_000)


def migrate(database: Database) -> None:
    """Create the roles and bring the schema to the newest revision, in one transaction. Raises ServerTooOld."""
    with database.owner.begin() as connection:
        check_server(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> Config:
    """Alembic's configuration: the revisions that come with the package, wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    return config


def check_server(connection: Connection) -> None:
    """Raise ServerTooOld for a server before PostgreSQL 16."""
    found = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if found < OLDEST_SERVER:
        raise ServerTooOld(found=found)


def wait_for_other_migrations(connection: Connection) -> None:
    """Hold the one migration lock until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
