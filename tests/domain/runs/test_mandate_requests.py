"""Mandates told to a real bank: into force by its word only, once, and out again."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from io import BytesIO
from uuid import UUID

from sqlalchemy import text

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import FaultPlan
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.banking.channels.port import Reply
from domain.banking.errors import OutcomeUnknown
from domain.banking.inbox import store_answer
from domain.banking.messages.mandates import MandateAcceptance, write_mandate_message
from domain.banking.references import bank_message_id
from domain.collection import amendments, endings, enrolment
from domain.collection.amendments import Amendment
from domain.collection.mandates import MandateLimits, NewMandate, cancel_mandates
from domain.collection.queries import find_mandate
from domain.collection.registration import prepare_registrations
from domain.collection.states import Cycle, MandatePurpose, MandateState
from domain.collection.tables import Mandate
from domain.runs import service as runs
from jobs import mandate_requests
from jobs.context import JobContext, Occasion

from .conftest import Bank
from .world import CHECKER, MAKER, World, cny

_M = MandateState
SIGNED = date(2026, 3, 1)
EVIDENCE = sha256(b"scan of what was signed").digest()


def authorised(world: World, who: int = 0, reference: str = "NEW") -> UUID:
    """A mandate its payer has said yes to, and its bank does not know."""
    paper = NewMandate(
        reference=reference,
        party_id=world.parties[who],
        account_id=world.others[who],
        currency="CNY",
        signed_on=SIGNED,
        purpose=MandatePurpose.INSURANCE,
        limits=MandateLimits(max_amount_minor=50_000, cycle=Cycle.MONTH, max_per_cycle=1),
    )
    with world.session() as session:
        (drafted,) = enrolment.draft_mandates(session, [paper], actor=MAKER, clock=world.clock)
        enrolment.ask_authorisation(session, drafted, actor=MAKER, clock=world.clock)
        yes = enrolment.Authorisation(signed_on=SIGNED, evidence_reference="signed")
        enrolment.record_authorisation(session, drafted, yes, actor=MAKER, clock=world.clock)
    return drafted


def tell(world: World, channel: HttpChannel) -> dict[str, object]:
    context = JobContext(world.database, channel, world.keys, world.tenant_id)
    return mandate_requests.run(context, Occasion(world.today, "0745", world.clock))


def mandate(world: World, mandate_id: UUID) -> Mandate:
    with world.session() as session:
        return find_mandate(session, mandate_id)


def registrations(world: World) -> list[tuple[str, int, bool | None, str | None]]:
    statement = text(
        "SELECT kind, version, accepted, reason FROM mandate_registration WHERE tenant_id = :t ORDER BY message_id"
    )
    with world.session() as session:
        return [tuple(row) for row in session.execute(statement, {"t": world.tenant_id})]


def messages(world: World) -> list[tuple[str, str]]:
    statement = text("SELECT kind, state FROM bank_message WHERE tenant_id = :t ORDER BY number")
    with world.session() as session:
        return [tuple(row) for row in session.execute(statement, {"t": world.tenant_id})]


def quarantined(world: World) -> list[str]:
    statement = text("SELECT reason FROM bank_answer WHERE tenant_id = :t AND state = 'quarantined' ORDER BY id")
    with world.session() as session:
        return list(session.execute(statement, {"t": world.tenant_id}).scalars())


def hear(world: World, acceptance: MandateAcceptance) -> runs.Recorded:
    out = BytesIO()
    write_mandate_message(acceptance, out)
    with world.session() as session:
        store_answer(session, "test", out.getvalue(), keys=world.keys, clock=world.clock)
    return runs.record_stored(world.database, world.tenant_id, keys=world.keys, clock=world.clock, owners=world.owners)


class TestRequest:
    def test_comes_into_force_by_the_banks_word_and_not_before(self, world: World, bank: Bank) -> None:
        asked = authorised(world)
        assert tell(world, bank.channel) == {
            "prepared": 1,
            "without_creditor": 0,
            "sendings": {"acknowledged": 1},
        }
        assert mandate(world, asked).state is _M.SUBMITTED
        world.record(bank.channel)
        assert mandate(world, asked).state is _M.ACTIVE
        assert registrations(world) == [("request", 1, True, None)]
        assert messages(world) == [("mandate_request", "answered")]
        assert quarantined(world) == []

    def test_is_asked_once_however_often_the_job_runs(self, world: World, bank: Bank) -> None:
        authorised(world)
        tell(world, bank.channel)
        assert tell(world, bank.channel)["prepared"] == 0
        world.record(bank.channel)
        assert tell(world, bank.channel)["prepared"] == 0
        assert len(messages(world)) == 1

    def test_fails_with_the_reason_of_the_bank(self, world: World) -> None:
        with (
            running_bank(faults=FaultPlan(mandate_refused_bp=10_000)) as url,
            HttpChannel(url) as channel,
            SimulatedBank(url) as hand,
        ):
            world.open_at(hand)
            asked = authorised(world)
            tell(world, channel)
            world.record(channel)
        assert mandate(world, asked).state is _M.FAILED
        assert registrations(world) == [("request", 1, False, "MD16")]

    def test_a_lost_reply_is_asked_for_and_the_bank_registers_it_once(self, world: World, bank: Bank) -> None:
        class Losing(HttpChannel):
            def submit(self, message_id: str, content: bytes) -> Reply:
                super().submit(message_id, content)
                raise OutcomeUnknown(message_id=message_id, detail="lost")

        asked = authorised(world)
        with Losing(str(bank.channel._client.base_url)) as losing:
            assert tell(world, losing)["sendings"] == {"unknown": 1}
        assert messages(world) == [("mandate_request", "unknown")]
        assert tell(world, bank.channel)["sendings"] == {"acknowledged": 1}
        world.record(bank.channel)
        assert mandate(world, asked).state is _M.ACTIVE

    def test_a_decision_may_come_before_we_know_that_the_request_arrived(self, world: World, bank: Bank) -> None:
        asked = authorised(world)
        context = JobContext(world.database, bank.channel, world.keys, world.tenant_id)
        with context.session() as session:
            prepare_registrations(session, keys=world.keys, clock=world.clock)
        hear(world, decision(world, asked))
        assert mandate(world, asked).state is _M.ACTIVE
        assert messages(world) == [("mandate_request", "answered")]


def decision(world: World, asked: UUID, **given: object) -> MandateAcceptance:
    """The bank's yes to the first message."""
    with world.session() as session:
        number = session.execute(
            text("SELECT min(number) FROM bank_message WHERE tenant_id = :t"), {"t": world.tenant_id}
        ).scalar_one()
        public = find_mandate(session, asked).public_id
    yes = MandateAcceptance(
        message_id="A1",
        created_at=world.clock.now(),
        initiating_name="Bank",
        original_message_id=bank_message_id(world.tenant_id, number),
        original_kind="pain.009.001.05",
        mandate_id=public,
        is_accepted=True,
    )
    return replace(yes, **given)  # type: ignore[arg-type]


class TestDoubtfulAnswers:
    def test_the_same_decision_again_changes_nothing(self, world: World, bank: Bank) -> None:
        asked = authorised(world)
        tell(world, bank.channel)
        world.record(bank.channel)
        hear(world, decision(world, asked, message_id="A2"))
        assert mandate(world, asked).state is _M.ACTIVE
        assert quarantined(world) == []

    def test_the_opposite_of_what_was_said_goes_to_a_person(self, world: World, bank: Bank) -> None:
        asked = authorised(world)
        tell(world, bank.channel)
        world.record(bank.channel)
        hear(world, decision(world, asked, is_accepted=False, reason="MD16"))
        assert mandate(world, asked).state is _M.ACTIVE
        assert "contradicts an earlier answer" in quarantined(world)[0]

    def test_a_decision_about_another_mandate_goes_to_a_person(self, world: World, bank: Bank) -> None:
        asked = authorised(world)
        tell(world, bank.channel)
        hear(world, decision(world, asked, mandate_id="mnd_other"))
        assert mandate(world, asked).state is _M.SUBMITTED
        assert "is about mandate “mnd_other”" in quarantined(world)[0]

    def test_a_decision_on_nothing_we_asked_goes_to_a_person(self, world: World, bank: Bank) -> None:
        asked = authorised(world)
        tell(world, bank.channel)
        hear(world, decision(world, asked, original_message_id="SOMEBODY-ELSES"))
        assert quarantined(world) == ["It answers “SOMEBODY-ELSES”, which is no message of ours about a mandate."]


class TestAfterwards:
    def amend(self, world: World, mandate_id: UUID) -> None:
        more = Amendment(
            account_id=world.others[0],
            ends_on=date(2027, 3, 1),
            limits=MandateLimits(max_amount_minor=90_000, cycle=Cycle.MONTH, max_per_cycle=1),
            evidence_digest=EVIDENCE,
        )
        with world.session() as session:
            amendments.propose_amendment(session, mandate_id, more, actor=MAKER, clock=world.clock)
        with world.session() as session:
            amendments.approve_amendment(session, mandate_id, more, actor=CHECKER, clock=world.clock)

    def registered(self, world: World, bank: Bank) -> UUID:
        asked = authorised(world)
        tell(world, bank.channel)
        world.record(bank.channel)
        return asked

    def test_the_bank_is_told_of_new_terms(self, world: World, bank: Bank) -> None:
        asked = self.registered(world, bank)
        self.amend(world, asked)
        assert tell(world, bank.channel)["prepared"] == 1
        world.record(bank.channel)
        assert registrations(world)[1] == ("amendment", 2, True, None)
        assert mandate(world, asked).terms.max_amount == cny("900.00")
        assert tell(world, bank.channel)["prepared"] == 0

    def test_nothing_is_debited_under_terms_the_bank_refuses(self, world: World, bank: Bank) -> None:
        asked = self.registered(world, bank)
        self.amend(world, asked)
        with running_bank() as url, HttpChannel(url, name="other") as forgetful, SimulatedBank(url) as hand:
            world.open_at(hand)  # a bank that never registered it
            tell(world, forgetful)
            world.record(forgetful)
        assert registrations(world)[1] == ("amendment", 2, False, "MD01")
        assert mandate(world, asked).state is _M.SUSPENDED

    def test_the_bank_is_told_of_the_end_and_asked_anew_when_it_is_reinstated(self, world: World, bank: Bank) -> None:
        asked = self.registered(world, bank)
        with world.session() as session:
            cancel_mandates(session, [asked], reason="moved away", actor=MAKER, clock=world.clock)
        tell(world, bank.channel)
        world.record(bank.channel)
        assert registrations(world)[1] == ("cancellation", 1, True, None)
        with world.session() as session:
            enrolment.reinstate_ended(session, asked, reason="came back", actor=MAKER, clock=world.clock)
        tell(world, bank.channel)
        world.record(bank.channel)
        assert [row[0] for row in registrations(world)] == ["request", "cancellation", "request"]
        assert mandate(world, asked).state is _M.ACTIVE

    def test_the_bank_is_told_of_a_blocked_one(self, world: World, bank: Bank) -> None:
        asked = self.registered(world, bank)
        with world.session() as session:
            endings.block_mandates(session, [asked], reason="not authorised", actor=MAKER, clock=world.clock)
        tell(world, bank.channel)
        world.record(bank.channel)
        assert registrations(world)[1] == ("cancellation", 1, True, None)
        assert mandate(world, asked).state is _M.BLOCKED

    def test_a_mandate_granted_on_paper_is_nothing_to_the_bank(self, world: World, bank: Bank) -> None:
        with world.session() as session:
            cancel_mandates(session, world.mandates[:1], reason="over", actor=MAKER, clock=world.clock)
        assert tell(world, bank.channel)["prepared"] == 0
