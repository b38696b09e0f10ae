"""How long thousands of agents take: a day's reports, their periods as invoices, their review.

Run it as a program: `python -m tests.benchmarks.agents [agents]`; it prints seconds.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from domain.financing.agents.check import check_agents
from domain.financing.agents.periods import settle_periods
from domain.financing.agents.policies import NewPolicy, set_policy
from domain.financing.agents.reviews import review_agents
from domain.financing.agents.sales import report_sales
from domain.financing.agents.sales_files import SaleLine
from domain.financing.agents.states import Status
from domain.financing.agents.tables import Agent
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.migrate import migrate
from domain.values.actor import system
from domain.values.money import Money

BY = system("benchmark")
FIRST = date(2026, 3, 2)


def on(day: date) -> FixedClock:
    return FixedClock(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = perf_counter()
    yield
    sys.stdout.write(f"{what:<28}{perf_counter() - start:8.2f} s\n")


def furnish(session: TenantSession, count: int) -> list[str]:
    """Agents of one airline, with their debtors; returns their codes."""
    airline = NewParty(kind=PartyKind.HQ, name="HQ", code="HQ", tax_id="900000000", country="DE")
    codes = [f"A-{number}" for number in range(count)]
    firms = {
        kind: [
            NewParty(kind=kind, name=code, code=code, tax_id=f"1{number:09d}", country="DE")
            for number, code in enumerate(codes)
        ]
        for kind in (PartyKind.AGENT, PartyKind.DEBTOR)
    }
    register_parties(session, [airline, *firms[PartyKind.AGENT], *firms[PartyKind.DEBTOR]], actor=BY, clock=on(FIRST))
    set_policy(
        session,
        NewPolicy(FIRST, "benchmark", Decimal(4), Decimal(2), Decimal(2), Decimal(1)),
        actor=BY,
        clock=on(FIRST),
    )
    session.add_all(
        Agent(
            tenant_id=session.tenant_id,
            id=agent.id,
            created_at=on(FIRST).now(),
            seller_id=airline.id,
            debtor_id=debtor.id,
            currency="CNY",
            reporting_days=15,
            remittance_days=10,
            period_from=FIRST,
            status=Status.B,
            multiple=Decimal(2),
        )
        for agent, debtor in zip(firms[PartyKind.AGENT], firms[PartyKind.DEBTOR], strict=True)
    )
    session.commit()
    return codes


def measure(session: TenantSession, count: int) -> None:
    codes = furnish(session, count)
    lines = [
        SaleLine(place, code, FIRST, "D-1", Money.of(f"{place}.00", "CNY")) for place, code in enumerate(codes, start=1)
    ]
    with timed(f"{count} lines reported"):
        report_sales(session, lines, actor=BY, clock=on(FIRST))
        session.commit()
    clock = on(FIRST + timedelta(days=15))
    with timed("periods into invoices"):
        assert settle_periods(session, clock=clock).invoices == count
        session.commit()
    with timed("review"):
        assert review_agents(session, clock=clock).agents == count
        session.commit()
    with timed("check"):
        assert check_agents(session) == []


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as endpoint:
        database = Database(endpoint.url())
        migrate(database)
        with TenantSession(database.engines[Role.WORKER], 1) as session:
            measure(session, count)
        database.close()


if __name__ == "__main__":
    main()
