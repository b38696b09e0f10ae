"""Answers: twice, late, in part, out of order, for somebody else; each moves an instruction and its cash once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.banking import answers, inbox, instructions
from domain.banking.answers import Outcome
from domain.banking.errors import ObligationTaken
from domain.banking.instructions import NewInstruction
from domain.banking.messages.model import BlockStatus, ItemStatus
from domain.banking.profiles import BankProfile
from domain.banking.references import bank_message_id, end_to_end_id, parse_message_id, payment_block_id
from domain.banking.states import AnswerState, Direction, ExceptionKind, InstructionState, MessageState, Verdict
from domain.banking.submission import submit_message
from domain.banking.tables import BankAnswer, BankException, Instruction
from domain.platform.database import Database

from .conftest import BY, Desk, Group, ScriptedBank, entry, notice, report

Order = Callable[..., NewInstruction]
ON = date(2026, 3, 2)
LATER = date(2026, 3, 4)
SETTLED, REJECTED, RETURNED = Verdict.SETTLED, Verdict.REJECTED, Verdict.RETURNED


@dataclass
class Mailbox:
    """Messages at the bank, and what it says of them."""

    desk: Desk
    bank_message: str = ""

    def send(self, *orders: NewInstruction) -> list[Instruction]:
        """Put them in one message at the bank."""
        [message_id] = self.desk.prepare(self.desk.freeze(*orders), BankProfile(debit_window_days=5))
        self.bank_message = self.desk.message(message_id).bank_reference
        return [row for row in self.desk.instructions() if row.message_id == message_id]

    def receive(self, *contents: bytes) -> list[tuple[int, Verdict, str, date, str | None]]:
        """Keep and apply them; what became of which instruction."""
        return [
            (told.instruction_id, told.result, f"{told.amount.amount:f}", told.value_date, told.reason)
            for told in self.outcomes(*contents)
        ]

    def outcomes(self, *contents: bytes) -> list[Outcome]:
        desk = self.desk
        for content in contents:
            inbox.store_answer(desk.session, "scripted", content, keys=desk.keys, clock=desk.clock)
        told = answers.apply_answers(desk.session, keys=desk.keys, clock=desk.clock)
        desk.session.commit()
        return list(told)

    def report(self, *items: ItemStatus, **given: str | Sequence[BlockStatus] | None) -> bytes:
        return report(self.bank_message, *items, **given)  # type: ignore[arg-type]

    def exceptions(self) -> list[ExceptionKind]:
        found = select(col(BankException.kind)).where(col(BankException.tenant_id) == self.desk.session.tenant_id)
        return list(self.desk.session.execute(found.order_by(col(BankException.id))).scalars())

    def state(self) -> MessageState:
        message_id = self.desk.instructions()[0].message_id
        assert message_id is not None
        return self.desk.message(message_id).state


@pytest.fixture
def mail(desk: Desk) -> Mailbox:
    return Mailbox(desk)


class TestSettled:
    def test_moves_the_cash_it_held_and_dates_finality(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a", "100.00"))
        told = mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, LATER)))
        assert told == [(1, SETTLED, "100.00", LATER, None)]
        assert desk.cash() == ("100.00", "0.00", "0.00")
        [now] = desk.instructions()
        # 4 March + 5 days of the profile = 9 March
        assert (now.state, now.value_date, now.final_on) == (InstructionState.SETTLED, LATER, date(2026, 3, 9))
        assert mail.state() is MessageState.ANSWERED

    def test_a_payment_takes_the_cash_it_held(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        desk.fund("150.00")
        [one] = mail.send(order("a", "100.00", Direction.CREDIT))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        # 150.00 - 100.00
        assert desk.cash() == ("50.00", "0.00", "0.00")

    def test_is_dated_by_the_file_when_the_bank_states_no_date(self, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        assert mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC")))[0][3] == ON

    def test_becomes_final_on_the_day_its_window_ends_and_not_before(
        self, desk: Desk, mail: Mailbox, order: Order
    ) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        # 2 March + 5 days = 7 March
        assert instructions.settle_finally(desk.session, on=date(2026, 3, 6), clock=desk.clock) == 0
        assert instructions.settle_finally(desk.session, on=date(2026, 3, 7), clock=desk.clock) == 1
        assert desk.states() == [InstructionState.FINAL]

    def test_holds_its_obligation_for_good(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        with pytest.raises(ObligationTaken):
            instructions.create_instructions(desk.session, [order("a", attempt=2)], clock=desk.clock)

    def test_of_a_whole_group_settles_all_of_it(self, mail: Mailbox, order: Order) -> None:
        mail.send(order("a"), order("b"))
        told = mail.receive(mail.report(group="ACSC"))
        assert [(line[0], line[1]) for line in told] == [(1, SETTLED), (2, SETTLED)]


class TestRejected:
    def test_lets_the_hold_go_and_says_why(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        assert mail.receive(mail.report(ItemStatus(one.end_to_end_id, "RJCT", "AM04"))) == [
            (1, REJECTED, "100.00", ON, "AM04")
        ]
        assert desk.cash() == ("0.00", "0.00", "0.00")
        assert desk.instructions()[0].reason == "AM04"

    def test_frees_the_obligation_for_the_next_attempt(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "RJCT", "AM04")))
        assert instructions.create_instructions(desk.session, [order("a", attempt=2)], clock=desk.clock) == [2]

    def test_a_refused_file_takes_every_item_with_it(
        self, database: Database, desk: Desk, mail: Mailbox, order: Order
    ) -> None:
        rows = mail.send(order("a"), order("b"))
        assert rows[0].message_id is not None
        bank = ScriptedBank(refuses=True)
        submit_message(database, bank, desk.session.tenant_id, rows[0].message_id, keys=desk.keys, clock=desk.clock)
        told = mail.receive()
        assert [(line[0], line[1], line[4]) for line in told] == [(1, REJECTED, "AM18"), (2, REJECTED, "AM18")]
        assert mail.state() is MessageState.REFUSED
        assert desk.cash() == ("0.00", "0.00", "0.00")

    def test_a_refused_block_takes_its_own_items_and_no_others(
        self, desk: Desk, group: Group, mail: Mailbox, order: Order
    ) -> None:
        one, two = mail.send(order("a"), order("b", own_account_id=group.second_own))
        _, number = parse_message_id(mail.bank_message)
        refused = [BlockStatus(payment_block_id(number, 2), "RJCT", "AC03")]
        told = mail.receive(mail.report(group=None, blocks=refused))
        assert [(line[0], line[1], line[4]) for line in told] == [(two.id, REJECTED, "AC03")]
        assert (mail.state(), desk.cash()) == (MessageState.PART_ANSWERED, ("0.00", "100.00", "0.00"))
        settled = [BlockStatus(payment_block_id(number, 1), "ACSC")]
        told = mail.receive(mail.report(group="PART", blocks=settled, document="RPT-2"))
        assert [(line[0], line[1]) for line in told] == [(one.id, SETTLED)]
        assert mail.state() is MessageState.ANSWERED

    def test_a_refused_block_of_a_file_that_has_one_is_all_of_it_whatever_the_bank_calls_it(
        self, mail: Mailbox, order: Order
    ) -> None:
        mail.send(order("a"), order("b"))
        told = mail.receive(mail.report(group=None, blocks=[BlockStatus("P1", "RJCT", "AC03")]))
        assert [(line[0], line[4]) for line in told] == [(1, "AC03"), (2, "AC03")]

    def test_a_block_that_the_file_does_not_have_is_not_guessed_at(
        self, group: Group, mail: Mailbox, order: Order
    ) -> None:
        mail.send(order("a"), order("b", own_account_id=group.second_own))
        assert mail.receive(mail.report(group=None, blocks=[BlockStatus("P9", "RJCT", "AC03")])) == []
        assert mail.exceptions() == [ExceptionKind.ANSWER_QUARANTINED]

    def test_an_item_named_in_a_refused_file_has_its_own_reason(self, mail: Mailbox, order: Order) -> None:
        one, _two = mail.send(order("a"), order("b"))
        refused = mail.report(ItemStatus(one.end_to_end_id, "RJCT", "AM05"), group="RJCT", reason="AM05")
        assert [(line[0], line[4]) for line in mail.receive(refused)] == [(1, "AM05"), (2, "AM05")]


class TestPartAndRepeat:
    def test_a_partial_answer_leaves_the_rest_open(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        one, two = mail.send(order("a", "100.00"), order("b", "50.00"))
        mail.receive(
            mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON), ItemStatus(two.end_to_end_id, "PDNG"))
        )
        assert desk.states() == [InstructionState.SETTLED, InstructionState.ACCEPTED]
        assert mail.state() is MessageState.PART_ANSWERED
        # 100.00 is ours, 50.00 still announced
        assert desk.cash() == ("100.00", "50.00", "0.00")
        mail.receive(mail.report(ItemStatus(two.end_to_end_id, "RJCT", "AC04")))
        assert mail.state() is MessageState.ANSWERED

    def test_the_same_bytes_twice_are_one_answer(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        told = mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON))
        assert len(mail.receive(told, told)) == 1
        assert mail.receive(told) == []
        assert desk.cash() == ("100.00", "0.00", "0.00")

    def test_the_same_word_in_another_document_changes_nothing(self, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        said = ItemStatus(one.end_to_end_id, "ACSC", None, ON)
        assert len(mail.receive(mail.report(said), mail.report(said, document="RPT-2"))) == 1
        assert mail.receive(mail.report(said, document="RPT-3")) == []
        assert mail.exceptions() == []

    def test_an_older_word_that_comes_later_changes_nothing(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        assert mail.receive(mail.report(ItemStatus(one.end_to_end_id, "PDNG"), document="RPT-0")) == []
        assert desk.states() == [InstructionState.SETTLED]
        assert mail.exceptions() == []


class TestReturned:
    def back(self, group: Group, row: Instruction, amount: str = "-100.00") -> bytes:
        returned = entry(row.end_to_end_id, amount, LATER, return_reason="AM04", servicer_reference="BK-9")
        return notice(group.numbers[group.own], returned)

    def test_gives_the_cash_back_and_frees_the_obligation(
        self, desk: Desk, group: Group, mail: Mailbox, order: Order
    ) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        assert mail.receive(self.back(group, one)) == [(1, RETURNED, "100.00", LATER, "AM04")]
        assert desk.cash() == ("0.00", "0.00", "0.00")
        [now] = desk.instructions()
        assert (now.state, now.reason, now.value_date) == (InstructionState.RETURNED, "AM04", ON)
        assert instructions.create_instructions(desk.session, [order("a", attempt=2)], clock=desk.clock) == [2]

    def test_is_booked_even_when_the_account_was_swept_empty(
        self, desk: Desk, group: Group, mail: Mailbox, order: Order
    ) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        [out] = mail.send(order("away", "100.00", Direction.CREDIT))
        mail.receive(mail.report(ItemStatus(out.end_to_end_id, "ACSC", None, ON)))
        assert mail.receive(self.back(group, one))[0][1] is RETURNED
        assert desk.cash() == ("-100.00", "0.00", "0.00")

    def test_that_overtakes_its_settlement_waits_for_it(
        self, desk: Desk, group: Group, mail: Mailbox, order: Order
    ) -> None:
        [one] = mail.send(order("a"))
        assert mail.receive(self.back(group, one)) == []
        assert desk.states() == [InstructionState.SUBMITTED]
        told = mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        assert [line[1] for line in told] == [SETTLED, RETURNED]
        assert desk.cash() == ("0.00", "0.00", "0.00")
        assert mail.exceptions() == []

    def test_in_one_batch_with_its_settlement_is_both(self, group: Group, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        settled = mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON))
        assert [line[1] for line in mail.receive(self.back(group, one), settled)] == [SETTLED, RETURNED]

    def test_twice_is_once(self, desk: Desk, group: Group, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        again = notice(
            group.numbers[group.own],
            entry(one.end_to_end_id, "-100.00", LATER, return_reason="AM04"),
            document="NTC-2",
        )
        assert len(mail.receive(self.back(group, one), again)) == 1
        assert desk.cash() == ("0.00", "0.00", "0.00")

    def test_after_finality_is_booked_and_shown_to_a_person(
        self, desk: Desk, group: Group, mail: Mailbox, order: Order
    ) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        instructions.settle_finally(desk.session, on=date(2026, 3, 7), clock=desk.clock)
        late = entry(one.end_to_end_id, "-100.00", date(2026, 3, 8), return_reason="MD06")
        assert mail.receive(notice(group.numbers[group.own], late))[0][1] is RETURNED
        assert mail.exceptions() == [ExceptionKind.RETURNED_AFTER_FINAL]

    def test_of_another_amount_goes_to_a_person(self, desk: Desk, group: Group, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON)))
        assert mail.receive(self.back(group, one, "-99.99")) == []
        assert mail.exceptions() == [ExceptionKind.AMOUNT_DIFFERS]
        assert desk.cash() == ("100.00", "0.00", "0.00")


class TestWhatDoesNotFit:
    def test_an_unknown_end_to_end_id_is_kept_for_a_person(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        stranger = end_to_end_id(desk.session.tenant_id, 4711)
        told = mail.receive(
            mail.report(ItemStatus(stranger, "ACSC", None, ON), ItemStatus(one.end_to_end_id, "ACSC", None, ON))
        )
        assert [line[0] for line in told] == [1]
        assert mail.exceptions() == [ExceptionKind.UNKNOWN_REFERENCE]

    def test_an_instruction_of_another_message_is_not_moved(self, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        mail.send(order("b"))
        assert mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON))) == []
        assert mail.exceptions() == [ExceptionKind.OTHER_MESSAGE]

    def test_a_contradiction_changes_nothing_and_goes_to_a_person(
        self, desk: Desk, mail: Mailbox, order: Order
    ) -> None:
        one, two = mail.send(order("a"), order("b"))
        settled, rejected = (
            ItemStatus(one.end_to_end_id, "ACSC", None, ON),
            ItemStatus(two.end_to_end_id, "RJCT", "AM04"),
        )
        mail.receive(mail.report(settled, rejected))
        turned = [settled._replace(status="RJCT", reason="AM04"), rejected._replace(status="ACSC", reason=None)]
        assert mail.receive(mail.report(*turned, document="RPT-2")) == []
        assert mail.exceptions() == [ExceptionKind.CONTRADICTION] * 2
        assert desk.states() == [InstructionState.SETTLED, InstructionState.REJECTED]

    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            ("MSG-1", "no message of ours"),
            (bank_message_id(1, 1), "another tenant"),
        ],
    )
    def test_an_answer_to_somebody_elses_message_is_quarantined(self, mail: Mailbox, message: str, reason: str) -> None:
        assert mail.receive(report(message, group="ACSC")) == []
        assert mail.exceptions() == [ExceptionKind.ANSWER_QUARANTINED]
        [stored] = mail.desk.session.execute(
            select(BankAnswer).where(col(BankAnswer.tenant_id) == mail.desk.session.tenant_id)
        ).scalars()
        assert stored.state is AnswerState.QUARANTINED
        assert reason in (stored.reason or "")

    @pytest.mark.parametrize("content", [b"", b"<broken", b"not xml at all", "余额".encode("gb18030")])
    def test_what_cannot_be_read_is_quarantined_and_never_lost(self, mail: Mailbox, content: bytes) -> None:
        assert mail.receive(content) == []
        assert mail.exceptions() == [ExceptionKind.ANSWER_QUARANTINED]

    def test_one_bad_answer_holds_up_no_other_of_its_batch(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        settled = mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON))
        told = mail.receive(b"<broken", report("MSG-1", group="ACSC"), settled)
        assert [(line[0], line[1]) for line in told] == [(one.id, SETTLED)]
        assert mail.exceptions() == [ExceptionKind.ANSWER_QUARANTINED] * 2
        assert desk.cash() == ("100.00", "0.00", "0.00")

    def test_a_status_nobody_knows_is_not_guessed_at(self, desk: Desk, mail: Mailbox, order: Order) -> None:
        [one] = mail.send(order("a"))
        assert mail.receive(mail.report(ItemStatus(one.end_to_end_id, "XXXX"))) == []
        assert mail.exceptions() == [ExceptionKind.ANSWER_QUARANTINED]
        assert desk.states() == [InstructionState.SUBMITTED]

    def test_a_notice_of_an_account_that_is_not_ours_is_quarantined(
        self, group: Group, mail: Mailbox, order: Order
    ) -> None:
        [one] = mail.send(order("a"))
        assert mail.receive(notice(group.numbers[group.others[0]], entry(one.end_to_end_id, "100.00"))) == []
        assert mail.exceptions() == [ExceptionKind.ANSWER_QUARANTINED]

    def test_a_quarantined_answer_can_be_read_again(self, desk: Desk, mail: Mailbox) -> None:
        mail.receive(b"<broken")
        stored: UUID = desk.session.execute(
            select(col(BankAnswer.id)).where(col(BankAnswer.tenant_id) == desk.session.tenant_id)
        ).scalar_one()
        answers.review_answer(desk.session, stored, actor=BY, clock=desk.clock)
        assert answers.stored_answers(desk.session) == 1


class TestFetching:
    def test_goes_on_behind_what_it_has_and_keeps_copies_once(
        self, database: Database, desk: Desk, mail: Mailbox, order: Order
    ) -> None:
        one, two = mail.send(order("a"), order("b"))
        first = mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, ON))
        bank = ScriptedBank(said=[first, first])

        def fetch() -> int:
            return inbox.fetch_answers(database, bank, desk.session.tenant_id, keys=desk.keys, clock=desk.clock)

        assert fetch() == 1
        bank.said.append(mail.report(ItemStatus(two.end_to_end_id, "RJCT", "AM04"), document="RPT-2"))
        assert fetch() == 1
        assert fetch() == 0
        assert [line[1] for line in mail.receive()] == [SETTLED, REJECTED]
