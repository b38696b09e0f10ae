"""People lower or drop proposed sweeps; what is left is approved by somebody else."""

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import DigestChanged
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.pooling.edits import SweepEdit, edit_proposal
from domain.pooling.errors import BeyondTheRule, EditLeavesAccountShort, OutsideTheLimits, SweepNotInProposal
from domain.pooling.rules import SkipReason
from domain.pooling.service import approve_proposal
from domain.pooling.states import SweepState
from domain.pooling.tables import SweepProposal
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money
from domain.values.states import IllegalTransition
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import CHECKER, TREASURER, WORKED, Desk, Fund, fen

EDITOR = Actor(ActorKind.PERSON, "editor")


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


@pytest.fixture
def proposal(desk: Desk) -> SweepProposal:
    """The worked run: shop 1 sends 100,000 up, shop 2 nothing, shop 3 is given 70,000."""
    desk.fund(desk.chain.header, "60000.00")
    for shop, balance in (("1", "186430.25"), ("2", "68900.00"), ("3", "-12300.00")):
        desk.fund(desk.chain.accounts[shop], balance)
    return desk.evaluate(desk.pool(WORKED, "20000.00", auto_approve=False))


def edit(desk: Desk, proposal: SweepProposal, place: int, amount: str | None, *, digest: str | None = None) -> None:
    money = None if amount is None else Money.of(amount, "CNY")
    edit_proposal(
        desk.session,
        proposal_id=proposal.id,
        digest=digest or proposal.digest,
        edits=[SweepEdit(desk.sweeps(proposal)[place].id, money, "the shop pays its rent tomorrow")],
        actor=EDITOR,
        clock=desk.clock,
    )


class TestAnEdit:
    def test_lowers_an_amount_and_is_approved_anew_by_somebody_else(self, desk: Desk, proposal: SweepProposal) -> None:
        before = proposal.digest
        edit(desk, proposal, 0, "80000.00")
        # 60,000 + 80,000 - 70,000
        assert (proposal.up_minor, proposal.header_after_minor) == (fen("80000.00"), fen("70000.00"))
        with pytest.raises(SamePerson):
            approve_proposal(
                desk.session, proposal_id=proposal.id, digest=proposal.digest, actor=EDITOR, clock=desk.clock
            )
        with pytest.raises(DigestChanged):
            approve_proposal(desk.session, proposal_id=proposal.id, digest=before, actor=CHECKER, clock=desk.clock)
        approve_proposal(
            desk.session, proposal_id=proposal.id, digest=proposal.digest, actor=TREASURER, clock=desk.clock
        )
        assert [instruction.amount_minor for instruction in desk.gather()] == [fen("80000.00")]

    def test_drops_a_sweep_with_its_reason(self, desk: Desk, proposal: SweepProposal) -> None:
        edit(desk, proposal, 2, None)
        dropped = desk.sweeps(proposal)[2]
        assert (dropped.state, dropped.skip_reason) == (SweepState.SKIPPED, SkipReason.DROPPED)
        assert (dropped.edited_by, dropped.edit_reason) == (str(EDITOR), "the shop pays its rent tomorrow")
        assert (proposal.sweep_count, proposal.skip_count, proposal.down_minor) == (1, 2, 0)

    @pytest.mark.parametrize("amount", ["100000.00", "100000.01", "0.00", "-1.00"])
    def test_never_goes_beyond_the_rule(self, desk: Desk, proposal: SweepProposal, amount: str) -> None:
        with pytest.raises(BeyondTheRule):
            edit(desk, proposal, 0, amount)

    @pytest.mark.parametrize("amount", ["85000.00", "10000.00"])
    def test_keeps_lot_and_minimum(self, desk: Desk, proposal: SweepProposal, amount: str) -> None:
        with pytest.raises(OutsideTheLimits):
            edit(desk, proposal, 0, amount)

    def test_does_not_let_the_header_fall_below_its_floor(self, desk: Desk, proposal: SweepProposal) -> None:
        # 60,000 + 20,000 - 70,000 = 10,000 < 20,000
        with pytest.raises(EditLeavesAccountShort):
            edit(desk, proposal, 0, "20000.00")

    def test_of_a_skipped_sweep_or_of_what_was_seen_before_is_refused(
        self, desk: Desk, proposal: SweepProposal
    ) -> None:
        with pytest.raises(SweepNotInProposal):
            edit(desk, proposal, 1, None)
        with pytest.raises(DigestChanged):
            edit(desk, proposal, 0, None, digest="0" * 64)

    def test_after_approval_is_too_late(self, desk: Desk, proposal: SweepProposal) -> None:
        approve_proposal(desk.session, proposal_id=proposal.id, digest=proposal.digest, actor=CHECKER, clock=desk.clock)
        with pytest.raises(IllegalTransition):
            edit(desk, proposal, 0, None)
