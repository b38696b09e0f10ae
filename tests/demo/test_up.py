"""`tributary up` as its user starts and stops it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from app.cli.main import TERMINATED

PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_it_serves_and_when_asked_to_stop_leaves_no_database_server_behind(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "TRIBUTARY_DATA": str(tmp_path), "TRIBUTARY_PORT": str(port)}
    command = [sys.executable, "-c", "from app.cli.main import run; run()", "up"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(f"http://127.0.0.1:{port}/health/ready") and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.2)
        assert (tmp_path / "pgdata" / "postmaster.pid").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_SECONDS) == TERMINATED
    assert not (tmp_path / "pgdata" / "postmaster.pid").exists()
