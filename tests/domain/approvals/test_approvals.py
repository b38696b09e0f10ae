"""One person proposes exactly this, another decides on exactly this."""

from uuid import UUID

import pytest

from domain import approvals
from domain.access.errors import SamePerson
from domain.approvals.errors import AlreadyDecided, DigestChanged, NotApproved, NothingProposed
from domain.approvals.states import ApprovalState
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.values.actor import Actor, ActorKind

MAKER = Actor(ActorKind.PERSON, "maker")
CHECKER = Actor(ActorKind.PERSON, "checker")
SEEN = "aa" * 32
CHANGED = "bb" * 32


@pytest.fixture
def subject() -> UUID:
    return uuid7()


def propose(session: TenantSession, subject: UUID, clock: FixedClock, digest: str = SEEN, by: Actor = MAKER) -> None:
    approvals.propose(session, kind="run", subject_id=subject, digest=digest, actor=by, clock=clock)


def approve(session: TenantSession, subject: UUID, clock: FixedClock, digest: str = SEEN, by: Actor = CHECKER) -> None:
    approvals.approve(session, kind="run", subject_id=subject, digest=digest, actor=by, clock=clock)


class TestApproving:
    def test_a_second_person_approves_what_the_first_proposed(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        approve(session, subject, clock)
        approval = approvals.require_approved(session, "run", subject, SEEN)
        assert (approval.made_by, approval.decided_by) == ("person:maker", "person:checker")

    def test_nobody_approves_their_own_proposal(self, session: TenantSession, subject: UUID, clock: FixedClock) -> None:
        propose(session, subject, clock)
        with pytest.raises(SamePerson):
            approve(session, subject, clock, by=MAKER)

    def test_what_was_never_proposed_cannot_be_approved(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        with pytest.raises(NothingProposed):
            approve(session, subject, clock)

    def test_an_approval_of_other_content_than_was_proposed_is_refused(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        with pytest.raises(DigestChanged):
            approve(session, subject, clock, CHANGED)

    def test_a_proposal_is_decided_once(self, session: TenantSession, subject: UUID, clock: FixedClock) -> None:
        propose(session, subject, clock)
        approve(session, subject, clock)
        with pytest.raises(AlreadyDecided):
            approve(session, subject, clock, by=Actor(ActorKind.PERSON, "third"))

    def test_a_thousand_are_approved_at_once_or_not_at_all(self, session: TenantSession, clock: FixedClock) -> None:
        digests = {uuid7(): SEEN for _ in range(1_000)}
        approvals.propose_all(session, kind="advance", digests=digests, actor=MAKER, clock=clock)
        with pytest.raises(NothingProposed):
            approvals.approve_all(
                session, kind="advance", digests={**digests, uuid7(): SEEN}, actor=CHECKER, clock=clock
            )
        with pytest.raises(NotApproved):
            approvals.require_all_approved(session, "advance", digests)
        approvals.approve_all(session, kind="advance", digests=digests, actor=CHECKER, clock=clock)
        assert len(approvals.require_all_approved(session, "advance", digests)) == 1_000


class TestCarryingOut:
    def test_what_is_only_proposed_is_not_carried_out(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        with pytest.raises(NotApproved):
            approvals.require_approved(session, "run", subject, SEEN)

    def test_a_plan_changed_after_its_approval_is_not_carried_out(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        approve(session, subject, clock)
        with pytest.raises(DigestChanged):
            approvals.require_approved(session, "run", subject, CHANGED)

    def test_a_rejected_plan_is_not_carried_out(self, session: TenantSession, subject: UUID, clock: FixedClock) -> None:
        propose(session, subject, clock)
        approvals.reject(
            session, kind="run", subject_id=subject, digest=SEEN, reason="too much", actor=CHECKER, clock=clock
        )
        with pytest.raises(NotApproved):
            approvals.require_approved(session, "run", subject, SEEN)

    def test_an_approval_speaks_for_one_kind_of_subject_only(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        approve(session, subject, clock)
        with pytest.raises(NotApproved):
            approvals.require_approved(session, "sweep", subject, SEEN)


class TestProposingAgain:
    def test_the_same_digest_again_changes_nothing(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        propose(session, subject, clock)
        assert len(approvals.history(session, "run", subject)) == 1

    def test_a_new_digest_supersedes_the_old_one_and_its_approval(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        approve(session, subject, clock)
        propose(session, subject, clock, CHANGED)
        with pytest.raises(NotApproved):
            approvals.require_approved(session, "run", subject, SEEN)
        states = [approval.state for approval in approvals.history(session, "run", subject)]
        assert states == [ApprovalState.PROPOSED, ApprovalState.SUPERSEDED]

    def test_what_is_approved_is_not_proposed_again(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        approve(session, subject, clock)
        with pytest.raises(AlreadyDecided):
            propose(session, subject, clock)

    def test_a_rejected_plan_may_be_proposed_again(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        approvals.reject(session, kind="run", subject_id=subject, digest=SEEN, reason="", actor=CHECKER, clock=clock)
        propose(session, subject, clock)
        approve(session, subject, clock)
        assert approvals.require_approved(session, "run", subject, SEEN)

    def test_a_second_maker_of_the_same_plan_becomes_its_maker(
        self, session: TenantSession, subject: UUID, clock: FixedClock
    ) -> None:
        propose(session, subject, clock)
        propose(session, subject, clock, by=CHECKER)
        with pytest.raises(SamePerson):
            approve(session, subject, clock, by=CHECKER)
