"""Accounts: found by what they are, opened when first needed."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

from domain.ledger.chart import CHART, AccountRef
from domain.ledger.steps import lock_ledger
from domain.platform import numbers
from domain.platform.clock import Clock
from domain.platform.database import TenantSession

SERIES = "ledger_account"

# (place, the account) of those that are open. Two arms, because no index serves IS NOT DISTINCT FROM.
FOUND = """
    WITH wanted AS (
      SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:currencies AS text[]), CAST(:owners AS uuid[]))
               WITH ORDINALITY AS wanted (kind, currency, owner, place))
    SELECT place, account.* FROM wanted JOIN ledger_account AS account
      ON tenant_id = :tenant AND account.owner = wanted.owner
     AND account.kind = wanted.kind AND account.currency = wanted.currency
    UNION ALL
    SELECT place, account.* FROM wanted JOIN ledger_account AS account
      ON tenant_id = :tenant AND account.owner IS NULL AND wanted.owner IS NULL
     AND account.kind = wanted.kind AND account.currency = wanted.currency
"""
_FIND = text(f"SELECT place, id FROM ({FOUND}) AS found")

_OPEN = text("""
    INSERT INTO ledger_account (tenant_id, id, kind, owner, currency, normal_side, may_go_negative, floor_minor,
                                debits_posted, credits_posted, debits_pending, credits_pending, opened_at)
    SELECT :tenant, id, kind, owner, currency, side, free, 0, 0, 0, 0, 0, :now
    FROM unnest(CAST(:ids AS bigint[]), CAST(:kinds AS text[]), CAST(:currencies AS text[]), CAST(:owners AS uuid[]),
                CAST(:sides AS text[]), CAST(:frees AS boolean[])) AS wanted (id, kind, currency, owner, side, free)
""")


def find_accounts(session: TenantSession, refs: Iterable[AccountRef]) -> dict[AccountRef, int]:
    """The ids of those of the accounts that are open."""
    wanted = list(dict.fromkeys(refs))
    if not wanted:
        return {}
    found = session.execute(_FIND, named(session, wanted))
    return {wanted[place - 1]: account_id for place, account_id in found}


def open_accounts(session: TenantSession, refs: Iterable[AccountRef], *, clock: Clock) -> dict[AccountRef, int]:
    """The ids of all the accounts; those that do not exist yet are opened, empty, as the chart says."""
    wanted = list(dict.fromkeys(refs))
    found = find_accounts(session, wanted)
    missing = [ref for ref in wanted if ref not in found]
    if not missing:
        return found
    # One session opens accounts at a time: whoever opens the same one waits here, and then finds it. The lock is the
    # one posting begins with: who opens first and posts after cannot deadlock with who posts first and opens after.
    lock_ledger(session)
    found |= find_accounts(session, missing)
    missing = [ref for ref in missing if ref not in found]
    _open(session, missing, clock=clock)
    return found | find_accounts(session, missing)


def _open(session: TenantSession, refs: Sequence[AccountRef], *, clock: Clock) -> None:
    ids = numbers.reserve(session, SERIES, len(refs))
    chart = [CHART[ref.kind] for ref in refs]
    opened = {
        "ids": list(ids),
        "sides": [line.normal_side.value for line in chart],
        "frees": [line.may_go_negative for line in chart],
        "now": clock.now(),
    }
    session.execute(_OPEN, named(session, refs) | opened)


def named(session: TenantSession, refs: Sequence[AccountRef]) -> dict[str, Any]:
    """What `FOUND` is given: the places of its rows count from 1."""
    return {
        "tenant": session.tenant_id,
        "kinds": [ref.kind.value for ref in refs],
        "currencies": [ref.currency for ref in refs],
        "owners": [ref.owner for ref in refs],
    }
