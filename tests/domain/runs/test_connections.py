"""Files as each bank wants them, when it wants them, and none that it would refuse."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.banking.connections import overrule_findings, set_connection
from domain.banking.errors import ProfileUnknown
from domain.banking.states import ChannelKind
from domain.banking.submission import Sending
from domain.platform.clock import FixedClock
from domain.runs import service as runs
from domain.runs.tables import Run

from .conftest import Bank
from .world import CHECKER, World

BANK_ID = "102100099996"


def connect(world: World, profile: str, **cut_offs: time) -> None:
    with world.session() as session:
        set_connection(
            session,
            BANK_ID,
            profile=profile,
            channel=ChannelKind.HTTP,
            zone="Asia/Shanghai",
            cut_offs={slot.removeprefix("at"): until for slot, until in cut_offs.items()},
            actor=CHECKER,
            clock=world.clock,
        )


def at(world: World, hour: int, minute: int = 0) -> FixedClock:
    """That time of day in Beijing."""
    return FixedClock(datetime(world.today.year, world.today.month, world.today.day, hour - 8, minute, tzinfo=UTC))


def execute(world: World, run: Run, bank: Bank, clock: FixedClock | None = None) -> runs.Execution:
    return runs.execute_run(
        world.database, bank.channel, world.tenant_id, run.id, keys=world.keys, clock=clock or world.clock
    )


def messages(world: World) -> list[tuple[Any, ...]]:
    found = text("SELECT id, profile, state, findings FROM bank_message WHERE tenant_id = :t ORDER BY number")
    with world.session() as session:
        return [tuple(row) for row in session.execute(found, {"t": world.tenant_id})]


def test_a_file_is_made_as_the_profile_of_its_bank_says(world: World, bank: Bank) -> None:
    connect(world, "latin")
    world.owe("a")
    execution = execute(world, world.plan(), bank)
    assert list(execution.sendings.values()) == [Sending.ACKNOWLEDGED]
    assert [(profile, findings) for _, profile, _, findings in messages(world)] == [("latin", [])]


def test_a_bank_without_settings_gets_the_standard_file(world: World, bank: Bank) -> None:
    world.owe("a")
    execute(world, world.plan(), bank)
    assert [row[1] for row in messages(world)] == ["standard"]


def test_a_profile_nobody_has_written_is_refused(world: World) -> None:
    with pytest.raises(ProfileUnknown):
        connect(world, "nonesuch")


class TestCutOff:
    def test_after_it_a_run_waits_for_the_next_slot_and_says_so(self, world: World, bank: Bank) -> None:
        connect(world, "standard", at0800=time(9, 30), at1400=time(15))
        world.owe("a")
        run = world.plan()
        late = execute(world, run, bank, at(world, 9, 31))
        assert (late.sendings, late.uncovered, late.past_cut_off) == ({}, 1, {BANK_ID: "1400"})
        assert world.states("a") == ["locked"]
        sent = execute(world, run, bank, at(world, 14))
        assert (list(sent.sendings.values()), sent.uncovered, sent.past_cut_off) == ([Sending.ACKNOWLEDGED], 0, {})

    def test_at_its_last_minute_the_file_still_leaves(self, world: World, bank: Bank) -> None:
        connect(world, "standard", at0800=time(9, 30))
        world.owe("a")
        assert len(execute(world, world.plan(), bank, at(world, 9, 30)).sendings) == 1


class TestFindings:
    def held(self, world: World, bank: Bank) -> tuple[Run, UUID]:
        """The BEPS wants a unified social credit code as scheme id, and there is none."""
        connect(world, "beps")
        world.owe("a")
        run = world.plan()
        execution = execute(world, run, bank)
        assert list(execution.sendings.values()) == [Sending.HELD]
        return run, next(iter(execution.sendings))

    def test_a_file_the_bank_would_refuse_is_not_sent_but_shown(self, world: World, bank: Bank) -> None:
        self.held(world, bank)
        ((_, profile, state, findings),) = messages(world)
        assert (profile, state) == ("beps", "prepared")
        assert findings[0]["rule"] == "scheme_id"
        assert findings[0]["severity"] == "error"

    def test_it_goes_when_a_person_says_so(self, world: World, bank: Bank) -> None:
        run, message_id = self.held(world, bank)
        with world.session() as session:
            overrule_findings(session, message_id, reason="agreed by phone", actor=CHECKER, clock=world.clock)
        assert list(execute(world, run, bank).sendings.values()) != [Sending.HELD]

    def test_a_warning_stops_nothing(self, world: World, bank: Bank) -> None:
        connect(world, "sepa")  # wants addresses; most banks take a file without
        world.owe("a")
        assert list(execute(world, world.plan(), bank).sendings.values()) == [Sending.ACKNOWLEDGED]
        rules = {(finding["rule"], finding["severity"]) for finding in messages(world)[0][3]}
        assert rules == {("address", "warning")}
