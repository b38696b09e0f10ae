"""A whole pool at once: deepest level first, credits before debits, nothing below a header's floor (rules: Sweeps)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import groupby

from domain.pooling.rules import SkipReason, SweepDirection, SweepTerms, fill, kept_by, raw_down, raw_up, size


class SweepOrder(StrEnum):
    """Whether a header first collects or first gives."""

    CREDIT_FIRST = "credit_first"
    DEBIT_FIRST = "debit_first"


DIRECTIONS = {
    SweepOrder.CREDIT_FIRST: (SweepDirection.UP, SweepDirection.DOWN),
    SweepOrder.DEBIT_FIRST: (SweepDirection.DOWN, SweepDirection.UP),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the evaluation meets it, in minor units. `parent` is None for the header only.

    `available` may be sent; `incoming` is on its way to the account and stills its need, but cannot be sent yet.
    `floor` is what the account keeps when it stands as header above others; an overdraft line makes it negative.
    """

    key: str
    available: int
    terms: SweepTerms | None = None
    parent: str | None = None
    incoming: int = 0
    priority: int = 0
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """One sweep that was asked for: made when `amount` is positive, skipped with a reason when it is 0.

    Legs of one `wave` may go at once; a wave waits for the one before it, whose money it may need.
    """

    account: str
    parent: str
    direction: SweepDirection
    wave: int
    raw: int
    lot_amount: int
    amount: int
    skip: SkipReason | None

    @property
    def effect(self) -> int:
        """What the leg adds to the parent, and takes from the account."""
        return self.amount if self.direction is SweepDirection.UP else -self.amount


@dataclass(frozen=True)
class Evaluation:
    """All legs in the order they run, and every balance after them."""

    legs: tuple[Leg, ...]
    balances: dict[str, int]


def evaluate(accounts: Sequence[Account], order: SweepOrder = SweepOrder.CREDIT_FIRST) -> Evaluation:
    """The sweeps of one structure; `accounts` names parents before their children, the header first.

    Within a level, legs run by priority, then in the order given.
    """
    by_key = {account.key: account for account in accounts}
    balances = {account.key: account.available for account in accounts}
    legs: list[Leg] = []
    wave = 0
    for members in _levels_from_below(accounts):
        for direction in DIRECTIONS[order]:
            for account in members:
                leg = _leg(account, by_key, balances, direction, wave)
                if leg:
                    legs.append(leg)
                    balances[leg.account] -= leg.effect
                    balances[leg.parent] += leg.effect
            wave += 1
    return Evaluation(tuple(legs), balances)


def shortfall(accounts: Sequence[Account], legs: Iterable[Leg]) -> tuple[Account, int] | None:
    """The first account that the legs, run in their order, leave with less than it may have; and what it would have.

    A header gives nothing below its floor; an account gives up nothing below what it keeps.
    """
    by_key = {account.key: account for account in accounts}
    balances = {account.key: account.available for account in accounts}
    for leg in legs:
        balances[leg.account] -= leg.effect
        balances[leg.parent] += leg.effect
        payer = by_key[leg.account if leg.direction is SweepDirection.UP else leg.parent]
        if leg.amount and balances[payer.key] < least_of(payer, leg.direction):
            return payer, balances[payer.key]
    return None


def least_of(payer: Account, direction: SweepDirection) -> int:
    """The balance below which a leg does not drive the account that pays it."""
    if direction is SweepDirection.DOWN:
        return payer.floor
    assert payer.terms is not None, "only members send up"
    return kept_by(payer.terms)


def _levels_from_below(accounts: Iterable[Account]) -> list[list[Account]]:
    depth: dict[str | None, int] = {None: -1}
    for account in accounts:
        depth[account.key] = depth[account.parent] + 1
    members = [account for account in accounts if account.parent is not None]
    members.sort(key=lambda account: (-depth[account.key], account.priority))
    return [list(level) for _, level in groupby(members, key=lambda account: depth[account.key])]


def _leg(
    account: Account, by_key: dict[str, Account], balances: dict[str, int], direction: SweepDirection, wave: int
) -> Leg | None:
    assert account.terms is not None
    assert account.parent is not None
    balance = balances[account.key]
    if direction is SweepDirection.UP:
        raw = raw_up(account.terms, balance)
    else:
        raw = raw_down(account.terms, balance + account.incoming)
    if raw == 0:
        return None
    sized = size(account.terms, direction, raw)
    if direction is SweepDirection.DOWN:
        sized = fill(account.terms, sized, balances[account.parent] - by_key[account.parent].floor)
    return Leg(account.key, account.parent, direction, wave, raw, sized.lot_amount, sized.amount, sized.skip)


def seal(heading: Sequence[str], legs: Iterable[Leg]) -> str:
    """SHA-256 over what people approve: the proposal's heading, then every leg, one line each, tab separated."""
    digest = sha256()
    digest.update("\t".join(heading).encode())
    for leg in legs:
        line = (leg.account, leg.parent, leg.direction, leg.wave, leg.raw, leg.lot_amount, leg.amount, leg.skip or "")
        digest.update(("\n" + "\t".join(map(str, line))).encode())
    return digest.hexdigest()
