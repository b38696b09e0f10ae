"""Files: one per direction and date, a block per own account, as long as the bank takes, only what our cash covers."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

from sqlalchemy import text

from domain.banking import instructions
from domain.banking.instructions import NewInstruction
from domain.banking.messages.pain008 import read_direct_debits
from domain.banking.messages.rules import CharsetPolicy
from domain.banking.profiles import BankProfile
from domain.banking.states import Direction, InstructionState, MessageState

from .conftest import DUE_ON, Desk, Group, items_of

Order = Callable[..., NewInstruction]
PAY = Direction.CREDIT


def test_a_file_holds_what_it_collects_as_coming_in(desk: Desk, order: Order) -> None:
    [message_id] = desk.prepare(desk.freeze(order("a", "100.00"), order("b", "250.50")))
    message = desk.message(message_id)
    # 100.00 + 250.50 = 350.50, held and not yet ours to spend
    assert (message.item_count, str(message.total), message.state) == (2, "350.50 CNY", MessageState.PREPARED)
    assert desk.cash() == ("0.00", "350.50", "0.00")
    assert desk.states() == [InstructionState.SUBMITTED] * 2
    first, second = desk.instructions()
    assert items_of(desk.content(message_id)) == {first.end_to_end_id: "100.00", second.end_to_end_id: "250.50"}


def test_what_it_pays_is_held_before_it_leaves(desk: Desk, order: Order) -> None:
    desk.fund("1000.00")
    desk.prepare(desk.freeze(order("a", "300.00", PAY)))
    assert desk.cash() == ("1000.00", "0.00", "300.00")


def test_a_payment_without_cover_waits_and_smaller_ones_behind_it_go(desk: Desk, order: Order) -> None:
    desk.fund("100.00")
    run_id = desk.freeze(order("a", "60.00", PAY), order("b", "70.00", PAY), order("c", "40.00", PAY))
    assert len(desk.prepare(run_id)) == 1
    # 60.00 + 40.00 = 100.00; 70.00 is not covered
    assert desk.states() == [InstructionState.SUBMITTED, InstructionState.LOCKED, InstructionState.SUBMITTED]
    assert instructions.unsent_items(desk.session, run_id) == 1
    desk.fund("70.00")
    assert len(desk.prepare(run_id)) == 1
    assert desk.cash() == ("170.00", "0.00", "170.00")
    assert desk.prepare(run_id) == []


def test_a_run_without_any_cover_makes_no_file(desk: Desk, order: Order) -> None:
    assert desk.prepare(desk.freeze(order("a", "0.01", PAY))) == []
    assert desk.states() == [InstructionState.LOCKED]


def test_a_file_takes_as_many_items_as_the_profile_says_and_one_more_makes_another(desk: Desk, order: Order) -> None:
    profile = BankProfile(max_items=2)
    two = desk.prepare(desk.freeze(order("a"), order("b")), profile)
    three = desk.prepare(desk.freeze(order("c"), order("d"), order("e")), profile)
    assert [desk.message(message_id).item_count for message_id in (*two, *three)] == [2, 2, 1]


def test_a_file_takes_as_many_own_accounts_as_the_profile_says_and_one_more_makes_another(
    desk: Desk, group: Group, order: Order
) -> None:
    run_id = desk.freeze(order("a", "10.00"), order("b", "5.00", own_account_id=group.second_own), order("c", "2.50"))
    [one] = desk.prepare(run_id, BankProfile(max_blocks=2))
    # 10.00 + 2.50 = 12.50 to the first account, 5.00 to the second, 17.50 in all
    assert blocks_in(desk.content(one)) == [
        (group.numbers[group.own], "12.50"),
        (group.numbers[group.second_own], "5.00"),
    ]
    assert str(desk.message(one).total) == "17.50 CNY"
    two = desk.prepare(desk.freeze(order("d"), order("e", own_account_id=group.second_own)), BankProfile(max_blocks=1))
    assert [blocks_in(desk.content(message_id)) for message_id in two] == [
        [(group.numbers[group.own], "100.00")],
        [(group.numbers[group.second_own], "100.00")],
    ]


def test_items_beyond_a_full_file_keep_their_own_accounts_and_sums(desk: Desk, group: Group, order: Order) -> None:
    run_id = desk.freeze(
        order("a", "1.00"), order("b", "2.00", own_account_id=group.second_own), order("c", "4.00"), order("d", "8.00")
    )
    first, second = desk.prepare(run_id, BankProfile(max_items=2))
    # a, c / d, b: 1.00 + 4.00 and 8.00 to the first account, 2.00 to the second
    assert blocks_in(desk.content(first)) == [(group.numbers[group.own], "5.00")]
    assert blocks_in(desk.content(second)) == [
        (group.numbers[group.own], "8.00"),
        (group.numbers[group.second_own], "2.00"),
    ]


def test_the_holds_of_a_file_are_one_posting(desk: Desk, group: Group, order: Order) -> None:
    desk.fund("60.00")
    desk.fund("30.00", group.second_own)
    run_id = desk.freeze(
        order("a", "50.00", PAY),
        order("b", "20.00", PAY, own_account_id=group.second_own),
        order("c", "20.00", PAY),
        order("d", "10.00", PAY, own_account_id=group.second_own),
    )
    [message_id] = desk.prepare(run_id)
    # 60.00 covers 50.00 and not 20.00 more; 20.00 + 10.00 = 30.00 are covered; nobody pays for another account
    assert desk.states() == [InstructionState.SUBMITTED] * 2 + [InstructionState.LOCKED, InstructionState.SUBMITTED]
    assert (desk.cash(), desk.cash(group.second_own)) == (("60.00", "0.00", "50.00"), ("30.00", "0.00", "30.00"))
    held = text(
        "SELECT transfer_count FROM ledger_posting WHERE tenant_id = :tenant AND event = 'bank.message_prepared'"
    )
    assert desk.session.execute(held, {"tenant": desk.session.tenant_id}).scalars().all() == [
        2
    ]  # one hold per own account
    assert desk.message(message_id).item_count == 3


def blocks_in(content: bytes) -> list[tuple[str, str]]:
    """Own account and control sum of every payment block; reading them through proves every sum of the file."""
    blocks = []
    for block in read_direct_debits(BytesIO(content)).blocks:
        list(block.items)
        blocks.append((block.creditor.account.number, f"{block.total:f}"))
    return blocks


def test_directions_and_dates_go_in_files_of_their_own_and_accounts_in_blocks(
    desk: Desk, group: Group, order: Order
) -> None:
    desk.fund("1000.00")
    run_id = desk.freeze(
        order("debit"),
        order("credit", direction=PAY),
        order("other account", own_account_id=group.second_own),
        order("tomorrow", due_on=date(2026, 3, 3)),
    )
    assert len(desk.prepare(run_id)) == 3


def test_what_was_due_before_today_is_executed_today(desk: Desk, order: Order) -> None:
    [message_id] = desk.prepare(desk.freeze(order("late", due_on=date(2026, 2, 27)), order("today")))
    assert desk.message(message_id).due_on == DUE_ON


def test_names_are_kept_or_transliterated_as_the_bank_takes_them(desk: Desk, order: Order) -> None:
    [kept] = desk.prepare(desk.freeze(order("a")))
    [latin] = desk.prepare(desk.freeze(order("b")), BankProfile(charset=CharsetPolicy.LATIN))
    assert "发票 a" in desk.content(kept).decode()
    assert "fa piao b" in desk.content(latin).decode()
    assert desk.content(latin).isascii()


def test_the_file_lies_encrypted_in_the_database(desk: Desk, group: Group, order: Order) -> None:
    desk.prepare(desk.freeze(order("a")))
    [sealed] = desk.session.execute(
        text("SELECT sealed FROM bank_message_content WHERE tenant_id = :tenant"), {"tenant": desk.session.tenant_id}
    ).scalars()
    assert group.numbers[group.others[0]].encode() not in bytes(sealed)
