"""The main job from its command, start to end, on the embedded database."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.demo.house import bank_store

DAYS = 9
COMMAND = [sys.executable, "-c", "from app.cli.main import run; run()"]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"TRIBUTARY_DATA": str(folder), "PATH": "/usr/bin:/bin", "TRIBUTARY_LANGUAGE": "en"}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=400
    )


def demo(folder: Path, *arguments: str) -> dict[str, Any]:
    done = run(folder, "demo", "--days", str(DAYS), "--faults", "many", "--json", *arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("演示 data")


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Any]:
    return demo(folder)


class TestDemo:
    def test_lends_sweeps_and_proves_books_and_bank_against_many_faults(self, figures: dict[str, Any]) -> None:
        assert figures["books_balance"] is True
        assert figures["bank_agrees"] is True
        assert figures["debited_twice"] == 0
        assert figures["invoices_registered"] == figures["invoices_read"] == 6 * DAYS
        assert figures["advances"] > 0
        assert figures["sweeps"] > 0

    def test_the_same_seed_gives_the_same_figures_and_starts_clean(self, folder: Path, figures: dict[str, Any]) -> None:
        again = demo(folder)
        assert {**again, "seconds": None} == {**figures, "seconds": None}

    def test_its_books_can_be_checked_verified_and_exported_afterwards(
        self, folder: Path, figures: dict[str, Any]
    ) -> None:
        assert figures["books_balance"] is True
        assert run(folder, "ledger", "check").stdout.strip() == "ok"
        assert run(folder, "ledger", "verify").stdout.strip() == "ok"
        journal = run(folder, "ledger", "export", "--format", "beancount").stdout
        assert "HQ" not in journal.splitlines()[0]
        assert " open " in journal

    def test_its_next_day_is_tried_out_and_refused_out_of_turn(self, folder: Path, figures: dict[str, Any]) -> None:
        assert figures["books_balance"] is True
        refused = run(folder, "close-day", "--on", "2020-01-01", "--dry-run")
        assert (refused.returncode, "cannot be closed: the next business date to close is" in refused.stderr) == (
            1,
            True,
        )

    def test_its_pools_can_be_listed_and_explained_to_the_ledger(self, folder: Path, figures: dict[str, Any]) -> None:
        assert figures["sweeps"] > 0
        (pool, *_) = json.loads(run(folder, "pools", "list", "--json").stdout)
        explained = run(folder, "explain", pool["id"], "--json")
        assert explained.returncode == 0, explained.stderr
        legs = json.loads(explained.stdout)["items"]
        assert any(leg["movements"] for leg in legs)
        one = run(folder, "explain", legs[0]["account_id"])
        assert (one.returncode, "Periods, nights and ledger agree" in one.stdout) == (0, True), one.stderr

    def test_its_advances_can_be_listed_explained_and_handed_over_as_evidence(
        self, folder: Path, figures: dict[str, Any]
    ) -> None:
        assert figures["books_balance"] is True
        listed = json.loads(run(folder, "advances", "list", "--filter", "state:in:funded,overdue", "--json").stdout)
        assert {each["state"] for each in listed} <= {"funded", "overdue"}
        explained = run(folder, "explain", listed[0]["id"])
        assert explained.returncode == 0, explained.stderr
        assert "Sub-ledger and ledger agree" in explained.stdout
        pack = folder / "evidence.zip"
        saved = run(folder, "evidence", "save", listed[0]["receivable_id"], str(pack))
        assert saved.returncode == 0, saved.stderr
        assert "files intact" in run(folder, "evidence", "verify", str(pack)).stdout
        pack.write_bytes(pack.read_bytes().replace(b'"funded"', b'"lapsed"'))
        altered = run(folder, "evidence", "verify", str(pack))
        assert altered.returncode == 3
        assert "its SHA-256 is" in altered.stderr

    def test_a_demo_that_was_killed_half_way_leaves_nothing_in_the_way_of_the_next(self, tmp_path: Path) -> None:
        command = [*COMMAND, "demo", "--days", "300", "--json"]
        environment = {"TRIBUTARY_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as half:
            with pytest.raises(subprocess.TimeoutExpired):
                half.wait(timeout=12)
            half.send_signal(signal.SIGKILL)
        done = run(tmp_path, "demo", "--days", "2", "--json")
        assert done.returncode == 0, done.stderr[-2000:]
        assert json.loads(done.stdout)["books_balance"] is True


class TestRefusals:
    def test_one_file_without_the_other_says_which_are_needed(self, tmp_path: Path) -> None:
        done = run(tmp_path, "demo", "--takings", "x.csv")
        assert done.returncode == 2
        assert "--receivables" in done.stderr

    def test_a_folder_in_use_is_named_and_left_alone(self, tmp_path: Path) -> None:
        with bank_store(tmp_path):
            done = run(tmp_path, "demo", "--days", "1")
        assert done.returncode == 1
        assert "already runs on" in done.stderr
        assert "TRIBUTARY_DATA" in done.stderr

    def test_a_folder_that_cannot_be_written_says_what_to_do(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("not a folder", encoding="utf-8")
        done = run(blocked / "data", "demo", "--days", "1")
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
        assert "cannot be written" in done.stderr
        assert "choose another" in done.stderr
