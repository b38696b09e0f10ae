"""Sweeps that the header collects from the branch's account under its mandate."""

from datetime import date

import pytest
from sqlalchemy import text

from domain.banking.states import Direction, MessageState, Verdict
from domain.banking.tables import BankMessage, Instruction
from domain.collection.mandates import NewMandate, grant_mandates
from domain.collection.states import MandatePurpose
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling import checks
from domain.pooling.execution import note_instructed
from domain.pooling.positions import pool_positions
from domain.pooling.rules import SweepMeans
from domain.pooling.states import SweepState
from domain.pooling.structures import NewMember
from domain.pooling.tables import PoolStructure
from domain.runs.retries import is_retryable
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import TODAY, TREASURER, ZERO, Desk, Fund, word


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


@pytest.fixture
def pool(desk: Desk) -> PoolStructure:
    members = [
        NewMember(account_id=account, terms=ZERO, means=SweepMeans.DIRECT_DEBIT)
        for account in desk.chain.accounts.values()
    ]
    desk.fund(desk.chain.accounts["1"], "100.00")
    return desk.build(desk.chain.header, members)


def mandate(desk: Desk, shop: str = "1") -> None:
    new = NewMandate(
        reference=f"FS-{shop}",
        party_id=desk.chain.shops[shop],
        account_id=desk.chain.accounts[shop],
        currency="CNY",
        signed_on=date(2026, 1, 1),
        purpose=MandatePurpose.FUND_SWEEP,
    )
    grant_mandates(desk.session, [new], actor=TREASURER, clock=desk.clock)


class TestADirectDebit:
    def test_is_collected_by_the_header_and_books_as_a_transfer_does(self, desk: Desk, pool: PoolStructure) -> None:
        mandate(desk)
        desk.evaluate(pool)
        instructions = desk.gather()
        assert [
            (each.direction, each.own_account_id, each.counter_account_id, each.mandate_id is None)
            for each in instructions
        ] == [(Direction.DEBIT, desk.chain.header, desk.chain.accounts["1"], False)]
        desk.hear(instructions, Verdict.SETTLED)
        assert (desk.booked(pool)[desk.chain.header], desk.booked(pool)[desk.chain.accounts["1"]]) == ("100.00", "0.00")
        assert checks.check_pooling(desk.session) == []

    def test_that_was_returned_is_turned_around(self, desk: Desk, pool: PoolStructure) -> None:
        mandate(desk)
        desk.evaluate(pool)
        instructions = desk.gather()
        desk.hear(instructions, Verdict.SETTLED)
        desk.hear(instructions, Verdict.RETURNED)
        assert desk.booked(pool)[desk.chain.accounts["1"]] == "100.00"
        assert checks.check_pooling(desk.session) == []

    def test_without_a_mandate_is_let_go(self, desk: Desk, pool: PoolStructure) -> None:
        mandate(desk, "2")
        proposal = desk.evaluate(pool)
        assert desk.gather() == []
        assert [sweep.state for sweep in desk.sweeps(proposal)] == [SweepState.RELEASED]

    def test_counts_against_the_branch_while_it_is_on_its_way(self, desk: Desk, pool: PoolStructure) -> None:
        mandate(desk)
        desk.evaluate(pool)
        desk.gather()
        assert pool_positions(desk.session, pool)[desk.chain.accounts["1"]].available_minor == 0

    def test_that_was_refused_is_not_tried_again(self, desk: Desk, pool: PoolStructure) -> None:
        mandate(desk)
        desk.evaluate(pool)
        refused = word(desk.gather()[0], Verdict.REJECTED)
        assert not is_retryable(refused)

    def test_downwards_is_a_payment(self, desk: Desk, pool: PoolStructure) -> None:
        desk.fund(desk.chain.header, "500.00")
        desk.fund(desk.chain.accounts["2"], "-30.00")
        desk.sweep(pool)
        assert desk.booked(pool)[desk.chain.accounts["2"]] == "0.00"


class TestDoubt:
    def test_is_followed_from_the_file_and_ended_by_the_banks_word(self, desk: Desk, pool: PoolStructure) -> None:
        mandate(desk)
        proposal = desk.evaluate(pool)
        (sweep,) = desk.sweeps(proposal)
        lived = [sweep.state]
        (instruction,) = desk.gather()
        lived.append(sweep.state)
        send(desk, instruction)
        for state in ("transmitted", "unknown", "transmitted"):
            desk.session.execute(
                text("UPDATE bank_message SET state = :state WHERE tenant_id = :tenant"),
                {"tenant": desk.session.tenant_id, "state": state},
            )
            note_instructed(desk.session, clock=desk.clock)
            desk.session.refresh(sweep)
            lived.append(sweep.state)
        desk.hear([instruction], Verdict.SETTLED)
        desk.session.refresh(sweep)
        assert [*lived, sweep.state] == [
            SweepState.APPROVED,
            SweepState.RESERVED,
            SweepState.INSTRUCTED,
            SweepState.UNKNOWN,
            SweepState.QUERIED,
            SweepState.EXECUTED,
        ]


def send(desk: Desk, instruction: Instruction) -> None:
    """Put the instruction into a file, as banking does before the bank is asked."""
    message = BankMessage(
        tenant_id=desk.session.tenant_id,
        created_at=desk.clock.now(),
        number=1,
        direction=instruction.direction,
        due_on=TODAY,
        currency="CNY",
        item_count=1,
        total_minor=instruction.amount_minor,
        profile="standard",
        window_days=0,
        first_instruction_id=instruction.id,
        last_instruction_id=instruction.id,
        digest=b"",
        state=MessageState.PREPARED,
    )
    desk.session.add(message)
    desk.session.flush()
    desk.session.execute(
        text("""UPDATE instruction SET state = 'submitted', message_id = :message
                WHERE tenant_id = :tenant AND id = :id"""),
        {"tenant": desk.session.tenant_id, "message": message.id, "id": instruction.id},
    )
