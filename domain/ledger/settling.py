"""Settling: the counters of the accounts that legs name are brought forward, each by one update, in order of id.

The CHECK on the table decides about overdrafts, whatever SQL ran. For single postings one statement looks first, so
that a refusal costs no transaction; for bulk the look would cost as much as the update, so it comes after the CHECK.
"""

from functools import cache

from sqlalchemy import Row

from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.errors import InsufficientFunds
from domain.ledger.posting import Mode
from domain.ledger.steps import Legs, over
from domain.ledger.tables import AVAILABLE
from domain.platform.database import TenantSession
from domain.values.money import Money


class UnknownAccount(LookupError):
    """A leg names an account that is not there, or has another currency; who knows the rows says which."""


# First per account, side and mode, where the many rows are; what the mode means is then asked once for each sum.
# Modes by number: 0 posted, 1 pending, 2 post, 3 void, 4 imposed.
_NET = """
    net AS (
      SELECT account_id,
             sum(CASE WHEN mode IN (0, 2, 4) THEN debited ELSE 0 END)::bigint AS debits,
             sum(CASE WHEN mode IN (0, 2, 4) THEN credited ELSE 0 END)::bigint AS credits,
             sum(debited * CASE mode WHEN 1 THEN 1 WHEN 2 THEN -1 WHEN 3 THEN -1 ELSE 0 END)::bigint AS debits_held,
             sum(credited * CASE mode WHEN 1 THEN 1 WHEN 2 THEN -1 WHEN 3 THEN -1 ELSE 0 END)::bigint AS credits_held,
             bool_or(mode = 4) AS imposed, sum(debited)::bigint AS turnover
      FROM (
        SELECT debit_account_id AS account_id, mode, sum(amount)::bigint AS debited, 0 AS credited
        FROM ({legs}) AS legs GROUP BY debit_account_id, mode
        UNION ALL
        SELECT credit_account_id, mode, 0, sum(amount)::bigint
        FROM ({legs}) AS legs GROUP BY credit_account_id, mode) AS side
      GROUP BY account_id ORDER BY account_id)
"""

# Of legs of one mode, which bulk has. In order, so that the update goes through the table page by page.
_NET_OF_ONE_MODE = """
    SELECT account_id, sum(debited)::bigint AS debited, sum(credited)::bigint AS credited
    FROM (SELECT debit_account_id AS account_id, amount AS debited, 0::bigint AS credited FROM ({legs}) AS legs
          UNION ALL
          SELECT credit_account_id, 0::bigint, amount FROM ({legs}) AS legs) AS side
    GROUP BY account_id ORDER BY account_id
"""
_MOVES = frozenset({Mode.POSTED, Mode.POST, Mode.IMPOSED})
_HOLDS = {Mode.PENDING: 1, Mode.POST: -1, Mode.VOID: -1}

# What the legs change in what is available.
_CHANGE = """
    CASE normal_side WHEN 'debit' THEN net.debits - net.credits - net.credits_held
                     ELSE net.credits - net.debits - net.debits_held END
"""

# An ordinary posting can only raise a floor that the bank pushed down; below it the CHECK refuses.
_UPDATE = f"""
    UPDATE ledger_account AS account
    SET debits_posted = debits_posted + debits, credits_posted = credits_posted + credits,
        debits_pending = debits_pending + debits_held, credits_pending = credits_pending + credits_held,
        floor_minor = CASE WHEN may_go_negative THEN 0
                           WHEN net.imposed THEN least(0, {AVAILABLE} + {_CHANGE})
                           ELSE least(0, greatest(floor_minor, {AVAILABLE} + {_CHANGE})) END
    FROM net
    WHERE account.tenant_id = :tenant AND account.id = net.account_id
      AND (currency = :currency OR :currency IS NULL)
"""


@cache
def _unasked(mode: Mode) -> str:
    """The same for legs of one mode, which changes the counters it has to do with and no others.

    Each amount is on two sides, so that an account which was not found is missing in the sums.
    """
    counters, debit, credit = [], "0", "0"
    if mode in _MOVES:
        counters += ["debits_posted = debits_posted + debited", "credits_posted = credits_posted + credited"]
        debit, credit = "debited - credited", "credited - debited"
    if holds := _HOLDS.get(mode):
        counters += [f"debits_pending = debits_pending + {holds} * debited"]
        counters += [f"credits_pending = credits_pending + {holds} * credited"]
        debit, credit = f"{debit} - {holds} * credited", f"{credit} - {holds} * debited"
    after = f"{AVAILABLE} + CASE normal_side WHEN 'debit' THEN {debit} ELSE {credit} END"
    floor = after if mode is Mode.IMPOSED else f"greatest(floor_minor, {after})"
    return f"""
        WITH settled AS (
          UPDATE ledger_account AS account
          SET {", ".join(counters)}, floor_minor = CASE WHEN may_go_negative THEN 0 ELSE least(0, {floor}) END
          FROM ({_NET_OF_ONE_MODE}) AS net
          WHERE account.tenant_id = :tenant AND account.id = net.account_id AND currency = :currency
          RETURNING debited, credited),
        found AS (SELECT sum(debited) AS debited, sum(credited) AS credited FROM settled),
        told AS (SELECT coalesce(sum(amount), 0)::bigint AS turnover FROM ({{legs}}) AS legs)
        SELECT turnover, coalesce(debited, 0) = turnover AND coalesce(credited, 0) = turnover AS all_found
        FROM found, told
    """


_SETTLE = f"""
    WITH {_NET},
    outcome AS (
      SELECT kind, owner, currency, {AVAILABLE} AS available, {_CHANGE} AS change,
             NOT may_go_negative AND NOT net.imposed AND {AVAILABLE} + {_CHANGE} < floor_minor AS is_short
      FROM net JOIN ledger_account ON tenant_id = :tenant AND id = net.account_id
      WHERE currency = :currency OR :currency IS NULL),
    short AS (SELECT * FROM outcome WHERE is_short LIMIT 1),
    settled AS (
      {_UPDATE} AND NOT EXISTS (SELECT FROM short) AND (SELECT count(*) FROM net) = (SELECT count(*) FROM outcome)
      RETURNING 1)
    SELECT (SELECT count(*) FROM net) AS named, (SELECT count(*) FROM outcome) AS found,
           (SELECT count(*) FROM settled) AS settled, (SELECT coalesce(sum(turnover), 0)::bigint FROM net) AS turnover,
           short.kind, short.owner, short.currency, short.available, short.change
    FROM (SELECT) AS one LEFT JOIN short ON true
"""


def settle(session: TenantSession, legs: Legs, currency: str | None = None) -> int:
    """Bring the counters forward, and return the sum of the legs.

    With `currency`, accounts of another one count as unknown. Raises InsufficientFunds and UnknownAccount; nothing was
    changed then.
    """
    row = _executed(session, _SETTLE, legs, currency)
    if row.named != row.found:
        raise UnknownAccount
    if row.kind is not None:
        account = AccountRef(AccountKind(row.kind), row.currency, row.owner)
        available, change = (Money.from_minor(minor, row.currency) for minor in (row.available, row.change))
        raise InsufficientFunds(account=account, available=available, required=-change)
    assert row.settled == row.named, "an account changed under the lock of the ledger"
    return int(row.turnover)


def settle_unasked(session: TenantSession, legs: Legs, currency: str, mode: Mode) -> int:
    """The same at twice the speed, for legs of one mode.

    Inside a savepoint: raises IntegrityError where `settle` says who is short.
    """
    row = _executed(session, _unasked(mode), legs, currency)
    if not row.all_found:
        raise UnknownAccount
    return int(row.turnover)


def _executed(session: TenantSession, statement: str, legs: Legs, currency: str | None) -> Row[tuple[object, ...]]:
    binds = {"tenant": session.tenant_id, "currency": currency, **legs.binds}
    return session.execute(over(statement, legs.sql), binds).one()
