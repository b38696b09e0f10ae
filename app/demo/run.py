"""The main job, start to end: stage, days, proof."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.faults import PRESETS
from app.bank_simulator.server import running_bank
from app.demo.business import Business
from app.demo.cast import MAKER, accounts_at_the_bank
from app.demo.clean import erase_tenant
from app.demo.feed import Feed
from app.demo.figures import count, waiting_for_bank
from app.demo.house import BANK_NAME, forget_bank
from app.demo.proof import prove
from app.demo.rates import rates_by_lender
from app.demo.stage import capital_paid_in, cash_of_the_day, set_stage, shortages
from app.demo.summary import Summary
from domain.access.keys import issue_api_key
from domain.access.rules import KEY_PERMISSIONS
from domain.banking.channels.http import HttpChannel
from domain.platform.calendar import load_calendar
from domain.platform.clock import SystemClock
from domain.platform.database import Database, TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from jobs import sandbox
from jobs.context import JobContext
from jobs.schedule import DAY

SLUG = "demo"
KEY_DAYS = 30
DayDone = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class Play:
    """What a demo is run with: the scenario, the seed of its misfortunes and how many, and where the bank is kept."""

    feed: Feed
    seed: int
    faults: str
    bank_store: Path


# What was answered in part is told whole the next day, and a lost reply is asked for: two days, and a weekend.
HEARING_OUT_DAYS = 4
HEARING = tuple(job for job in DAY if job.name in {"answers", "statements", "close_of_business", "seal"})


def run_demo(database: Database, keys: KeyRing, play: Play, *, on_day: DayDone) -> Summary:
    """Live through the scenario in the tenant `demo`, which is erased first, and prove the books and the bank."""
    began = time.monotonic()
    feed, tenant_id = play.feed, tenant_key(SLUG)
    erase_tenant(database, tenant_id)
    forget_bank(play.bank_store)
    calendar = load_calendar(feed.country, range(feed.start.year - 1, feed.end.year + 2))
    with (
        running_bank(play.bank_store, play.seed, PRESETS[play.faults], calendar) as url,
        SimulatedBank(url) as bank,
        HttpChannel(url, name=BANK_NAME) as channel,
    ):
        context = JobContext(database, channel, keys, tenant_id, feed.country)
        with context.session() as session:
            cast, takings = set_stage(session, feed, keys, slug=SLUG)
        database.take_statistics()
        bank.open_accounts(accounts_at_the_bank(cast, feed.currency))
        bank.deposit(capital_paid_in(feed, cast))
        bank.run_short(shortages(feed, cast))
        business = Business(feed, cast, calendar)

        def morning(day: date) -> None:
            on_day(day)
            with context.session() as session:
                business.do_day(session, day, context.clock())
                cash = cash_of_the_day(session, cast, day)
            bank.deposit(cash)

        sandbox.advance(context, feed.end, actor=MAKER, bank=bank, on_day=morning)
        _hear_the_bank_out(context, bank, feed.end)
        with context.session() as session:
            proof = prove(session, bank, cast, feed.currency)
            figures = count(session, feed.currency)
            rates = rates_by_lender(session)
            key = _key_to_look_around(session)
    seconds = time.monotonic() - began
    return Summary(feed, play.seed, play.faults, business.intake, takings, figures, rates, proof, seconds, key)


def _key_to_look_around(session: TenantSession) -> str:
    """A key for the API that `tributary up` serves, for a month of real time: sandboxes stand still, keys do not."""
    clock = SystemClock()
    expires_at = clock.now() + timedelta(days=KEY_DAYS)
    _, text = issue_api_key(
        session, name="demo", permissions=KEY_PERMISSIONS, expires_at=expires_at, actor=MAKER, clock=clock
    )
    return text


def _hear_the_bank_out(context: JobContext, bank: SimulatedBank, end: date) -> None:
    """Nothing new happens; what the bank has executed and not yet told is waited for."""
    for days in range(1, HEARING_OUT_DAYS + 1):
        with context.session() as session:
            if not waiting_for_bank(session):
                return
        sandbox.advance(context, end + timedelta(days=days), actor=MAKER, bank=bank, jobs=HEARING)
