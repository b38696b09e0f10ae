"""A run from what is due to its certificate."""

import pytest
from sqlalchemy import event, text

from domain.access.errors import SamePerson
from domain.banking.instructions import cancel_instructions
from domain.banking.states import Direction
from domain.collection.mandates import suspend_mandates
from domain.runs import service as runs
from domain.runs.errors import RunAltered, RunNotClosed
from domain.runs.states import RunKind, RunState

from .conftest import Bank
from .world import BY, CHECKER, MAKER, World, cny


class TestPlanning:
    def test_gathers_what_is_due_and_freezes_it_under_a_digest(self, world: World) -> None:
        world.owe("a", "100.00")
        world.owe("b", "250.50", who=1)
        run = world.plan()
        assert (run.state, run.item_count) == (RunState.FROZEN, 2)
        assert run.sums == [cny("350.50")]  # 100.00 + 250.50
        assert run.digest is not None
        assert world.states() == ["locked", "locked"]

    def test_an_empty_run_closes_at_once(self, world: World) -> None:
        run = world.plan()
        assert (run.state, run.item_count) == (RunState.CLOSED, 0)

    def test_the_same_kind_date_and_slot_is_planned_once(self, world: World) -> None:
        world.owe("a")
        first = world.plan()
        world.owe("b", who=1)
        assert world.plan().id == first.id
        assert world.states() == ["locked"]
        assert world.plan(slot="1400").item_count == 1

    def test_a_debtor_without_a_mandate_in_force_is_left_out(self, world: World) -> None:
        world.owe("a", who=0)
        world.owe("b", who=1)
        with world.session() as session:
            suspend_mandates(session, world.mandates[:1], reason="withdrawn", actor=BY, clock=world.clock)
        assert world.plan().item_count == 1

    def test_no_second_collection_of_one_subject_starts_while_one_is_under_way(self, world: World) -> None:
        due = world.owe("round-1")
        world.plan()
        world.pay_off("round-1")
        world.owe("round-2", subject_id=due.subject_id)
        assert world.plan(slot="1400").item_count == 0

    def test_takes_as_many_statements_for_300_items_as_for_3(self, world: World) -> None:
        counts = []
        for slot, items in (("a", 3), ("b", 300)):
            for place in range(items):
                world.owe(f"{slot}{place}", "1.00", who=place % 3)
            with world.session() as session:
                seen: list[str] = []
                connection = session.connection()
                event.listen(connection, "before_cursor_execute", lambda *args, seen=seen: seen.append(args[2]))
                runs.plan_run(
                    session,
                    kind=RunKind.DEBIT,
                    business_date=world.today,
                    slot=slot,
                    clock=world.clock,
                    owners=world.owners,
                )
                counts.append(len(seen))
        assert counts[0] == counts[1]


class TestApproval:
    def test_within_its_limit_a_run_goes_by_itself(self, world: World, bank: Bank) -> None:
        world.owe("a", "1000.00")
        done = world.execute(world.plan(), bank.channel)
        assert (done.state, done.awaits_approval) == (RunState.ACKNOWLEDGED, False)

    def test_above_its_limit_it_waits_for_a_second_person_to_approve_the_digest(self, world: World, bank: Bank) -> None:
        with world.session() as session:
            runs.set_run_limit(session, kind=RunKind.DEBIT, limit=cny("99.99"), actor=CHECKER, clock=world.clock)
        world.owe("a", "100.00")
        run = world.plan()
        waiting = world.execute(run, bank.channel)
        assert (waiting.state, waiting.awaits_approval) == (RunState.FROZEN, True)
        assert run.digest is not None
        with world.session() as session:
            runs.approve_run(session, run.id, digest_seen=run.digest.hex(), actor=CHECKER, clock=world.clock)
        assert world.execute(run, bank.channel).state is RunState.ACKNOWLEDGED

    def test_who_planned_it_may_not_approve_it(self, world: World) -> None:
        with world.session() as session:
            runs.set_run_limit(session, kind=RunKind.DEBIT, limit=cny("1.00"), actor=CHECKER, clock=world.clock)
        world.owe("a", "100.00")
        with world.session() as session:
            run = runs.plan_run(
                session,
                kind=RunKind.DEBIT,
                business_date=world.today,
                slot="0800",
                clock=world.clock,
                owners=world.owners,
                actor=MAKER,
            )
        assert run.digest is not None
        with pytest.raises(SamePerson), world.session() as session:
            runs.approve_run(session, run.id, digest_seen=run.digest.hex(), actor=MAKER, clock=world.clock)

    def test_a_run_whose_items_were_changed_behind_its_digest_is_not_sent(self, world: World, bank: Bank) -> None:
        world.owe("a", "100.00")
        run = world.plan()
        with world.session() as session:
            changed = text("UPDATE instruction SET amount_minor = 1 WHERE tenant_id = :tenant")
            session.execute(changed, {"tenant": world.tenant_id})
        with pytest.raises(RunAltered):
            world.execute(run, bank.channel)
        assert world.states() == ["locked"]

    def test_a_reopened_run_is_frozen_under_a_new_digest(self, world: World) -> None:
        world.owe("a")
        world.owe("b", who=1)
        run = world.plan()
        with world.session() as session:
            runs.reopen_run(session, run.id, reason="b is in dispute", actor=MAKER, clock=world.clock)
            ids = [row.id for row in world.items() if row.obligation_key == "b"]
            cancel_instructions(session, ids, reason="disputed", actor=MAKER, clock=world.clock)
            again = runs.freeze_again(session, run.id, actor=MAKER, clock=world.clock)
        assert (again.item_count, again.state) == (1, RunState.FROZEN)
        assert again.digest != run.digest


class TestADay:
    def test_money_collected_is_booked_stated_and_certified(self, world: World, bank: Bank) -> None:
        world.owe("a", "100.00")
        world.owe("b", "250.50", who=1)
        run = world.plan()
        world.execute(run, bank.channel)
        bank.hand.set_day(world.today)
        recorded = world.record(bank.channel)
        assert (recorded.settled, recorded.rejected) == (2, 0)
        assert world.run(run).state is RunState.ANSWERED
        assert world.cash() == "350.50"
        assert world.transit() == []
        (agreement,) = world.reconcile(bank.channel)
        assert (agreement.agrees, str(agreement.bank.amount)) == (True, "350.50")
        assert world.run(run).state is RunState.CLOSED

    def test_a_payment_without_cover_waits_for_the_next_run(self, world: World, bank: Bank) -> None:
        world.owe("pay", "500.00", direction=Direction.CREDIT)
        first = world.plan(RunKind.RELEASE)
        done = world.execute(first, bank.channel)
        assert (done.state, done.uncovered, done.sendings) == (RunState.APPROVED, 1, {})
        world.fund("500.00")
        second = world.plan(RunKind.RELEASE, slot="1400")
        assert second.item_count == 1
        assert world.execute(second, bank.channel).uncovered == 0
        with world.session() as session:
            runs.close_runs(session, clock=world.clock)
        assert world.run(first).state is RunState.CLOSED
        assert world.states() == ["submitted"]  # the same instruction, not another one


class TestCertificates:
    def test_says_what_was_frozen_and_what_came_of_it_and_is_computed_again(self, world: World, bank: Bank) -> None:
        world.owe("a", "100.00")
        world.owe("rich", "5000.00", who=1)  # has 1,000.00
        run = world.plan()
        world.execute(run, bank.channel)
        bank.hand.set_day(world.today)
        world.record(bank.channel)
        world.reconcile(bank.channel)
        with world.session() as session:
            facts = runs.certificate(session, run.id).facts
            assert runs.verify_certificate(session, run.id) == []
        assert facts["frozen"]["sums"] == {"CNY": "5100.00"}
        assert facts["frozen"]["digest"] == facts["executed"]["digest"]
        assert facts["outcomes"] == [
            {"outcome": "rejected", "reason": "AM04", "items": 1, "sum": {"amount": "5000.00", "currency": "CNY"}},
            {"outcome": "settled", "reason": None, "items": 1, "sum": {"amount": "100.00", "currency": "CNY"}},
        ]
        (account,) = facts["accounts"]
        assert (account["before"], account["after"], account["moved_by_this_run"]) == ("0.00", "100.00", "100.00")

    def test_names_what_was_altered_afterwards(self, world: World, bank: Bank) -> None:
        world.owe("a", "100.00")
        run = world.plan()
        world.execute(run, bank.channel)
        bank.hand.set_day(world.today)
        world.record(bank.channel)
        world.reconcile(bank.channel)
        with world.session() as session:
            altered = text("UPDATE instruction SET amount_minor = 9900 WHERE tenant_id = :tenant")
            session.execute(altered, {"tenant": world.tenant_id})
            assert runs.verify_certificate(session, run.id) == [
                "accounts",
                "executed",
                "outcomes",
                "outcomes_digest",
            ]

    def test_an_open_run_has_none(self, world: World) -> None:
        world.owe("a")
        run = world.plan()
        with pytest.raises(RunNotClosed), world.session() as session:
            runs.certificate(session, run.id)
