"""What a seller waits for when it accepts an offer, with its commit: figures, not tests.

`python tests/benchmarks/financing.py [offers]` starts a cluster of its own, or uses the empty database
TEST_DATABASE_URL names. Every offer stands under the lender's, the debtor's and the seller's limits.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import quantiles
from time import perf_counter, process_time
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from domain.financing.acceptance import accept_offer
from domain.financing.exposure_rules import Scope
from domain.financing.facilities import NewFacility, approve_facility, propose_facility
from domain.financing.limits import NewLimit, set_limit
from domain.financing.offers import make_auto_offers
from domain.financing.quotes import Price
from domain.financing.requests import approve_requests, request_financing
from domain.financing.states import OfferState
from domain.financing.tables import Offer
from domain.financing.terms import Terms
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key
from domain.receivables.imports import register_invoices
from domain.receivables.parsing import InvoiceRow
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmation,
    sign_confirmation,
    submit_import,
    verify_receivables,
)
from domain.values.actor import system
from domain.values.business_days import BusinessCalendar
from domain.values.money import Money
from tests.benchmarks.banking import opened

OFFERS = 2_000
WARMING_UP = 20  # plans and caches, as in a process that has been up for a while
ON = date(2026, 3, 2)
CLOCK = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
CALENDAR = BusinessCalendar()
TENANT = tenant_key("benchmark-financing")
MAKER, CHECKER = system("maker"), system("checker")
PRICE = Price(Decimal("0.9"), Decimal(20), Terms(Decimal("0.055")))


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def offered(session: TenantSession, count: int) -> UUID:
    """`count` confirmed invoices of one seller, each with an open offer; the seller."""
    kinds = {"S": PartyKind.SUPPLIER, "D": PartyKind.DEBTOR, "L": PartyKind.LENDER}
    new = [
        NewParty(kind=kind, name=code, code=code, country="DE", tax_id=f"TAX-{code}".replace("-", "000"))
        for code, kind in kinds.items()
    ]
    seller, debtor, lender = (party.id for party in register_parties(session, new, actor=MAKER, clock=CLOCK))
    line = NewFacility(lender, cny("90000000000.00"), PRICE, auto_offer=True)
    proposed = propose_facility(session, line, actor=MAKER, clock=CLOCK)
    approve_facility(session, proposed.id, actor=CHECKER, clock=CLOCK)
    scopes = Scope(lender, None, None, "CNY"), Scope(None, seller, None, "CNY"), Scope(None, None, debtor, "CNY")
    for scope in scopes:
        set_limit(session, NewLimit(scope, cny("90000000000.00")), actor=CHECKER, clock=CLOCK)
    due_on = ON + timedelta(days=25)
    rows = [InvoiceRow(n, "D", f"INV-{n}", ON, due_on, cny("1000000.00")) for n in range(count)]
    report = register_invoices(session, rows, seller_id=seller, actor=MAKER, clock=CLOCK)
    submit_import(session, report.import_id, actor=CHECKER, clock=CLOCK)
    verify_receivables(session, report.receivable_ids, clock=CLOCK)
    answers = [DebtorAnswer(receivable_id) for receivable_id in report.receivable_ids]
    said = propose_confirmation(session, debtor_id=debtor, answers=answers, actor=MAKER, clock=CLOCK)
    sign_confirmation(session, said.id, actor=CHECKER, clock=CLOCK)
    batch = request_financing(session, report.receivable_ids, seller_id=seller, actor=MAKER, clock=CLOCK)
    approve_requests(session, batch, actor=CHECKER, clock=CLOCK)
    assert make_auto_offers(session, clock=CLOCK, calendar=CALENDAR) == count
    return seller


def run(database: Database, count: int) -> None:
    """Accept one offer after another, each in a session and transaction of its own."""
    with database.session(Role.WORKER, TENANT) as session:
        start = perf_counter()
        seller = offered(session, count)
        sys.stdout.write(f"{count} invoices to open offers in {perf_counter() - start:.1f} s\n")
    with database.owner.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    with database.session(Role.WORKER, TENANT) as session:
        open_offers = select(Offer.id).where(Offer.tenant_id == TENANT, Offer.state == OfferState.OFFERED)
        offers = list(session.exec(open_offers.order_by(col(Offer.id))))
    took, computed = [], process_time()
    for offer_id in offers:
        start = perf_counter()
        with database.session(Role.API, TENANT) as session:
            accept_offer(session, offer_id, seller_id=seller, actor=CHECKER, clock=CLOCK, calendar=CALENDAR)
        took.append((perf_counter() - start) * 1000)
    computed = (process_time() - computed) * 1000 / len(offers)
    parts = quantiles(took[WARMING_UP:], n=100)
    sys.stdout.write(
        f"accept_offer with commit: median {parts[49]:.1f} ms, 95 % {parts[94]:.1f} ms; {computed:.1f} ms of CPU\n"
    )


if __name__ == "__main__":
    with opened() as database:
        run(database, int(sys.argv[1]) if len(sys.argv) > 1 else OFFERS)
