"""The sub-ledger proved: Σ of the advances' figures is what the control accounts say, and nothing drifted beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from domain.financing.accrual import BEARING, accrued_sql, closed_until
from domain.financing.sales.accrual import penalty_sql
from domain.financing.sales.exposure import EXPOSURE
from domain.ledger.balances import standings
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.database import TenantSession

_K = AccountKind
# Only advances move these; the other income accounts are compared for lenders alone, because others earn on them too.
_EXCLUSIVE = frozenset(
    {
        *(_K.ADVANCE_PRINCIPAL, _K.INTEREST_RECEIVABLE, _K.PENALTY_RECEIVABLE),
        *(_K.HOLDBACK_PAYABLE, _K.RECOURSE_CLAIM, _K.DEBTOR_CLAIM, _K.DILUTION_CLAIM, _K.PENALTY_INCOME),
        *(_K.PROVISION, _K.BAD_DEBT),
    }
)

# What the books hold of an advance: as of its last event, or of the last closed date.
_CLOSED = "greatest(accrued_until, CAST(:closed AS date))"


def _standing(component: str) -> str:
    kept = f"{component}_accrued_minor"
    return f"CASE WHEN {BEARING} THEN {accrued_sql(component, _CLOSED)} ELSE {kept} END"


# OFFSET 0: what accrued is worked out once for an advance, not once for every line that names it.
_SUMS = text(f"""
    SELECT kind, owner, currency, sum(amount)::bigint AS total
    FROM (SELECT *, {_standing("interest")} AS interest_now, {_standing("penalty")} AS penalty_now FROM advance
          WHERE tenant_id = :tenant OFFSET 0) AS advance, LATERAL (VALUES
      ('advance_principal', lender_id, principal_open_minor - called_minor),
      ('dilution_claim', lender_id, called_minor),
      ('interest_receivable', lender_id, interest_now - interest_paid_minor - interest_written_off_minor),
      ('penalty_receivable', lender_id, penalty_now - penalty_paid_minor - penalty_written_off_minor),
      ('bad_debt', lender_id, principal_written_off_minor + interest_written_off_minor + penalty_written_off_minor
                              - recovered_minor),
      ('holdback_payable', seller_id, - greatest(surplus_minor - released_minor, 0)),
      ('recourse_claim', lender_id, greatest(released_minor - surplus_minor, 0)),
      ('debtor_claim', lender_id, greatest(refunded_minor - overpaid_minor, 0)),
      ('fee_income', lender_id, - fee_taken_minor - kept_minor - debtor_fee_paid_minor - early_paid_minor),
      ('interest_income', lender_id, - interest_now),
      ('penalty_income', lender_id, - penalty_now),
      ('cost_recovery', lender_id, - costs_paid_minor)) AS figure (kind, owner, amount)
    WHERE tenant_id = :tenant GROUP BY kind, owner, currency
    UNION ALL
    SELECT account, lender_id, currency, sum(amount)::bigint
    FROM provision_movement, LATERAL (VALUES ('provision', - change_minor), ('bad_debt', change_minor))
         AS figure (account, amount)
    WHERE tenant_id = :tenant GROUP BY account, lender_id, currency
    UNION ALL
    SELECT account, lender_id, currency, sum(amount)::bigint
    FROM (SELECT *, {penalty_sql(_CLOSED)} AS penalty_now FROM sales_advance
          WHERE tenant_id = :tenant AND funded_on IS NOT NULL OFFSET 0) AS advance, LATERAL (VALUES
      ('penalty_receivable', penalty_now - penalty_paid_minor - penalty_written_off_minor),
      ('penalty_income', - penalty_now),
      ('bad_debt', written_off_minor + penalty_written_off_minor - recovered_minor),
      ('debtor_claim', greatest(
         refunded_minor - collected_minor + penalty_paid_minor + recovered_minor + repaid_minor, 0)))
      AS figure (account, amount)
    GROUP BY account, lender_id, currency
""")

_UNPAID = "greatest(coalesce(confirmed_minor, 0) - diluted_minor - paid_minor, 0)"
_DRIFTS = {
    "principal of the line's advances": f"""
        SELECT facility.id AS subject, coalesce(sum(
                 CASE WHEN advance.state IN ('created', 'conditions_met', 'instructed') THEN principal_minor
                      ELSE principal_open_minor END), 0)::bigint
                 + coalesce((SELECT sum({EXPOSURE}) FROM sales_advance
                             WHERE tenant_id = :tenant AND facility_id = facility.id), 0)::bigint AS expected,
               used_minor AS found
        FROM facility LEFT JOIN advance ON advance.tenant_id = :tenant AND advance.facility_id = facility.id
        WHERE facility.tenant_id = :tenant GROUP BY facility.tenant_id, facility.id""",
    "principal secured by the receivable": """
        SELECT receivable.id AS subject, sum(least(
                 CASE WHEN advance.id IS NULL THEN 0 -- confirmed and not financed
                      WHEN advance.state IN ('created', 'conditions_met', 'instructed') THEN principal_minor
                      ELSE principal_open_minor END,
                 greatest(coalesce(confirmed_minor, 0) - receivable.diluted_minor - paid_minor, 0)))::bigint
                 AS expected,
               exposure_minor AS found
        FROM receivable LEFT JOIN advance ON advance.tenant_id = :tenant AND advance.receivable_id = receivable.id
        WHERE receivable.tenant_id = :tenant AND receivable.state <> 'split'
        GROUP BY receivable.tenant_id, receivable.id""",
    "whole by its parts": f"""
        SELECT whole.id AS subject, figure.expected, figure.found
        FROM receivable AS whole
        JOIN receivable_split AS split
          ON split.tenant_id = :tenant AND split.receivable_id = whole.id AND split.state = 'in_force'
        JOIN (SELECT parent_id, sum(face_minor)::bigint AS face, sum(diluted_minor)::bigint AS diluted,
                     sum(exposure_minor)::bigint AS exposure, sum({_UNPAID})::bigint AS unpaid
              FROM receivable WHERE tenant_id = :tenant AND state <> 'merged' GROUP BY parent_id) AS parts
          ON parts.parent_id = whole.id
        CROSS JOIN LATERAL (VALUES
          (split.whole_minor, parts.face), (parts.exposure, whole.exposure_minor),
          (parts.diluted + split.diluted_before_minor, whole.diluted_minor), (parts.unpaid, {_UNPAID}))
          AS figure (expected, found)
        WHERE whole.tenant_id = :tenant""",
    "principal by the advance's events": """
        SELECT advance.id AS subject, coalesce(sum(event.principal_minor), 0)::bigint AS expected,
               principal_open_minor AS found
        FROM advance LEFT JOIN advance_event AS event
          ON event.tenant_id = :tenant AND event.advance_id = advance.id
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
    "credit notes of the receivable": """
        SELECT receivable.id AS subject, coalesce(sum(credit_note.amount_minor), 0)::bigint AS expected,
               diluted_minor AS found
        FROM receivable LEFT JOIN credit_note
          ON credit_note.tenant_id = :tenant AND credit_note.receivable_id = receivable.id AND NOT EXISTS (
            SELECT FROM credit_note_cancellation AS cancelled
            WHERE cancelled.tenant_id = :tenant AND cancelled.credit_note_id = credit_note.id)
        -- Of a whole they are those of its parts with its own.
        WHERE receivable.tenant_id = :tenant AND receivable.state <> 'split'
        GROUP BY receivable.tenant_id, receivable.id""",
    "holds on the reserve": """
        SELECT advance.id AS subject, coalesce(sum(amount_minor), 0)::bigint AS expected, hold_minor AS found
        FROM advance LEFT JOIN reserve_hold
          ON reserve_hold.tenant_id = :tenant AND reserve_hold.advance_id = advance.id AND lifted_on IS NULL
        WHERE advance.tenant_id = :tenant GROUP BY advance.tenant_id, advance.id""",
}


def drifted(comparisons: Iterable[str]) -> TextClause:
    """Every comparison (subject, expected, found) in one statement: where they differ, with its name of `:whats`."""
    union = " UNION ALL ".join(
        f"SELECT {place} AS place, subject, expected, found FROM ({query}) AS compared"
        for place, query in enumerate(comparisons, 1)
    )
    return text(f"""
        SELECT (CAST(:whats AS text[]))[place] AS what, subject, expected, found FROM ({union}) AS compared
        WHERE expected <> found ORDER BY place, subject
    """)


_DRIFTED = drifted(_DRIFTS.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures that must be equal and are not, in minor units: what it is about, and what each side says."""

    what: str
    subject: str
    expected_minor: int
    found_minor: int


def check_subledger(session: TenantSession) -> list[Difference]:
    """Every way in which advances, control accounts, lines and receivables disagree; empty when all is well."""
    session.flush()
    return [*_against_the_ledger(session), *_against_each_other(session)]


def _against_the_ledger(session: TenantSession) -> Iterable[Difference]:
    rows = session.execute(_SUMS, {"tenant": session.tenant_id, "closed": closed_until(session)})
    expected: dict[AccountRef, int] = {}
    for row in rows:
        account = AccountRef(_K(row.kind), row.currency, row.owner)
        expected[account] = expected.get(account, 0) + row.total
    found = standings(session, _EXCLUSIVE | {account.kind for account in expected})
    exclusive = {account for account in found if account.kind in _EXCLUSIVE}
    for account in sorted(expected.keys() | exclusive, key=str):
        if expected.get(account, 0) != found.get(account, 0):
            yield Difference("control account", str(account), expected.get(account, 0), found.get(account, 0))


def _against_each_other(session: TenantSession) -> Iterable[Difference]:
    for row in session.execute(_DRIFTED, {"tenant": session.tenant_id, "whats": list(_DRIFTS)}):
        yield Difference(row.what, str(row.subject), row.expected, row.found)
