"""Roles and what they permit, the limits of signing in, and that two people are two. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from domain.access.errors import SamePerson
from domain.values.actor import Actor

MAX_FAILED_LOGINS = 5  # NIST SP 800-63B allows up to 100; five leave room for a forgotten password, not for guessing
LOCKED_FOR = timedelta(minutes=15)  # 480 guesses a day at most, far from a dictionary
SESSION_LIFETIME = timedelta(hours=12)  # a working day; NIST SP 800-63B section 4.2.3 for AAL2
SESSION_IDLE = timedelta(minutes=30)  # the same section: at most 30 minutes of inactivity
SEEN_EVERY = timedelta(minutes=1)  # how stale last_seen_at may be: one write a minute, not one a request
MAX_LIVE_KEYS = 2  # per name: the old one and its successor while a program is being moved over
MAX_KEY_LIFETIME = timedelta(days=366)  # a key nobody rotates for a year has been forgotten
MIN_PASSWORD_LENGTH = 12  # length, not composition rules (NIST SP 800-63B section 5.1.1)
MAX_PASSWORD_LENGTH = 256  # Argon2 hashes any length; a megabyte of it would be an attack
# 24 hours is what Chinese banks must hold back transfers that fraud may stand behind (PBoC notice 2016/261). Dates are
# whole days, so two of them are needed to be sure of 24 hours.
COOLING_OFF_DAYS = 2


class Role(StrEnum):
    """What a person is in the group, or for the firm they act for."""

    TREASURY = "treasury"
    BRANCH_MAKER = "branch_maker"
    BRANCH_CHECKER = "branch_checker"
    SUPPLIER_MAKER = "supplier_maker"
    SUPPLIER_CHECKER = "supplier_checker"
    DEBTOR_MAKER = "debtor_maker"
    DEBTOR_CHECKER = "debtor_checker"
    LENDER_MAKER = "lender_maker"
    LENDER_CHECKER = "lender_checker"
    OPERATOR = "operator"
    RISK = "risk"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """`resource:verb`; what API keys are scoped by and guards ask for."""

    PARTIES_READ = "parties:read"
    PARTIES_WRITE = "parties:write"
    ACCOUNTS_VERIFY = "accounts:verify"
    RECEIVABLES_READ = "receivables:read"
    RECEIVABLES_WRITE = "receivables:write"
    RECEIVABLES_VERIFY = "receivables:verify"
    RECEIVABLES_ANSWER = "receivables:answer"
    RECEIVABLES_CONFIRM = "receivables:confirm"
    RECEIVABLES_DEFAULT = "receivables:default"
    CLAIMS_WRITE = "claims:write"
    RECEIVABLES_CREDIT = "receivables:credit"
    PARTS_WRITE = "parts:write"
    PARTS_APPROVE = "parts:approve"
    FACILITIES_READ = "facilities:read"
    FACILITIES_WRITE = "facilities:write"
    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    LIMITS_READ = "limits:read"
    LIMITS_WRITE = "limits:write"
    RATES_READ = "rates:read"
    RATES_WRITE = "rates:write"
    CHANGES_APPROVE = "changes:approve"
    OFFERS_READ = "offers:read"
    OFFERS_WRITE = "offers:write"
    OFFERS_ACCEPT = "offers:accept"
    ADVANCES_READ = "advances:read"
    ADVANCES_FUND = "advances:fund"
    ADVANCES_APPROVE = "advances:approve"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    AGENTS_REPORT = "agents:report"
    AGENTS_RISK = "agents:risk"
    AGENTS_APPROVE = "agents:approve"
    PAYABLES_READ = "payables:read"
    PAYABLES_WRITE = "payables:write"
    PAYABLES_APPROVE = "payables:approve"
    PAYABLES_PAY = "payables:pay"
    ADVANCES_SERVICE = "advances:service"
    ADVANCES_WRITE_OFF = "advances:write_off"
    COLLECTIONS_PRESENT = "collections:present"
    REPAYMENTS_WRITE = "repayments:write"
    REPAYMENTS_APPROVE = "repayments:approve"
    POOLS_READ = "pools:read"
    POOLS_WRITE = "pools:write"
    POOLS_SWEEP = "pools:sweep"
    TAKINGS_WRITE = "takings:write"
    SALES_REPORT = "sales:report"
    MANDATES_READ = "mandates:read"
    MANDATES_WRITE = "mandates:write"
    MANDATES_APPROVE = "mandates:approve"
    COLLECTION_READ = "collection:read"
    COLLECTION_WRITE = "collection:write"
    COLLECTION_APPROVE = "collection:approve"
    RUNS_READ = "runs:read"
    RUNS_PLAN = "runs:plan"
    RUNS_APPROVE = "runs:approve"
    RUNS_EXECUTE = "runs:execute"
    BANKS_READ = "banks:read"
    BANKS_WRITE = "banks:write"
    CORRECTIONS_READ = "corrections:read"
    CORRECTIONS_WRITE = "corrections:write"
    CORRECTIONS_APPROVE = "corrections:approve"
    STATEMENTS_READ = "statements:read"
    STATEMENTS_WRITE = "statements:write"
    LEDGER_READ = "ledger:read"
    LEDGER_CORRECT = "ledger:correct"
    AUDIT_READ = "audit:read"
    ACCESS_READ = "access:read"
    ACCESS_WRITE = "access:write"
    CLOCK_MOVE = "clock:move"


P = Permission

_READS = frozenset(permission for permission in Permission if permission.value.endswith(":read")) - {
    P.AUDIT_READ,
    P.ACCESS_READ,
}
_OWN_TRADE = frozenset(
    {P.PARTIES_READ, P.RECEIVABLES_READ, P.REQUESTS_READ, P.OFFERS_READ, P.ADVANCES_READ, P.RATES_READ}
    | {P.PAYABLES_READ}
)

# A maker prepares, a checker of the same firm decides; that the two are different people is checked where they meet.
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.TREASURY: _READS
    | {P.PARTIES_WRITE, P.RECEIVABLES_WRITE, P.RECEIVABLES_VERIFY, P.POOLS_WRITE, P.POOLS_SWEEP, P.TAKINGS_WRITE}
    | {P.MANDATES_WRITE, P.STATEMENTS_WRITE, P.RUNS_PLAN, P.RUNS_APPROVE, P.ACCOUNTS_VERIFY}
    | {P.COLLECTION_WRITE, P.COLLECTION_APPROVE, P.MANDATES_APPROVE, P.RATES_WRITE, P.CHANGES_APPROVE}
    | {P.AGENTS_WRITE, P.AGENTS_REPORT, P.AGENTS_APPROVE, P.PAYABLES_WRITE, P.PAYABLES_APPROVE, P.PAYABLES_PAY}
    | {P.CORRECTIONS_WRITE, P.CORRECTIONS_APPROVE, P.BANKS_WRITE, P.PARTS_WRITE, P.PARTS_APPROVE, P.SALES_REPORT}
    | {P.COLLECTIONS_PRESENT},
    # A branch that repays out of its sales reports them, and sees what it owes.
    Role.BRANCH_MAKER: frozenset({P.POOLS_READ, P.TAKINGS_WRITE, P.ADVANCES_READ, P.SALES_REPORT}),
    Role.BRANCH_CHECKER: frozenset({P.POOLS_READ, P.TAKINGS_WRITE, P.STATEMENTS_READ, P.ADVANCES_READ}),
    Role.SUPPLIER_MAKER: _OWN_TRADE
    | {P.RECEIVABLES_WRITE, P.REQUESTS_WRITE, P.AGENTS_READ, P.AGENTS_REPORT, P.SALES_REPORT}
    | {P.PARTS_WRITE},
    Role.SUPPLIER_CHECKER: _OWN_TRADE
    | {P.REQUESTS_WRITE, P.OFFERS_ACCEPT, P.AGENTS_READ, P.RECEIVABLES_CREDIT}
    | {P.PARTS_APPROVE},
    Role.DEBTOR_MAKER: frozenset({P.RECEIVABLES_READ, P.RECEIVABLES_ANSWER, P.MANDATES_READ, P.MANDATES_WRITE})
    | {P.PAYABLES_READ, P.PAYABLES_WRITE},
    # Where the debtor bears the fee, it is the debtor who accepts the offer.
    Role.DEBTOR_CHECKER: frozenset({P.RECEIVABLES_READ, P.RECEIVABLES_CONFIRM, P.MANDATES_READ, P.MANDATES_APPROVE})
    | {P.OFFERS_READ, P.OFFERS_ACCEPT, P.PAYABLES_READ, P.PAYABLES_APPROVE, P.RECEIVABLES_CREDIT},
    Role.LENDER_MAKER: _OWN_TRADE
    | {P.FACILITIES_READ, P.FACILITIES_WRITE, P.LIMITS_READ, P.LIMITS_WRITE, P.OFFERS_WRITE, P.ADVANCES_FUND}
    | {P.CLAIMS_WRITE, P.ADVANCES_SERVICE, P.REPAYMENTS_WRITE, P.COLLECTIONS_PRESENT},
    Role.LENDER_CHECKER: _OWN_TRADE
    | {P.FACILITIES_READ, P.LIMITS_READ, P.ADVANCES_APPROVE, P.CHANGES_APPROVE, P.REPAYMENTS_APPROVE},
    Role.OPERATOR: _READS
    | {P.PARTIES_WRITE, P.RECEIVABLES_WRITE, P.RECEIVABLES_VERIFY, P.STATEMENTS_WRITE, P.RUNS_PLAN, P.RUNS_EXECUTE}
    | {P.CLAIMS_WRITE, P.CLOCK_MOVE, P.COLLECTION_WRITE, P.AGENTS_WRITE, P.AGENTS_REPORT}
    | {P.RECEIVABLES_CREDIT, P.REPAYMENTS_WRITE, P.REPAYMENTS_APPROVE, P.CORRECTIONS_WRITE, P.SALES_REPORT}
    | {P.COLLECTIONS_PRESENT},
    Role.RISK: _READS
    | {P.FACILITIES_WRITE, P.LIMITS_WRITE, P.RATES_WRITE, P.CHANGES_APPROVE, P.RECEIVABLES_VERIFY, P.LEDGER_CORRECT}
    | {P.RECEIVABLES_DEFAULT, P.AGENTS_RISK, P.AGENTS_APPROVE, P.ADVANCES_WRITE_OFF},
    Role.AUDITOR: _READS | {P.AUDIT_READ, P.ACCESS_READ},
    Role.ADMINISTRATOR: frozenset({P.ACCESS_READ, P.ACCESS_WRITE, P.PARTIES_READ, P.AUDIT_READ, P.CLOCK_MOVE}),
}

# What moves money or decides where it may go: a person needs the second factor for these.
MONEY_PERMISSIONS = frozenset(
    {P.ACCOUNTS_VERIFY, P.OFFERS_ACCEPT, P.ADVANCES_FUND, P.ADVANCES_APPROVE, P.POOLS_SWEEP, P.RUNS_APPROVE}
    | {P.RUNS_EXECUTE, P.LEDGER_CORRECT, P.COLLECTION_APPROVE, P.MANDATES_APPROVE, P.CHANGES_APPROVE}
    | {P.AGENTS_APPROVE, P.PAYABLES_APPROVE, P.PAYABLES_PAY, P.ADVANCES_WRITE_OFF, P.REPAYMENTS_APPROVE}
    | {P.CORRECTIONS_APPROVE, P.BANKS_WRITE, P.PARTS_APPROVE}
)

# Keys are made by people: a key that could make keys or grant roles would outlive its own revocation.
KEY_PERMISSIONS = frozenset(Permission) - {P.ACCESS_WRITE}

# These act for one firm (a supplier, a debtor, a lender, a branch); the others act for the whole group.
FIRM_ROLES = frozenset(role for role in Role if role.value.endswith(("_maker", "_checker")))


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """All that a holder of `roles` may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def check_two_people(maker: str, checker: Actor) -> None:
    """Raise SamePerson when the one who decides is the one who made it; `maker` is a stored actor."""
    if maker == str(checker):
        raise SamePerson(actor=maker)
