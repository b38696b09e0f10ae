"""What a sweep of 100,000 branches costs: figures, not tests.

`python tests/benchmarks/pooling.py` starts a cluster of its own, or uses the empty database TEST_DATABASE_URL names.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time
from uuid import UUID, uuid4

from sqlalchemy import text

from domain.banking.cash import cash_at_bank, in_transit
from domain.ledger import service as ledger
from domain.ledger.batch import Batch
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.ids import tenant_key, uuid7
from domain.platform.migrate import migrate
from domain.pooling import bookings, movements
from domain.pooling.accrual import accrue_pools
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.service import evaluate_pool
from domain.pooling.states import SweepState
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.sweep_queries import note_outcomes
from domain.values.actor import system
from domain.values.money import Money

BRANCHES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
TODAY = date(2026, 3, 2)
CLOCK = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
ACTOR = system("benchmark")
HEADER = uuid7()

_FIRMS = text("""
    WITH branch AS (SELECT * FROM unnest(CAST(:parties AS uuid[]), CAST(:accounts AS uuid[])) WITH ORDINALITY
                    AS branch (party, account, place)),
    party AS (
      INSERT INTO party (tenant_id, id, created_at, kind, name, name_key, initials, code, country, city, region,
                         is_small)
      SELECT :tenant, party, now(), 'branch', 'Shop', 'shop', 's', place::text, 'CN', '', '', false FROM branch)
    INSERT INTO bank_account (tenant_id, id, created_at, party_id, holder_name, bank_id, number_encrypted, key_id,
                              number_hash, masked, currency, own, state, registered_by, verified_by, usable_from)
    SELECT :tenant, account, now(), party, 'Shop', '102100099996', '', 'k', int8send(place), '*', 'CNY', true,
           'verified', 'a', 'b', '2020-01-01' FROM branch
""")


@contextmanager
def opened() -> Iterator[Database]:
    """A migrated database."""
    given = os.environ.get("TEST_DATABASE_URL")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if given:
            yield _migrated(given)
            return
        with EmbeddedPostgres(Path(folder)) as endpoint:
            database = _migrated(endpoint.url())
            yield database
            database.close()


def _migrated(url: str) -> Database:
    database = Database(url)
    migrate(database)
    return database


@contextmanager
def measured(what: str, goal: str = "") -> Iterator[None]:
    """Print what it took."""
    start, begun = perf_counter(), process_time()
    yield
    wall, cpu = perf_counter() - start, process_time() - begun
    print(f"{what:<60} {wall:7.2f} s, {cpu:6.2f} s of it our CPU  {goal}", flush=True)  # noqa: T201


def fund(session: TenantSession, accounts: list[UUID]) -> None:
    """Bring every branch to 1,000.00 by one batch."""
    refs = [cash_at_bank(account, "CNY") for account in [HEADER, *accounts]]
    suspense = AccountRef(AccountKind.SUSPENSE, "CNY")
    opened = ledger.open_accounts(session, [*refs, suspense, in_transit(HEADER, "CNY")], clock=CLOCK)
    rows = [(opened[ref], opened[suspense], 100_000, None) for ref in refs[1:]]
    batch = Batch("bench:fund", "bench.funded", "bench", TODAY, "CNY", rows)
    ledger.post_rows(session, batch, actor=ACTOR, clock=CLOCK)


def main() -> None:
    """Build, evaluate, book, accrue."""
    tenant = tenant_key(f"bench-{uuid4().hex[:8]}")
    parties, accounts = ([uuid7() for _ in range(BRANCHES)] for _ in range(2))
    with opened() as database, database.session(Role.WORKER, tenant) as session:
        binds = {"tenant": tenant, "parties": [uuid7(), *parties], "accounts": [HEADER, *accounts]}
        session.execute(_FIRMS, binds)
        fund(session, accounts)
        terms = SweepTerms(SweepMethod.ZERO, "CNY")
        members = [NewMember(account_id=account, terms=terms) for account in accounts]
        with measured(f"a pool of {BRANCHES:,} branches built, with its first version"):
            pool = create_structure(
                session,
                name="Bench",
                header_account_id=HEADER,
                floor=Money.zero("CNY"),
                members=members,
                actor=ACTOR,
                clock=CLOCK,
            )
        session.commit()
        session.execute(text("ANALYZE"))
        with measured("from balances to a frozen proposal", "goal <= 5"):
            proposal = evaluate_pool(
                session, structure_id=pool.id, business_date=TODAY, slot="bench", actor=ACTOR, clock=CLOCK
            )
            session.commit()
        assert proposal.sweep_count == BRANCHES
        ids = list(session.scalars(text("SELECT id FROM sweep WHERE tenant_id = :tenant"), {"tenant": tenant}))
        sent = text("UPDATE sweep SET state = 'instructed' WHERE tenant_id = :tenant")
        session.execute(sent, {"tenant": tenant})
        session.commit()
        with measured("the bank's word noted on the sweeps"):
            heard = [(sweep_id, TODAY, None) for sweep_id in ids]
            noted = note_outcomes(session, heard, [SweepState.INSTRUCTED])
        with measured("the sweeps posted: cash and position of each", "goal <= 1"):
            bookings.book_executed(session, noted, clock=CLOCK)
        session.commit()
        with measured("their movements, legs and loan slips"):
            movements.note_executed(session, ids, clock=CLOCK)
            session.commit()
        with measured("a day's interest on every leg"):
            accrue_pools(session, TODAY, clock=CLOCK)
            session.commit()


if __name__ == "__main__":
    main()
