"""Where a running server listens."""

from dataclasses import dataclass
from urllib.parse import quote

from psycopg import conninfo


@dataclass(frozen=True)
class Endpoint:
    """A superuser's way to the database: `host` is the folder of the unix socket, `port` only names the socket."""

    host: str
    port: int
    user: str
    dbname: str

    def url(self) -> str:
        """`postgresql+psycopg://…` as SQLAlchemy takes it."""
        return (
            f"postgresql+psycopg://{quote(self.user, safe='')}@/{quote(self.dbname, safe='')}"
            f"?host={quote(self.host, safe='')}&port={self.port}"
        )

    def conninfo(self) -> str:
        """`host=… port=… user=… dbname=…` as libpq takes it."""
        return conninfo.make_conninfo(host=self.host, port=self.port, user=self.user, dbname=self.dbname)
