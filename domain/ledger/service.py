"""Posting: what happened is booked once, whole, or not at all.

Import it under the module's name, `from domain.ledger import service as ledger`. Post as late in a transaction as you
can: from the first posting until the commit, nobody else writes to the tenant's ledger.
"""

from collections.abc import Mapping, Sequence

from domain.ledger import queries, steps
from domain.ledger.accounts import find_accounts, open_accounts
from domain.ledger.balances import balance, balances, trial_balance
from domain.ledger.bulk import post_in_chunks, post_rows
from domain.ledger.chart import AccountRef
from domain.ledger.check import check
from domain.ledger.errors import PostingKeyReused
from domain.ledger.export import export
from domain.ledger.heads import Head
from domain.ledger.posting import Leg, Posted, Posting, Resolution
from domain.ledger.queries import Hold
from domain.ledger.reversal import reverse
from domain.ledger.seals import heads, seal, verify
from domain.ledger.settling import settle
from domain.ledger.statements import account_statement, explain, explain_transfer
from domain.ledger.steps import Legs, lock_ledger
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor

__all__ = [
    "account_statement",
    "balance",
    "balances",
    "check",
    "explain",
    "explain_transfer",
    "export",
    "find_accounts",
    "heads",
    "lock_ledger",
    "open_accounts",
    "post",
    "post_all",
    "post_in_chunks",
    "post_rows",
    "reverse",
    "seal",
    "trial_balance",
    "verify",
]


def post(session: TenantSession, posting: Posting, *, actor: Actor, clock: Clock) -> Posted:
    """Book one event.

    A key that was booked before returns what it came to. Raises PostingKeyReused, InsufficientFunds, NotPending; after
    any of them nothing has changed.
    """
    return post_all(session, [posting], actor=actor, clock=clock)[0]


def post_all(session: TenantSession, postings: Sequence[Posting], *, actor: Actor, clock: Clock) -> list[Posted]:
    """Book many events by the statements of one: all of them or none. Accounts are opened as they are needed.

    An account must afford the net of all the events together. Raises as `post`.
    """
    by_key = _by_key(postings)
    digests = {key: posting.content_digest() for key, posting in by_key.items()}
    # Asked before the lock, so that a repeat does not wait behind a long batch, and again under it, because another
    # session may have booked the same key while we waited: not if we had it already.
    stored = queries.stored_results(session, digests)
    if len(stored) < len(digests) and lock_ledger(session):
        stored |= queries.stored_results(session, {key: digests[key] for key in digests.keys() - stored.keys()})
    fresh = [posting for key, posting in by_key.items() if key not in stored]
    booked = dict(zip([posting.key for posting in fresh], _book(session, fresh, actor=actor, clock=clock), strict=True))
    return _in_order(postings, stored, booked)


def _by_key(postings: Sequence[Posting]) -> dict[str, Posting]:
    by_key: dict[str, Posting] = {}
    for posting in postings:
        if by_key.setdefault(posting.key, posting) != posting:
            raise PostingKeyReused(key=posting.key)
    return by_key


def _book(session: TenantSession, postings: Sequence[Posting], *, actor: Actor, clock: Clock) -> list[Posted]:
    if not postings:
        return []
    holds = queries.open_holds(session, [leg.pending_id for leg in _legs(postings) if isinstance(leg, Resolution)])
    refs = [ref for leg in _legs(postings) if isinstance(leg, Leg) for ref in (leg.debit, leg.credit)]
    legs = _relation(postings, open_accounts(session, refs, clock=clock), holds)
    settle(session, legs)
    posting_ids, transfer_ids = steps.book(session, [_head(p) for p in postings], legs, actor=actor, clock=clock)
    return _results(postings, posting_ids, transfer_ids)


def _head(posting: Posting) -> Head:
    return Head(
        posting.key,
        posting.content_digest(),
        posting.event,
        posting.source,
        posting.value_date,
        posting.explanation,
        len(posting.legs),
    )


def _legs(postings: Sequence[Posting]) -> list[Leg | Resolution]:
    return [leg for posting in postings for leg in posting.legs]


def _relation(postings: Sequence[Posting], accounts: Mapping[AccountRef, int], holds: Mapping[int, Hold]) -> Legs:
    """The legs as arrays."""
    rows = [
        (place, *_moved(leg, accounts, holds), posting.value_date, leg.mode.number)
        for place, posting in enumerate(postings)
        for leg in posting.legs
    ]
    names = ("places", "debits", "credits", "amounts", "pending_ids", "value_dates", "modes")
    return Legs(_FROM_ARRAYS, {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)})


_FROM_ARRAYS = """
    SELECT ordinal - 1 AS ordinal, place, debit_account_id, credit_account_id, amount, NULL::bigint AS reference,
           pending_id, value_date, mode
    FROM unnest(CAST(:places AS integer[]), CAST(:debits AS bigint[]), CAST(:credits AS bigint[]),
                CAST(:amounts AS bigint[]), CAST(:pending_ids AS bigint[]), CAST(:value_dates AS date[]),
                CAST(:modes AS smallint[])) WITH ORDINALITY
         AS leg (place, debit_account_id, credit_account_id, amount, pending_id, value_date, mode, ordinal)
"""


def _moved(
    leg: Leg | Resolution, accounts: Mapping[AccountRef, int], holds: Mapping[int, Hold]
) -> tuple[int, int, int, int | None]:
    """Debit account, credit account, amount, hold."""
    if isinstance(leg, Resolution):
        hold = holds[leg.pending_id]
        return hold.debit_account_id, hold.credit_account_id, hold.amount, leg.pending_id
    return accounts[leg.debit], accounts[leg.credit], leg.amount.minor, None


def _results(postings: Sequence[Posting], posting_ids: range, transfer_ids: range) -> list[Posted]:
    results = []
    for posting_id, posting in zip(posting_ids, postings, strict=True):
        own, transfer_ids = transfer_ids[: len(posting.legs)], transfer_ids[len(posting.legs) :]
        results.append(Posted(posting_id, tuple(own), repeated=False))
    return results


def _in_order(postings: Sequence[Posting], stored: dict[str, Posted], booked: dict[str, Posted]) -> list[Posted]:
    """A result per posting; one that is named twice in a call is a repeat the second time."""
    results = []
    for posting in postings:
        done = booked.pop(posting.key, None)
        if done is not None:
            stored[posting.key] = Posted(done.posting_id, done.transfer_ids, repeated=True)
        results.append(done or stored[posting.key])
    return results
