"""Setting the stage: a tenant of its own, its cast, capital, mandates, lines of credit, and the pool."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.bank_simulator.structs import DepositIn, ShortageIn
from app.demo.cast import CHECKER, MAKER, Cast, register_cast
from app.demo.feed import CreditLine, Feed
from domain.access.tenants import found_tenant
from domain.collection.mandates import NewMandate, grant_mandates
from domain.financing.facilities import NewFacility, approve_facility, propose_facility
from domain.financing.quotes import Price
from domain.financing.terms import Terms
from domain.platform.clock import BEIJING, Clock, FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.pooling.deposits import expected_takings
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.takings import TakingsReport, import_takings
from domain.runs.service import RunKind, set_run_limit
from domain.values.money import Money

OPENING = time(7, 0)  # the group's day begins before the first run
FLOAT_KEPT = Money.of("2000.00", "CNY")  # what a branch with a target keeps for change
# Debits and releases of a day go without a second person up to this sum; a larger run would wait.
RUNS_UP_TO = Money.of("50000000.00", "CNY")
HEADER_OPENING = Money.of("1000000.00", "CNY")


def opening_clock(day: date) -> Clock:
    """The sandbox clock on the morning of `day`."""
    return FixedClock(datetime.combine(day, OPENING, tzinfo=ZoneInfo(BEIJING)), BEIJING)


def set_stage(session: TenantSession, feed: Feed, keys: KeyRing, *, slug: str) -> tuple[Cast, TakingsReport]:
    """Everything that is there before the first day; also what the till file came to."""
    clock = opening_clock(feed.start)
    found_tenant(
        session,
        slug=slug,
        name=feed.hq.name,
        currency=feed.currency,
        zone=BEIJING,
        sandbox=True,
        clock=clock,
        cooling_off_days=0,
    )
    cast = register_cast(session, feed, keys, clock)
    grant_mandates(session, list(_mandates(feed, cast)), actor=MAKER, clock=clock)
    for line in feed.credit_lines:
        _open_credit_line(session, line, cast, clock)
    for kind in (RunKind.DEBIT, RunKind.RELEASE):
        set_run_limit(session, kind=kind, limit=RUNS_UP_TO, actor=MAKER, clock=clock)
    if cast.branches:
        _open_pool(session, feed, cast, clock)
    with feed.takings() as source:
        takings = import_takings(
            session,
            source=source,
            file_name="takings",
            currency=feed.currency,
            actor=MAKER,
            clock=clock,
            period=(feed.start, feed.end),
        )
    return cast, takings


def _mandates(feed: Feed, cast: Cast) -> Iterator[NewMandate]:
    for debtor in cast.debtors.values():
        yield NewMandate(
            reference=f"MANDATE-{debtor.firm.code}",
            party_id=debtor.party_id,
            account_id=debtor.account_id,
            currency=feed.currency,
            signed_on=feed.start - timedelta(days=30),
        )


def _open_credit_line(session: TenantSession, line: CreditLine, cast: Cast, clock: Clock) -> None:
    price = Price(Decimal(line.advance_rate), Decimal(line.fee_bp), Terms(Decimal(line.annual_rate)))
    lender = cast.lenders[line.lender.code]
    new = NewFacility(
        lender_id=lender.party_id,
        limit=line.capital,
        price=price,
        auto_offer=True,
        # Licensed factors that register afterwards: the demo has no registry to ask.
        registration_first=False,
    )
    facility = propose_facility(session, new, actor=MAKER, clock=clock)
    approve_facility(session, facility.id, actor=CHECKER, clock=clock)


def _open_pool(session: TenantSession, feed: Feed, cast: Cast, clock: Clock) -> None:
    """Every other branch gives up all it has; the others keep a float that headquarters fills up."""
    zero = SweepTerms(method=SweepMethod.ZERO, currency=feed.currency)
    target = SweepTerms(method=SweepMethod.TARGET, currency=feed.currency, target_minor=FLOAT_KEPT.minor, two_way=True)
    members = [
        NewMember(account_id=branch.account_id, terms=target if place % 2 else zero)
        for place, branch in enumerate(cast.branches.values())
    ]
    create_structure(
        session,
        name="Takings",
        header_account_id=cast.hq.account_id,
        floor=Money.zero(feed.currency),
        members=members,
        actor=MAKER,
        clock=clock,
        auto_approve=True,
    )


def capital_paid_in(feed: Feed, cast: Cast) -> list[DepositIn]:
    """What arrives at the bank on the first day: the lenders' capital and headquarters' own cash."""
    lenders = [
        DepositIn(
            reference=f"CAPITAL-{line.lender.code}",
            account=cast.lenders[line.lender.code].number,
            amount=str(line.capital.amount),
            on=feed.start,
            text=f"CAPITAL {line.lender.code}",
            counterparty_name=line.lender.name,
        )
        for line in feed.credit_lines
    ]
    own = DepositIn(
        reference="CAPITAL-HQ",
        account=cast.hq.number,
        amount=str(HEADER_OPENING.amount),
        on=feed.start,
        text="CAPITAL HQ",
        counterparty_name=feed.hq.name,
    )
    return [*lenders, own]


def cash_of_the_day(session: TenantSession, cast: Cast, day: date) -> list[DepositIn]:
    """What the branches carry to the bank on `day`, and corrections that leave again."""
    branches = {branch.party_id: branch for branch in cast.branches.values()}
    return [
        DepositIn(
            reference=taking.reference,
            account=branches[taking.branch_id].number,
            amount=str(taking.amount.amount),
            on=day,
            text=taking.reference,
        )
        for taking in expected_takings(session, day)
    ]


def shortages(feed: Feed, cast: Cast) -> Sequence[ShortageIn]:
    """Which debtor cannot pay which invoice before which day."""
    return [
        ShortageIn(account=cast.debtors[payment.debtor].number, reference=number, until=payment.available_on)
        for number, payment in feed.payments.items()
        if payment.available_on > payment.due_on
    ]
