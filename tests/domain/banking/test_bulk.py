"""What lets a run have a million items: moves that touch no index, a hold per block, checks instead of foreign keys."""

from collections.abc import Callable

from sqlalchemy import select, text

from domain.banking import answers, checks, instructions, queries
from domain.banking.instructions import NewInstruction
from domain.banking.messages.model import ItemStatus
from domain.banking.states import InstructionState, MessageState
from domain.banking.tables import BankMessage
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import uuid7

from .conftest import BY, DUE_ON, Desk, Group
from .test_answers import Mailbox, mail
from .test_instructions import due

Order = Callable[..., NewInstruction]
__all__ = ["mail"]


def updates(session: TenantSession) -> tuple[int, int]:
    """Updates of instructions so far, and how many of them touched no index."""
    session.execute(text("SELECT pg_stat_force_next_flush()"))
    session.commit()
    counted = text("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'instruction'")
    row = session.execute(counted).one()
    session.commit()
    return row.n_tup_upd, row.n_tup_hot_upd


def test_sending_and_settling_touch_no_index(desk: Desk, group: Group, mail: Mailbox) -> None:
    run_id, source = uuid7(), due(group, [f"o{place}" for place in range(200)])
    instructions.insert_due(desk.session, source, run_id=run_id, clock=desk.clock, state=InstructionState.LOCKED)
    instructions.lock_run(desk.session, run_id, actor=BY, clock=desk.clock)
    before = updates(desk.session)
    [message_id] = desk.prepare(run_id)
    mail.bank_message = desk.message(message_id).bank_reference
    settled = (ItemStatus(item.end_to_end_id, "ACSC", None, DUE_ON) for item in desk.instructions())
    mail.receive(mail.report(*settled))
    after = updates(desk.session)
    assert set(desk.states()) == {InstructionState.SETTLED}
    # Sent and settled: two updates of each, in the room that every page has for the next version of its rows.
    assert after[0] - before[0] == 400
    assert after[1] - before[1] >= 396


def test_what_is_open_of_a_block_is_one_hold_that_shrinks(desk: Desk, mail: Mailbox, order: Order) -> None:
    one, two, three = mail.send(order("a", "100.00"), order("b", "50.00"), order("c", "25.00"))
    assert desk.cash() == ("0.00", "175.00", "0.00")
    mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, DUE_ON)))
    # 175.00 - 100.00 = 75.00 are held anew
    assert desk.cash() == ("100.00", "75.00", "0.00")
    mail.receive(mail.report(ItemStatus(two.end_to_end_id, "RJCT", "AM04")))
    assert desk.cash() == ("100.00", "25.00", "0.00")
    assert (checks.check_holds(desk.session), checks.blocks_miscounted(desk.session)) == ([], [])
    mail.receive(mail.report(ItemStatus(three.end_to_end_id, "ACSC", None, DUE_ON)))
    assert desk.cash() == ("125.00", "0.00", "0.00")
    assert checks.blocks_miscounted(desk.session) == []


def test_an_orphan_is_found(desk: Desk, mail: Mailbox, order: Order) -> None:
    first, second = mail.send(order("a"), order("b"))
    assert checks.check_banking(desk.session) == []
    lost = text("UPDATE instruction SET counter_account_id = :other WHERE tenant_id = :tenant AND id = :id")
    desk.session.execute(lost, {"tenant": desk.session.tenant_id, "id": first.id, "other": uuid7()})
    strayed = text("UPDATE instruction SET message_id = :other WHERE tenant_id = :tenant AND id = :id")
    desk.session.execute(strayed, {"tenant": desk.session.tenant_id, "id": second.id, "other": uuid7()})
    assert checks.orphans(desk.session) == [first.id, second.id]
    (message_id,) = checks.blocks_miscounted(desk.session)
    assert checks.check_banking(desk.session) == [
        checks.Orphan(first.id),
        checks.Orphan(second.id),
        checks.MiscountedBlock(message_id),
    ]


def test_a_receipt_does_not_wait_for_who_books_the_items_of_its_file(
    desk: Desk, mail: Mailbox, order: Order, database: Database
) -> None:
    mail.send(order("a", "100.00"))
    mail.receive(mail.report(group="ACTC"))
    assert mail.state() is MessageState.ACKNOWLEDGED
    with database.session(Role.WORKER, desk.session.tenant_id) as booking:
        queries.lock_messages(booking, [message.id for message in booking.scalars(select(BankMessage))])
        desk.session.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert mail.receive(mail.report(group="ACTC", document="RPT-2")) == []
    assert answers.stored_answers(desk.session) == 0
