"""A quote that did not come is said aloud, every business day until it is there."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlmodel import select

from domain.financing.references import LPR_1Y, LPR_5Y, record_rate
from domain.platform.clock import FixedClock
from domain.platform.outbox import OutboxEvent
from domain.values.actor import Actor
from jobs import reference_rates
from jobs.context import JobContext, Occasion


def occasion(on: date) -> Occasion:
    return Occasion(on, "1730", FixedClock(datetime.combine(on, time(9, 30), UTC)))


def test_a_quote_that_did_not_come_is_announced_until_it_is_recorded(context: JobContext, actor: Actor) -> None:
    friday, monday = occasion(date(2026, 3, 20)), occasion(date(2026, 3, 23))
    assert reference_rates.run(context, friday) == {"missing": {}}
    assert reference_rates.run(context, monday) == {"missing": {LPR_1Y: "2026-03-20", LPR_5Y: "2026-03-20"}}
    with context.session() as session:
        told = session.exec(select(OutboxEvent).where(OutboxEvent.tenant_id == context.tenant_id)).all()
        assert sorted(event.subject for event in told) == [LPR_1Y, LPR_5Y]
        for name, rate in ((LPR_1Y, "0.03"), (LPR_5Y, "0.035")):
            day = date(2026, 3, 20)
            record_rate(session, name, day, Decimal(rate), "NIFC", actor=actor, clock=monday.clock)
    assert reference_rates.run(context, monday) == {"missing": {}}
