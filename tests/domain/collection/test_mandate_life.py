"""How a mandate comes into force, changes, and ends."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise

import pytest

from domain.access.errors import SamePerson
from domain.approvals.errors import AlreadyDecided, DigestChanged
from domain.collection import amendments, endings, enrolment, replacements
from domain.collection.amendments import Amendment
from domain.collection.errors import (
    AccountNotOfParty,
    AuthorisedLater,
    MandateDormant,
    MandateEndsBeforeSigned,
    MandatesMoved,
    MandateTermOver,
    NeverAuthorised,
)
from domain.collection.mandates import MandateLimits, NewMandate, cancel_mandates, grant_mandates, suspend_mandates
from domain.collection.queries import find_mandate
from domain.collection.states import TRANSITIONS, Cycle, MandatePurpose, MandateState
from domain.parties.accounts import NewBankAccount
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.values.actor import Actor, ActorKind
from domain.values.states import IllegalTransition

from .test_checks import furnished

CHECKER = Actor(ActorKind.PERSON, "checker")
SIGNED = sha256(b"scan of what was signed").digest()
YES = enrolment.Authorisation(
    signed_on=date(2026, 3, 1), evidence_reference="one-time password", evidence_digest=SIGNED
)
_M = MandateState


@pytest.fixture
def accounts(session: TenantSession, clock: FixedClock, actor: Actor) -> list[NewBankAccount]:
    return furnished(session, clock, actor)


def paper(accounts: list[NewBankAccount], reference: str = "M1", **given: object) -> NewMandate:
    fields: dict[str, object] = {
        "party_id": accounts[2].party_id,
        "account_id": accounts[2].id,
        "currency": "CNY",
        "signed_on": date(2026, 3, 2),
        "purpose": MandatePurpose.INSURANCE,
        "evidence_digest": SIGNED,
    }
    return NewMandate(reference=reference, **fields | given)  # type: ignore[arg-type]


class TestEnrolment:
    def test_through_the_payer_and_its_bank(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        (drafted,) = enrolment.draft_mandates(session, [paper(accounts)], actor=actor, clock=clock)
        enrolment.ask_authorisation(session, drafted, actor=actor, clock=clock)
        enrolment.record_authorisation(session, drafted, YES, actor=actor, clock=clock)
        assert [mandate.id for mandate in enrolment.to_submit(session)] == [drafted]
        assert enrolment.note_submitted(session, [drafted], clock=clock) == 1
        assert enrolment.record_registration(session, [drafted], clock=clock) == 1
        mandate = find_mandate(session, drafted)
        assert (mandate.state, mandate.signed_on, mandate.version) == (_M.ACTIVE, date(2026, 3, 1), 1)
        (version,) = amendments.versions_of(session, drafted)
        assert (version.version, version.evidence_digest, version.evidence_reference) == (
            1,
            SIGNED,
            "one-time password",
        )

    def test_a_bank_may_refuse_it_for_good(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        (drafted,) = enrolment.draft_mandates(session, [paper(accounts)], actor=actor, clock=clock)
        enrolment.ask_authorisation(session, drafted, actor=actor, clock=clock)
        enrolment.record_authorisation(session, drafted, YES, actor=actor, clock=clock)
        enrolment.note_submitted(session, [drafted], clock=clock)
        enrolment.record_refusal(session, [drafted], reason="MD16", clock=clock)
        assert find_mandate(session, drafted).state is _M.FAILED
        with pytest.raises(IllegalTransition):
            enrolment.reinstate_ended(session, drafted, reason="again", actor=actor, clock=clock)

    def test_nothing_is_in_force_before_its_payer_has_said_yes(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        (drafted,) = enrolment.draft_mandates(session, [paper(accounts)], actor=actor, clock=clock)
        assert enrolment.record_registration(session, [drafted], clock=clock) == 0
        assert amendments.versions_of(session, drafted) == []
        with pytest.raises(IllegalTransition):
            enrolment.record_authorisation(session, drafted, YES, actor=actor, clock=clock)

    def test_a_payer_cannot_have_signed_tomorrow_nor_after_the_end(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        today = clock.today()
        short = paper(accounts, signed_on=today - timedelta(days=2), ends_on=today - timedelta(days=1))
        (drafted,) = enrolment.draft_mandates(session, [short], actor=actor, clock=clock)
        enrolment.ask_authorisation(session, drafted, actor=actor, clock=clock)
        tomorrow = replace(YES, signed_on=today + timedelta(days=1))
        with pytest.raises(AuthorisedLater):
            enrolment.record_authorisation(session, drafted, tomorrow, actor=actor, clock=clock)
        with pytest.raises(MandateEndsBeforeSigned):
            enrolment.record_authorisation(session, drafted, replace(YES, signed_on=today), actor=actor, clock=clock)

    def test_the_table_of_states_is_that_of_the_rules(self) -> None:
        way = [_M.DRAFT, _M.PENDING_AUTHORISATION, _M.PENDING_SUBMISSION, _M.SUBMITTED, _M.ACTIVE]
        assert all(after in TRANSITIONS[before] for before, after in pairwise(way))
        ends = {_M.EXPIRED, _M.CANCELLED, _M.BLOCKED, _M.CONSUMED, _M.REPLACED}
        assert TRANSITIONS[_M.ACTIVE] == ends | {_M.SUSPENDED, _M.AMENDING}
        assert {state for state in ends if _M.PENDING_SUBMISSION in TRANSITIONS[state]} == {_M.EXPIRED, _M.CANCELLED}


class TestAmendments:
    def granted(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> NewMandate:
        new = paper(accounts)
        grant_mandates(session, [new], actor=actor, clock=clock)
        return new

    def change(self, accounts: list[NewBankAccount], account: int = 3) -> Amendment:
        limits = MandateLimits(max_amount_minor=500_00, cycle=Cycle.MONTH, max_per_cycle=1)
        return Amendment(
            account_id=accounts[account].id, ends_on=date(2027, 1, 1), limits=limits, evidence_digest=SIGNED
        )

    def test_a_second_person_puts_the_next_version_in_force(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        new, change = self.granted(session, clock, actor, accounts), self.change(accounts)
        amendments.propose_amendment(session, new.id, change, actor=actor, clock=clock)
        assert find_mandate(session, new.id).state is _M.AMENDING
        with pytest.raises(SamePerson):
            amendments.approve_amendment(session, new.id, change, actor=actor, clock=clock)
        mandate = amendments.approve_amendment(session, new.id, change, actor=CHECKER, clock=clock)
        assert (mandate.state, mandate.version, mandate.account_id) == (_M.ACTIVE, 2, accounts[3].id)
        first, second = amendments.versions_of(session, new.id)
        assert (first.version, first.account_id, first.max_amount_minor) == (1, accounts[2].id, None)
        assert (second.version, second.account_id, second.max_amount_minor) == (2, accounts[3].id, 500_00)
        assert first.evidence_digest == second.evidence_digest == SIGNED

    def test_other_terms_than_those_proposed_are_not_approved(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        new = self.granted(session, clock, actor, accounts)
        amendments.propose_amendment(session, new.id, self.change(accounts), actor=actor, clock=clock)
        with pytest.raises(DigestChanged):
            amendments.approve_amendment(session, new.id, self.change(accounts, 2), actor=CHECKER, clock=clock)

    def test_an_account_of_somebody_else_is_refused(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        new = self.granted(session, clock, actor, accounts)
        with pytest.raises(AccountNotOfParty):
            amendments.propose_amendment(session, new.id, self.change(accounts, 0), actor=actor, clock=clock)

    def test_withdrawn_the_terms_are_what_they_were(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        new = self.granted(session, clock, actor, accounts)
        digest = amendments.propose_amendment(session, new.id, self.change(accounts), actor=actor, clock=clock)
        mandate = amendments.withdraw_amendment(
            session, new.id, digest=digest, reason="a slip", actor=CHECKER, clock=clock
        )
        assert (mandate.state, mandate.version, mandate.account_id) == (_M.ACTIVE, 1, accounts[2].id)


class TestEnds:
    def test_a_mandate_expires_the_day_after_its_last_and_after_36_months_without_use(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        today = clock.today()
        over = paper(accounts, "over", ends_on=today)
        dormant = paper(accounts, "dormant", signed_on=date(2023, 3, 1))
        fresh = paper(accounts, "fresh", signed_on=date(2023, 3, 2))
        grant_mandates(session, [over, dormant, fresh], actor=actor, clock=clock)
        assert endings.end_mandates(session, today, clock=clock) == (0, 1)
        assert endings.end_mandates(session, today + timedelta(days=1), clock=clock) == (1, 1)
        states = [find_mandate(session, each.id).state for each in (over, dormant, fresh)]
        assert states == [_M.EXPIRED, _M.EXPIRED, _M.EXPIRED]

    def test_blocked_for_good(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        one = paper(accounts, "one")
        grant_mandates(session, [one], actor=actor, clock=clock)
        endings.block_mandates(session, [one.id], reason="not authorised", actor=actor, clock=clock)
        with pytest.raises(IllegalTransition):
            enrolment.reinstate_ended(session, one.id, reason="again", actor=actor, clock=clock)
        with pytest.raises(MandatesMoved):
            endings.block_mandates(session, [one.id], reason="not authorised", actor=actor, clock=clock)


class TestTakingUpAgain:
    def ended(
        self,
        session: TenantSession,
        clock: FixedClock,
        actor: Actor,
        accounts: list[NewBankAccount],
        reference: str = "M1",
        **given: object,
    ) -> NewMandate:
        new = paper(accounts, reference, **given)
        grant_mandates(session, [new], actor=actor, clock=clock)
        cancel_mandates(session, [new.id], reason="moved house", actor=actor, clock=clock)
        return new

    def test_a_cancelled_mandate_goes_to_the_bank_anew(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        ended = self.ended(session, clock, actor, accounts)
        mandate = enrolment.reinstate_ended(session, ended.id, reason="a slip", actor=actor, clock=clock)
        assert (mandate.state, mandate.version) == (_M.PENDING_SUBMISSION, 1)

    def test_not_beyond_its_term_nor_after_36_months_without_use(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        yesterday = clock.today() - timedelta(days=1)
        over = self.ended(session, clock, actor, accounts, reference="over", signed_on=yesterday, ends_on=yesterday)
        # 1 March 2023 + 36 months is 1 March 2026, the day before.
        dormant = self.ended(session, clock, actor, accounts, reference="dormant", signed_on=date(2023, 3, 1))
        with pytest.raises(MandateTermOver):
            enrolment.reinstate_ended(session, over.id, reason="again", actor=actor, clock=clock)
        with pytest.raises(MandateDormant):
            enrolment.reinstate_ended(session, dormant.id, reason="again", actor=actor, clock=clock)

    def test_a_cancelled_draft_does_not_pass_over_its_payer(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        (drafted,) = enrolment.draft_mandates(session, [paper(accounts)], actor=actor, clock=clock)
        cancel_mandates(session, [drafted], reason="a slip", actor=actor, clock=clock)
        with pytest.raises(NeverAuthorised):
            enrolment.reinstate_ended(session, drafted, reason="again", actor=actor, clock=clock)


class TestReplacement:
    def old(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> NewMandate:
        old = paper(accounts, "old")
        grant_mandates(session, [old], actor=actor, clock=clock)
        return old

    def test_a_second_person_puts_the_new_paper_in_the_place_of_the_old_one(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        old, new = self.old(session, clock, actor, accounts), paper(accounts, "new", account_id=accounts[3].id)
        suspend_mandates(session, [old.id], reason="closed account", actor=actor, clock=clock)
        replacements.propose_replacement(session, old.id, new, actor=actor, clock=clock)
        assert find_mandate(session, old.id).state is _M.SUSPENDED
        with pytest.raises(SamePerson):
            replacements.approve_replacement(session, old.id, new, actor=actor, clock=clock)
        mandate = replacements.approve_replacement(session, old.id, new, actor=CHECKER, clock=clock)
        assert (mandate.state, mandate.replaces_id, mandate.account_id) == (_M.ACTIVE, old.id, accounts[3].id)
        assert find_mandate(session, old.id).state is _M.REPLACED

    def test_another_paper_than_the_one_proposed_is_not_approved(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        old, new = self.old(session, clock, actor, accounts), paper(accounts, "new", account_id=accounts[3].id)
        replacements.propose_replacement(session, old.id, new, actor=actor, clock=clock)
        with pytest.raises(DigestChanged):
            replacements.approve_replacement(session, old.id, paper(accounts, "new"), actor=CHECKER, clock=clock)

    def test_refused_it_is_nothing(
        self, session: TenantSession, clock: FixedClock, actor: Actor, accounts: list[NewBankAccount]
    ) -> None:
        old, new = self.old(session, clock, actor, accounts), paper(accounts, "new")
        digest = replacements.propose_replacement(session, old.id, new, actor=actor, clock=clock)
        replacements.refuse_replacement(session, old.id, digest=digest, reason="unreadable", actor=CHECKER, clock=clock)
        assert find_mandate(session, old.id).state is _M.ACTIVE
        with pytest.raises(AlreadyDecided):
            replacements.approve_replacement(session, old.id, new, actor=CHECKER, clock=clock)
