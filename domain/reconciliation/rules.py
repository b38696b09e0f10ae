"""What a person may book a statement entry to. Pure."""

from domain.ledger.chart import AccountKind
from domain.reconciliation.errors import NotForSuspense

# The other kinds are kept by a module that knows every item in them (cash by statements, advances by their rows): an
# entry by hand would set the books and those rows apart.
OPEN_TO_HANDS = frozenset(
    {
        AccountKind.WALLET,
        AccountKind.FUNDING_CAPITAL,
        AccountKind.FEE_INCOME,
        AccountKind.PROVISION,
        AccountKind.BAD_DEBT,
        AccountKind.TOLERANCE,
    }
)


def check_open_to_hands(kind: AccountKind) -> None:
    """Raise NotForSuspense for a kind of account whose items a module keeps."""
    if kind not in OPEN_TO_HANDS:
        raise NotForSuspense(kind=kind.value, allowed=sorted(each.value for each in OPEN_TO_HANDS))
