"""Single postings: booked once, whole, or not at all."""

from datetime import date
from uuid import uuid4

from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.money import Money

TODAY = date(2026, 3, 2)


def test_a_repeated_key_returns_the_stored_result(session: TenantSession, actor: Actor, clock: FixedClock) -> None:
    cash = AccountRef(AccountKind.CASH_AT_BANK, "CNY", uuid4())
    suspense = AccountRef(AccountKind.SUSPENSE, "CNY")
    posting = Posting("k1", "deposit", "test", TODAY, (Leg(cash, suspense, Money.of("5.00", "CNY")),))
    first = ledger.post(session, posting, actor=actor, clock=clock)
    second = ledger.post(session, posting, actor=actor, clock=clock)
    assert (first.transfer_ids, first.repeated) == ((1,), False)
    assert (second.transfer_ids, second.repeated) == ((1,), True)
