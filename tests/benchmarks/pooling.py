"""What a sweep of 100,000 branches costs, stage by stage, on two nights: figures, not tests.

`python tests/benchmarks/pooling.py [branches]` starts a cluster of its own, or uses the empty database
TEST_DATABASE_URL names. On the first night the ledger opens three accounts for each branch, once for all nights.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch
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
from domain.platform.transitions import move_all
from domain.pooling import bookings, evaluating, execution, movements, queries, service
from domain.pooling.accrual import accrue_pools
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.service import approve_proposal, evaluate_pool
from domain.pooling.states import SweepState
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.sweep_queries import note_outcomes
from domain.pooling.tables import Sweep
from domain.values.actor import BANK, Actor, ActorKind, system
from domain.values.money import Money
from tests.benchmarks.statements import server_of, server_seconds

BRANCHES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
TODAY = date(2026, 3, 2)
CLOCK = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
ACTOR = system("benchmark")
CHECKER = Actor(ActorKind.PERSON, "checker")
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


class Server:
    """The process that serves our session, and the CPU seconds it has worked; 0 where it runs elsewhere."""

    pid = 0

    @classmethod
    def seconds(cls) -> float:
        return server_seconds(cls.pid)


@contextmanager
def measured(what: str, goal: str = "") -> Iterator[None]:
    """Print what it took."""
    start, begun, served = perf_counter(), process_time(), Server.seconds()
    yield
    wall, ours, theirs = perf_counter() - start, process_time() - begun, Server.seconds() - served
    print(f"{what:<60} {wall:7.2f} s, CPU ours {ours:6.2f} s, server's {theirs:6.2f} s  {goal}", flush=True)  # noqa: T201


@contextmanager
def measured_inside(owner: object, name: str, what: str) -> Iterator[None]:
    """Print what one function took that the block calls."""
    function = getattr(owner, name)

    def timed(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
        with measured(what):
            return function(*args, **named)

    with patch.object(owner, name, timed):
        yield


def fund(session: TenantSession, accounts: list[UUID], on: date) -> None:
    """Give every branch 1,000.00 by one batch."""
    refs = [cash_at_bank(account, "CNY") for account in [HEADER, *accounts]]
    suspense = AccountRef(AccountKind.SUSPENSE, "CNY")
    opened = ledger.open_accounts(session, [*refs, suspense, in_transit(HEADER, "CNY")], clock=CLOCK)
    rows = [(opened[ref], opened[suspense], 100_000, None) for ref in refs[1:]]
    batch = Batch(f"bench:fund:{on}", "bench.funded", "bench", on, "CNY", rows)
    ledger.post_rows(session, batch, actor=ACTOR, clock=CLOCK)


def sweep(session: TenantSession, pool_id: UUID, on: date) -> None:
    """One night: from the balances to interest on what was swept. The bank is left out."""
    print(f"night of {on}")  # noqa: T201
    with (
        measured("from balances to a frozen proposal", "goal <= 5"),
        measured_inside(evaluating, "write_sweeps", "  evaluated, a sweep written for each"),
        measured_inside(queries, "total", "  added up"),
        measured_inside(service, "seal", "  sealed by a digest over every leg"),
    ):
        proposal = evaluate_pool(
            session, structure_id=pool_id, business_date=on, slot="bench", actor=ACTOR, clock=CLOCK
        )
        session.commit()
    assert proposal.sweep_count == BRANCHES
    with measured("approved by a second person, the seal looked at again"):
        approve_proposal(session, proposal_id=proposal.id, digest=proposal.digest, actor=CHECKER, clock=CLOCK)
        session.commit()
    binds = {"tenant": session.tenant_id, "proposal": proposal.id}
    chosen = "FROM sweep WHERE tenant_id = :tenant AND proposal_id = :proposal"
    ids = list(session.scalars(text(f"SELECT id {chosen}"), binds))
    session.execute(
        text(f"UPDATE sweep SET state = 'instructed' WHERE (tenant_id, id) IN (SELECT tenant_id, id {chosen})"), binds
    )
    session.commit()
    with measured("the bank's word noted on the sweeps"):
        noted = note_outcomes(session, [(sweep_id, on, None) for sweep_id in ids], [SweepState.INSTRUCTED])
    with (
        measured("the sweeps posted: cash and position of each", "goal <= 1"),
        measured_inside(bookings, "open_for_owners", "  accounts opened where they are missing"),
        measured_inside(ledger, "post_rows", "  booked by the ledger"),
    ):
        bookings.book_executed(session, noted, clock=CLOCK)
    session.commit()
    with measured("their movements, legs and loan slips"):
        movements.note_executed(session, ids, clock=CLOCK)
        session.commit()
    with measured("marked as executed, the proposal closed"):
        move_all(session, Sweep, ids, SweepState.EXECUTED, actor=BANK, clock=CLOCK)
        execution.close_finished(session, actor=BANK, clock=CLOCK)
        session.commit()
    with measured("a day's interest on every leg"):
        accrue_pools(session, on, clock=CLOCK)
        session.commit()


def main() -> None:
    """Build a pool and sweep it on two nights."""
    tenant = tenant_key(f"bench-{uuid4().hex[:8]}")
    parties, accounts = ([uuid7() for _ in range(BRANCHES)] for _ in range(2))
    with opened() as database, database.session(Role.WORKER, tenant) as session:
        binds = {"tenant": tenant, "parties": [uuid7(), *parties], "accounts": [HEADER, *accounts]}
        Server.pid = server_of(session)
        session.execute(_FIRMS, binds)
        fund(session, accounts, TODAY)
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
        sweep(session, pool.id, TODAY)
        fund(session, accounts, TODAY + timedelta(days=1))
        sweep(session, pool.id, TODAY + timedelta(days=1))


if __name__ == "__main__":
    main()
