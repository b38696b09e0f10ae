"""What must hold of pooling's books at every commit; each difference named, with both figures."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from domain.ledger.balances import standings
from domain.ledger.chart import CHART, AccountKind, Side
from domain.platform.database import TenantSession
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures of one branch, or of one header, that should be equal and are not."""

    rule: str
    branch_id: UUID
    left: Money
    right: Money


@dataclass(frozen=True, slots=True)
class Orphan:
    """A movement or a loan slip whose two sides are not those of a leg that is there."""

    rule: str
    id: UUID


# No foreign keys are checked for each of a hundred thousand: this says what they would have refused, and more.
_ORPHANS = text("""
    SELECT 'movement without its leg' AS rule, source_id AS id FROM pool_movement AS movement
    WHERE tenant_id = :tenant
      AND NOT EXISTS (
        SELECT FROM pool_leg AS leg
        WHERE leg.tenant_id = :tenant AND leg.account_id = movement.account_id
          AND leg.parent_account_id = movement.parent_account_id AND leg.structure_id = movement.structure_id
          AND leg.party_id = movement.party_id AND leg.currency = movement.currency)
    UNION ALL
    SELECT 'loan slip without its sweep', id FROM loan_slip AS slip
    WHERE tenant_id = :tenant
      AND NOT EXISTS (
        SELECT FROM sweep
        JOIN pool_leg AS leg
          ON leg.tenant_id = :tenant AND leg.account_id = sweep.account_id
         AND leg.parent_account_id = sweep.parent_account_id
        WHERE sweep.tenant_id = :tenant AND sweep.id = slip.sweep_id AND leg.structure_id = slip.structure_id
          AND CASE sweep.direction
                WHEN 'up' THEN (slip.lender_account_id, slip.lender_id, slip.borrower_account_id, slip.borrower_id)
                             = (leg.account_id, leg.party_id, leg.parent_account_id, leg.parent_party_id)
                ELSE (slip.borrower_account_id, slip.borrower_id, slip.lender_account_id, slip.lender_id)
                   = (leg.account_id, leg.party_id, leg.parent_account_id, leg.parent_party_id) END)
    ORDER BY rule, id
""")

# What the sweeps that moved cash add up to, as the branch's claim on its header.
_SWEPT = """
    SELECT party_id, currency, sum(CASE direction WHEN 'up' THEN amount_minor ELSE -amount_minor END)::bigint
    FROM sweep WHERE tenant_id = :tenant AND state IN ('executed', 'confirmed', 'value_corrected')
    GROUP BY party_id, currency
"""
# What the movements say: of sweeps and their returns, of everything, and of the legs they have made.
_MOVED_BY_SWEEPS = """
    SELECT party_id, currency, sum(amount_minor)::bigint FROM pool_movement
    WHERE tenant_id = :tenant AND kind IN ('executed', 'returned') GROUP BY party_id, currency
"""
_MOVED = """
    SELECT party_id, currency, sum(amount_minor)::bigint FROM pool_movement
    WHERE tenant_id = :tenant GROUP BY party_id, currency
"""
_LEGS = """
    SELECT party_id, currency, sum(minor)::bigint FROM (
      SELECT party_id, currency, position_minor AS minor FROM pool_leg WHERE tenant_id = :tenant
      UNION ALL
      SELECT party_id, currency, amount_minor FROM pool_movement WHERE tenant_id = :tenant AND taken_on IS NULL) AS part
    GROUP BY party_id, currency
"""
_SLIPS = """
    SELECT sweep.party_id, slip.currency, sum(slip.principal_minor)::bigint
    FROM loan_slip AS slip JOIN sweep ON sweep.tenant_id = :tenant AND sweep.id = slip.sweep_id
    WHERE slip.tenant_id = :tenant GROUP BY sweep.party_id, slip.currency
"""
_LENT = """
    SELECT party_id, currency, sum(abs(amount_minor))::bigint FROM pool_movement
    WHERE tenant_id = :tenant AND kind = 'executed' GROUP BY party_id, currency
"""
_UNSETTLED = """
    SELECT parent_party_id, currency,
           sum(earned_minor - earned_settled_minor + owed_minor - owed_settled_minor)::bigint
    FROM pool_leg WHERE tenant_id = :tenant GROUP BY parent_party_id, currency
"""
_ACCRUED = """
    SELECT parent_party_id, currency, sum(earned_minor + owed_minor)::bigint FROM pool_leg
    WHERE tenant_id = :tenant GROUP BY parent_party_id, currency
"""
_BY_DAY = """
    SELECT parent_party_id, currency, sum(earned_minor + owed_minor)::bigint FROM pool_accrual
    WHERE tenant_id = :tenant GROUP BY parent_party_id, currency
"""
_BOOKED_TAKINGS = """
    SELECT branch_id, currency, sum(booked_minor)::bigint FROM taking
    WHERE tenant_id = :tenant AND booked_minor IS NOT NULL GROUP BY branch_id, currency
"""

_KINDS = (
    AccountKind.IC_DUE_FROM_HEADER,
    AccountKind.IC_DUE_TO_BRANCH,
    AccountKind.TAKINGS,
    AccountKind.IC_INTEREST_RECEIVABLE,
    AccountKind.IC_INTEREST_PAYABLE,
    AccountKind.IC_INTEREST_INCOME,
    AccountKind.IC_INTEREST_EXPENSE,
)
_Figures = dict[tuple[UUID, str], int]
_QUERIES = (_SWEPT, _MOVED_BY_SWEEPS, _MOVED, _LEGS, _SLIPS, _LENT, _UNSETTLED, _ACCRUED, _BY_DAY, _BOOKED_TAKINGS)
_SUMS = text(" UNION ALL ".join(f"SELECT {place}, * FROM ({query}) AS summed" for place, query in enumerate(_QUERIES)))


def intercompany_positions(session: TenantSession, currency: str) -> dict[UUID, Money]:
    """What each branch is owed by its header; negative where the branch owes. Branches that are even are left out."""
    return {
        branch: Money.from_minor(minor, of)
        for (branch, of), minor in _balances(session)[AccountKind.IC_DUE_FROM_HEADER].items()
        if minor and of == currency
    }


def check_pooling(session: TenantSession) -> list[Difference | Orphan]:
    """Everything that does not hold; empty when all does.

    What branches are owed = what headers owe = what sweeps moved and interest added; takings in the books = what the
    bank credited; a slip for every leg, and a leg for every movement and slip; interest of both sides equal, and equal
    to what legs and days add up to.
    """
    balances = _balances(session)
    due_from, due_to, takings, receivable, payable, income, expense = (balances[kind] for kind in _KINDS)
    swept, moved_by_sweeps, moved, legs, slips, lent, unsettled, accrued, by_day, booked_takings = _sums(session)
    return [
        *_compare("due from header = due to branch", due_from, due_to),
        *_compare("due from header = movements", due_from, moved),
        *_compare("movements of sweeps = sweeps executed", moved_by_sweeps, swept),
        *_compare("positions of legs = movements", legs, moved),
        *_compare("loan slips = legs executed", slips, lent),
        *_compare("interest receivable = interest payable", receivable, payable),
        *_compare("interest income = interest expense", income, expense),
        *_compare("interest receivable = legs unsettled", receivable, unsettled),
        *_compare("interest income = legs accrued", income, accrued),
        *_compare("legs accrued = days accrued", accrued, by_day),
        *_compare("takings booked = bank credits", takings, booked_takings),
        *orphans(session),
    ]


def orphans(session: TenantSession) -> list[Orphan]:
    """Movements and slips that are of no leg."""
    return [Orphan(row.rule, row.id) for row in session.execute(_ORPHANS, {"tenant": session.tenant_id})]


def _compare(rule: str, left: _Figures, right: _Figures) -> list[Difference]:
    return [
        Difference(rule, branch, Money.from_minor(one, currency), Money.from_minor(other, currency))
        for branch, currency in sorted(left.keys() | right.keys())
        if (one := left.get((branch, currency), 0)) != (other := right.get((branch, currency), 0))
    ]


def _sums(session: TenantSession) -> list[_Figures]:
    """What each of the queries adds up to, by one statement."""
    found: list[_Figures] = [{} for _ in _QUERIES]
    for place, branch, currency, minor in session.execute(_SUMS, {"tenant": session.tenant_id}):
        found[place][branch, currency] = minor
    return found


def _balances(session: TenantSession) -> dict[AccountKind, _Figures]:
    """The balances of pooling's kinds of account, each on its normal side."""
    found: dict[AccountKind, _Figures] = {kind: {} for kind in _KINDS}
    for account, minor in standings(session, _KINDS).items():
        if account.owner is not None:
            on_debit = CHART[account.kind].normal_side is Side.DEBIT
            found[account.kind][account.owner, account.currency] = minor if on_debit else -minor
    return found
