"""What receivables cost in bulk: figures, not tests.

`python tests/benchmarks/receivables.py [runs]` starts a cluster of its own, or uses the empty database
TEST_DATABASE_URL names. Figures are medians.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import UUID, uuid4

from litestar.testing import TestClient

from app.asgi import create_app
from app.installation import Installation
from domain.access.keys import issue_api_key
from domain.access.rules import KEY_PERMISSIONS
from domain.access.tenants import found_tenant
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import SystemClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id, tenant_key
from domain.platform.migrate import migrate
from domain.receivables.borrowing import BasePolicy
from domain.receivables.checks import check_eligibility
from domain.receivables.imports import register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.portfolio import Side, ageing, base_of
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmation,
    sign_confirmation,
    submit_import,
    verify_receivables,
)
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money

REGISTERED = "register 10,000 in one call"
OVER_HTTP = "register 10,000 over HTTP"
AGAIN = "register the same 10,000 again: all exact copies"
CHECKED = "check eligibility of 10,000, all kept"
BASE = "borrowing base"
AGED = "ageing by debtor"
GOALS = {REGISTERED: "<= 3", OVER_HTTP: "<= 3"}

ITEMS = 10_000
DEBTORS = 100
CLOCK = SystemClock()
MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
TODAY = CLOCK.today()
DUE = TODAY + timedelta(days=60)


@dataclass
class Figures:
    """Seconds by what was measured: by the clock, and of them this process's own work."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    own: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        start, worked = perf_counter(), process_time()
        yield
        self.seconds.setdefault(name, []).append(perf_counter() - start)
        self.own.setdefault(name, []).append(process_time() - worked)


@contextmanager
def opened() -> Iterator[Database]:
    url = os.environ.get("TEST_DATABASE_URL")
    if url:
        yield prepared(url)
        return
    with tempfile.TemporaryDirectory(prefix="tributary-bench-") as folder, EmbeddedPostgres(Path(folder)) as endpoint:
        database = prepared(endpoint.url())
        yield database
        database.close()


def prepared(url: str) -> Database:
    database = Database(url)
    migrate(database)
    return database


@dataclass(frozen=True)
class Firm:
    """A tenant with one seller and many debtors."""

    database: Database
    slug: str
    seller: UUID
    debtors: list[UUID]

    @contextmanager
    def session(self) -> Iterator[TenantSession]:
        with self.database.session(Role.WORKER, tenant_key(self.slug)) as session:
            yield session


def found(database: Database) -> Firm:
    slug = f"bench-{uuid4().hex[:12]}"
    with database.session(Role.WORKER, tenant_key(slug)) as session:
        found_tenant(session, slug=slug, name="Bench", currency="CNY", zone="Asia/Shanghai", sandbox=False, clock=CLOCK)
        salt = tenant_key(slug)
        seller = NewParty(kind=PartyKind.SUPPLIER, name="Seller", code="S", tax_id=f"S{salt}", country="DE")
        debtors = [
            NewParty(kind=PartyKind.DEBTOR, name=f"D{n}", code=f"D{n}", tax_id=f"D{n}X{salt}", country="DE")
            for n in range(DEBTORS)
        ]
        register_parties(session, [seller, *debtors], actor=MAKER, clock=CLOCK)
    return Firm(database, slug, seller.id, [debtor.id for debtor in debtors])


def rows(prefix: str) -> list[InvoiceRow]:
    total = Money.of("1000.00", "CNY")
    return [
        InvoiceRow(n, f"D{n % DEBTORS}", f"{prefix}-{n}", TODAY, DUE - timedelta(days=n % 60), total)
        for n in range(1, ITEMS + 1)
    ]


def measure_service(firm: Firm, figures: Figures) -> None:
    """Registers, confirms and checks 10,000."""
    brought = rows(uuid4().hex[:8])
    with figures.measured(REGISTERED), firm.session() as session:
        report = register_invoices(session, brought, seller_id=firm.seller, actor=MAKER, clock=CLOCK)
    assert report.registered == ITEMS
    with figures.measured(AGAIN), firm.session() as session:
        again = register_invoices(session, brought, seller_id=firm.seller, actor=MAKER, clock=CLOCK)
    assert len(again.refused) == ITEMS
    with firm.session() as session:
        confirm(session, firm, report.import_id)
    with figures.measured(CHECKED), firm.session() as session:
        check_eligibility(session, report.receivable_ids, clock=CLOCK)
    policy = BasePolicy(advance_rate=Decimal("0.85"), concentration_cap=Decimal("0.5"))
    with firm.session() as session:
        with figures.measured(BASE):
            base = base_of(session, policy=policy, currency="CNY", on=TODAY, seller_id=firm.seller)
        with figures.measured(AGED):
            ageing(session, by=Side.DEBTOR, currency="CNY", on=TODAY, limit=200)
    assert base.gross.minor == ITEMS * 1000_00 * len(figures.seconds[BASE])


def confirm(session: TenantSession, firm: Firm, import_id: UUID) -> None:
    verified = verify_receivables(
        session, submit_import(session, import_id, actor=CHECKER, clock=CLOCK), clock=CLOCK
    ).verified
    for place, debtor in enumerate(firm.debtors):
        # The n-th invoice is on debtor n % DEBTORS, counted from 1.
        answers = [DebtorAnswer(each) for n, each in enumerate(verified, start=1) if n % DEBTORS == place]
        proposed = propose_confirmation(session, debtor_id=debtor, answers=answers, actor=MAKER, clock=CLOCK)
        sign_confirmation(session, proposed.id, actor=CHECKER, clock=CLOCK)


def measure_http(firm: Firm, figures: Figures, client: TestClient[Any], headers: dict[str, str]) -> None:
    """Registers 10,000 as a program does it."""
    items = [
        {
            "debtor_code": row.debtor_code,
            "invoice_number": row.invoice_number,
            "issued_on": date.isoformat(row.issued_on),
            "due_on": date.isoformat(row.due_on),
            "total": {"amount": "1000.00", "currency": "CNY"},
        }
        for row in rows(uuid4().hex[:8])
    ]
    body = {"items": items, "seller_id": public_id("pty", firm.seller)}
    with figures.measured(OVER_HTTP):
        answer = client.post("/v1/receivables", json=body, headers={**headers, "Idempotency-Key": uuid4().hex})
    assert answer.json()["registered"] == ITEMS


def key_of(firm: Firm) -> dict[str, str]:
    with firm.session() as session:
        expires = CLOCK.now() + timedelta(days=1)
        _, secret = issue_api_key(
            session,
            name="bench",
            permissions=KEY_PERMISSIONS,
            expires_at=expires,
            party_id=None,
            actor=MAKER,
            clock=CLOCK,
        )
    return {"Authorization": f"Bearer {secret}"}


def main(runs: int) -> None:
    figures = Figures()
    with opened() as database:
        app = create_app(Installation(database=database, keys=KeyRing.generate()))
        firm, web = found(database), found(database)
        with TestClient(app) as client:
            headers = key_of(web)
            for _ in range(runs):
                measure_service(firm, figures)
                measure_http(web, figures, client, headers)
    for name, seconds in figures.seconds.items():
        goal = f"   goal {GOALS[name]}" if name in GOALS else ""
        sys.stdout.write(f"{median(seconds):8.3f} s, own work {median(figures.own[name]):.3f} s   {name}{goal}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
