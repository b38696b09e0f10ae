"""The bank on a port of its own: for demos, tests and sandbox tenants."""

import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import uvicorn

from app.bank_simulator.application import WEEKENDS_OFF, create_bank
from app.bank_simulator.faults import NO_FAULTS, FaultPlan
from domain.banking.channels.signing import SigningKey
from domain.values.business_days import BusinessCalendar

START_SECONDS = 10  # a bank that has not answered by then is not coming up
LOOPBACK = "127.0.0.1"


@contextmanager
def running_bank(
    store_path: Path | None = None,
    seed: int = 0,
    faults: FaultPlan = NO_FAULTS,
    calendar: BusinessCalendar = WEEKENDS_OFF,
    *,
    keys: Collection[SigningKey] = (),
) -> Iterator[str]:
    """Serve a bank on a free port of this machine while the block runs; yields its base URL."""
    bank = create_bank(store_path, seed, faults, calendar, keys=keys)
    server = _AnnouncingServer(uvicorn.Config(bank, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    # The protocol is named, because asyncio turns Nagle's delay off (40 ms a reply) only on sockets that name it.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((LOOPBACK, 0))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="bank-simulator", daemon=True)
        thread.start()
        try:
            assert server.ready.wait(START_SECONDS), "the bank simulator did not start"
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class _AnnouncingServer(uvicorn.Server):
    """Tells when it listens, so that nobody polls."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
