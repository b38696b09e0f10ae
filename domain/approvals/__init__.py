"""Plan, digest, approve: one person proposes exactly this, another decides on exactly this."""

from domain.approvals.queries import history
from domain.approvals.service import (
    approve,
    approve_all,
    propose,
    propose_all,
    reject,
    require_all_approved,
    require_approved,
)

__all__ = [
    "approve",
    "approve_all",
    "history",
    "propose",
    "propose_all",
    "reject",
    "require_all_approved",
    "require_approved",
]
