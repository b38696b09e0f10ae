"""A certificate and the table of its items, checked by somebody who has nothing else."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from domain.access.tenants import found_tenant
from domain.platform.ids import tenant_key, uuid7
from domain.runs import service as runs
from domain.runs.errors import CertificateUnreadable
from domain.runs.proving import check_facts, check_items, read_certificate

from .conftest import Bank
from .world import World


@pytest.fixture
def exported(world: World, bank: Bank) -> tuple[str, str]:
    """A certificate and its items as files hold them: 100.00 settled, 5,000.00 refused."""
    world.owe('a, "b"', "100.00")
    world.owe("rich", "5000.00", who=1)  # has 1,000.00
    run = world.plan()
    world.execute(run, bank.channel)
    bank.hand.set_day(world.today)
    world.record(bank.channel)
    world.reconcile(bank.channel)
    with world.session() as session:
        given = runs.certificate(session, run.id)
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows(runs.certified_items(session, run.id))
    return json.dumps({"digest": given.digest.hex(), "facts": given.facts}), table.getvalue()


def differing(exported: Sequence[str]) -> list[str]:
    facts, digest = read_certificate(exported[0])
    return check_facts(facts, digest) + check_items(facts, io.StringIO(exported[1], newline=""))


def lines(exported: Sequence[str]) -> list[str]:
    """The lines of the certificate that differ."""
    return [each.split(":")[0] for each in differing(exported)]


class TestOffline:
    def test_what_was_exported_holds(self, exported: tuple[str, str]) -> None:
        assert differing(exported) == []

    def test_an_altered_amount_shows_in_every_line_it_went_into(self, exported: tuple[str, str]) -> None:
        certificate, items = exported
        facts, _ = read_certificate(certificate)
        account = facts["accounts"][0]["account"]
        # 100.00 + 5,000.00 = 5,100.00; 99.00 + 5,000.00 = 5,099.00
        altered = certificate, items.replace(",10000,", ",9900,")
        assert lines(altered) == [
            "executed.sums",
            "executed.digest",
            "outcomes.settled/CNY",
            "outcomes_digest",
            f"accounts.{account}.moved_by_this_run",
        ]
        assert "the certificate says {'CNY': '5100.00'}, the items come to {'CNY': '5099.00'}" in differing(altered)[0]

    def test_another_payee_shows_in_the_digest_that_was_approved(self, exported: tuple[str, str]) -> None:
        certificate, items = exported
        [first, second] = [row["counter_account_id"] for row in csv.DictReader(io.StringIO(items))]
        assert lines((certificate, items.replace(first, second))) == ["executed.digest"]

    def test_an_altered_fact_shows_in_the_digest_of_the_certificate(self, exported: tuple[str, str]) -> None:
        certificate, items = exported
        assert lines((certificate.replace('"slot": "0800"', '"slot": "0900"'), items)) == ["digest"]

    def test_a_missing_item_shows(self, exported: tuple[str, str]) -> None:
        certificate, items = exported
        assert "executed.items" in lines((certificate, "\n".join(items.splitlines()[:-1]) + "\n"))

    def test_items_out_of_order_are_no_table(self, exported: tuple[str, str]) -> None:
        certificate, items = exported
        head, first, second = items.splitlines()
        with pytest.raises(CertificateUnreadable, match="line 3 is broken, or not behind item"):
            differing((certificate, f"{head}\n{second}\n{first}"))

    @pytest.mark.parametrize("broken", ["", "[]", '{"facts": {"version": 2}, "digest": ""}', '{"facts": {}}'])
    def test_what_is_no_certificate_is_refused(self, broken: str) -> None:
        with pytest.raises(CertificateUnreadable):
            read_certificate(broken)


class TestCommand:
    def test_verify_needs_two_files_and_names_what_differs(self, exported: tuple[str, str], tmp_path: Path) -> None:
        certificate, items = tmp_path / "certificate.json", tmp_path / "items.csv"
        certificate.write_text(exported[0], "utf-8")
        items.write_text(exported[1], "utf-8")
        assert self._verified(certificate, "--items", items) == (0, "")
        assert self._verified(certificate) == (0, "")
        items.write_text(exported[1].replace("AM04", "AM05"), "utf-8")
        status, said = self._verified(certificate, "--items", items)
        assert status == 3
        assert [line.split(":")[0] for line in said.splitlines()] == [
            "outcomes.rejected/AM04/CNY",
            "outcomes.rejected/AM05/CNY",
            "outcomes_digest",
        ]

    def test_what_is_saved_is_what_verify_takes(
        self, world: World, bank: Bank, exported: tuple[str, str], tmp_path: Path
    ) -> None:
        slug = f"proving-{uuid7().hex[:12]}"
        reference = read_certificate(exported[0])[0]["run"]
        lost = self._saved(world.database.url, slug, reference, tmp_path)
        assert (lost.exit_code, list(tmp_path.iterdir())) == (1, [])  # there is no such tenant
        own = World(world.database, tenant_key(slug), world.keys).furnish()
        with own.session() as session:
            found_tenant(
                session, slug=slug, name="x", currency="CNY", zone="Asia/Shanghai", sandbox=True, clock=own.clock
            )
        own.open_at(bank.hand)
        own.owe("a", "100.00")
        run = own.plan()
        own.execute(run, bank.channel)
        bank.hand.set_day(own.today)
        own.record(bank.channel)
        own.reconcile(bank.channel)
        assert self._saved(own.database.url, slug, run.public_id, tmp_path).exit_code == 0
        items = tmp_path / f"{run.public_id}.items.csv"
        assert self._verified(tmp_path / f"{run.public_id}.certificate.json", "--items", items) == (0, "")

    def _saved(self, url: str, slug: str, run: str, folder: Path) -> Result:
        arguments = ["runs", "certificate", run, "--out", str(folder), "--tenant", slug]
        return CliRunner().invoke(app, arguments, env={"DATABASE_URL": url})

    def _verified(self, *arguments: Any) -> tuple[int, str]:  # noqa: ANN401 - paths and options
        done = CliRunner().invoke(app, ["runs", "verify", *map(str, arguments)])
        return done.exit_code, done.stderr
