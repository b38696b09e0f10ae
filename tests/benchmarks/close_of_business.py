"""What it costs to close a business date over many open advances: figures, not tests.

`python tests/benchmarks/close_of_business.py [advances]` starts a cluster of its own, or uses the empty database
TEST_DATABASE_URL names. The advances are made by SQL, with their receivables. Two tenants, one with half of them, are
closed for three nights each; in each one in thirty falls due, turns overdue or stops performing.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from uuid import UUID

from sqlalchemy import text

from domain.financing.closing import close_dates
from domain.migrations.models import metadata
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.ids import tenant_key
from domain.platform.schema import role_statements, wall_statements
from domain.values.actor import system

ADVANCES = 1_000_000
NIGHTS = 3
ON = date(2026, 3, 31)
LENDERS = 5

# Every column that has neither a default nor a value here is NULL; what accrues is what counts.
_ADVANCES = """
    INSERT INTO advance (tenant_id, id, created_at, offer_id, request_id, receivable_id, facility_id, lender_id,
      seller_id, debtor_id, state, currency, face_minor, principal_minor, fee_minor, advance_rate, financed_minor,
      due_on, rolled_due_on, interest_until, penalty_from, annual_rate, overdue_multiplier, day_count, interest_timing,
      rounding, roll, roll_accrues, grace_days, waterfall, recourse, surplus_to_seller, prepaid_minor, collection_round,
      release_round, release_held, release_by_rule, release_approved, hold_minor, failure_reason, funded_on,
      accrued_until, principal_open_minor, disbursed_minor, fee_taken_minor, interest_base, penalty_base,
      interest_accrued_minor, interest_paid_minor, penalty_accrued_minor, penalty_paid_minor, costs_charged_minor,
      costs_paid_minor, collected_minor, surplus_minor, released_minor, overpaid_minor, kept_minor, diluted_minor,
      called_minor, dilution_paid_minor, bought_back_minor, principal_written_off_minor, interest_written_off_minor,
      penalty_written_off_minor, recovered_minor, debtor_fee_minor, debtor_fee_paid_minor, early_charged_minor,
      early_paid_minor, refunded_minor, quoted_cost_minor, quoted_net_minor, quoted_simple, quoted_effective,
      min_interest_days, early_settlement_bp, fee_bearer, fee_basis, penalty_on)
    SELECT :tenant, uuidv7(), now(), :nobody, :nobody, uuidv7(), :nobody,
      (CAST(:lenders AS uuid[]))[1 + n % cardinality(CAST(:lenders AS uuid[]))], :nobody, :nobody,
      CASE WHEN due < :on THEN 'overdue' ELSE 'funded' END, 'CNY', face, principal, 0, 0.9, face, due, due, due, due,
      0.055, 1.5, 'act/360', 'rear', 'half_up', 'following', true, 0, 'costs,penalty,interest,principal', true, true, 0,
      1, 1, false, true, false, 0, '', funded, :on, principal, principal, 0, principal::numeric * (:on - funded), 0,
      round(principal::numeric * (:on - funded) * 0.055 / 360), 0,
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'seller', 'face', 'principal'
    FROM (SELECT n, 100000 + n % 90000000 AS face, 90000 + n % 80000000 AS principal,
                 CAST(:on AS date) - 92 + n % 124 AS due, CAST(:on AS date) - 100 AS funded
          FROM generate_series(1, :count) AS n) AS numbers
"""


@contextmanager
def server() -> Iterator[Database]:
    """A database of tables without rows."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Database(given)
        return
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder, EmbeddedPostgres(Path(folder)) as endpoint:
        yield Database(endpoint.url())


def build(database: Database) -> None:
    """The tables as the models say, with roles and walls."""
    tables = metadata()
    with database.owner.begin() as connection:
        for statement in role_statements():
            connection.execute(text(statement))
        tables.create_all(connection)
        for statement in wall_statements(tables.sorted_tables):
            connection.execute(text(statement))


def fill(database: Database, tenant: int, count: int) -> None:
    """Advances by SQL; what they refer to does not matter to a close and is left out."""
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    firms = [
        NewParty(kind=PartyKind.LENDER, name=f"Lender {n}", code=f"L{n}", tax_id=f"{n}-{tenant}", country="DE")
        for n in range(LENDERS)
    ]
    with database.session(Role.WORKER, tenant) as session:
        lenders = [party.id for party in register_parties(session, firms, actor=system("benchmark"), clock=clock)]
    binds = {"tenant": tenant, "on": ON, "count": count, "lenders": lenders, "nobody": UUID(int=1)}
    with database.owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(_ADVANCES), binds)
    with database.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE advance"))
        connection.execute(text("CHECKPOINT"))


def nights(database: Database, tenant: int) -> list[float]:
    """Seconds of each of the nights."""
    seconds = []
    for night in range(NIGHTS):
        on = ON + timedelta(days=night)
        clock = FixedClock(datetime(on.year, on.month, on.day, 14, tzinfo=UTC))
        began = perf_counter()
        closed = close_dates(partial(database.session, Role.WORKER, tenant), on, clock=clock)
        seconds.append(perf_counter() - began)
        aged = f"{closed.overdue:,} overdue, {closed.nonperforming:,} non-performing"
        sys.stdout.write(f"  {on}: {closed.accrued.advances:,} advances in {seconds[-1]:5.1f} s; {aged}\n")
    return seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ADVANCES
    with server() as database:
        build(database)
        best = {}
        for size in (count // 2, count):
            tenant = tenant_key(f"benchmark-close-{size}")
            fill(database, tenant, size)
            sys.stdout.write(f"{size:,} open advances\n")
            best[size] = min(nights(database, tenant))
        sys.stdout.write(f"twice the advances: {best[count] / best[count // 2]:.2f} x the time\n")
        sys.stdout.write(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB\n")
        database.close()


if __name__ == "__main__":
    main()
