"""What happened to an instruction: its own events, and those of its run and message that were about it."""

from collections.abc import Callable

import pytest

from domain.banking.history import histories, history
from domain.banking.instructions import NewInstruction, settle_finally
from domain.banking.messages.model import ItemStatus
from domain.platform.clock import FixedClock
from domain.values.errors import NotFound

from .conftest import DUE_ON, Desk
from .test_answers import Mailbox, mail

Order = Callable[..., NewInstruction]
__all__ = ["mail"]


def told(desk: Desk, number: int) -> list[tuple[str, int]]:
    return [(each.state.value, each.item_count) for each in history(desk.session, number)]


def test_is_told_by_what_happened_to_many_and_to_one(desk: Desk, mail: Mailbox, order: Order) -> None:
    one, two, three = mail.send(order("a"), order("b"), order("c"))
    mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, DUE_ON)))
    mail.receive(mail.report(ItemStatus(two.end_to_end_id, "RJCT", "AM04")))
    together = [("locked", 3), ("submitted", 3)]
    # The message settled in part: only of what the answer named.
    assert told(desk, one.id) == [*together, ("settled", 1)]
    assert told(desk, two.id) == [*together, ("rejected", 1)]
    assert told(desk, three.id) == together
    settled, refused = history(desk.session, one.id)[-1], history(desk.session, two.id)[-1]
    assert (settled.of_date, settled.reason, refused.reason) == (DUE_ON, None, "AM04")
    assert None not in {settled.answer_id, refused.answer_id}
    assert set(histories(desk.session, [one.id, three.id])) == {one.id, three.id}


def test_knows_on_which_day_it_became_final(desk: Desk, mail: Mailbox, order: Order) -> None:
    one, two = mail.send(order("a"), order("b"))
    mail.receive(mail.report(ItemStatus(one.end_to_end_id, "ACSC", None, DUE_ON)))
    final_on = desk.instructions()[0].final_on
    assert final_on is not None
    assert settle_finally(desk.session, on=final_on, clock=FixedClock(desk.clock.at)) == 1
    assert history(desk.session, one.id)[-1].of_date == final_on
    assert [state for state, _ in told(desk, one.id)] == ["locked", "submitted", "settled", "final"]
    assert [state for state, _ in told(desk, two.id)] == ["locked", "submitted"]


def test_of_what_is_not_there_is_not_told(desk: Desk) -> None:
    with pytest.raises(NotFound):
        history(desk.session, 999)
