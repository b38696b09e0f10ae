"""From balances to sweeps and back to balances: evaluation, approval, the bank's word, positions between companies."""

from datetime import date

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.banking.instructions import cancel_instructions
from domain.banking.states import Verdict
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.pooling import checks
from domain.pooling.errors import AccountAlreadyPooled, NotOurAccount, ParentNotInPool, ProposalAltered
from domain.pooling.execution import close_finished, confirm_sweeps, prepare_wave
from domain.pooling.positions import pool_positions
from domain.pooling.service import approve_proposal, reject_proposal
from domain.pooling.states import ProposalState, SweepState
from domain.pooling.structures import NewMember
from domain.pooling.tables import PoolStructure, SweepProposal
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import CHECKER, TODAY, TREASURER, WORKED, ZERO, Desk, Fund, fen


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


class TestBuildingAPool:
    def test_an_account_is_swept_by_one_pool_only(self, desk: Desk) -> None:
        desk.pool()
        header, shop = desk.chain.header, desk.chain.accounts["1"]
        with pytest.raises(AccountAlreadyPooled):
            desk.build(shop, [])
        with pytest.raises(AccountAlreadyPooled):
            desk.build(header, [])
        with pytest.raises(AccountAlreadyPooled):
            desk.build(desk.chain.accounts["2"], [NewMember(account_id=shop, terms=ZERO)])

    def test_upper_accounts_are_listed_first(self, desk: Desk) -> None:
        upper, lower = desk.chain.accounts["1"], desk.chain.accounts["2"]
        below = NewMember(account_id=lower, terms=ZERO, parent_account_id=upper)
        with pytest.raises(ParentNotInPool):
            desk.build(desk.chain.header, [below, NewMember(account_id=upper, terms=ZERO)])

    def test_accounts_of_others_are_not_swept(self, desk: Desk) -> None:
        with pytest.raises(NotOurAccount):
            desk.build(desk.chain.header, [NewMember(account_id=uuid7(), terms=ZERO)])


class TestTheWorkedRun:
    @pytest.fixture
    def proposal(self, desk: Desk) -> SweepProposal:
        desk.fund(desk.chain.header, "60000.00")
        for shop, balance in (("1", "186430.25"), ("2", "68900.00"), ("3", "-12300.00")):
            desk.fund(desk.chain.accounts[shop], balance)
        return desk.evaluate(desk.pool(WORKED, "20000.00"))

    def test_is_proposed_with_legs_and_reasons(self, desk: Desk, proposal: SweepProposal) -> None:
        assert [
            (sweep.direction.value, sweep.available_minor, sweep.raw_minor, sweep.amount_minor, sweep.skip_reason)
            for sweep in desk.sweeps(proposal)
        ] == [
            ("up", fen("186430.25"), fen("136430.25"), fen("100000.00"), None),
            ("up", fen("68900.00"), fen("18900.00"), 0, "below_minimum"),
            ("down", fen("-12300.00"), fen("62300.00"), fen("70000.00"), None),
        ]
        assert (proposal.sweep_count, proposal.skip_count) == (2, 1)
        assert (proposal.header_before_minor, proposal.header_after_minor) == (fen("60000.00"), fen("90000.00"))

    def test_sends_down_legs_only_when_up_legs_have_come(self, desk: Desk, proposal: SweepProposal) -> None:
        first = desk.gather()
        assert [(i.own_account_id, i.counter_account_id, i.amount_minor) for i in first] == [
            (desk.chain.accounts["1"], desk.chain.header, fen("100000.00"))
        ]
        assert desk.gather() == []
        desk.hear(first, Verdict.SETTLED)
        second = desk.gather()
        assert [(i.own_account_id, i.counter_account_id, i.amount_minor) for i in second] == [
            (desk.chain.header, desk.chain.accounts["3"], fen("70000.00"))
        ]
        desk.hear(second, Verdict.SETTLED)
        structure = desk.session.get_one(PoolStructure, (proposal.tenant_id, proposal.structure_id))
        assert desk.booked(structure) == {
            desk.chain.header: "90000.00",
            desk.chain.accounts["1"]: "86430.25",
            desk.chain.accounts["2"]: "68900.00",
            desk.chain.accounts["3"]: "57700.00",
        }
        assert proposal_state(desk, proposal) is ProposalState.CLOSED

    def test_makes_positions_that_mirror_each_other(self, desk: Desk, proposal: SweepProposal) -> None:
        assert proposal.sweep_count == 2
        while instructions := desk.gather():
            desk.hear(instructions, Verdict.SETTLED)
        assert checks.intercompany_positions(desk.session, "CNY") == {
            desk.chain.shops["1"]: Money.of("100000.00", "CNY"),
            desk.chain.shops["3"]: Money.of("-70000.00", "CNY"),
        }
        assert checks.check_pooling(desk.session) == []

    def test_lets_a_down_leg_go_when_the_up_leg_it_counted_on_failed(self, desk: Desk, proposal: SweepProposal) -> None:
        desk.hear(desk.gather(), Verdict.REJECTED)
        # the header holds 60,000.00 and keeps 20,000.00: 40,000.00 < 70,000.00
        assert desk.gather() == []
        up, _, down = desk.sweeps(proposal)
        assert (up.state, up.failure) == (SweepState.RELEASED, "AC04")
        assert down.state is SweepState.RELEASED
        close_finished(desk.session, actor=TREASURER, clock=desk.clock)
        assert proposal_state(desk, proposal) is ProposalState.CLOSED


def proposal_state(desk: Desk, proposal: SweepProposal) -> ProposalState:
    return desk.session.get_one(SweepProposal, (proposal.tenant_id, proposal.id)).state


class TestASecondEvaluation:
    def test_of_the_same_slot_is_the_first(self, desk: Desk) -> None:
        structure = desk.pool()
        desk.fund(desk.chain.accounts["1"], "100.00")
        first = desk.evaluate(structure)
        desk.fund(desk.chain.accounts["2"], "50.00")
        assert desk.evaluate(structure).id == first.id
        assert len(desk.sweeps(first)) == 1

    def test_does_not_sweep_again_what_is_on_its_way(self, desk: Desk) -> None:
        structure = desk.pool()
        desk.fund(desk.chain.accounts["1"], "100.00")
        desk.evaluate(structure, "noon")
        desk.gather()
        desk.fund(desk.chain.accounts["1"], "30.00")
        assert [sweep.amount_minor for sweep in desk.sweeps(desk.evaluate(structure))] == [fen("30.00")]

    def test_does_not_fill_again_what_is_being_filled(self, desk: Desk) -> None:
        structure = desk.pool()
        desk.fund(desk.chain.header, "500.00")
        desk.fund(desk.chain.accounts["1"], "-40.00")
        desk.evaluate(structure, "noon")
        desk.gather()
        assert desk.evaluate(structure).sweep_count == 0

    def test_lets_go_of_what_was_approved_and_not_sent(self, desk: Desk) -> None:
        structure = desk.pool()
        desk.fund(desk.chain.accounts["1"], "100.00")
        noon, evening = desk.evaluate(structure, "noon"), desk.evaluate(structure)
        assert [sweep.state for sweep in desk.sweeps(noon)] == [SweepState.RELEASED]
        assert [sweep.amount_minor for sweep in desk.sweeps(evening)] == [fen("100.00")]

    def test_lets_go_of_what_people_took_out_of_its_run(self, desk: Desk) -> None:
        structure = desk.pool()
        desk.fund(desk.chain.accounts["1"], "100.00")
        noon = desk.evaluate(structure, "noon")
        ids = [instruction.id for instruction in desk.gather()]
        cancel_instructions(desk.session, ids, reason="taken out", actor=CHECKER, clock=desk.clock)
        assert desk.gather() == []
        assert [sweep.state for sweep in desk.sweeps(noon)] == [SweepState.RELEASED]
        assert desk.evaluate(structure).sweep_count == 1


class TestPositions:
    def test_of_a_past_day_are_as_the_books_stood(self, desk: Desk) -> None:
        structure = desk.pool()
        account = desk.chain.accounts["1"]
        desk.fund(account, "100.00")
        yesterday = pool_positions(desk.session, structure, as_of=date(2026, 3, 1))
        assert yesterday[account].booked == Money.zero("CNY")
        assert pool_positions(desk.session, structure)[account].available == Money.of("100.00", "CNY")

    def test_count_what_is_instructed_once_whether_held_or_not(self, desk: Desk) -> None:
        structure = desk.pool()
        account = desk.chain.accounts["1"]
        desk.fund(account, "100.00")
        desk.evaluate(structure)
        desk.gather()
        standing = pool_positions(desk.session, structure)
        assert (standing[account].instructed_minor, standing[account].available_minor) == (fen("100.00"), 0)
        assert standing[desk.chain.header].incoming_minor == fen("100.00")


class TestApproval:
    @pytest.fixture
    def proposal(self, desk: Desk) -> SweepProposal:
        desk.fund(desk.chain.accounts["1"], "100.00")
        return desk.evaluate(desk.pool(auto_approve=False))

    def approve(self, desk: Desk, proposal: SweepProposal, digest: str, actor: Actor) -> None:
        approve_proposal(desk.session, proposal_id=proposal.id, digest=digest, actor=actor, clock=desk.clock)

    def test_takes_another_person_and_the_digest_they_saw(self, desk: Desk, proposal: SweepProposal) -> None:
        assert desk.gather() == []
        with pytest.raises(SamePerson):
            self.approve(desk, proposal, proposal.digest, TREASURER)
        with pytest.raises(DigestChanged):
            self.approve(desk, proposal, "0" * 64, CHECKER)
        self.approve(desk, proposal, proposal.digest, CHECKER)
        assert len(desk.gather()) == 1

    def test_and_execution_refuse_rows_that_were_altered(self, desk: Desk, proposal: SweepProposal) -> None:
        desk.sweeps(proposal)[0].raw_minor += 1
        desk.session.flush()
        with pytest.raises(ProposalAltered):
            self.approve(desk, proposal, proposal.digest, CHECKER)
        desk.sweeps(proposal)[0].raw_minor -= 1
        desk.session.flush()
        self.approve(desk, proposal, proposal.digest, CHECKER)
        desk.sweeps(proposal)[0].raw_minor += 1
        desk.session.flush()
        with pytest.raises(ProposalAltered):
            prepare_wave(desk.session, TODAY, clock=desk.clock)

    def test_refused_sends_nothing(self, desk: Desk, proposal: SweepProposal) -> None:
        reject_proposal(
            desk.session,
            proposal_id=proposal.id,
            digest=proposal.digest,
            reason="holiday",
            actor=CHECKER,
            clock=desk.clock,
        )
        assert desk.gather() == []
        assert [sweep.state for sweep in desk.sweeps(proposal)] == [SweepState.RELEASED]


class TestTheBanksWord:
    @pytest.fixture
    def structure(self, desk: Desk) -> PoolStructure:
        desk.fund(desk.chain.accounts["1"], "100.00")
        return desk.pool()

    def test_twice_books_once(self, desk: Desk, structure: PoolStructure) -> None:
        desk.evaluate(structure)
        instructions = desk.gather()
        desk.hear(instructions, Verdict.SETTLED)
        desk.tell(instructions, Verdict.SETTLED)
        assert desk.booked(structure)[desk.chain.header] == "100.00"
        assert checks.check_pooling(desk.session) == []

    def test_of_a_return_turns_the_sweep_around(self, desk: Desk, structure: PoolStructure) -> None:
        proposal = desk.evaluate(structure)
        instructions = desk.gather()
        desk.hear(instructions, Verdict.SETTLED)
        desk.hear(instructions, Verdict.RETURNED)
        assert desk.booked(structure)[desk.chain.accounts["1"]] == "100.00"
        assert desk.booked(structure)[desk.chain.header] == "0.00"
        assert checks.intercompany_positions(desk.session, "CNY") == {}
        assert [sweep.state for sweep in desk.sweeps(proposal)] == [SweepState.RELEASED]
        assert checks.check_pooling(desk.session) == []

    def test_on_a_statement_confirms(self, desk: Desk, structure: PoolStructure) -> None:
        proposal = desk.evaluate(structure)
        instructions = desk.gather()
        desk.hear(instructions, Verdict.SETTLED)
        assert confirm_sweeps(desk.session, [i.subject_id for i in instructions], clock=desk.clock) == 1
        assert [sweep.state for sweep in desk.sweeps(proposal)] == [SweepState.CONFIRMED]
