"""Two years of the invoice history against two lenders: what was lent, and what it cost as quoted and as it came.

`python tests/benchmarks/invoice_history.py [days]`; it needs `../shared/data` and a quarter of an hour.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HISTORY = Path(__file__).parents[2].parent / "shared" / "data" / "receivables.csv"
COMMAND = [sys.executable, "-c", "from app.cli.main import run; run()", "demo", "--json", "--faults", "none"]


def main() -> None:
    """Run and print."""
    days = sys.argv[1] if len(sys.argv) > 1 else "730"
    asked = [*COMMAND, "--receivables", str(HISTORY), "--from", "2012-01-02", "--days", days]
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder:
        environment = {**os.environ, "TRIBUTARY_DATA": folder}
        done = subprocess.run(asked, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    facts = json.loads(done.stdout)
    proved = facts["books_balance"] and facts["bank_agrees"] and not facts["debited_twice"] + facts["financed_twice"]
    sys.stdout.write(f"{days} days in {facts['seconds']} s; everything proved: {proved}\n")
    sys.stdout.write(f"advances {facts['advances']:,}, repaid {facts['repaid']:,}, overdue {facts['overdue']:,}\n")
    for each in facts["all_in_rates"]:
        sides = f"quoted {each['quoted_simple']}, realised {each['realised_simple']}"
        sys.stdout.write(f"{each['lender']}: {each['advances']:,} repaid, {sides} (simple, a year)\n")


if __name__ == "__main__":
    main()
