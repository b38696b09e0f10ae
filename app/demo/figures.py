"""What the days came to: counted by the database in a handful of statements."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text

from domain.banking.states import AT_THE_BANK
from domain.financing.states import OUTSTANDING, PAID_OUT
from domain.ledger.balances import trial_balance
from domain.ledger.chart import AccountKind
from domain.platform.database import TenantSession
from domain.values.money import Money

_ADVANCES = text("""
    SELECT count(*) AS funded,
           coalesce(sum(disbursed_minor), 0)::bigint AS paid_out,
           count(*) FILTER (WHERE state = ANY(:outstanding)) AS outstanding,
           coalesce(sum(principal_open_minor), 0)::bigint AS principal_open,
           count(*) FILTER (WHERE state = 'overdue') AS overdue,
           coalesce(sum(released_minor), 0)::bigint AS released
    FROM advance WHERE tenant_id = :tenant AND state = ANY(:paid_out)
""")

# A repaid advance is as late as the last payment that reached it; an early or punctual one is not late at all.
_LATE = text("""
    SELECT count(*) AS repaid, coalesce(avg(days), 0) AS average_days
    FROM (
      SELECT greatest(0, max(event.value_date) - advance.rolled_due_on) AS days
      FROM advance JOIN advance_event AS event
        ON event.tenant_id = advance.tenant_id AND event.advance_id = advance.id
      WHERE advance.tenant_id = :tenant AND advance.state IN ('repaid', 'closed')
        AND event.kind IN ('collected', 'received')
      GROUP BY advance.id, advance.rolled_due_on) AS repaid
""")

_DEBITS = text("""
    SELECT count(*) FILTER (WHERE attempt > 1) AS retries,
           count(*) FILTER (WHERE state = 'returned') AS returned,
           count(*) AS attempts
    FROM instruction WHERE tenant_id = :tenant AND purpose = 'receivable_collection' AND state <> 'cancelled'
""")

_SWEEPS = text("""
    SELECT count(*) AS sweeps,
           coalesce(sum(amount_minor) FILTER (WHERE direction = 'up'), 0)::bigint AS up,
           coalesce(sum(amount_minor) FILTER (WHERE direction = 'down'), 0)::bigint AS down
    FROM sweep WHERE tenant_id = :tenant AND state IN ('executed', 'confirmed')
""")

_CORRECTIONS = text("SELECT count(*) FROM taking WHERE tenant_id = :tenant AND amount_minor < 0")

_WAITING = text("SELECT count(*) FROM instruction WHERE tenant_id = :tenant AND state = ANY(:states)")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, sums and averages of the whole scenario; sums in its one currency."""

    advances: int
    paid_out: Money
    repaid: int
    outstanding: int
    principal_open: Money
    overdue: int
    average_days_late: Decimal
    interest: Money
    penalties: Money
    fees: Money
    holdback_released: Money
    debit_attempts: int
    retries: int
    returned: int
    sweeps: int
    swept_up: Money
    swept_down: Money
    corrected_days: int
    takings: Money
    owed_to_branches: Money


def count(session: TenantSession, currency: str) -> Figures:
    """Read the figures."""
    states = {"outstanding": [state.value for state in OUTSTANDING], "paid_out": [state.value for state in PAID_OUT]}
    tenant = {"tenant": session.tenant_id}
    lent = session.execute(_ADVANCES, tenant | states).one()
    late = session.execute(_LATE, tenant).one()
    debits = session.execute(_DEBITS, tenant).one()
    sweeps = session.execute(_SWEEPS, tenant).one()
    income = _by_kind(session, currency)

    def money(minor: int) -> Money:
        return Money.from_minor(minor, currency)

    return Figures(
        advances=lent.funded,
        paid_out=money(lent.paid_out),
        repaid=late.repaid,
        outstanding=lent.outstanding,
        principal_open=money(lent.principal_open),
        overdue=lent.overdue,
        average_days_late=Decimal(late.average_days).quantize(Decimal("0.1")),
        interest=income[AccountKind.INTEREST_INCOME],
        penalties=income[AccountKind.PENALTY_INCOME],
        fees=income[AccountKind.FEE_INCOME],
        holdback_released=money(lent.released),
        debit_attempts=debits.attempts,
        retries=debits.retries,
        returned=debits.returned,
        sweeps=sweeps.sweeps,
        swept_up=money(sweeps.up),
        swept_down=money(sweeps.down),
        corrected_days=session.execute(_CORRECTIONS, tenant).scalar_one(),
        takings=income[AccountKind.TAKINGS],
        owed_to_branches=income[AccountKind.IC_DUE_TO_BRANCH],
    )


def _by_kind(session: TenantSession, currency: str) -> dict[AccountKind, Money]:
    """Credit balances by kind of account."""
    totals = dict.fromkeys(AccountKind, Money.zero(currency))
    for line in trial_balance(session):
        totals[line.account.kind] += line.credit - line.debit
    return totals


def waiting_for_bank(session: TenantSession) -> int:
    """Instructions that were sent, and of which the bank has not said what became."""
    states = [state.value for state in AT_THE_BANK]
    return int(session.execute(_WAITING, {"tenant": session.tenant_id, "states": states}).scalar_one())
