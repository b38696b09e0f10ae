"""Coming and leaving: the first user of a folder starts its server, the last one stops it."""

import atexit
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from domain.platform.embedded.account import server_account
from domain.platform.embedded.cluster import ensure_cluster
from domain.platform.embedded.endpoint import Endpoint
from domain.platform.embedded.errors import refusing_folder
from domain.platform.embedded.home import Home
from domain.platform.embedded.locks import Lease, exclusive
from domain.platform.embedded.server import joined, launch, stop


class EmbeddedPostgres:
    """One PostgreSQL cluster in a folder, started by whoever comes first and stopped by whoever leaves last.

    Leaving is `stop()`, the end of a `with` block, or the end of the interpreter. A process that is killed leaves
    too, but cannot stop the server: it serves on until the next user leaves.
    """

    def __init__(self, folder: Path) -> None:
        self._home = Home(folder)
        self._lease = Lease(self._home.users)

    def start(self) -> Endpoint:
        """Join the folder's server, or make the cluster and start the server; again and again, to the same effect.

        Raises FolderNotWritable, DiskFull, OtherMajorVersion, ServerNotRunnable, ServerUnreachable, ServerDidNotStart.
        """
        with refusing_folder(self._home.folder), ExitStack() as undo:
            self._home.prepare()
            undo.enter_context(exclusive(self._home.lock))
            self._lease.drop()
            in_use = self._lease.held_by_others()
            self._lease.take()
            on_failure = undo.enter_context(ExitStack())
            on_failure.callback(self._leave)
            endpoint = self._serve(in_use=in_use)
            on_failure.pop_all()
        atexit.register(self.stop)
        return endpoint

    def stop(self) -> None:
        """Leave, and stop the server when nobody else uses it, waiting for its end.

        Also stops a server that outlived all its users. Raises FolderNotWritable.
        """
        atexit.unregister(self.stop)
        # A deleted folder needs no stopping: PostgreSQL ends by itself within a minute of missing its pid file.
        if not self._home.lock.exists():
            self._lease.drop()
            return
        with refusing_folder(self._home.folder), exclusive(self._home.lock):
            self._leave()

    def __enter__(self) -> Endpoint:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self, *, in_use: bool) -> Endpoint:
        account = server_account(self._home.data)
        ensure_cluster(self._home, account)
        return joined(self._home, in_use=in_use) or launch(self._home, account)

    def _leave(self) -> None:
        self._lease.drop()
        if self._home.data.exists() and not self._lease.held_by_others():
            stop(self._home)
