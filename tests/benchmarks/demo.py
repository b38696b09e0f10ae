"""What the main job costs: seconds and peak memory of the whole demo, packaged and on real files.

`python tests/benchmarks/demo.py [days]`; the real files are left out where `../shared/data` is missing. Memory is the
largest of our processes (the database is the server's own).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).parents[2].parent / "shared" / "data"
REAL = [
    "--receivables",
    str(DATA / "receivables.csv"),
    "--takings",
    str(DATA / "takings.csv.gz"),
    "--from",
    "2012-02-01",
]
KIBIBYTES_IN_MEBIBYTE = 1024


def main() -> None:
    """Run and print."""
    days = sys.argv[1] if len(sys.argv) > 1 else "90"
    scenarios: dict[str, list[str]] = {"packaged, 60 days": []}
    if DATA.exists():
        scenarios[f"2,466 invoices and 45 stores, {days} days"] = [*REAL, "--days", days]
    for name, arguments in scenarios.items():
        figures = _demo(arguments)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // KIBIBYTES_IN_MEBIBYTE
        per_day = figures["seconds"] / figures["days"]
        line = f"{name}: {figures['seconds']} s ({per_day:.2f} s a day), {peak} MiB, advances {figures['advances']:,}"
        sys.stdout.write(f"{line}, sweeps {figures['sweeps']:,}, retries {figures['retries']:,}\n")


def _demo(arguments: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder:
        command = [sys.executable, "-c", "from app.cli.main import run; run()", "demo", "--json", *arguments]
        done = subprocess.run(
            command, env={**os.environ, "TRIBUTARY_DATA": folder}, stdout=subprocess.PIPE, check=True, text=True
        )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
