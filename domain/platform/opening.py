"""Opening the database that the settings name: embedded or one's own, at this program's schema."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from domain.platform.database import Database
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.migrate import migrate
from domain.platform.settings import Settings
from domain.values.errors import DomainError


class ServerNotReachable(DomainError):
    """The server of DATABASE_URL does not answer or refuses us; the address is told, the password is not."""

    code = "database_server_not_reachable"
    status = 503
    en = "The database server at {address} cannot be used ({reason}). Check DATABASE_URL and that the server runs."
    zh = "无法使用数据库服务器 {address}({reason})。请检查 DATABASE_URL 并确认服务器已启动。"

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(address=address, reason=reason)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The migrated database; an embedded server stops when its last user leaves.

    Raises what EmbeddedPostgres.start raises, ServerNotReachable, ServerTooOld.
    """
    with unmigrated_database(settings) as database:
        with _reached(database):
            migrate(database)
        yield database


@contextmanager
def unmigrated_database(settings: Settings) -> Iterator[Database]:
    """The database as it is, for the commands that migrate it step by step."""
    if settings.database_url is not None:
        yield from _closed_after(settings.database_url)
        return
    with EmbeddedPostgres(settings.data_folder) as endpoint:
        yield from _closed_after(endpoint.url())


def _closed_after(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _reached(database: Database) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if not error.connection_invalidated and error.statement is not None:
            raise
        address = make_url(database.url).render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        raise ServerNotReachable(address=address, reason=reason) from None
