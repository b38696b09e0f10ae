"""What a failure of the database means to a caller: written twice, try again, or a fault of ours."""

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

UNIQUE_VIOLATION = "23505"
# Serialization failure, deadlock, lock not available, too many connections, and the server going down or coming up.
PASSING = {"40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03"}


class CommitFailed(Exception):
    """The work was done and could not be kept: the caller hears of a fault of ours, and nothing has changed."""


def is_duplicate(error: BaseException) -> bool:
    """Whether a unique constraint refused the row: somebody else was a moment faster."""
    return isinstance(error, IntegrityError) and state_of(error) == UNIQUE_VIOLATION


def is_passing(error: BaseException) -> bool:
    """Whether the same request may well succeed a moment later."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return state_of(error) in PASSING or (isinstance(error, OperationalError) and state_of(error) is None)


def state_of(error: DBAPIError) -> str | None:
    """PostgreSQL's SQLSTATE, None when the server was not reached."""
    return getattr(error.orig, "sqlstate", None)


def constraint_of(error: DBAPIError) -> str | None:
    """The constraint that refused, for the log."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None)
