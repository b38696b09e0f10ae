"""The job that takes silence for what it means."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256

from domain.receivables.evidence import Document
from domain.receivables.notices import NewNotice, prove_delivery, send_notice
from domain.receivables.states import Delivery, ReceivableState
from domain.values.actor import Actor, ActorKind
from jobs.context import JobContext
from jobs.runner import run_job
from jobs.schedule import DAY
from tests.domain.receivables.conftest import office_of

PAPER = Document(sha256(b"paper").digest(), "Letter 7")
(JOB,) = [job for job in DAY if job.name == "confirmation_deadline"]


def test_the_night_after_the_deadline_confirms_what_nobody_answered(
    context: JobContext, at: Callable[[str], None], actor: Actor
) -> None:
    with context.session() as session:
        office = office_of(session, context.clock(), context.tenant_id)  # type: ignore[arg-type]
        (asked,) = office.verified("D1,INV-1,2026-01-05,2026-03-27,1000.00")
        new = NewNotice(office.debtors["D1"], [asked], date(2026, 3, 9), silence_is_consent=True, document=PAPER)
        notice = send_notice(session, new, actor=actor, clock=office.clock)
        prove_delivery(
            session,
            notice.id,
            delivered_on=date(2026, 3, 2),
            how=Delivery.COURIER,
            document=PAPER,
            actor=Actor(ActorKind.PERSON, "another"),
            clock=office.clock,
        )
    states = []
    for day in (9, 10):
        at(f"2026-03-{day:02} 23:30")
        run_job(context, JOB, date(2026, 3, day))
        with context.session() as session:
            office.session = session
            states.append(office.found(asked).state)
    assert states == [ReceivableState.VERIFIED, ReceivableState.CONFIRMED]
