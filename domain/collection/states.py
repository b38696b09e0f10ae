"""What a mandate is for, and what becomes of mandates, clients, plans, dues and what clients are paid."""

from collections.abc import Mapping
from enum import StrEnum


class MandatePurpose(StrEnum):
    """What a mandate allows to be collected: a code, because it gates what is debited. Never investments."""

    TRADE_PAYMENT = "trade_payment"
    FUND_SWEEP = "fund_sweep"
    RENT = "rent"
    UTILITIES = "utilities"
    INSURANCE = "insurance"
    TUITION = "tuition"
    LOAN_REPAYMENT = "loan_repayment"


class MandateState(StrEnum):
    """Whether a mandate may be debited under; only an active one may."""

    DRAFT = "draft"
    PENDING_AUTHORISATION = "pending_authorisation"
    PENDING_SUBMISSION = "pending_submission"
    SUBMITTED = "submitted"
    ACTIVE = "active"
    AMENDING = "amending"
    SUSPENDED = "suspended"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    CONSUMED = "consumed"
    REPLACED = "replaced"


_M = MandateState
# Beyond the rules file: what was never in force may be cancelled, and a suspended mandate may end like an active one.
TRANSITIONS: Mapping[MandateState, frozenset[MandateState]] = {
    _M.DRAFT: frozenset({_M.PENDING_AUTHORISATION, _M.CANCELLED}),
    _M.PENDING_AUTHORISATION: frozenset({_M.PENDING_SUBMISSION, _M.CANCELLED}),
    _M.PENDING_SUBMISSION: frozenset({_M.SUBMITTED, _M.CANCELLED}),
    _M.SUBMITTED: frozenset({_M.ACTIVE, _M.FAILED}),
    _M.ACTIVE: frozenset({_M.SUSPENDED, _M.AMENDING, _M.EXPIRED, _M.CANCELLED, _M.BLOCKED, _M.CONSUMED, _M.REPLACED}),
    _M.AMENDING: frozenset({_M.ACTIVE, _M.CANCELLED, _M.BLOCKED}),
    _M.SUSPENDED: frozenset({_M.ACTIVE, _M.EXPIRED, _M.CANCELLED, _M.BLOCKED, _M.REPLACED}),
    _M.EXPIRED: frozenset({_M.PENDING_SUBMISSION}),
    _M.CANCELLED: frozenset({_M.PENDING_SUBMISSION}),
    _M.FAILED: frozenset(),
    _M.BLOCKED: frozenset(),
    _M.CONSUMED: frozenset(),
    _M.REPLACED: frozenset(),
}


class RegistrationKind(StrEnum):
    """What the payer's bank is asked to do about a mandate."""

    REQUEST = "request"  # pain.009
    AMENDMENT = "amendment"  # pain.010
    CANCELLATION = "cancellation"  # pain.011


class Cycle(StrEnum):
    """How often a mandate lets itself be used: `max_per_cycle` times in each."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    TERM = "term"  # its whole life: a mandate for one payment is used once in it


class Limb(StrEnum):
    """A part of the check of a debit against its mandate. `bit` is how a set of limbs is stored."""

    STATE = "state"
    TERM = "term"
    PAYEE = "payee"
    PURPOSE = "purpose"
    ACCOUNT = "account"
    CURRENCY = "currency"
    AMOUNT = "amount"
    COUNT = "count"
    TOTAL = "total"

    @property
    def bit(self) -> int:
        """1, 2, 4, … in the order above; never reordered, because checks are stored."""
        return 1 << list(Limb).index(self)

    @classmethod
    def of_bits(cls, bits: int) -> frozenset["Limb"]:
        """The limbs a stored number stands for."""
        return frozenset(limb for limb in cls if limb.bit & bits)


class ClientState(StrEnum):
    """A firm for which we collect: proposed by one person, approved by another."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


CLIENT_TRANSITIONS: Mapping[ClientState, frozenset[ClientState]] = {
    ClientState.PROPOSED: frozenset({ClientState.ACTIVE, ClientState.CLOSED}),
    ClientState.ACTIVE: frozenset({ClientState.SUSPENDED, ClientState.CLOSED}),
    ClientState.SUSPENDED: frozenset({ClientState.ACTIVE, ClientState.CLOSED}),
    ClientState.CLOSED: frozenset(),
}


class PlanKind(StrEnum):
    """How what a payer owes falls due."""

    SUBSCRIPTION = "subscription"
    INSTALMENTS = "instalments"
    ONE_OFF = "one_off"


class Frequency(StrEnum):
    """The step of a subscription."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


class PlanState(StrEnum):
    """Whether a plan still makes dues."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


PLAN_TRANSITIONS: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.ACTIVE: frozenset({PlanState.PAUSED, PlanState.ENDED}),
    PlanState.PAUSED: frozenset({PlanState.ACTIVE, PlanState.ENDED}),
    PlanState.ENDED: frozenset(),
}


class DueState(StrEnum):
    """Where one amount a payer owes stands; what its debit goes through is the instruction's."""

    PLANNED = "planned"
    NOTIFIED = "notified"
    COLLECTED = "collected"
    RETURNED = "returned"  # collected, and taken back
    GIVEN_BACK = "given_back"  # by us, or recalled before it came: a person says whether it is debited anew
    FAILED = "failed"  # no attempt is left
    HANDED_BACK = "handed_back"  # dunning came to its end: the client's own affair again
    CANCELLED = "cancelled"


_D = DueState
DUE_TRANSITIONS: Mapping[DueState, frozenset[DueState]] = {
    _D.PLANNED: frozenset({_D.NOTIFIED, _D.CANCELLED}),
    _D.NOTIFIED: frozenset({_D.COLLECTED, _D.FAILED, _D.GIVEN_BACK, _D.CANCELLED}),
    _D.COLLECTED: frozenset({_D.RETURNED}),
    _D.RETURNED: frozenset({_D.COLLECTED, _D.FAILED, _D.GIVEN_BACK, _D.CANCELLED}),
    _D.GIVEN_BACK: frozenset({_D.NOTIFIED, _D.COLLECTED, _D.CANCELLED}),
    _D.FAILED: frozenset({_D.NOTIFIED, _D.COLLECTED, _D.HANDED_BACK, _D.CANCELLED}),
    _D.HANDED_BACK: frozenset({_D.COLLECTED}),
    _D.CANCELLED: frozenset({_D.COLLECTED}),  # the bank had it already: a fact is a fact
}
# Nothing is awaited of these.
OVER = (_D.COLLECTED, _D.HANDED_BACK, _D.CANCELLED)
# A debit of these may be presented.
COLLECTIBLE = (_D.NOTIFIED, _D.RETURNED)
# These only after a person has said so.
PRESENTABLE = (_D.FAILED, _D.GIVEN_BACK)


class PayoutState(StrEnum):
    """What a client is paid of what was collected for it."""

    PLANNED = "planned"
    PAID = "paid"
    FAILED = "failed"  # refused or returned by the bank: its dues go into the next one


PAYOUT_TRANSITIONS: Mapping[PayoutState, frozenset[PayoutState]] = {
    PayoutState.PLANNED: frozenset({PayoutState.PAID, PayoutState.FAILED}),
    PayoutState.PAID: frozenset({PayoutState.FAILED}),
    PayoutState.FAILED: frozenset(),
}
