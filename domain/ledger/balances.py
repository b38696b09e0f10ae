"""What accounts hold: now from their counters, on a past date by taking back what was booked for later dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, text

from domain.ledger.accounts import FOUND, named
from domain.ledger.chart import CHART, AccountKind, AccountRef, Section, Side
from domain.platform.database import TenantSession
from domain.values.money import Money

_NOW = text(f"SELECT place, debits_posted, credits_posted, debits_pending, credits_pending FROM ({FOUND}) AS account")

# Modes by number: 0 posted, 1 pending, 2 post, 3 void, 4 imposed. Later rows are few when the date is near, so this
# costs less than adding up from the beginning.
_AS_OF = """
    SELECT place,
           debits_posted - coalesce(debits.posted, 0) AS debits_posted,
           credits_posted - coalesce(credits.posted, 0) AS credits_posted,
           debits_pending - coalesce(debits.pending, 0) AS debits_pending,
           credits_pending - coalesce(credits.pending, 0) AS credits_pending
    FROM ({found}) AS account
    LEFT JOIN LATERAL ({debits}) AS debits ON true
    LEFT JOIN LATERAL ({credits}) AS credits ON true
"""
_LATER = """
    SELECT sum(CASE WHEN mode IN (0, 2, 4) THEN amount ELSE 0 END)::bigint AS posted,
           sum(CASE mode WHEN 1 THEN amount WHEN 2 THEN -amount WHEN 3 THEN -amount ELSE 0 END)::bigint AS pending
    FROM ledger_transfer AS later
    WHERE later.tenant_id = :tenant AND later.{side}_account_id = account.id AND later.value_date > :as_of
"""
_THEN = text(_AS_OF.format(found=FOUND, debits=_LATER.format(side="debit"), credits=_LATER.format(side="credit")))

# Without a date nothing is taken back, and the transfers are not read at all.
_TRIAL = text("""
    WITH later AS (
      SELECT account_id, sum(debited)::bigint AS debited, sum(credited)::bigint AS credited
      FROM (SELECT debit_account_id AS account_id, sum(amount) AS debited, 0 AS credited FROM ledger_transfer
            WHERE :dated AND tenant_id = :tenant AND value_date > :as_of AND mode IN (0, 2, 4) GROUP BY debit_account_id
            UNION ALL
            SELECT credit_account_id, 0, sum(amount) FROM ledger_transfer
            WHERE :dated AND tenant_id = :tenant AND value_date > :as_of AND mode IN (0, 2, 4)
            GROUP BY credit_account_id) AS side
      GROUP BY account_id)
    SELECT kind, owner, currency,
           debits_posted - coalesce(debited, 0) - credits_posted + coalesce(credited, 0) AS balance
    FROM ledger_account LEFT JOIN later ON account_id = id
    WHERE tenant_id = :tenant ORDER BY kind, currency, owner
""")

_STANDINGS = text("""
    SELECT kind, owner, currency, debits_posted - credits_posted AS minor FROM ledger_account
    WHERE tenant_id = :tenant AND kind = ANY(CAST(:kinds AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Balance:
    """An account on its normal side: what it holds, what is held to come in or go out, what can be spent."""

    posted: Money
    pending_in: Money
    pending_out: Money

    @property
    def available(self) -> Money:
        """What can still go out: money that is on its way in cannot."""
        return self.posted - self.pending_out


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account with its balance on the side where it stands; the other one is zero."""

    account: AccountRef
    debit: Money
    credit: Money

    @property
    def section(self) -> Section:
        """Where the account stands in the accounts."""
        return CHART[self.account.kind].section


def balance(session: TenantSession, ref: AccountRef, *, as_of: date | None = None) -> Balance:
    """The balance of one account, by value dates up to and with `as_of`; zero for one that was never opened."""
    return balances(session, [ref], as_of=as_of)[ref]


def balances(
    session: TenantSession, refs: Iterable[AccountRef], *, as_of: date | None = None
) -> dict[AccountRef, Balance]:
    """The balances of many accounts at once."""
    wanted = list(refs)
    if not wanted:
        return {}
    binds = named(session, wanted)
    found = session.execute(_NOW, binds) if as_of is None else session.execute(_THEN, binds | {"as_of": as_of})
    rows = {row.place: row for row in found}
    return {
        ref: _balance(ref, rows[place]) if place in rows else _nothing(ref) for place, ref in enumerate(wanted, start=1)
    }


def trial_balance(session: TenantSession, *, as_of: date | None = None) -> list[TrialLine]:
    """Every account with its balance; per currency, debits and credits add up to the same."""
    binds = {"tenant": session.tenant_id, "dated": as_of is not None, "as_of": as_of or date.max}
    return [_trial_line(row) for row in session.execute(_TRIAL, binds)]


def standings(session: TenantSession, kinds: Iterable[AccountKind]) -> dict[AccountRef, int]:
    """Debits less credits of every account of these kinds, in minor units: what a check holds its own sums against."""
    rows = session.execute(_STANDINGS, {"tenant": session.tenant_id, "kinds": [kind.value for kind in kinds]})
    return {AccountRef(AccountKind(row.kind), row.currency, row.owner): row.minor for row in rows}


def _balance(ref: AccountRef, row: Row[tuple[int, ...]]) -> Balance:
    debits, credits_ = (row.debits_posted, row.debits_pending), (row.credits_posted, row.credits_pending)
    inward, outward = (debits, credits_) if CHART[ref.kind].normal_side is Side.DEBIT else (credits_, debits)
    minors = (inward[0] - outward[0], inward[1], outward[1])
    return Balance(*(Money.from_minor(minor, ref.currency) for minor in minors))


def _nothing(ref: AccountRef) -> Balance:
    zero = Money.zero(ref.currency)
    return Balance(zero, zero, zero)


def _trial_line(row: Row[tuple[object, ...]]) -> TrialLine:
    account = AccountRef(AccountKind(row.kind), row.currency, row.owner)
    standing, zero = Money.from_minor(abs(row.balance), row.currency), Money.zero(row.currency)
    return TrialLine(account, standing, zero) if row.balance >= 0 else TrialLine(account, zero, standing)
